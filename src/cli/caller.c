#include "cli/caller.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum {
	REPLIES_MAX = 16 * 1024 * 1024, /* EHLO a million times without listening */
	TEXT_MAX = 480                  /* RFC 5321 4.5.3.1.5: 512 with code and line end */
};

void caller_open(struct caller *c, int in, int out, struct deadline until)
{
	c->in = in;
	c->out = out;
	c->until = until;
	c->utf8 = c->broken = false;
	c->begin = c->end = 0;
	buf_init(&c->replies, REPLIES_MAX);
}

/* PIPE_BUF bytes can be written without being stuck: who neither listens nor hangs up must not keep
   a signal from ending us. After a signal what is said must fit at once. */
static bool can_write(struct caller *c)
{
	const struct deadline now = {.at = 0, .cancel_fd = -1};
	struct pollfd fds[2] = {{.fd = c->out, .events = POLLOUT}};
	int ready = deadline_poll(fds, 1, c->until);

	return (ready == DEADLINE_CANCELLED ? deadline_poll(fds, 1, now) : ready) > 0;
}

void caller_flush(struct caller *c)
{
	const char *at = c->replies.bytes;
	size_t left = c->replies.size;

	while (left && !c->broken) {
		size_t size = left < PIPE_BUF ? left : PIPE_BUF;
		ssize_t written = can_write(c) ? write(c->out, at, size) : 0;

		if (written > 0) {
			at += written;
			left -= (size_t)written;
		} else if (!written || (errno != EINTR && errno != EAGAIN)) {
			c->broken = true;
		}
	}
	buf_clear(&c->replies);
}

/* A signal and the end of input may stand there together, as from a caller who kills us and hangs
   up: then it is the signal that counts. */
static enum caller_got ended(const struct caller *c)
{
	return deadline_cancelled(c->until) ? CALLER_CANCELLED : CALLER_END;
}

/* Wait for input and take it; at least one byte is free. */
static enum caller_got fill(struct caller *c)
{
	struct pollfd fds[2] = {{.fd = c->in, .events = POLLIN}};
	ssize_t size;

	caller_flush(c);
	memmove(c->bytes, c->bytes + c->begin, c->end - c->begin);
	c->end -= c->begin;
	c->begin = 0;
	do {
		if (c->broken || deadline_poll(fds, 1, c->until) <= 0)
			return ended(c);
		size = read(c->in, c->bytes + c->end, sizeof c->bytes - c->end);
	} while (size < 0 && (errno == EINTR || errno == EAGAIN));
	c->end += size > 0 ? (size_t)size : 0;
	return size > 0 ? CALLER_LINE : ended(c);
}

/* The line end within the ceiling, if it has come. */
static const char *line_end(const struct caller *c)
{
	size_t size = c->end - c->begin;

	return memchr(c->bytes + c->begin, '\n', size < CALLER_LINE_MAX ? size : CALLER_LINE_MAX);
}

bool caller_line_ahead(const struct caller *c, const char **line, size_t *size)
{
	const char *newline = line_end(c);

	if (!newline)
		return false;
	*line = c->bytes + c->begin;
	*size = (size_t)(newline - *line);
	if (*size && (*line)[*size - 1] == '\r')
		(*size)--;
	return true;
}

enum caller_got caller_line(struct caller *c, const char **line, size_t *size)
{
	bool too_long = false;

	while (!caller_line_ahead(c, line, size)) {
		bool full = c->end - c->begin >= CALLER_LINE_MAX;
		enum caller_got got = full ? CALLER_LINE : fill(c);

		if (got != CALLER_LINE)
			return got;
		too_long |= full;
		c->begin += full ? CALLER_LINE_MAX : 0;
	}
	caller_took(c, (size_t)(line_end(c) + 1 - *line));
	return too_long ? CALLER_LONG : CALLER_LINE;
}

enum caller_got caller_bytes(struct caller *c, const char **bytes, size_t *size)
{
	enum caller_got got = c->begin < c->end ? CALLER_LINE : fill(c);

	*bytes = c->bytes + c->begin;
	*size = c->end - c->begin;
	return got;
}

void caller_took(struct caller *c, size_t size)
{
	c->begin += size;
}

/* So much of a line that fits, not ending inside a character. */
static size_t cut(const char *text, size_t size)
{
	if (size <= TEXT_MAX)
		return size;
	size = TEXT_MAX;
	while (size > 1 && ((unsigned char)text[size] & 0xc0) == 0x80)
		size--;
	return size;
}

/* "250-2.1.0 text" */
static void add_line(struct caller *c, const char *code, bool last, const char *text, size_t size)
{
	size_t begin;

	buf_printf(&c->replies, "%.3s%c%s%s", code, last ? ' ' : '-', code[3] ? code + 4 : "",
	           code[3] ? " " : "");
	begin = c->replies.size;
	buf_add(&c->replies, text, size);
	for (; !c->utf8 && begin < c->replies.size; begin++) {
		if ((unsigned char)c->replies.bytes[begin] > 126)
			c->replies.bytes[begin] = '?';
	}
	buf_text(&c->replies, "\r\n");
}

void caller_reply(struct caller *c, const char *code, const char *text)
{
	bool last;

	do {
		size_t whole = strcspn(text, "\n");
		size_t size = cut(text, whole);
		const char *next = text + size + (size == whole && text[whole] == '\n');

		last = !*next;
		add_line(c, code, last, text, size);
		text = next;
	} while (!last);
}

void caller_close(struct caller *c)
{
	buf_free(&c->replies);
}
