#include "net/dns_frame.h"

#include "base/text.h"
#include "net/dns_name.h"

enum { LABEL_MAX = 63, POINTER = 0xc0 };

unsigned dns_frame_number(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

bool dns_frame_skip_name(struct dns_walk *w)
{
	while (w->at < w->size) {
		unsigned length = w->bytes[w->at];

		if (length >= POINTER) { /* a pointer ends the name */
			w->at += 2;
			return w->at <= w->size;
		}
		if (length > LABEL_MAX)
			return false;
		w->at += 1 + length;
		if (length == 0)
			return true;
	}
	return false;
}

bool dns_frame_read(struct dns_walk *w, struct dns_frame *f)
{
	f->start = w->at;
	if (!dns_frame_skip_name(w) || w->at > w->size || w->size - w->at < 10)
		return false;
	const uint8_t *p = w->bytes + w->at;
	f->type = dns_frame_number(p);
	f->class = dns_frame_number(p + 2);
	f->ttl = (uint32_t)dns_frame_number(p + 4) << 16 | dns_frame_number(p + 6);
	f->size = dns_frame_number(p + 8);
	f->data = w->at + 10;
	if (f->size > w->size - f->data)
		return false;
	w->at = f->data + f->size;
	return true;
}

bool dns_frame_skip_questions(struct dns_walk *w, unsigned count)
{
	while (count-- > 0) {
		if (!dns_frame_skip_name(w) || w->at > w->size || w->size - w->at < 4)
			return false;
		w->at += 4;
	}
	return true;
}

/* A label at p with its length first, at the end of wire; false when there is no room for it and
   the root's zero. */
static bool add_label(const uint8_t *p, bool fold, uint8_t *wire, size_t *size)
{
	if (*size + 1u + p[0] >= DNS_NAME_WIRE)
		return false;
	wire[(*size)++] = p[0];
	for (size_t i = 1; i <= p[0]; i++)
		wire[(*size)++] = fold ? (uint8_t)text_lower((char)p[i]) : p[i];
	return true;
}

size_t dns_frame_name(struct dns_walk *w, bool fold, uint8_t *wire)
{
	size_t at = w->at, limit = w->at, size = 0;

	if (!dns_frame_skip_name(w))
		return 0;
	while (at < w->size && w->bytes[at]) {
		unsigned length = w->bytes[at];

		if (length >= POINTER) {
			if (at + 1 >= w->size)
				return 0;
			at = (length & ~(unsigned)POINTER) << 8 | w->bytes[at + 1];
			/* Back only, so that there is an end to it. */
			if (at >= limit)
				return 0;
			limit = at;
			continue;
		}
		if (length > LABEL_MAX || length >= w->size - at ||
		    !add_label(w->bytes + at, fold, wire, &size))
			return 0;
		at += 1 + length;
	}
	if (at >= w->size)
		return 0;
	wire[size] = 0;
	return size + 1;
}
