#include "mail/header_edit.h"

#include <string.h>

#include "base/arena.h"
#include "mail/address_scan.h"
#include "mail/header.h"
#include "mail/header_made.h"

enum { LINE_MAX_SIZE = 998 }; /* RFC 5322 2.1.1 */

/* A required field comes first: behind the last field of a strange header it might be taken for
   text. */
static const struct {
	const char *name;
	void (*add)(struct buf *out, const struct message_want *want, struct arena *a);
} needed[] = {
	{"Date", header_made_date},
	{"Message-ID", header_made_id},
	{"From", header_made_from},
};

/* Bytes of the line that out ends with. */
static size_t column(const struct buf *out)
{
	const char *feed = memrchr(out->bytes, '\n', out->size);

	return feed ? out->size - (size_t)(feed - out->bytes) - 1 : out->size;
}

/* The first line of size bytes. */
static size_t line_size(const char *text, size_t size)
{
	const char *carriage = memchr(text, '\r', size);

	return carriage ? (size_t)(carriage - text) : size;
}

/* One element with "@domain" put in. Where it makes the line too long, it begins a new one. */
static void element_qualify(struct buf *out, const char *value, const struct address_found *found,
                            const char *domain)
{
	const char *element = value + found->begin;
	size_t size = found->end - found->begin;
	size_t head = found->local_end - found->begin;

	if (column(out) + line_size(element, size) + strlen(domain) + 2 > LINE_MAX_SIZE &&
	    found->begin)
		buf_text(out, *element == ' ' || *element == '\t' ? "\r\n" : "\r\n ");
	buf_add(out, element, head);
	buf_printf(out, "@%s", domain);
	buf_add(out, element + head, size - head);
}

/* Write an address list with all local names qualified. False when it is none: then out is as it
   was. */
static bool list_qualify(struct buf *out, const struct header_field *field, const char *domain,
                         struct arena *a)
{
	size_t before = out->size, done = 0;
	struct address_scan scan;
	struct address_found found;

	address_scan_begin(&scan, a, field->value, field->value_size);
	while (!out->failed && address_scan_next(&scan, &found)) {
		if (found.address.kind != DOMAIN_NONE || !*found.address.local)
			continue;
		buf_add(out, field->value + done, found.begin - done);
		element_qualify(out, field->value, &found, domain);
		done = found.end;
	}
	if (scan.why) {
		out->size = before;
		return false;
	}
	buf_add(out, field->value + done, field->value_size - done);
	return true;
}

static void field_copy(struct buf *out, const struct header_field *field, const char *domain,
                       struct arena *a)
{
	buf_add(out, field->line, field->name_size);
	buf_text(out, ":");
	if (!(field->name->traits & HEADER_ADDRESSES) || !list_qualify(out, field, domain, a))
		buf_add(out, field->value, field->value_size);
}

void header_complete(struct buf *out, const char *header, size_t size,
                     const struct message_want *want, struct arena *a)
{
	struct header_field field;

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		if (!header_has(header, size, needed[i].name))
			needed[i].add(out, want, a);
	}
	for (size_t at = 0; header_next(header, size, &at, &field);) {
		if (field.name->traits & HEADER_REMOVED)
			continue;
		if (field.name->traits & HEADER_NEEDED && header_blank(&field))
			continue;
		field_copy(out, &field, want->domain, a);
	}
	buf_text(out, "\r\n");
}
