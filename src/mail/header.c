#include "mail/header.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

enum { NAME_MAX_SIZE = 998 }; /* a line (RFC 5322 2.1.1) without a colon by then is text */

enum line_kind { LINE_FIELD, LINE_CONTINUATION, LINE_EMPTY, LINE_MBOX, LINE_TEXT };

static const struct header_name names[] = {
	{"From", HEADER_ADDRESSES | HEADER_NEEDED},
	{"Sender", HEADER_ADDRESSES},
	{"Reply-To", HEADER_ADDRESSES},
	{"To", HEADER_ADDRESSES | HEADER_RECIPIENTS},
	{"Cc", HEADER_ADDRESSES | HEADER_RECIPIENTS},
	{"Bcc", HEADER_RECIPIENTS | HEADER_REMOVED},
	{"Date", HEADER_NEEDED},
	{"Message-ID", HEADER_NEEDED},
	{"Resent-From", HEADER_RESENT | HEADER_ADDRESSES},
	{"Resent-Sender", HEADER_RESENT | HEADER_ADDRESSES},
	{"Resent-Reply-To", HEADER_RESENT | HEADER_ADDRESSES},
	{"Resent-To", HEADER_RESENT | HEADER_ADDRESSES | HEADER_RECIPIENTS},
	{"Resent-Cc", HEADER_RESENT | HEADER_ADDRESSES | HEADER_RECIPIENTS},
	{"Resent-Bcc", HEADER_RESENT | HEADER_RECIPIENTS | HEADER_REMOVED},
	{"Resent-Date", HEADER_RESENT},
	{"Resent-Message-ID", HEADER_RESENT},
	{"Received", HEADER_TRACE},
	{"Return-Path", HEADER_TRACE | HEADER_REMOVED},
	{"Content-Length", HEADER_REMOVED},
	{"", 0},
};

static bool name_is(const char *text, size_t size, const char *name)
{
	size_t i = 0;

	while (i < size && name[i] && text_lower(text[i]) == text_lower(name[i]))
		i++;
	return i == size && !name[i];
}

static const struct header_name *name_find(const char *text, size_t size)
{
	const struct header_name *name = names;

	while (*name->text && !name_is(text, size, name->text))
		name++;
	return name;
}

/* The size of a field's name, 0 when the line is no field. Blanks before the colon are obsolete
   (RFC 5322 4.5) and still met: a "Bcc :" must not slip through. */
static size_t name_size(const char *line, size_t size, size_t *colon)
{
	size_t name = 0;

	while (name < size && name < NAME_MAX_SIZE && line[name] > ' ' && line[name] < 127 &&
	       line[name] != ':')
		name++;
	*colon = name;
	while (*colon < size && *colon < NAME_MAX_SIZE && text_is_blank(line[*colon]))
		++*colon;
	return *colon < size && line[*colon] == ':' ? name : 0;
}

static bool begins(const char *line, size_t size, const char *beginning)
{
	size_t length = strlen(beginning);

	return size >= length && memcmp(line, beginning, length) == 0;
}

static enum line_kind line_kind(const char *line, size_t size)
{
	size_t colon;

	if (begins(line, size, "\r\n"))
		return LINE_EMPTY;
	if (size && text_is_blank(*line))
		return LINE_CONTINUATION;
	if (size <= NAME_MAX_SIZE && (begins(line, size, "From ") || begins(line, size, ">From ")))
		return LINE_MBOX;
	return name_size(line, size, &colon) ? LINE_FIELD : LINE_TEXT;
}

/* Mbox lines stand before the first field, continuations behind it; else they are the body's. */
static bool ends_header(const struct header_extent *e, enum line_kind kind)
{
	bool first = e->end == e->begin;

	switch (kind) {
	case LINE_FIELD: return false;
	case LINE_CONTINUATION: return first;
	case LINE_MBOX: return !first;
	case LINE_EMPTY:
	case LINE_TEXT: return true;
	}
	return true;
}

/* The end of the line at e->end, or of all there is of it when it is as long as no field's name; 0
   when more is needed. */
static size_t line_end(struct header_extent *e, const char *text, size_t size, bool whole)
{
	const char *feed = memchr(text + e->looked, '\n', size - e->looked);
	size_t length = size - e->end;

	if (feed)
		return (size_t)(feed - text) + 1;
	e->looked = size;
	if (whole)
		return length ? size : 0;
	if (length > NAME_MAX_SIZE && ends_header(e, line_kind(text + e->end, length)))
		return size;
	return 0;
}

/* Every mbox line has a time of day, "14:00". */
static bool has_time(const char *line, size_t size)
{
	for (size_t i = 2; i + 2 < size; i++) {
		if (line[i] == ':' && text_is_digit(line[i - 2]) && text_is_digit(line[i - 1]) &&
		    text_is_digit(line[i + 1]) && text_is_digit(line[i + 2]))
			return true;
	}
	return false;
}

/* The header ends at e->end. "From me to you" as the first line of a message without header is
   text, not a mailbox's separator. */
static bool found(struct header_extent *e, const char *text, size_t body)
{
	e->body = body;
	if (e->begin && e->begin == e->end && !has_time(text, e->begin))
		e->begin = e->end = e->body = 0;
	return true;
}

static bool is_resent(const char *header, size_t size)
{
	struct header_field field;

	for (size_t at = 0; header_next(header, size, &at, &field);) {
		if (field.name->traits & HEADER_RESENT)
			return true;
	}
	return false;
}

/* Does the newest block of Resent fields end before this one? A block has each name once (RFC
   5322 3.6) and stands above the trace of the way that the message had come before. */
static bool block_ends(const struct header_field *field, unsigned long *seen)
{
	unsigned long bit = 1ul << (field->name - names);

	if (field->name->traits & HEADER_TRACE)
		return *seen;
	if (!(field->name->traits & HEADER_RESENT))
		return false;
	if (*seen & bit)
		return true;
	*seen |= bit;
	return false;
}

static bool field_recipients(const struct header_field *field, struct arena *a,
                             struct address_list *list, const char **why)
{
	const char *fault;

	if (address_list_parse(a, field->value, field->value_size, list, &fault))
		return true;
	*why = arena_printf(a, "%s: %s", field->name->text, fault);
	return false;
}

bool header_find(struct header_extent *e, const char *text, size_t size, bool whole)
{
	size_t end;

	while ((end = line_end(e, text, size, whole))) {
		enum line_kind kind = line_kind(text + e->end, end - e->end);

		if (ends_header(e, kind))
			return found(e, text, kind == LINE_EMPTY ? end : e->end);
		e->end = e->looked = end;
		if (kind == LINE_MBOX)
			e->begin = end;
	}
	return whole && found(e, text, size);
}

bool header_next(const char *header, size_t size, size_t *at, struct header_field *field)
{
	const char *line = header + *at;
	size_t left = size - *at;
	size_t end = 0, colon;

	if (!left)
		return false;
	do {
		const char *feed = memchr(line + end, '\n', left - end);
		end = feed ? (size_t)(feed - line) + 1 : left;
	} while (end < left && text_is_blank(line[end]));
	field->line = line;
	field->size = end;
	field->name_size = name_size(line, end, &colon);
	field->name = name_find(line, field->name_size);
	field->value = line + colon + 1;
	field->value_size = end - colon - 1;
	*at += end;
	return true;
}

bool header_blank(const struct header_field *field)
{
	for (size_t i = 0; i < field->value_size; i++) {
		if (!text_is_blank(field->value[i]) && field->value[i] != '\r' &&
		    field->value[i] != '\n')
			return false;
	}
	return true;
}

size_t header_count(const char *header, size_t size, const char *name)
{
	struct header_field field;
	size_t count = 0;

	for (size_t at = 0; header_next(header, size, &at, &field);)
		count += name_is(field.line, field.name_size, name);
	return count;
}

bool header_has(const char *header, size_t size, const char *name)
{
	struct header_field field;

	for (size_t at = 0; header_next(header, size, &at, &field);) {
		if (name_is(field.line, field.name_size, name) && !header_blank(&field))
			return true;
	}
	return false;
}

static bool is_white(char c)
{
	return text_is_blank(c) || c == '\r' || c == '\n';
}

static bool value_is(const struct header_field *field, const char *word)
{
	const char *begin = field->value, *end = begin + field->value_size;

	while (begin < end && is_white(*begin))
		begin++;
	while (end > begin && is_white(end[-1]))
		end--;
	return name_is(begin, (size_t)(end - begin), word);
}

bool header_says(const char *header, size_t size, const char *name, const char *word)
{
	size_t count = 0, same = 0;
	struct header_field field;

	for (size_t at = 0; header_next(header, size, &at, &field);) {
		if (!name_is(field.line, field.name_size, name))
			continue;
		count++;
		same += value_is(&field, word);
	}
	return count == 1 && same == 1;
}

bool header_recipients(const char *header, size_t size, struct arena *a, struct address_list *list,
                       const char **why)
{
	unsigned wanted = HEADER_RECIPIENTS | (is_resent(header, size) ? HEADER_RESENT : 0u);
	unsigned long seen = 0;
	struct header_field field;

	for (size_t at = 0; header_next(header, size, &at, &field);) {
		if (wanted & HEADER_RESENT && block_ends(&field, &seen))
			break;
		if ((field.name->traits & (HEADER_RECIPIENTS | HEADER_RESENT)) != wanted)
			continue;
		if (!field_recipients(&field, a, list, why))
			return false;
	}
	return true;
}
