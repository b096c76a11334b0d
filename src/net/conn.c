#include "net/conn.h"

#include <string.h>

enum { READ_SIZE = 16 * 1024 };

static bool fail(struct conn *c, enum conn_fault fault, const char *trouble)
{
	if (c->fault == CONN_FINE) {
		c->fault = fault;
		c->trouble = trouble;
	}
	return false;
}

static bool broken(struct conn *c)
{
	return fail(c, CONN_BROKEN, c->stream->trouble ? c->stream->trouble : "connection lost");
}

/* Forget what is done with, once it is no less than what stands: so no byte costs more than it did
   to hear it. */
static void tidy_up(struct conn *c)
{
	if (c->taken < c->heard.size - c->taken)
		return;
	buf_drop(&c->heard, c->taken);
	c->taken = 0;
}

/* Read what is there. The end of the stream is a fault only for who needs more: it is noted, and
   what was heard stands. */
static bool read_some(struct conn *c)
{
	char *space;
	ssize_t size;

	tidy_up(c);
	space = buf_space(&c->heard, READ_SIZE);
	if (!space)
		return fail(c, CONN_FLOODED, "the server says more than was asked");
	size = c->stream->ops->read(c->stream, space, READ_SIZE);
	if (size > 0)
		buf_took(&c->heard, (size_t)size);
	if (size == STREAM_END)
		return fail(c, CONN_ENDED, "connection closed by the server");
	return size == STREAM_BROKEN ? broken(c) : true;
}

static bool wait_for(struct conn *c, short events, struct deadline until)
{
	int ready = c->stream->ops->wait(c->stream, events, until);

	if (ready == DEADLINE_CANCELLED)
		return fail(c, CONN_CANCELLED, "cancelled");
	if (ready == 0)
		return fail(c, CONN_SILENT, "no answer in time");
	return true;
}

/* A server that closes early often says why before it does. */
static void read_last_words(struct conn *c)
{
	size_t before;

	do
		before = c->heard.size - c->taken;
	while (read_some(c) && c->heard.size - c->taken > before);
}

/* Write of these bytes, of which *sent are gone. */
static bool write_some(struct conn *c, const char *bytes, size_t size, size_t *sent, bool *stuck)
{
	ssize_t gone = c->stream->ops->write(c->stream, bytes + *sent, size - *sent);

	*stuck = gone == STREAM_AGAIN;
	if (gone == STREAM_BROKEN) {
		read_last_words(c);
		return broken(c);
	}
	if (gone > 0)
		*sent += (size_t)gone;
	return true;
}

static bool write_all(struct conn *c, const char *bytes, size_t size, size_t *sent,
                      struct deadline until)
{
	while (c->fault == CONN_FINE && *sent < size) {
		bool stuck;

		if (!write_some(c, bytes, size, sent, &stuck))
			return false;
		if (!stuck)
			continue;
		/* The server may be unable to read until we have read what it says: a thousand
		   replies to a thousand RCPTs. */
		if (!wait_for(c, POLLIN | POLLOUT, until) || !read_some(c))
			return false;
	}
	return c->fault == CONN_FINE;
}

void conn_open(struct conn *c, struct stream *stream)
{
	*c = (struct conn){.stream = stream};
	buf_init(&c->heard, CONN_HEARD_MAX);
	buf_init(&c->said, CONN_GATHER);
}

void conn_replace(struct conn *c, struct stream *stream)
{
	c->stream = stream;
	if (!stream)
		fail(c, CONN_BROKEN, "the new layer did not come about");
}

const char *conn_heard(const struct conn *c, size_t *size)
{
	*size = c->heard.size - c->taken;
	return c->heard.bytes ? c->heard.bytes + c->taken : "";
}

void conn_take(struct conn *c, size_t size)
{
	c->taken += size;
}

bool conn_flush(struct conn *c, struct deadline until)
{
	if (!write_all(c, c->said.bytes, c->said.size, &c->sent, until))
		return false;
	buf_clear(&c->said);
	c->sent = 0;
	return true;
}

bool conn_say(struct conn *c, const void *bytes, size_t size, struct deadline until)
{
	size_t sent = 0;

	if (c->said.size + size > CONN_GATHER && !conn_flush(c, until))
		return false;
	/* So much at once goes as it stands: a copy would cost more than a write saves. */
	if (size > CONN_GATHER)
		return write_all(c, bytes, size, &sent, until);
	buf_add(&c->said, bytes, size);
	return c->fault == CONN_FINE;
}

bool conn_hear(struct conn *c, struct deadline until)
{
	size_t before = c->heard.size - c->taken;

	if (!conn_flush(c, until))
		return false;
	while (read_some(c)) {
		if (c->heard.size - c->taken > before)
			return true;
		if (!wait_for(c, POLLIN, until))
			return false;
	}
	return false;
}

bool conn_look(struct conn *c)
{
	return c->fault == CONN_FINE && read_some(c);
}

void conn_close(struct conn *c)
{
	bool stuck = false;

	while (c->fault == CONN_FINE && !stuck && c->sent < c->said.size)
		write_some(c, c->said.bytes, c->said.size, &c->sent, &stuck);
	if (c->stream)
		c->stream->ops->close(c->stream);
	buf_free(&c->heard);
	buf_free(&c->said);
}
