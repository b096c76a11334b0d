#include "mail/header_ascii.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "mail/address_scan.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/parameter.h"

static bool is_named(const struct header_field *field, const char *name)
{
	return field->name_size == strlen(name) && text_begins(field->line, name);
}

/* Bytes up to one of stop outside quoted strings. */
static size_t piece_size(const char *text, size_t size, const char *stop)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < size && (quoted || !strchr(stop, text[i])); i++) {
		if (quoted && text[i] == '\\' && i + 1 < size)
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
	}
	return i;
}

/* Bytes of the comment that begins here, with all inside it. */
static size_t comment_size(const char *text, size_t size)
{
	size_t depth = 0, at = 0;

	do {
		depth += text[at] == '(';
		depth -= text[at] == ')';
		at += text[at] == '\\' && at + 1 < size ? 2 : 1;
	} while (depth && at < size);
	return at;
}

/* Bytes up to the next parenthesis that is none of the text's own. */
static size_t comment_piece_size(const char *text, size_t size)
{
	size_t i = 0;

	while (i < size && text[i] != '(' && text[i] != ')')
		i += text[i] == '\\' && i + 1 < size ? 2 : 1;
	return i;
}

static void comment_encode(struct buf *out, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t piece = comment_piece_size(text + at, size - at);

		word_encode(out, text + at, piece, WORD_COMMENT);
		at += piece;
		if (at < size)
			buf_add(out, text + at++, 1);
	}
}

/* Names of mailboxes or groups, comments, and the separators between them. */
static void phrase_encode(struct buf *out, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		if (text[at] == '(') {
			size_t comment = comment_size(text + at, size - at);
			comment_encode(out, text + at, comment);
			at += comment;
		} else if (strchr(",:;<>", text[at])) {
			buf_add(out, text + at++, 1);
		} else {
			size_t piece = piece_size(text + at, size - at, "(,:;<>");
			word_encode(out, text + at, piece, WORD_PHRASE);
			at += piece;
		}
	}
}

/* In place of a domain that is not ASCII: the address's own, also for one of an obsolete source
   route, which nobody heeds (RFC 5321 C). Where that has no form in ASCII nobody can be reached. */
static const char *domain_ascii(const struct address *address)
{
	bool has_form = address->kind == DOMAIN_NAME || address->kind == DOMAIN_LITERAL;

	return has_form ? address->domain : "invalid";
}

/* An atom of a mailbox, a comment, or what stands between those. */
static void mailbox_encode(struct buf *out, const char *text, size_t size,
                           const struct address *address)
{
	bool in_domain = false;

	for (size_t at = 0, piece; at < size; at += piece) {
		piece = piece_size(text + at, size - at, "(<>@,:; \t\r\n");
		if (piece && in_domain && text_eight_bit(text + at, piece)) {
			buf_text(out, domain_ascii(address));
		} else if (piece) {
			buf_add(out, text + at, piece);
		} else if (text[at] == '(') {
			piece = comment_size(text + at, size - at);
			comment_encode(out, text + at, piece);
		} else {
			in_domain = text[at] == '@' || (in_domain && !strchr("<>,:;", text[at]));
			buf_add(out, text + at, piece = 1);
		}
	}
}

/* The size of the name before "<"; 0 where there is none. */
static size_t name_size(const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		at += piece_size(text + at, size - at, "(<");
		if (at < size && text[at] == '<')
			return at;
		if (at < size)
			at += comment_size(text + at, size - at);
	}
	return 0;
}

static void element_encode(struct buf *out, const char *text, size_t size,
                           const struct address *address)
{
	size_t name = name_size(text, size);

	phrase_encode(out, text, name);
	mailbox_encode(out, text + name, size - name, address);
}

/* Write an address list; false when it is none: then out is as it was. */
static bool list_encode(struct buf *out, const char *text, size_t size, struct arena *a)
{
	size_t before = out->size, done = 0;
	struct address_scan scan;
	struct address_found found;

	address_scan_begin(&scan, a, text, size);
	while (address_scan_next(&scan, &found)) {
		phrase_encode(out, text + done, found.begin - done);
		element_encode(out, text + found.begin, found.end - found.begin, &found.address);
		done = found.end;
	}
	if (scan.why) {
		out->size = before;
		return false;
	}
	phrase_encode(out, text + done, size - done);
	return true;
}

static bool list_needs_utf8(const struct header_field *field, struct arena *a)
{
	struct address_scan scan;
	struct address_found found;
	bool needs = false;

	address_scan_begin(&scan, a, field->value, field->value_size);
	while (address_scan_next(&scan, &found))
		needs = needs || found.address.utf8;
	return needs && !scan.why;
}

static bool has_parameters(const struct header_field *field)
{
	return is_named(field, "Content-Type") || is_named(field, "Content-Disposition");
}

static void field_encode(struct buf *out, const struct header_field *field, bool keep_utf8,
                         struct arena *a)
{
	bool addresses =
		field->name->traits & HEADER_ADDRESSES && (keep_utf8 || !list_needs_utf8(field, a));

	buf_add(out, field->line, (size_t)(field->value - field->line));
	if (has_parameters(field))
		parameter_encode(out, field->value, field->value_size);
	else if (!addresses || !list_encode(out, field->value, field->value_size, a))
		word_encode(out, field->value, field->value_size, WORD_TEXT);
}

void header_ascii(struct buf *out, const char *header, size_t size, bool keep_utf8)
{
	struct arena arena = {0};
	struct header_field field;

	for (size_t at = 0; header_next(header, size, &at, &field);) {
		if (!text_eight_bit(field.line, field.size))
			buf_add(out, field.line, field.size);
		else if (field.name_size)
			field_encode(out, &field, keep_utf8, &arena);
		else /* the line of a mailbox that an attached message began with */
			word_encode(out, field.line, field.size, WORD_TEXT);
	}
	arena_free(&arena);
}

bool header_needs_utf8(const char *header, size_t size)
{
	struct arena arena = {0};
	struct header_field field;
	bool needs = false;

	for (size_t at = 0; !needs && header_next(header, size, &at, &field);) {
		needs = field.name->traits & HEADER_ADDRESSES &&
		        text_eight_bit(field.line, field.size) && list_needs_utf8(&field, &arena);
	}
	arena_free(&arena);
	return needs;
}
