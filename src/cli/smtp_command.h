#ifndef CLI_SMTP_COMMAND_H
#define CLI_SMTP_COMMAND_H
/* A line that the caller of -bs says: verb, address and parameters, RFC 5321 4.1. Knows what a
   command must look like, not when it is in its place. */

#include "mail/address.h"

#include <stddef.h>
#include <stdint.h>

struct arena;

enum smtp_verb {
	VERB_EHLO,
	VERB_HELO,
	VERB_MAIL,
	VERB_RCPT,
	VERB_DATA,
	VERB_RSET,
	VERB_NOOP,
	VERB_VRFY,
	VERB_HELP,
	VERB_QUIT,
	VERB_OTHER, /* known from other servers */
	VERB_COUNT
};

struct smtp_command {
	enum smtp_verb verb;
	const char *text;        /* what stands behind the verb */
	struct address address;  /* MAIL, RCPT: as it was written, perhaps without a domain */
	uint64_t size;           /* SIZE= (RFC 1870); 0: not given */
	bool utf8;               /* SMTPUTF8 (RFC 6531) */
	const char *dsn_return;  /* RET= (RFC 3461): "FULL", "HDRS" or NULL */
	const char *envelope_id; /* ENVID= in xtext, or NULL */
	unsigned notify;         /* NOTIFY=: bits of NOTIFY_ */
	const char *original;    /* ORCPT= as "rfc822;" and xtext, or NULL */
};

/* What to say instead of obeying: "501 5.5.4" and a sentence. */
struct smtp_refusal {
	const char *code, *text;
};

/* Read a line without its end. False: refusal says why. */
bool smtp_command_parse(struct smtp_command *c, struct arena *a, const char *line, size_t size,
                        struct smtp_refusal *refusal);

/* Does the line begin with a verb? */
bool smtp_command_begins(const char *line, size_t size);

#endif
