#include "mail/message.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/deadline.h"
#include "base/memory.h"
#include "mail/encode.h"
#include "mail/header.h"
#include "mail/header_ascii.h"
#include "mail/header_edit.h"
#include "mail/header_made.h"
#include "mail/message_lines.h"
#include "mail/message_seven.h"
#include "mail/message_store.h"
#include "mail/recode.h"

enum { CHUNK = 64 * 1024 }; /* what a pipe holds */

/* A message on its way from the descriptor to the store. */
struct reader {
	const struct message_want *want;
	struct arena *arena;
	struct deadline until;
	struct message *message;
	struct status *fault;
	struct lines lines;
	struct header_extent extent;
	struct buf header; /* what came until its end was found, and some of the body behind it */
	bool in_body;
	struct store store;
	char in[CHUNK], out[2 * CHUNK + LINES_SLACK];
};

/* False, for the caller to return. */
static bool refuse(struct reader *r, enum fault fault, const char *text)
{
	*r->fault = status_of(fault, STAGE_ROUTE, r->arena, "%s", text);
	return false;
}

/* Wait until there is something to read. Input that never pauses does not outlive the deadline. */
static bool input_wait(struct reader *r)
{
	struct pollfd fds[2] = {{.fd = r->want->fd, .events = POLLIN}};
	int ready = deadline_poll(fds, 1, r->until);

	if (ready > 0 && !deadline_passed(r->until))
		return true;
	if (ready == DEADLINE_CANCELLED)
		return refuse(r, FAULT_CANCELLED, "cancelled while the message was read");
	return refuse(r, FAULT_EXPIRED, "the time was over before the message was read");
}

/* Up to CHUNK bytes; *size is 0 at the end. */
static bool input_read(struct reader *r, size_t *size)
{
	ssize_t got;

	do {
		if (!input_wait(r))
			return false;
		got = read(r->want->fd, r->in, CHUNK);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0)
		return refuse(r, FAULT_SYSTEM,
		              arena_printf(r->arena, "cannot read the message: %s",
		                           strerror(errno)));
	/* Who kills us and hangs up wants nothing sent; we may see the signal only after the end.
	 */
	if (got == 0 && deadline_cancelled(r->until))
		return refuse(r, FAULT_CANCELLED, "cancelled while the message was read");
	*size = (size_t)got;
	return true;
}

static bool store_text(struct reader *r, const char *text, size_t size)
{
	uint64_t max = r->want->size_max;

	if (max && r->store.size + size > max)
		return refuse(r, FAULT_TOO_LARGE,
		              arena_printf(r->arena, "the message is larger than %llu bytes",
		                           (unsigned long long)max));
	if (!store_add(&r->store, text, size))
		return refuse(r, FAULT_SYSTEM,
		              arena_printf(r->arena, "cannot %s a file in %s: %s", r->store.failed,
		                           r->store.folder, strerror(r->store.error)));
	return true;
}

static bool header_refuse_size(struct reader *r)
{
	return refuse(r, FAULT_MESSAGE,
	              arena_printf(r->arena, "the header is larger than %d bytes",
	                           MESSAGE_HEADER_MAX));
}

/* RFC 5321 6.3: a message that has come this way so often runs in a circle. */
static bool hops_good(struct reader *r, const char *header, size_t size)
{
	size_t hops = header_count(header, size, "Received");

	if (hops <= MESSAGE_HOPS_MAX)
		return true;
	return refuse(r, FAULT_LOOP,
	              arena_printf(r->arena, "the message has passed %zu hosts: a loop", hops));
}

static bool recipients_read(struct reader *r, const char *header, size_t size)
{
	const char *why;

	if (!r->want->header_recipients ||
	    header_recipients(header, size, r->arena, &r->message->recipients, &why))
		return true;
	return refuse(r, FAULT_ADDRESS, why);
}

static bool header_store(struct reader *r, const char *header, size_t size)
{
	struct buf out;

	buf_init(&out, MESSAGE_HEADER_MAX);
	if (r->want->received_by)
		header_made_received(&out, r->want, r->arena);
	header_complete(&out, header, size, r->want, r->arena);
	bool good = !out.failed ? store_text(r, out.bytes, out.size) : header_refuse_size(r);
	if (good)
		lines_measure(&r->lines, out.bytes, out.size);
	r->message->header_size = out.size;
	r->message->eight_bit_header = r->lines.eight_bit;
	r->message->tls_optional = header_says(out.bytes, out.size, "TLS-Required", "No");
	r->message->needs_utf8 = r->lines.eight_bit && header_needs_utf8(out.bytes, out.size);
	buf_free(&out);
	return good;
}

/* The end of the header has been found: complete it, and pass on what came behind it. */
static bool header_end(struct reader *r)
{
	const char *text = r->header.bytes ? r->header.bytes : "";
	const char *header = text + r->extent.begin;
	size_t size = r->extent.end - r->extent.begin;
	size_t rest = r->header.size - r->extent.body;

	if (size > MESSAGE_HEADER_MAX)
		return header_refuse_size(r);
	/* What was seen so far may be removed. */
	r->lines.eight_bit = false;
	r->lines.longest = 0;
	if (!hops_good(r, header, size) || !recipients_read(r, header, size) ||
	    !header_store(r, header, size))
		return false;
	lines_measure(&r->lines, text + r->extent.body, rest);
	r->in_body = true;
	bool good = store_text(r, text + r->extent.body, rest);
	buf_free(&r->header);
	return good;
}

/* Canonical text; whole: it was the last. */
static bool text_take(struct reader *r, const char *text, size_t size, bool whole)
{
	if (r->in_body)
		return store_text(r, text, size);
	buf_add(&r->header, text, size);
	if (r->header.failed)
		return header_refuse_size(r);
	if (header_find(&r->extent, r->header.bytes ? r->header.bytes : "", r->header.size, whole))
		return header_end(r);
	return true;
}

static bool input_take(struct reader *r, size_t size)
{
	size_t made;

	if (!lines_take(&r->lines, r->in, size, r->out, &made))
		return refuse(r, FAULT_MESSAGE,
		              arena_printf(r->arena, "NUL in line %llu of the message (byte %llu)",
		                           (unsigned long long)r->lines.line,
		                           (unsigned long long)r->lines.taken));
	return text_take(r, r->out, made, false);
}

static bool render(struct reader *r)
{
	size_t size = 0;

	do {
		if (!input_read(r, &size) || (size && !input_take(r, size)))
			return false;
	} while (size && !r->lines.ended);
	return text_take(r, r->out, lines_end(&r->lines, r->out), true);
}

static struct reader *reader_open(struct message *m, const struct message_want *want,
                                  struct arena *a, struct deadline until, struct status *fault)
{
	struct reader *r = memory_get(1, sizeof *r);

	r->want = want;
	r->arena = a;
	r->until = until;
	r->message = m;
	r->fault = fault;
	r->lines.ignore_dots = want->ignore_dots;
	r->lines.terminal = !want->ignore_dots && isatty(want->fd);
	/* A chunk may be much body behind a full header. */
	buf_init(&r->header, MESSAGE_HEADER_MAX + sizeof r->out);
	store_init(&r->store, want->temporary_folder, MESSAGE_MEMORY_MAX);
	return r;
}

/* Hand the store over to the message. */
static void message_keep(struct message *m, struct reader *r)
{
	m->size = r->store.size;
	m->eight_bit = r->lines.eight_bit;
	m->memory = r->store.memory.bytes;
	m->file = r->store.file;
	buf_init(&r->store.memory, 0);
	r->store.file = -1;
}

/* RULES.md D4: many servers refuse a line that RFC 5321 4.5.3.1.6 does not allow, some cut it. */
static bool message_shorten(struct message *m, struct reader *r)
{
	struct message made;
	struct recode_trouble trouble;

	if (r->lines.longest <= ENCODE_LINE_MAX)
		return true;
	bool good = recode(&made, m, RECODE_LINES, r->store.folder, &trouble);
	if (!good)
		*r->fault = recode_fault(&trouble, r->store.folder, STAGE_ROUTE, r->arena);
	message_close(m);
	if (good)
		*m = made;
	return good;
}

bool message_read(struct message *m, const struct message_want *want, struct arena *a,
                  struct deadline until, struct status *fault)
{
	struct reader *r = reader_open(m, want, a, until, fault);

	*m = (struct message){.file = -1};
	bool good = render(r);
	if (good)
		message_keep(m, r);
	good = good && message_shorten(m, r);
	if (!good)
		*m = (struct message){.file = -1};
	else if (m->eight_bit)
		m->seven = seven_open(r->store.folder);
	buf_free(&r->header);
	store_free(&r->store);
	free(r);
	return good;
}

const char *message_at(const struct message *m, uint64_t offset, char *window, size_t *size)
{
	uint64_t left = m->size - offset;
	ssize_t got;

	if (m->memory) {
		*size = (size_t)left;
		return m->memory + offset;
	}
	do
		got = pread(m->file, window, left < MESSAGE_WINDOW ? (size_t)left : MESSAGE_WINDOW,
		            (off_t)offset);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return NULL;
	*size = (size_t)got;
	return window;
}

void message_close(struct message *m)
{
	free(m->memory);
	if (m->file >= 0)
		close(m->file);
	seven_close(m->seven);
	m->memory = NULL;
	m->file = -1;
	m->seven = NULL;
}
