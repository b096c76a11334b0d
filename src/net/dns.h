#ifndef NET_DNS_H
#define NET_DNS_H
/* The DNS: a table of questions and answers for one run, and the loop that gets them. Hundreds of
   questions are in flight at once in one thread. ldns decodes; the sockets, the retries and the
   trust in a reply are ours. Knows nothing of mail. Not thread-safe: one thread plans, and nothing
   asks DNS after the plan.

   A function that needs an answer calls dns_get; where it is NULL the function gives up for now and
   is run again when dns_wait names its asker. */

#include "base/deadline.h"
#include "base/ip.h"
#include "net/dane_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52
};

enum dns_outcome {
	DNS_FOUND,
	DNS_NO_DATA, /* the name exists, without records of this type */
	DNS_NO_NAME, /* NXDOMAIN, or a text that cannot be a name */
	DNS_LOOP,    /* CNAMEs in a circle, or more than DNS_ALIAS_MAX */
	DNS_TROUBLE  /* no answer to be had now: time-out, SERVFAIL, REFUSED, garbage */
};

enum dns_security { DNS_UNCHECKED, DNS_SECURE, DNS_INSECURE, DNS_BOGUS, DNS_INDETERMINATE };

enum {
	DNS_ALIAS_MAX = 8,    /* CNAMEs followed (RULES.md A6) */
	DNS_RECORD_MAX = 600, /* in an answer; more is trouble: 512 MX fit (A17) */
	DNS_FLIGHT_MAX = 200, /* questions at once: small resolvers drop larger bursts */
	DNS_SOCKET_MAX = 4 * DNS_FLIGHT_MAX /* descriptors at once, where servers are silent */
};

struct dns_mx {
	uint16_t preference;
	/* Lower case, no trailing dot, "." for the root; always printable: bytes that have no place
	   in a host name stand as \DDD. */
	const char *exchanger;
	/* Letters, digits, hyphens, underscores and dots only: may be looked up, logged, put into
	   SNI. Never the root. */
	bool usable;
};

struct dns_answer {
	enum dns_outcome outcome;
	enum dns_security security;
	/* In words when not secure; NULL when unchecked because nobody wants to know. What was
	   validated and found bogus, or could not be judged (indeterminate), is DNS_TROUBLE, so
	   that nobody uses it by mistake. */
	const char *security_reason;
	const char *name; /* the owner of the records: as asked, or the last CNAME's target */
	const char *const *aliases; /* CNAME targets as they were followed; the last one is name */
	size_t alias_count;
	uint32_t ttl; /* least of the records and aliases used, seconds; 0 unless found */
	size_t count; /* records of the type asked for, in order, duplicates removed */
	const struct dns_mx *mx; /* DNS_MX */
	const struct ip *ip;     /* DNS_A, DNS_AAAA */
	const struct dane_record *tlsa; /* DNS_TLSA */
	/* DNS_TXT: the strings of a record joined, a NUL byte in them as \x01. DNS_CNAME: the
	   target, which is not followed then. DNS_PTR: the name, written as an exchanger is. */
	const char *const *txt;
	/* DNS_NO_NAME: the zone above the name that says so, if it is known. */
	const char *zone;
	/* DNS_TROUBLE, DNS_LOOP: in words, as "192.0.2.53 answers SERVFAIL to MX example.org (EDE
	   9: DNSKEY Missing)". */
	const char *trouble;
};

struct dns_server {
	struct ip ip;
	uint16_t port;
	bool assumed; /* nobody has named one */
};

enum dns_security_mode {
	DNSSEC_AUTO, /* validate; but where no DNSSEC records come through nothing is checked */
	DNSSEC_VALIDATE, /* validate, come what may */
	DNSSEC_TRUST_AD, /* believe the name servers (AD); proves nothing about them */
	DNSSEC_OFF
};

enum { DNS_SERVER_MAX = 8 };

struct dns_settings {
	struct dns_server servers[DNS_SERVER_MAX];
	size_t server_count;
	int64_t timeout;   /* of an attempt, milliseconds; each round doubles it */
	int64_t patience;  /* ms until the next server is asked beside a silent one; 0: the usual */
	unsigned attempts; /* rounds over all servers */
	bool rotate;
	enum dns_security_mode security;
	const char *trust_anchor; /* file with the root's keys (dnssec_anchor.h); NULL: none */
	int64_t now; /* seconds since 1970, for signatures; 0: as the clock says */
};

/* Settings of resolv.conf(5): nameserver (with %scope), options timeout, attempts, rotate; search,
   domain and ndots mean nothing for mail (RULES.md A15). A line that makes no sense is passed over,
   as resolv.conf(5) does. No file or no server: 127.0.0.1 is assumed. */
void dns_settings_default(struct dns_settings *s);
void dns_settings_parse(struct dns_settings *s, const char *text, size_t size);
void dns_settings_read(struct dns_settings *s, const char *path);

struct dns;

struct dns *dns_open(const struct dns_settings *settings);

/* Answer from a zone-format file instead of the network (--facts; the format is in dns_file.c's
   head), and at once. False with file and line in why. Addresses and names of "this machine" that
   the file names are added to the machine. */
struct machine;
bool dns_facts(struct dns *d, const char *path, struct machine *machine, const char **why);

/* The seed that the file names for the order of equals; false when there is none. */
bool dns_seed(const struct dns *d, uint64_t *seed);

/* The MTA-STS policy that the file has for a web server; NULL with why: none. */
const char *dns_policy(const struct dns *d, const char *host, const char **why);

/* The one that it has as remembered, with its id; NULL: none. stale: a fetch of it is due. */
const char *dns_cached_policy(const struct dns *d, const char *host, const char **id, bool *stale);

/* The answer, or NULL when it is still to come; asker is remembered and will be named by dns_wait.
   CNAMEs are followed. name is in A-labels. Answers live as long as the table. */
const struct dns_answer *dns_get(struct dns *d, const char *name, enum dns_type type, size_t asker);

/* Wait until some question is answered; *asker is one who waits for it. Whoever waits for several
   questions is named at least once after the last. False when nobody waits for anything. When the
   deadline passes or the run is cancelled, all that is open is answered with DNS_TROUBLE, and so is
   all that is asked from then on. */
bool dns_wait(struct dns *d, struct deadline until, size_t *asker);

/* Why DNSSEC is not checked although it was to be, in words; NULL: it is, or nothing was asked yet.
 */
const char *dns_security_warning(const struct dns *d);

/* Figures of the run for -v and the benchmark. */
struct dns_counts {
	unsigned long questions, packets, tcp, retries;
	unsigned long verified; /* signatures */
	const char *warning;    /* dns_security_warning */
	unsigned most_in_flight;
};
struct dns_counts dns_counts(const struct dns *d);

/* A question that was asked, and what came of it. */
struct dns_reply;
struct dns_said {
	const char *name;
	enum dns_type type;
	const struct dns_reply *reply; /* of net/dns_wire.h */
	bool no_name; /* NXDOMAIN, as it was judged */
	enum dns_security security;    /* of the answer that begins here, if anybody wanted it */
	const char *security_reason;
};

/* Tell of all that have come back, in the order of asking. */
void dns_said_all(const struct dns *d, void (*tell)(void *context, const struct dns_said *said),
                  void *context);

void dns_close(struct dns *d);

#endif
