#ifndef SMTP_TALK_H
#define SMTP_TALK_H
/* Command out, reply in, over one connection: lines, time-outs, and the record of what was said.
   Knows the form of SMTP, not its order. */

#include "base/arena.h"
#include "mail/status.h"
#include "net/conn.h"
#include "smtp/reply.h"

#include <stdbool.h>
#include <stdint.h>

/* The conversation as it happens. direction '<' a line of the server's, '>' one of ours, '*' a
   remark. Lines can be shown and pasted anywhere: they are what text_clean makes of what was said,
   and hold nothing of a message but its size. */
struct talk_trace {
	void (*line)(void *context, const char *host, const char *address, char direction,
	             const char *line);
	void *context;
};

struct talk {
	struct conn conn;
	const char *host, *address;
	struct deadline until;          /* of the whole run */
	int64_t sending;                /* milliseconds that commands may take to leave us, when
	                                   many are queued */
	const struct talk_trace *trace; /* or NULL */
	struct arena scratch;           /* the last reply; freed with the next */
	struct arena *texts;            /* of verdicts; outlives the talk */
	bool greeted;                   /* something was heard: there is somebody to say QUIT to */
	int64_t lap;                    /* when the latest step was done */
	int64_t spent[STAGE_DONE + 1];  /* milliseconds by stage, each from the end of the step
	                                   before; -1: it never came to that */
	struct status fault;            /* class 0 while the connection is good; else why it is not
	                                   */
};

void talk_open(struct talk *t, struct stream *stream);

/* Queue a command line (without CRLF), or bytes of content that appear in no record. False once the
   talk is at fault. */
bool talk_say(struct talk *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool talk_content(struct talk *t, const char *bytes, size_t size, int64_t milliseconds);

/* Send what is queued and take the next reply, waiting so long at the most. False: fault says why,
   with stage. */
bool talk_reply(struct talk *t, struct reply *reply, enum stage stage, int64_t milliseconds);

/* Send what is queued. True: the last byte has left us. False is not yet a fault of the talk: a
   reply may stand there that says more. */
bool talk_flush(struct talk *t, int64_t milliseconds);

/* Has the server said nothing but what it was asked? False: it is at fault, or has said 421, which
   may come at any time. */
bool talk_in_turn(struct talk *t, enum stage stage);

/* The time since the last reply went into this stage; replies count by themselves. */
void talk_lap(struct talk *t, enum stage stage);

/* A remark for the record. */
void talk_remark(struct talk *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of a reply, kept, and cut where it is too long for a line that people read. */
const char *talk_words(struct talk *t, const struct reply *reply);

/* The verdict of this server in a reply; its text is kept. */
struct status talk_status(struct talk *t, const struct reply *reply, enum stage stage);

/* Our own verdict on this server. */
struct status talk_fault(struct talk *t, enum fault fault, enum stage stage, const char *words);

/* Say QUIT if the connection is good, close, free. */
void talk_close(struct talk *t);

#endif
