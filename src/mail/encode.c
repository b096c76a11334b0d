#include "mail/encode.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "mail/fold.h"

enum {
	QUOTED_MAX = 75, /* and the "=" of a soft line break: RFC 2045 6.7 (5) */
	BASE64_MAX = 76, /* RFC 2045 6.8 */
	BLOCK = 16,      /* bytes that a processor compares at once */
	RUN_MAX = 1024   /* bytes that are looked at before they are written: some may come again */
};

/* Lines that are broken where they are full. */
static const struct line_form {
	size_t max;
	const char *soft; /* what stands there */
	size_t soft_size;
} quoted_form = {QUOTED_MAX, "=\r\n", 3}, base64_form = {BASE64_MAX, "\r\n", 2};

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

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

static unsigned char is_odd(char c)
{
	return (unsigned char)(c - ' ') > '~' - ' ' || c == '=';
}

/* A processor looks at all of it at once. */
static bool block_is_plain(const char *text)
{
	unsigned char odd = 0;

	for (size_t i = 0; i < BLOCK; i++)
		odd |= is_odd(text[i]);
	return !odd;
}

/* How many bytes stand before the first odd one? */
static size_t plain_size(const char *text, size_t size)
{
	size_t plain = 0;

	while (size - plain >= BLOCK && block_is_plain(text + plain))
		plain += BLOCK;
	/* Less than a block is left: it is looked at with some bytes before it. */
	if (size - plain < BLOCK && size >= BLOCK && block_is_plain(text + size - BLOCK))
		return size;
	while (plain < size && !is_odd(text[plain]))
		plain++;
	return plain;
}

/* Write plain bytes in lines. How many: up to the end, or to a dash that would begin a line. */
static size_t plain_put(struct encoder *e, struct buf *out, const char *text, size_t size,
                        const struct line_form *form)
{
	char *begin = buf_space(out, size + (size / form->max + 1) * form->soft_size), *to = begin;
	const char *from = text, *end = text + size;

	while (begin && from < end) {
		if (e->column == form->max) {
			to = mempcpy(to, form->soft, form->soft_size);
			e->column = 0;
			e->broken = true;
		}
		if (!e->column && *from == '-')
			break;
		size_t part = least((size_t)(end - from), form->max - e->column);
		to = mempcpy(to, from, part);
		e->column += part;
		from += part;
	}
	if (begin)
		buf_took(out, (size_t)(to - begin));
	return (size_t)(from - text);
}

/* The common case made fast: bytes that stay what they are wherever they stand. 0: the first of
   them needs a closer look. */
static size_t plain_take(struct encoder *e, struct buf *out, const char *text, size_t size,
                         const struct line_form *form)
{
	if (e->held || e->dash)
		return 0;
	size_t plain = plain_size(text, least(size, RUN_MAX));
	if (plain && text_is_blank(text[plain - 1]))
		plain--;
	return plain_put(e, out, text, plain, form);
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

static void quoted_one(struct encoder *e, struct buf *out, char c)
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

static size_t quoted_take(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	size_t plain = plain_take(e, out, text, size, &quoted_form);

	if (!plain)
		quoted_one(e, out, *text);
	return plain ? plain : 1;
}

/* "=C3" is not torn apart: a "=" needs the room of three. */
static void quoted_again_one(struct encoder *e, struct buf *out, char c)
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

static size_t quoted_again_take(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	size_t plain = plain_take(e, out, text, size, &quoted_form);

	if (!plain)
		quoted_again_one(e, out, *text);
	return plain ? plain : 1;
}

static void digits_put(char digits[4], unsigned group)
{
	for (size_t i = 0; i < 4; i++)
		digits[i] = base64_digits[group >> (18 - 6 * i) & 63];
}

/* So many digits have been written. */
static void base64_advance(struct encoder *e, struct buf *out, size_t count)
{
	e->column += count;
	if (e->column >= BASE64_MAX)
		line_break(e, out, "\r\n");
}

static void base64_put(struct encoder *e, struct buf *out)
{
	char digits[4];

	digits_put(digits, e->group << 8 * (3 - e->grouped));
	for (size_t i = e->grouped + 1; i < sizeof digits; i++)
		digits[i] = '=';
	buf_add(out, digits, sizeof digits);
	e->group = 0;
	e->grouped = 0;
	base64_advance(e, out, sizeof digits);
}

/* Whole groups, as many as fit into the line. */
static size_t base64_groups_take(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t count = least(size / 3, (BASE64_MAX - e->column) / 4);
	char digits[BASE64_MAX];

	for (size_t i = 0; i < count; i++, bytes += 3)
		digits_put(digits + 4 * i,
		           (unsigned)bytes[0] << 16 | (unsigned)bytes[1] << 8 | bytes[2]);
	buf_add(out, digits, 4 * count);
	base64_advance(e, out, 4 * count);
	return 3 * count;
}

static size_t base64_take(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	if (!e->grouped && size >= 3)
		return base64_groups_take(e, out, text, size);
	e->group = e->group << 8 | (unsigned char)*text;
	if (++e->grouped == 3)
		base64_put(e, out);
	return 1;
}

/* Readers skip what is no digit (RFC 2045 6.8), so that a byte above 127 may as well be another,
   and the second dash of a line that we begin. */
static void base64_again_one(struct encoder *e, struct buf *out, char c)
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

static size_t base64_again_take(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	size_t plain = plain_take(e, out, text, size, &base64_form);

	if (!plain)
		base64_again_one(e, out, *text);
	return plain ? plain : 1;
}

static size_t as_it_is(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	(void)e;
	buf_add(out, text, size);
	return size;
}

void encode_begin(struct encoder *e, enum coding coding)
{
	*e = (struct encoder){.coding = coding};
}

void encode_take(struct encoder *e, struct buf *out, const char *text, size_t size)
{
	static size_t (*const takes[])(struct encoder *, struct buf *, const char *, size_t) = {
		[CODING_NONE] = as_it_is,
		[CODING_QUOTED] = quoted_take,
		[CODING_BASE64] = base64_take,
		[CODING_QUOTED_AGAIN] = quoted_again_take,
		[CODING_BASE64_AGAIN] = base64_again_take,
		[CODING_FOLDED] = fold_take,
	};
	const char *end = text + size;

	while (text < end)
		text += takes[e->coding](e, out, text, (size_t)(end - text));
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
