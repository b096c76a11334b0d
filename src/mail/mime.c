#include "mail/mime.h"

#include <string.h>

#include "base/text.h"
#include "mail/header.h"

enum { WORD_MAX = MIME_BOUNDARY_MAX }; /* what is longer is no name or value that we know */

/* The value of a field that is being read, and its latest word. */
struct cursor {
	const char *at, *end;
	char word[WORD_MAX + 1];
	size_t size;
	bool overlong;
};

static bool is_named(const struct header_field *field, const char *name)
{
	return field->name_size == strlen(name) && text_begins(field->line, name);
}

/* The first field of this name: most readers take that. */
static bool cursor_open(struct cursor *c, const char *header, size_t size, const char *name)
{
	struct header_field field;

	for (size_t at = 0; header_next(header, size, &at, &field);) {
		if (!is_named(&field, name) || header_blank(&field))
			continue;
		*c = (struct cursor){.at = field.value, .end = field.value + field.value_size};
		return true;
	}
	return false;
}

static bool cursor_at(const struct cursor *c, const char *set)
{
	return c->at < c->end && *c->at && strchr(set, *c->at);
}

static void comment_skip(struct cursor *c)
{
	size_t depth = 0;

	do {
		if (*c->at == '\\' && c->at + 1 < c->end)
			c->at++;
		else if (*c->at == '(')
			depth++;
		else if (*c->at == ')')
			depth--;
		c->at++;
	} while (depth && c->at < c->end);
}

static void blanks_skip(struct cursor *c)
{
	while (cursor_at(c, " \t\r\n(")) {
		if (*c->at == '(')
			comment_skip(c);
		else
			c->at++;
	}
}

static void word_add(struct cursor *c, char byte)
{
	c->overlong = c->size == WORD_MAX;
	if (!c->overlong)
		c->word[c->size++] = byte;
}

static void quoted_read(struct cursor *c)
{
	for (c->at++; c->at < c->end && *c->at != '"'; c->at++) {
		if (*c->at == '\\' && c->at + 1 < c->end)
			c->at++;
		if (*c->at != '\r' && *c->at != '\n')
			word_add(c, *c->at);
	}
	c->at += c->at < c->end;
}

/* Read a word up to one of stop, with the blanks around it. One that is too long is empty. */
static void word_read(struct cursor *c, const char *stop)
{
	c->size = 0;
	c->overlong = false;
	blanks_skip(c);
	if (cursor_at(c, "\""))
		quoted_read(c);
	else
		for (; c->at < c->end && !cursor_at(c, stop) && !cursor_at(c, " \t\r\n"); c->at++)
			word_add(c, *c->at);
	blanks_skip(c);
	if (c->overlong)
		c->size = 0;
	c->word[c->size] = '\0';
}

/* "boundary", or the next piece of one that RFC 2231 3 has cut. */
static bool is_boundary(const char *name)
{
	return text_same(name, "boundary") ||
	       (text_begins(name, "boundary*") && text_is_digit(name[9]) &&
	        name[strlen(name) - 1] != '*');
}

/* Trailing blanks are none of a boundary's, RFC 2046 5.1.1. */
static void boundary_add(struct mime *m, const struct cursor *c)
{
	size_t size = c->size;

	while (size && text_is_blank(c->word[size - 1]))
		size--;
	if (size > MIME_BOUNDARY_MAX - m->boundary_size)
		size = 0;
	memcpy(m->boundary + m->boundary_size, c->word, size);
	m->boundary_size += size;
}

static void parameters_read(struct mime *m, struct cursor *c)
{
	while (c->at < c->end) {
		bool wanted = false;

		if (*c->at++ != ';')
			continue;
		word_read(c, ";=");
		wanted = cursor_at(c, "=") && is_boundary(c->word);
		if (!cursor_at(c, "="))
			continue;
		c->at++;
		word_read(c, ";");
		if (wanted)
			boundary_add(m, c);
	}
}

/* Without a boundary nobody can tell the parts, and only for parts a multipart may be changed. */
static void multipart_read(struct mime *m, const char *subtype, struct cursor *c)
{
	m->digest = text_same(subtype, "digest");
	m->is_signed = text_same(subtype, "signed");
	parameters_read(m, c);
	m->kind = m->boundary_size ? MIME_MULTIPART : MIME_LEAF;
	m->rigid = !m->boundary_size;
}

/* RFC 2046 5.2 lets nobody encode a message of any kind; RFC 6532 3.7 and RFC 6533 do, theirs. */
static void message_read_type(struct mime *m, const char *subtype)
{
	if (text_same(subtype, "rfc822") || text_same(subtype, "news"))
		m->kind = MIME_MESSAGE;
	m->rigid = m->kind == MIME_LEAF && !text_begins(subtype, "global");
}

static void type_read(struct mime *m, struct cursor *c)
{
	bool multipart, message;

	word_read(c, "/;(");
	multipart = text_same(c->word, "multipart");
	message = text_same(c->word, "message");
	m->text = multipart || message || text_same(c->word, "text") || !cursor_at(c, "/");
	if (!cursor_at(c, "/"))
		return;
	c->at++;
	word_read(c, ";(");
	if (multipart) {
		char subtype[WORD_MAX + 1];

		memcpy(subtype, c->word, c->size + 1);
		multipart_read(m, subtype, c);
	} else if (message) {
		message_read_type(m, c->word);
	}
}

static void encoding_read(struct mime *m, struct cursor *c)
{
	word_read(c, ";(");
	if (text_same(c->word, "base64"))
		m->encoding = MIME_BASE64;
	if (text_same(c->word, "quoted-printable"))
		m->encoding = MIME_QUOTED;
	m->wide = text_same(c->word, "8bit") || text_same(c->word, "binary");
}

void mime_read(struct mime *m, const char *header, size_t size, bool message)
{
	struct cursor c;

	*m = (struct mime){.kind = message ? MIME_MESSAGE : MIME_LEAF, .text = true};
	if (cursor_open(&c, header, size, "Content-Type")) {
		m->kind = MIME_LEAF;
		type_read(m, &c);
	}
	if (cursor_open(&c, header, size, "Content-Transfer-Encoding"))
		encoding_read(m, &c);
	/* Encoded although it must not be; who can read that has to take it as a whole. */
	if (m->kind == MIME_MESSAGE && m->encoding != MIME_IDENTITY)
		m->kind = MIME_LEAF;
}

void mime_label(struct buf *out, const char *header, size_t size, const struct mime_label *label)
{
	struct header_field field;
	bool encoded = false;

	for (size_t at = 0; header_next(header, size, &at, &field);) {
		if (!is_named(&field, "Content-Transfer-Encoding")) {
			buf_add(out, field.line, field.size);
			continue;
		}
		if (!encoded)
			buf_printf(out, "Content-Transfer-Encoding: %s\r\n", label->encoding);
		encoded = true;
	}
	if (label->version && !header_has(header, size, "MIME-Version"))
		buf_text(out, "MIME-Version: 1.0\r\n");
	if (label->charset && !header_has(header, size, "Content-Type"))
		buf_printf(out, "Content-Type: text/plain; charset=%s\r\n", label->charset);
	if (!encoded)
		buf_printf(out, "Content-Transfer-Encoding: %s\r\n", label->encoding);
}
