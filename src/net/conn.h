#ifndef NET_CONN_H
#define NET_CONN_H
/* A conversation's buffers over a stream: what is to be said is gathered and leaves in one write;
   what was heard stands ready to be taken apart. While writing, what the other side says is read,
   so that neither waits for the other for ever. */

#include "base/buf.h"
#include "net/stream.h"

#include <stdbool.h>

enum {
	CONN_GATHER = 64 * 1024 - 1,  /* conn_say sends by itself beyond this; with the NUL of a buf
	                                 a power of two */
	CONN_HEARD_MAX = 4 * 1024 * 1024 /* replies to 50,000 recipients fit; a server that says
	                                    more unasked is broken */
};

enum conn_fault { CONN_FINE, CONN_ENDED, CONN_BROKEN, CONN_SILENT, CONN_CANCELLED, CONN_FLOODED };

struct conn {
	struct stream *stream; /* owned */
	struct buf heard;      /* read; the first `taken` bytes are done with */
	size_t taken;
	struct buf said;       /* to be sent; the first `sent` bytes are gone */
	size_t sent;
	enum conn_fault fault; /* sticky: why nothing more can be said or heard */
	const char *trouble;   /* the fault in words */
};

/* The conn owns the stream from here on. */
void conn_open(struct conn *c, struct stream *stream);

/* Put TLS or another layer in between: the conn now speaks through stream, which owns the old one.
   NULL: the layer failed and has closed the old one; the conn is broken. Nothing may be queued or
   heard at this moment. */
void conn_replace(struct conn *c, struct stream *stream);

/* What stands heard and not taken; conn_take marks the first size bytes as done with. */
const char *conn_heard(const struct conn *c, size_t *size);
void conn_take(struct conn *c, size_t size);

/* Queue bytes; what does not fit into CONN_GATHER is sent on the way, and more than that at once
   from where it stands. False once the connection is at fault. */
bool conn_say(struct conn *c, const void *bytes, size_t size, struct deadline until);

/* Send what is queued, to the last byte that the stream below takes. */
bool conn_flush(struct conn *c, struct deadline until);

/* Flush, then read at least one more byte. */
bool conn_hear(struct conn *c, struct deadline until);

/* Read what stands there, without waiting. False once the connection is at fault: the server has
   hung up, say. */
bool conn_look(struct conn *c);

/* Write out what can be written at once without waiting, and close. Never blocks: for QUIT. */
void conn_close(struct conn *c);

#endif
