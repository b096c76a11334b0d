#ifndef NET_STREAM_H
#define NET_STREAM_H
/* A byte stream in both directions: a TCP socket, TLS over another stream, or a script in a test.
   Nothing here blocks but `wait`. */

#include "base/deadline.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { STREAM_END = 0, STREAM_AGAIN = -1, STREAM_BROKEN = -2 };

struct stream;

struct stream_ops {
	/* Bytes moved (> 0), STREAM_END (read only), STREAM_AGAIN, STREAM_BROKEN. */
	ssize_t (*read)(struct stream *s, void *into, size_t size);
	ssize_t (*write)(struct stream *s, const void *from, size_t size);
	/* Wait for POLLIN and/or POLLOUT; > 0, 0 when the deadline passed, DEADLINE_CANCELLED. */
	int (*wait)(struct stream *s, short events, struct deadline until);
	/* Say goodbye where the layer has one, close what is below, free. */
	void (*close)(struct stream *s);
};

struct stream {
	const struct stream_ops *ops;
	const char *trouble; /* why it broke, in words, or NULL; static or owned by the stream */
};

#endif
