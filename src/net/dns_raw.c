#include "net/dns_raw.h"

#include "base/arena.h"
#include "net/dns.h"
#include "net/dns_frame.h"
#include "net/dns_name.h"
#include "net/dns_wire.h"

#include <string.h>

enum {
	CLASS_IN = 1,
	RRSIG_FIXED = 18,
	RECORD_LEAST = 11 /* bytes: the root's name, type, class, TTL, and the size of nothing */
};

/* What the data of a type looks like. */
struct form {
	size_t before; /* bytes before the name */
	size_t least;  /* bytes, where there is no name */
	uint16_t type;
	bool has_name;
	bool folded; /* its name is in lower case when it is signed; RFC 6840 5.1: NSEC's not */
	bool more;   /* something follows the name */
};

static const struct form forms[] = {
	{.type = DNS_A, .least = 4},
	{.type = DNS_CNAME, .has_name = true, .folded = true},
	{.type = DNS_PTR, .has_name = true, .folded = true},
	{.type = DNS_MX, .has_name = true, .folded = true, .before = 2},
	{.type = DNS_TXT, .least = 1},
	{.type = DNS_AAAA, .least = 16},
	{.type = DNS_DNAME, .has_name = true, .folded = true},
	{.type = DNS_DS, .least = 5},
	{.type = DNS_RRSIG, .has_name = true, .folded = true, .before = RRSIG_FIXED, .more = true},
	{.type = DNS_NSEC, .has_name = true, .more = true},
	{.type = DNS_DNSKEY, .least = 5},
	{.type = DNS_NSEC3, .least = 6},
	{.type = DNS_TLSA, .least = 4},
};

static const struct form *form_of(const struct dns_frame *f)
{
	for (size_t i = 0; f->class == CLASS_IN && i < sizeof forms / sizeof *forms; i++) {
		if (forms[i].type == f->type)
			return &forms[i];
	}
	return NULL;
}

/* With its name spelled out. */
static bool expand(struct arena *a, const struct dns_walk *packet, const struct dns_frame *f,
                   const struct form *form, struct dns_raw *raw)
{
	size_t end = f->data + f->size;
	struct dns_walk w = {.bytes = packet->bytes, .size = end, .at = f->data + form->before};
	uint8_t name[DNS_NAME_WIRE];

	if (f->size <= form->before)
		return false;
	size_t name_size = dns_frame_name(&w, form->folded, name);
	if (!name_size || w.at > end || (w.at < end) != form->more)
		return false;
	size_t rest = end - w.at, size = form->before + name_size + rest;
	uint8_t *data = arena_get(a, size);
	memcpy(data, packet->bytes + f->data, form->before);
	memcpy(data + form->before, name, name_size);
	if (rest)
		memcpy(data + form->before + name_size, packet->bytes + w.at, rest);
	raw->data = data;
	raw->size = (uint16_t)size;
	return size <= UINT16_MAX;
}

static bool read_one(struct arena *a, const struct dns_walk *packet, const struct dns_frame *f,
                     const struct form *form, struct dns_raw *raw)
{
	struct dns_walk w = {.bytes = packet->bytes, .size = packet->size, .at = f->start};
	uint8_t owner[DNS_NAME_WIRE];

	size_t size = dns_frame_name(&w, true, owner);
	if (!size)
		return false;
	raw->type = (uint16_t)f->type;
	if (form->has_name) {
		if (!expand(a, packet, f, form, raw))
			return false;
	} else {
		if (f->size < form->least)
			return false;
		raw->size = (uint16_t)f->size;
		raw->data = (uint8_t *)arena_bytes(a, packet->bytes + f->data, f->size);
	}
	raw->owner = (uint8_t *)arena_bytes(a, owner, size);
	return true;
}

/* Room for what a packet of this size can hold of so many records: hardly anybody sends many. */
static struct dns_raw *room_for(struct arena *a, size_t records, size_t size)
{
	size_t most = size / RECORD_LEAST;

	if (most > DNS_RECORD_MAX)
		most = DNS_RECORD_MAX;
	return arena_array(a, records < most ? records : most, sizeof(struct dns_raw));
}

bool dns_raw_read(struct arena *a, const uint8_t *packet, size_t size, struct dns_raws *raws)
{
	struct dns_walk w = {.bytes = packet, .size = size, .at = DNS_HEADER};
	size_t count = 0;
	struct dns_frame f;

	*raws = (struct dns_raws){.count = 0};
	if (size < DNS_HEADER || !dns_frame_skip_questions(&w, dns_frame_number(packet + 4)))
		return false;
	unsigned answers = dns_frame_number(packet + 6);
	unsigned both = answers + dns_frame_number(packet + 8);
	struct dns_raw *list = room_for(a, both, size);
	for (unsigned i = 0; i < both && count < DNS_RECORD_MAX; i++) {
		if (!dns_frame_read(&w, &f))
			return false;
		const struct form *form = form_of(&f);
		if (!form)
			continue;
		list[count].answer = i < answers;
		if (!read_one(a, &w, &f, form, &list[count++]))
			return false;
	}
	*raws = (struct dns_raws){list, count};
	return true;
}
