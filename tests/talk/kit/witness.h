#ifndef TALK_WITNESS_H
#define TALK_WITNESS_H
/* A second opinion: follows the bytes of a conversation from outside, knows SMTP but nothing of our
   code, and says for each recipient whether a server has taken the message, may have taken it, or
   has not. It believes what the client has heard and what the server's machine has received. */

#include "base/arena.h"
#include "base/buf.h"
#include "mail/status.h"

#include <stdbool.h>
#include <stddef.h>

/* One RCPT of one transaction. A code of 0: no answer was heard. */
struct deed {
	const char *wire;
	size_t order; /* of time */
	unsigned mail, rcpt, end;
	bool complete; /* the content's last byte was received */
};

/* What all witnesses of a run have seen. */
struct book {
	struct arena arena;
	struct deed *deeds; /* in the order of time */
	size_t count, room;
	const char *outrage; /* something that a client must never do, whatever the server says; or
	                        NULL */
};

enum command { GREETING, HELLO, STARTTLS, MAIL, RCPT, DATA, END, RSET, OTHER };

struct witness {
	struct book *book;
	struct buf said, heard; /* not yet understood */
	enum command *commands; /* in the order in which they were said */
	size_t *deeds;          /* beside commands: the deed of a RCPT */
	size_t command_count, command_room, answered;
	size_t from;   /* the first deed of this transaction */
	unsigned mail; /* the answer to its MAIL */
	unsigned code; /* of the reply whose lines are being heard */
	size_t reply_size;
	size_t chunk; /* bytes of BDAT that are to come */
	enum { COMMANDS, DATA_ANSWER, CONTENT, CHUNK } place;
	bool over; /* the server talks nonsense, or has ended it: nothing more of his is believed */
	bool ended;  /* by a 421: what is not answered is not done */
	bool secure; /* STARTTLS is understood: what comes here is what is said through it */
	bool opaque; /* else: TLS, nothing is understood any more */
};

void witness_open(struct witness *w, struct book *book);
void witness_said(struct witness *w, const char *bytes, size_t size);
void witness_heard(struct witness *w, const char *bytes, size_t size);
void witness_secure(struct witness *w);
void witness_close(struct witness *w);

void book_free(struct book *b);

/* Does the verdict told for this recipient agree with what was seen? NULL, or what is wrong. The
   book must have been sorted when the run was over: then the deeds stand by recipient, those of one
   in the order of time. */
void book_sort(struct book *b);
const char *book_against(const struct book *b, const char *wire, const struct status *s);

/* How many were taken, and how many may have been. */
void book_count(const struct book *b, size_t *taken, size_t *doubtful);

#endif
