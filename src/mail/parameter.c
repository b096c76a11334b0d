#include "mail/parameter.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"

enum {
	LINE_ROOM = 76,  /* RFC 5322 2.1.1 asks for 78 */
	SECTION_MAX = 48 /* encoded bytes of one section of a long value, RFC 2231 3 */
};

/* name="value", as it stands in the field; the rest is comments and folding. */
struct parameter {
	const char *name, *value, *rest;
	size_t name_size, value_size, rest_size;
	struct buf content; /* of the value, without quotes and escapes */
};

static bool is_blank(char c)
{
	return text_is_blank(c) || c == '\r' || c == '\n';
}

/* Bytes up to the next semicolon outside quotes and comments. */
static size_t part_size(const char *text, size_t size)
{
	bool quoted = false;
	size_t depth = 0, i = 0;

	for (; i < size && (quoted || depth || text[i] != ';'); i++) {
		if (text[i] == '\\' && (quoted || depth) && i + 1 < size)
			i++;
		else if (text[i] == '"' && !depth)
			quoted = !quoted;
		else if (text[i] == '(' && !quoted)
			depth++;
		else if (text[i] == ')' && depth)
			depth--;
	}
	return i;
}

/* Bytes of the word at the beginning, quotes included. */
static size_t value_size(const char *text, size_t size)
{
	size_t i = 1;

	if (!size || *text != '"') {
		for (i = 0; i < size && !is_blank(text[i]) && text[i] != '('; i++)
			;
		return i;
	}
	for (; i < size && text[i] != '"'; i++)
		i += text[i] == '\\' && i + 1 < size;
	return i < size ? i + 1 : size;
}

static void content_read(struct parameter *p)
{
	bool quoted = p->value_size && *p->value == '"';
	size_t end = p->value_size;

	buf_init(&p->content, p->value_size);
	if (quoted && end > 1 && p->value[end - 1] == '"')
		end--;
	for (size_t i = quoted; i < end; i++) {
		if (quoted && p->value[i] == '\\' && i + 1 < end)
			i++;
		if (p->value[i] != '\r' && p->value[i] != '\n')
			buf_add(&p->content, p->value + i, 1);
	}
}

/* Take a part to pieces; false when it is no parameter or is ASCII. */
static bool parameter_read(struct parameter *p, const char *text, size_t size)
{
	const char *equals = memchr(text, '=', size);
	const char *end = text + size;

	if (!equals)
		return false;
	for (p->name = text; p->name < equals && is_blank(*p->name); p->name++)
		;
	p->name_size = value_size(p->name, (size_t)(equals - p->name));
	for (p->value = equals + 1; p->value < end && is_blank(*p->value); p->value++)
		;
	p->value_size = value_size(p->value, (size_t)(end - p->value));
	p->rest = p->value + p->value_size;
	p->rest_size = (size_t)(end - p->rest);
	return p->name_size && !text_eight_bit(text, (size_t)(equals - text)) &&
	       text_eight_bit(p->value, p->value_size);
}

/* An attribute-char of RFC 2231 7, as far as no old reader minds it. */
static bool is_plain(char c)
{
	return text_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

static size_t encoded_size(const char *text, size_t size)
{
	size_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += is_plain(text[i]) ? 1 : 3;
	return sum;
}

/* In a value that is extended already a percent sign is one of its own. */
static void encoded_write(struct buf *out, const char *text, size_t size, bool again)
{
	for (size_t i = 0; i < size; i++) {
		bool plain = is_plain(text[i]) || (again && text[i] > ' ' && text[i] < 127);

		buf_printf(out, plain ? "%c" : "%%%02X", (unsigned)(unsigned char)text[i]);
	}
}

static void name_write(struct buf *out, const struct parameter *p, const char *end, size_t need)
{
	word_fold(out, p->name_size + strlen(end) + need);
	buf_add(out, p->name, p->name_size);
	buf_text(out, end);
}

/* A section of a value that its maker has cut: "name*1=", or "name*1*=" extended already. */
static void section_write(struct buf *out, const struct parameter *p)
{
	bool extended = p->name[p->name_size - 1] == '*';

	name_write(out, p, extended ? "=" : "*=", 0);
	if (!extended && p->name_size > 1 && memcmp(p->name + p->name_size - 2, "*0", 2) == 0)
		buf_text(out, "utf-8''");
	encoded_write(out, p->content.bytes, p->content.size, extended);
}

/* So much of a value as one section holds; whole characters. */
static size_t section_size(const char *text, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t next = charset_character(text + done, size - done);

		if (done && encoded_size(text, done + next) > SECTION_MAX)
			break;
		done += next;
	}
	return done;
}

static void sections_write(struct buf *out, const struct parameter *p, const char *charset)
{
	const char *text = p->content.bytes;
	char end[32];

	for (size_t done = 0, size, count = 0; done < p->content.size; done += size, count++) {
		size = section_size(text + done, p->content.size - done);
		snprintf(end, sizeof end, "*%zu*=%s%s", count, count ? "" : charset,
		         count ? "" : "''");
		if (count)
			buf_text(out, "; ");
		name_write(out, p, end, SECTION_MAX);
		encoded_write(out, text + done, size, false);
	}
}

static void parameter_write(struct buf *out, const struct parameter *p)
{
	struct charset charset = {0};
	size_t size = encoded_size(p->content.bytes, p->content.size);
	char end[32];

	charset_take(&charset, p->content.bytes, p->content.size);
	if (memchr(p->name, '*', p->name_size)) {
		section_write(out, p);
	} else if (size > SECTION_MAX) {
		sections_write(out, p, charset_name(&charset));
	} else {
		snprintf(end, sizeof end, "*=%s''", charset_name(&charset));
		name_write(out, p, end, size);
		encoded_write(out, p->content.bytes, p->content.size, false);
	}
}

static void part_encode(struct buf *out, const char *text, size_t size)
{
	struct parameter p;

	if (!parameter_read(&p, text, size)) {
		word_encode(out, text, size, WORD_TEXT);
		return;
	}
	content_read(&p);
	buf_add(out, text, (size_t)(p.name - text));
	parameter_write(out, &p);
	word_encode(out, p.rest, p.rest_size, WORD_TEXT);
	buf_free(&p.content);
}

void parameter_encode(struct buf *out, const char *value, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t part = part_size(value + at, size - at);

		part_encode(out, value + at, part);
		at += part;
		if (at < size)
			buf_text(out, ";");
		at += at < size;
	}
}
