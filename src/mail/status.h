#ifndef MAIL_STATUS_H
#define MAIL_STATUS_H
/* What became of a recipient: one form for DNS, policy, connection and reply, carried unchanged
   from where it was found to the exit code. Our own verdicts come from one table (status_of); a
   server's come from its reply. */

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* How far a conversation got, and how far it may go. The order is the order of the conversation. */
enum stage {
	STAGE_ROUTE,
	STAGE_CONNECT,
	STAGE_GREETING,
	STAGE_HELLO,
	STAGE_TLS,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_DONE
};

/* Faults that we name ourselves. Code, temporary or permanent, and opening words are in the table
   of status.c. */
enum fault {
	FAULT_NONE, /* the words are the server's */
	FAULT_ADDRESS,         /* 5.1.3 not an address */
	FAULT_NO_DOMAIN,       /* 5.1.2 the domain does not exist */
	FAULT_NULL_MX,         /* 5.1.10 */
	FAULT_DNS,             /* 4.4.3 */
	FAULT_DANGLING,        /* 5.4.4 no exchanger has an address */
	FAULT_DANGLING_MAYBE,  /* 4.4.4 the same, but a look-up failed for now */
	FAULT_NO_EXCHANGER,    /* 5.4.4 every exchanger is left out for good reasons */
	FAULT_LOOP,            /* 5.4.6 */
	FAULT_CONNECT,         /* 4.4.1 */
	FAULT_LOST,            /* 4.4.2 connection lost, nothing delivered */
	FAULT_SILENT,          /* 4.4.2 no answer in time, nothing delivered */
	FAULT_UNCERTAIN,       /* 4.4.2 lost after the end of data: maybe delivered */
	FAULT_EXPIRED,         /* 4.4.7 the time for the whole run is over */
	FAULT_CANCELLED,       /* 4.4.7 a signal */
	FAULT_PROTOCOL,        /* 4.5.0 what the server said is not SMTP */
	FAULT_TLS,             /* 4.7.5 */
	FAULT_REQUIRETLS,      /* 5.7.30 no host does what REQUIRETLS demands (RFC 8689 4.2.1) */
	FAULT_TOO_LARGE,       /* 5.3.4 */
	FAULT_MESSAGE,         /* 5.6.0 the message cannot be sent as it is */
	FAULT_ALIAS,           /* 5.3.5 what an alias says cannot be done */
	FAULT_UTF8,            /* 5.6.7 the server does not take what is not ASCII */
	FAULT_SYSTEM,          /* 4.3.0 this machine: no descriptor, disk full */
	FAULT_CONFIG,          /* 4.3.5 this machine: something must be configured */
	FAULT_COUNT
};

struct status {
	unsigned char class;   /* 2, 4 or 5; 0: nothing decided yet */
	unsigned short subject, detail;
	unsigned short reply;  /* the server's code, 0 when the words are ours */
	enum fault fault;
	enum stage stage;      /* where it was decided */
	bool maybe_delivered;
	const char *text;      /* one line, printable, never empty once class is set; not owned */
	const char *host;      /* who said it, NULL when no server did */
	const char *address;   /* its IP address as text, or NULL */
};

const char *stage_name(enum stage stage); /* "route" .. "done" */

/* Our own verdict: code from the table, text from the format. */
struct status status_of(enum fault fault, enum stage stage, struct arena *a, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));

/* All is well up to stage. text is not copied. */
struct status status_good(enum stage stage, const char *text, const char *host,
                          const char *address);

/* A server's verdict: code is its reply (200..599); text is the reply's text, cleaned and joined to
   one line, with the enhanced status code still in front if it has one. The enhanced code is used
   when its class agrees with the reply's (RFC 2034, RFC 3463), else class.0.0. */
struct status status_of_reply(unsigned code, enum stage stage, const char *text);

/* "5.1.1" into text[16]; returns text. */
const char *status_code(const struct status *s, char *text);

/* The sysexits code that this status alone would give (RULES.md E), and which of two codes a run
   with both ends with: 75 before all others, else the worst by a fixed order. */
int status_exit(const struct status *s);
int status_worse_exit(int one, int other);

#endif
