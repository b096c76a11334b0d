#include "mail/fold.h"

#include <string.h>

#include "base/text.h"

static bool all_blank(const char *text, size_t size)
{
	while (size && text_is_blank(text[size - 1]))
		size--;
	return !size;
}

/* Write the first size bytes of the line and a line end; the rest begins the next one. */
static void fold_at(struct encoder *e, struct buf *out, size_t size)
{
	buf_add(out, e->line, size);
	buf_text(out, "\r\n");
	e->filled -= size;
	memmove(e->line, e->line + size, e->filled);
}

/* The last blank of the line that has text on both sides, 0 for none. Behind a line end that text
   keeps it from being a line of nothing but blanks, which some take for the end of a header. */
static size_t fold_place(const struct encoder *e, char next)
{
	for (size_t i = e->filled; i-- > 1;) {
		char after = i + 1 < e->filled ? e->line[i + 1] : next;

		if (text_is_blank(e->line[i]) && !text_is_blank(after))
			return all_blank(e->line, i) ? 0 : i;
	}
	return 0;
}

/* Where a line without a blank is broken: not inside a character of UTF-8. */
static size_t cut_place(const struct encoder *e, char next)
{
	size_t place = e->filled;

	while (place > e->filled - 4 && ((unsigned char)next & 0xc0) == 0x80)
		next = e->line[--place];
	return ((unsigned char)next & 0xc0) == 0x80 ? e->filled : place;
}

/* The line is full, and c is not its end; they are not both blanks. */
static void fold(struct encoder *e, struct buf *out, char c)
{
	size_t place = text_is_blank(c) ? e->filled : fold_place(e, c);

	e->broken = true;
	if (place) {
		fold_at(e, out, place);
	} else if (all_blank(e->line, e->filled)) {
		e->filled = 1;
	} else {
		fold_at(e, out, cut_place(e, c));
		memmove(e->line + 1, e->line, e->filled++);
		*e->line = ' ';
	}
}

/* Blanks alone are no line of ours. */
void fold_end(struct encoder *e, struct buf *out)
{
	if (e->broken && all_blank(e->line, e->filled))
		e->filled = 0;
	else
		fold_at(e, out, e->filled);
	e->broken = false;
}

static void byte_take(struct encoder *e, struct buf *out, char c)
{
	bool full = e->filled == ENCODE_LINE_MAX;

	if (c == '\n')
		fold_end(e, out);
	/* What more there is of a run of blanks could only become such lines. */
	if (c == '\r' || c == '\n' ||
	    (full && text_is_blank(c) && text_is_blank(e->line[e->filled - 1])))
		return;
	if (full)
		fold(e, out, c);
	e->line[e->filled++] = c;
}

size_t fold_take(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	size_t room = ENCODE_LINE_MAX - e->filled, run = size < room ? size : room;
	const char *end = memchr(text, '\n', run);

	run = end ? (size_t)(end - text) : run;
	end = memchr(text, '\r', run);
	run = end ? (size_t)(end - text) : run;
	if (!run) {
		byte_take(e, out, *text);
		return 1;
	}
	memcpy(e->line + e->filled, text, run);
	e->filled += run;
	return run;
}
