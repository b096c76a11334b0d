#include "witness.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_LIMIT = 4096, REPLY_LIMIT = 65536, UNLIMITED = 64 << 20 };

static void outrage(struct witness *w, const char *what)
{
	if (!w->book->outrage)
		w->book->outrage = what;
}

/* ---- what was said ---- */

static void push(struct witness *w, enum command command, size_t deed)
{
	if (w->command_count == w->command_room) {
		w->command_room = w->command_room ? 2 * w->command_room : 16;
		w->commands = memory_resize(w->commands, w->command_room, sizeof *w->commands);
		w->deeds = memory_resize(w->deeds, w->command_room, sizeof *w->deeds);
	}
	w->commands[w->command_count] = command;
	w->deeds[w->command_count++] = deed;
}

static size_t new_deed(struct book *b, const char *line, size_t size)
{
	const char *from = memchr(line, '<', size), *to = memrchr(line, '>', size);

	if (b->count == b->room) {
		b->room = b->room ? 2 * b->room : 16;
		b->deeds = memory_resize(b->deeds, b->room, sizeof *b->deeds);
	}
	b->deeds[b->count] = (struct deed){
		.order = b->count,
		.wire = from && to && from < to
	                        ? arena_bytes(&b->arena, from + 1, (size_t)(to - from) - 1)
	                        : "?",
	};
	return b->count++;
}

static bool is(const char *line, size_t size, const char *word)
{
	size_t length = strlen(word);

	return size >= length && strncasecmp(line, word, length) == 0;
}

static void begin_transaction(struct witness *w)
{
	w->from = w->book->count;
	w->mail = 0;
}

static void command_said(struct witness *w, const char *line, size_t size)
{
	if (is(line, size, "RCPT TO:")) {
		size_t deed = new_deed(w->book, line, size);

		w->book->deeds[deed].mail = w->mail;
		w->book->deeds[deed].end = w->ended ? 421 : 0;
		push(w, RCPT, deed);
	} else if (is(line, size, "MAIL FROM:")) {
		begin_transaction(w);
		push(w, MAIL, 0);
	} else if (is(line, size, "RSET")) {
		begin_transaction(w);
		push(w, RSET, 0);
	} else if (is(line, size, "DATA")) {
		push(w, DATA, 0);
		w->place = DATA_ANSWER;
	} else if (is(line, size, "BDAT ")) {
		if (size < 11 || strncasecmp(line + size - 5, " LAST", 5) != 0)
			outrage(w, "a BDAT that is not the last");
		w->chunk = strtoul(line + 5, NULL, 10);
		w->place = CHUNK;
	} else if (is(line, size, "STARTTLS")) {
		push(w, STARTTLS, 0);
	} else if (is(line, size, "EHLO ") || is(line, size, "HELO ")) {
		push(w, HELLO, 0);
	} else {
		if (!is(line, size, "QUIT"))
			outrage(w, "a line that is no command");
		push(w, OTHER, 0);
	}
}

static void content_complete(struct witness *w)
{
	for (size_t i = w->from; i < w->book->count; i++)
		w->book->deeds[i].complete = true;
	push(w, END, 0);
	w->place = COMMANDS;
}

/* Each says how many of the bytes it has understood; 0: more are needed. */
static size_t take_command(struct witness *w, const char *bytes, size_t size)
{
	const char *end = memchr(bytes, '\n', size);
	size_t line = end ? (size_t)(end - bytes) : 0;

	if (!end)
		return 0;
	if (!line || end[-1] != '\r' || memchr(bytes, '\r', line - 1) || memchr(bytes, '\0', line))
		outrage(w, "a command line with a bare CR, a bare LF or a NUL");
	command_said(w, bytes, line - (line > 0));
	return line + 1;
}

/* content begins with a CRLF of ours, so that the end is the same everywhere. */
static size_t take_content(struct witness *w, const char *bytes, size_t size)
{
	const char *end = memmem(bytes, size, "\r\n.\r\n", 5);

	if (!end)
		return size > 4 ? size - 4 : 0;
	content_complete(w);
	return (size_t)(end - bytes) + 5;
}

static size_t take_chunk(struct witness *w, size_t size)
{
	size_t part = size < w->chunk ? size : w->chunk;

	w->chunk -= part;
	if (!w->chunk)
		content_complete(w);
	return part;
}

static size_t take(struct witness *w, const char *bytes, size_t size)
{
	switch (w->place) {
	case COMMANDS: return size ? take_command(w, bytes, size) : 0;
	case CONTENT: return take_content(w, bytes, size);
	case CHUNK: return take_chunk(w, size);
	case DATA_ANSWER: break;
	}
	if (size)
		outrage(w, "something was said before the answer to DATA");
	return 0;
}

static void understand_replies(struct witness *w);

void witness_said(struct witness *w, const char *bytes, size_t size)
{
	size_t at = 0, part;

	if (w->opaque)
		return;
	buf_add(&w->said, bytes, size);
	do {
		part = take(w, w->said.bytes + at, w->said.size - at);
		at += part;
	} while (part);
	if (w->place == CHUNK && !w->chunk) /* BDAT 0 LAST */
		content_complete(w);
	buf_drop(&w->said, at);
	understand_replies(w);
}

/* ---- what was heard ---- */

static void ended_by_server(struct witness *w)
{
	w->over = w->ended = true;
	if (w->place == DATA_ANSWER)
		w->place = COMMANDS;
	for (size_t i = w->from; i < w->book->count; i++) {
		if (!w->book->deeds[i].end)
			w->book->deeds[i].end = 421;
	}
}

static void end_answered(struct witness *w, unsigned code)
{
	for (size_t i = w->from; i < w->book->count; i++)
		w->book->deeds[i].end = code;
	begin_transaction(w);
}

static void mail_answered(struct witness *w, unsigned code)
{
	w->mail = code;
	for (size_t i = w->from; i < w->book->count; i++)
		w->book->deeds[i].mail = code;
}

/* The next command in turn has its answer. */
static void answered(struct witness *w, unsigned code)
{
	enum command command = w->commands[w->answered];
	unsigned kind = code / 100;
	bool sense = true;

	if (code == 421) {
		ended_by_server(w);
		return;
	}
	switch (command) {
	case GREETING:
	case HELLO:
	case OTHER: break;
	case STARTTLS: w->opaque = code == 220 && !w->secure; break;
	case MAIL:
		sense = kind != 3;
		if (sense)
			mail_answered(w, code);
		break;
	case RCPT:
		sense = kind != 3;
		if (sense)
			w->book->deeds[w->deeds[w->answered]].rcpt = code;
		break;
	case DATA:
		sense = kind > 3 || code == 354;
		w->place = code == 354 ? CONTENT : COMMANDS;
		if (code == 354)
			buf_text(&w->said, "\r\n");
		break;
	case END:
		sense = kind != 3;
		if (sense)
			end_answered(w, code);
		break;
	case RSET: sense = kind == 2; break;
	}
	w->over |= !sense;
	w->answered++;
}

/* One line of a reply. RFC 5321 4.2. True when it is the last one. */
static bool reply_line(struct witness *w, const char *line, size_t size, bool *sense)
{
	unsigned code;

	*sense = size >= 5 && size <= LINE_LIMIT && line[size - 2] == '\r' &&
	         !memchr(line, '\r', size - 2) && !memchr(line, '\0', size) && line[0] >= '2' &&
	         line[0] <= '5' && line[1] >= '0' && line[1] <= '9' && line[2] >= '0' &&
	         line[2] <= '9' && strchr(size == 5 ? "\r" : " -", line[3]);
	if (!*sense)
		return false;
	code = (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
	       (unsigned)(line[2] - '0');
	w->reply_size += size;
	*sense = w->reply_size <= REPLY_LIMIT && (!w->code || w->code == code);
	w->code = code;
	return line[3] != '-';
}

static void understand_replies(struct witness *w)
{
	size_t at = 0;

	while (!w->over && !w->opaque && w->answered < w->command_count) {
		size_t left = w->heard.size - at;
		const char *line = w->heard.bytes + at,
			   *end = left ? memchr(line, '\n', left) : NULL;
		bool sense = true;

		if (!end)
			break;
		at += (size_t)(end - line) + 1;
		if (reply_line(w, line, (size_t)(end - line) + 1, &sense) && sense) {
			answered(w, w->code);
			w->code = 0;
			w->reply_size = 0;
		}
		w->over |= !sense;
	}
	buf_drop(&w->heard, at);
}

void witness_heard(struct witness *w, const char *bytes, size_t size)
{
	if (w->opaque || w->over)
		return;
	buf_add(&w->heard, bytes, size);
	understand_replies(w);
}

void witness_open(struct witness *w, struct book *book)
{
	*w = (struct witness){.book = book, .from = book->count};
	buf_init(&w->said, UNLIMITED);
	buf_init(&w->heard, UNLIMITED);
	push(w, GREETING, 0);
}

void witness_secure(struct witness *w)
{
	w->secure = true;
}

void witness_close(struct witness *w)
{
	buf_free(&w->said);
	buf_free(&w->heard);
	free(w->commands);
	free(w->deeds);
	w->commands = NULL;
	w->deeds = NULL;
}

/* ---- what follows ---- */

void book_free(struct book *b)
{
	arena_free(&b->arena);
	free(b->deeds);
	*b = (struct book){.deeds = NULL};
}

static int by_wire(const void *one, const void *other)
{
	return strcmp(((const struct deed *)one)->wire, ((const struct deed *)other)->wire);
}

static int by_wire_and_time(const void *one, const void *other)
{
	const struct deed *a = one, *b = other;
	int order = by_wire(one, other);

	return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

void book_sort(struct book *b)
{
	if (b->count)
		qsort(b->deeds, b->count, sizeof *b->deeds, by_wire_and_time);
}

static bool is_yes(unsigned code)
{
	return code / 100 == 2;
}

static bool is_open(unsigned code)
{
	return code == 0 || code / 100 == 2;
}

static bool taken(const struct deed *d)
{
	return d->complete && is_yes(d->mail) && is_yes(d->rcpt) && is_yes(d->end);
}

static bool doubtful(const struct deed *d)
{
	return d->complete && is_open(d->mail) && is_open(d->rcpt) && d->end == 0;
}

const char *book_against(const struct book *b, const char *wire, const struct status *s)
{
	struct deed key = {.wire = wire};
	const struct deed *d =
		b->count ? bsearch(&key, b->deeds, b->count, sizeof key, by_wire) : NULL;
	bool yes = false, perhaps = false, told = s->class == 2 && s->stage == STAGE_DONE;

	while (d && d > b->deeds && strcmp(d[-1].wire, wire) == 0)
		d--;
	for (; d && d < b->deeds + b->count && strcmp(d->wire, wire) == 0; d++) {
		if (yes || perhaps)
			return "asked for again although a server has the message, or may have it";
		yes = taken(d);
		perhaps = doubtful(d);
	}
	if (told && !yes)
		return "told as delivered, and no server has taken it";
	if (s->maybe_delivered && !yes && !perhaps)
		return "told as uncertain, and no server can have taken it";
	if ((yes || perhaps) && !told && !s->maybe_delivered)
		return yes ? "not told as delivered, and a server has taken it"
		           : "told as not delivered, and a server may have taken it";
	return NULL;
}

void book_count(const struct book *b, size_t *yes, size_t *perhaps)
{
	*yes = *perhaps = 0;
	for (size_t i = 0; i < b->count; i++) {
		*yes += taken(&b->deeds[i]);
		*perhaps += doubtful(&b->deeds[i]);
	}
}
