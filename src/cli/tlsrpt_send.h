#ifndef CLI_TLSRPT_SEND_H
#define CLI_TLSRPT_SEND_H
/* A day's reports on their way: which domains want one, by what way, and what became of it (RFC
   8460 3, 5). How a mail is sent is the caller's affair. */

#include "cli/tlsrpt_rua.h"
#include "cli/tlsrpt_sums.h"
#include "net/dns.h"
#include "net/https.h"

enum { TLSRPT_AT_ONCE = HTTPS_AT_ONCE }; /* reports by HTTPS that are kept in memory */

enum tlsrpt_fate {
	TLSRPT_TAKEN,
	TLSRPT_PUT_OFF, /* another time it may be taken */
	TLSRPT_REFUSED  /* for good */
};

struct tlsrpt_ways {
	/* Has the report for this domain been settled in an earlier run? */
	bool (*settled)(void *context, const char *domain, const char *where);
	/* Send this text (LF line ends) to this one address. Unless it is taken: why. */
	enum tlsrpt_fate (*mail)(void *context, const struct buf *text, const struct address *to,
	                         const char **why);
	/* As https_run. */
	void (*post)(void *context, struct https_request *requests, size_t count,
	             struct deadline until);
	/* What became of a report to an address or an https URL, or to nobody yet, since the name
	   given cannot be looked up; why: NULL when it was taken. */
	void (*tell)(void *context, const char *domain, const char *where, enum tlsrpt_fate fate,
	             const char *why);
	void *context;
};

struct tlsrpt_send {
	const struct tlsrpt_sums *sums;
	struct tlsrpt_reporter by;
	const char *from; /* address on the wire */
	struct dns *dns;
	bool allow_loopback; /* tests: else no report goes to addresses that are nobody's */
	struct tlsrpt_ways ways;
	struct deadline until;
};

/* Returns how many reports were put off; *asked: how many were asked for. */
size_t tlsrpt_send(const struct tlsrpt_send *send, size_t *asked);

#endif
