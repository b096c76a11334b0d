#ifndef NET_DNS_CHECK_H
#define NET_DNS_CHECK_H
/* A name server on the bench: what mail needs of it, asked one question after the other, and a
   judgement in words. Asks for the root, for a name outside and for names that nobody has. */

#include "net/dns.h"

struct arena;

enum dns_check_grade { DNS_CHECK_GOOD, DNS_CHECK_USABLE, DNS_CHECK_USELESS };

/* What became of a question. */
enum dns_check_reply {
	DNS_CHECK_UNASKED,
	DNS_CHECK_REPLY,
	DNS_CHECK_SILENCE,
	DNS_CHECK_FAULT, /* refused by the kernel or the machine, or garbage */
};

struct dns_check {
	struct dns_server server;
	const char *outside; /* the name asked for */

	unsigned asked, answered; /* the same question over UDP, again and again */
	int64_t ms;               /* the median of its answers; -1: there was none */
	int64_t tcp_ms;
	enum dns_check_reply tcp;
	int tcp_error;
	int error;          /* why it cannot be asked, as errno has it; 0 */
	unsigned edns_size; /* what it says it takes over UDP */

	enum dns_check_reply large; /* an answer of more than 512 bytes over UDP */
	enum dns_check_reply keys;  /* the root's: was there an answer at all? */
	enum dns_check_reply outside_reply;
	unsigned outside_rcode, outside_answers;
	enum dns_check_reply unknown_reply; /* to names that do not exist */
	unsigned unknown_rcode;
	struct ip rewritten_to;

	bool edns;
	bool large_over_tcp; /* it was cut short, as it may be */
	bool signatures;     /* DNSSEC records come through */
	bool validates;      /* it says that it has checked them (AD) */
	bool recursion;      /* it says that it looks up what it does not know (RA) */
	bool rewrites;       /* unknown names have an address there */
	bool cut;            /* there was no time for all */

	enum dns_check_grade grade;
	const char *words; /* one line; in the arena */
};

/* Check all servers of the settings, side by side, each for a minute at the very most. outside: a
   name that exists, in A-labels. checks[settings->server_count]. */
void dns_check_all(const struct dns_settings *settings, const char *outside, struct deadline until,
                   struct arena *a, struct dns_check *checks);

/* The judgement on what was found out: grade and words. */
void dns_check_judge(struct dns_check *c, struct arena *a);

#endif
