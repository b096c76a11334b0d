#include "mail/encode.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

enum {
	QUOTED_MAX = 75, /* and the "=" of a soft line break: RFC 2045 6.7 (5) */
	BASE64_MAX = 76, /* RFC 2045 6.8 */
};

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void line_break(struct encoder *e, struct buf *out, const char *text)
{
	buf_text(out, text);
	e->column = 0;
	e->dash = false;
}

/* Bytes that belong together in quoted-printable. */
static void quoted_put(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	if (e->column + size > QUOTED_MAX)
		line_break(e, out, "=\r\n");
	e->dash = !e->column && *text == '-';
	buf_add(out, text, size);
	e->column += size;
}

static void quoted_byte(struct encoder *e, struct buf *out, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char byte = (unsigned char)c;
	const char text[3] = {'=', digits[byte >> 4], digits[byte & 15]};

	quoted_put(e, out, text, sizeof text);
}

/* A line that we begin with "--" might be the boundary of a part around this one. */
static void quoted_plain(struct encoder *e, struct buf *out, char c)
{
	if (c == '-' && e->dash)
		quoted_byte(e, out, c);
	else
		quoted_put(e, out, &c, 1);
}

/* RFC 2045 6.7 (3): a blank at the end of a line does not survive unless it is encoded. */
static void held_put(struct encoder *e, struct buf *out, bool last)
{
	if (e->held && last)
		quoted_byte(e, out, e->held);
	else if (e->held)
		quoted_plain(e, out, e->held);
	e->held = '\0';
}

static void quoted_take(struct encoder *e, struct buf *out, char c)
{
	if (c == '\r')
		return;
	held_put(e, out, c == '\n');
	if (c == '\n')
		line_break(e, out, "\r\n");
	else if (text_is_blank(c))
		e->held = c;
	else if (c < '!' || c > '~' || c == '=') /* a char above 127 may be negative */
		quoted_byte(e, out, c);
	else
		quoted_plain(e, out, c);
}

/* "=C3" is not torn apart: a "=" needs the room of three. */
static void quoted_again_take(struct encoder *e, struct buf *out, char c)
{
	if (c == '\r')
		return;
	if (c == '\n')
		line_break(e, out, "\r\n");
	else if ((unsigned char)c > 127)
		quoted_byte(e, out, c);
	else {
		if (c == '=' && e->column + 3 > QUOTED_MAX)
			line_break(e, out, "=\r\n");
		quoted_plain(e, out, c);
	}
}

static void base64_put(struct encoder *e, struct buf *out)
{
	unsigned group = e->group << 8 * (3 - e->grouped);
	char digits[4];

	for (size_t i = 0; i < 4; i++)
		digits[i] = i <= e->grouped ? base64_digits[group >> (18 - 6 * i) & 63] : '=';
	buf_add(out, digits, sizeof digits);
	e->column += sizeof digits;
	e->group = 0;
	e->grouped = 0;
	if (e->column >= BASE64_MAX)
		line_break(e, out, "\r\n");
}

static void base64_take(struct encoder *e, struct buf *out, char c)
{
	e->group = e->group << 8 | (unsigned char)c;
	if (++e->grouped == 3)
		base64_put(e, out);
}

/* Readers skip what is no digit (RFC 2045 6.8), so that a byte above 127 may as well be another,
   and the second dash of a line that we begin. */
static void base64_again_take(struct encoder *e, struct buf *out, char c)
{
	if (c == '\r')
		return;
	if (c == '\n' || e->column >= BASE64_MAX) {
		line_break(e, out, "\r\n");
		e->broken = c != '\n';
	}
	if (c == '\n')
		return;
	if ((unsigned char)c > 127 || (c == '-' && e->dash && e->broken))
		c = '?';
	e->dash = !e->column && c == '-';
	buf_add(out, &c, 1);
	e->column++;
}

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
static void fold_end(struct encoder *e, struct buf *out)
{
	if (e->broken && all_blank(e->line, e->filled))
		e->filled = 0;
	else
		fold_at(e, out, e->filled);
	e->broken = false;
}

static void folded_take(struct encoder *e, struct buf *out, char c)
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

void encode_begin(struct encoder *e, enum coding coding)
{
	*e = (struct encoder){.coding = coding};
}

void encode_take(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	static void (*const takes[])(struct encoder *, struct buf *, char) = {
		[CODING_QUOTED] = quoted_take,
		[CODING_BASE64] = base64_take,
		[CODING_QUOTED_AGAIN] = quoted_again_take,
		[CODING_BASE64_AGAIN] = base64_again_take,
		[CODING_FOLDED] = folded_take,
	};

	if (e->coding == CODING_NONE) {
		buf_add(out, text, size);
		return;
	}
	for (size_t i = 0; i < size; i++)
		takes[e->coding](e, out, text[i]);
}

void encode_end(struct encoder *e, struct buf *out)
{
	held_put(e, out, true);
	if (e->grouped)
		base64_put(e, out);
	if (e->filled)
		fold_end(e, out);
	if (e->column)
		line_break(e, out, "\r\n");
}

void encode_word(struct buf *out, const char *text, size_t size)
{
	struct encoder e;

	encode_begin(&e, CODING_BASE64);
	encode_take(&e, out, text, size);
	if (e.grouped)
		base64_put(&e, out);
}
