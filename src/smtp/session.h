#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H
/* One conversation with one server, spoken in the order of RFC 5321: greeting, EHLO, STARTTLS,
   EHLO, and then transactions. Knows nothing of DNS, policy or another host. What it finds is left
   in the session and in the slots' statuses; what follows from that is decided by delivery/deliver.
   */

#include "mail/message.h"
#include "mail/status.h"
#include "net/tls.h"
#include "smtp/talk.h"

#include <stdbool.h>
#include <stdint.h>

/* Time-outs in milliseconds, RFC 5321 4.5.3.2; all under the deadline of the run. */
struct session_times {
	int64_t greeting, hello, mail, rcpt, data, block, end;
};
extern const struct session_times session_times_default;

struct session_want {
	const char *host;          /* for statuses and the record; a name or "[192.0.2.1]" */
	const char *address;       /* its IP as text */
	const char *sni;           /* the host's name for TLS; NULL for a literal */
	const char *hello;         /* our name: FQDN or address literal */
	struct tls *tls;           /* NULL: no STARTTLS even if offered */
	const struct tls_duty *duty; /* what is owed, and what a certificate must prove; NULL:
	                              nothing */
	const char *duty_name;     /* the same in a word, for people: "verify"; NULL: not said */
	const char *duty_reason;   /* from which rule that follows, in words */
	bool require_tls;          /* the server must offer REQUIRETLS, MAIL asks for it (RFC 8689)
	                              */
	bool chunking;             /* use BDAT if offered */
	enum stage stop_after;     /* STAGE_DONE for a delivery; less for a dry run */
	const struct session_times *times;
	const struct talk_trace *trace; /* or NULL */
	struct arena *texts;       /* of verdicts */
	struct deadline until;
};

/* EHLO keywords; those from before TLS are forgotten (RFC 3207 4.2). */
struct session_offers {
	bool pipelining, chunking, starttls, eight_bit, size, utf8, dsn, require_tls;
	uint64_t size_max;         /* 0: none said */
	uint64_t rcpt_max, mail_max, domain_max; /* LIMITS, RFC 9422; 0: none said */
};

enum {
	SESSION_EXTENSIONS_MAX = 64, /* of all there are in the world */
	SESSION_ANSWERS_MAX = 20     /* to RCPT: more of them nobody reads */
};

/* A server's answer to RCPT. */
struct session_answer {
	const char *wire; /* the slot's */
	struct status status;
};

/* What the server said, for a report; texts live in want.texts. */
struct session_heard {
	const char *greeting;          /* its text; NULL: none was heard */
	const char *const *extensions; /* the lines of its last reply to EHLO but the first, at
	                                  most SESSION_EXTENSIONS_MAX */
	size_t extension_count;
	struct status mail;            /* the last answer to MAIL; class 0: none */
	struct session_answer *rcpt;   /* the first SESSION_ANSWERS_MAX answers to RCPT */
	size_t rcpt_kept, rcpt_count, rcpt_accepted;
};

struct session {
	struct session_want want;
	struct talk talk;          /* talk.fault: why the session ended */
	struct session_offers offers;
	struct session_heard heard;
	bool secured;
	struct tls_facts tls;
	enum tls_failure tls_failure; /* there was to be TLS and there is none, or not for long: of
	                                 what kind that was (RFC 8460 4.3) */
	const char *tls_failing;   /* in words */
	const char *tls_failed;    /* STARTTLS was begun and did not come about: why; worth another
	                              try in clear */
	bool chunking_failed;      /* BDAT was offered and not understood: worth another try without
	                              */
	enum stage stage;          /* how far it got */
	bool open;                 /* a transaction has been begun and not ended: RSET before the
	                              next */
	uint64_t transactions;
	bool doubtful;             /* a recipient was refused who is of another domain than the
	                              first: it may be for that, so each is asked for alone */
	bool together;             /* one was refused alone, too: it is not for that */
	struct status unfit;       /* why this server serves those it left undecided although all is
	                              well; class 0: no such reason */
};

/* One recipient of a transaction; those of one domain stand together. status.class 0 going in;
   coming out class 0 means: not decided here, another transaction or host may. */
struct slot {
	const char *wire;     /* mailbox for RCPT TO */
	const char *domain;
	bool utf8;            /* only SMTPUTF8 carries it (RFC 6531) */
	const char *notify;   /* RFC 3461 4.1: "NEVER" or a list of the others; NULL: nothing was
	                         said */
	const char *original; /* RFC 3461 4.2: "rfc822;" and xtext, or NULL */
	struct status status;
};

/* One message for some recipients. What the server does not offer of RFC 3461 is left out. */
struct envelope {
	const char *sender;            /* "" for the null sender */
	const char *dsn_return;        /* RFC 3461 4.3: "FULL", "HDRS" or NULL */
	const char *envelope_id;       /* RFC 3461 4.4: xtext, or NULL */
	struct slot *slots;
	size_t count;
	const struct message *message; /* NULL only when the session stops before DATA */
};

/* Take over the stream, hear the greeting, say hello, start TLS where offered and wanted. True:
   transactions may follow, or the stage where this run stops was reached. False: talk.fault says
   why. session_close is due in either case. */
bool session_open(struct session *s, struct stream *stream, const struct session_want *want);

/* One transaction, in one flight where the server allows it (transaction.c). Decides the status of
   each slot that can be decided. */
void session_send(struct session *s, const struct envelope *e);

/* May another transaction follow? No after a fault, a 421, or as many transactions as the server's
   LIMITS allow. */
bool session_usable(const struct session *s);

/* Say QUIT without waiting for an answer, close, free. */
void session_close(struct session *s);

#endif
