#include "mail/message_lines.h"

#include <string.h>

#include "base/text.h"

static char *put(char *out, const char *text, size_t size)
{
	memcpy(out, text, size);
	return out + size;
}

static char *line_break(struct lines *l, char *out)
{
	if (l->length > l->longest)
		l->longest = l->length;
	l->length = 0;
	return put(out, "\r\n", 2);
}

static char *dot_line_put(struct lines *l, char *out)
{
	if (!l->dot_line)
		return out;
	l->dot_line = false;
	return put(out, ".\r\n", 3);
}

/* Write what was held back, now that text follows it. */
static char *held_put(struct lines *l, char *out)
{
	char *begin;

	out = begin = dot_line_put(l, out);
	if (l->dot)
		*out++ = '.';
	if (l->carriage)
		*out++ = ' ';
	l->length += (size_t)(out - begin);
	l->dot = l->carriage = false;
	return out;
}

/* The last byte of text is not CR. */
static char *text_put(struct lines *l, char *out, const char *text, size_t size)
{
	const char *end = text + size;
	char *begin = out;
	const char *carriage;

	while ((carriage = memchr(text, '\r', (size_t)(end - text)))) {
		out = put(out, text, (size_t)(carriage - text));
		*out++ = ' ';
		for (text = carriage; *text == '\r'; text++)
			;
	}
	out = put(out, text, (size_t)(end - text));
	l->length += (size_t)(out - begin);
	return out;
}

static char *end_take(struct lines *l, char *out)
{
	l->line++;
	l->carriage = false;
	out = dot_line_put(l, out);
	if (!l->dot)
		return line_break(l, out);
	l->dot = false;
	l->dot_line = true;
	l->ended = l->terminal;
	return out;
}

/* A line, or the part of it that has come, without its LF. */
static char *part_take(struct lines *l, char *out, const char *text, size_t size, bool whole)
{
	bool fresh = !l->length && !l->dot && !l->carriage && !l->ignore_dots;

	while (l->carriage && size && *text == '\r') {
		text++;
		size--;
	}
	size_t trimmed = size;
	while (trimmed && text[trimmed - 1] == '\r')
		trimmed--;
	if (trimmed == 1 && *text == '.' && fresh)
		l->dot = true;
	else if (trimmed)
		out = text_put(l, held_put(l, out), text, trimmed);
	if (trimmed < size)
		l->carriage = true;
	return whole ? end_take(l, out) : out;
}

/* The common case made fast: whole lines up to the first that needs a closer look. Returns where
   that begins. */
static const char *plain_take(struct lines *l, const char *in, const char *end, char **out)
{
	char *to = *out;
	size_t longest = l->longest;
	const char *feed;

	while ((feed = memchr(in, '\n', (size_t)(end - in)))) {
		size_t size = (size_t)(feed - in);

		if (size && (feed[-1] == '\r' || (size == 1 && *in == '.')))
			break;
		to = put(put(to, in, size), "\r\n", 2);
		longest = size > longest ? size : longest;
		l->line++;
		in = feed + 1;
	}
	l->longest = longest;
	*out = to;
	return in;
}

static bool line_begins(const struct lines *l)
{
	return !l->length && !l->dot && !l->carriage && !l->dot_line;
}

static bool nul_found(struct lines *l, const char *in, size_t size)
{
	const char *nul = memchr(in, '\0', size);
	const char *feed;

	if (!nul)
		return false;
	l->taken += (uint64_t)(nul - in) + 1;
	l->line++;
	for (; (feed = memchr(in, '\n', (size_t)(nul - in))); in = feed + 1)
		l->line++;
	return true;
}

bool lines_take(struct lines *l, const char *in, size_t size, char *out, size_t *made)
{
	const char *end = in + size;
	char *begin = out;

	if (nul_found(l, in, size))
		return false;
	bool carriages = memchr(in, '\r', size);
	l->eight_bit = l->eight_bit || text_eight_bit(in, size);
	l->taken += size;
	while (in < end && !l->ended) {
		if (!carriages && line_begins(l))
			in = plain_take(l, in, end, &out);
		const char *feed = in < end ? memchr(in, '\n', (size_t)(end - in)) : NULL;
		const char *stop = feed ? feed : end;
		if (in < end)
			out = part_take(l, out, in, (size_t)(stop - in), feed);
		in = feed ? feed + 1 : end;
	}
	*made = (size_t)(out - begin);
	return true;
}

size_t lines_end(struct lines *l, char *out)
{
	char *begin = out;

	bool open = !l->dot && (l->length || l->carriage);

	/* The lone dot held last is not text, with or without its line end; one before it is. */
	if (open || l->dot)
		out = dot_line_put(l, out);
	if (open)
		out = line_break(l, out);
	return (size_t)(out - begin);
}

void lines_measure(struct lines *l, const char *text, size_t size)
{
	const char *end = text + size;
	const char *feed;

	l->eight_bit = l->eight_bit || text_eight_bit(text, size);
	for (; (feed = memchr(text, '\n', (size_t)(end - text))); text = feed + 1) {
		size_t length = (size_t)(feed - text) - 1;

		l->longest = length > l->longest ? length : l->longest;
	}
}
