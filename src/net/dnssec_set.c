#include "net/dnssec_set.h"

#include "base/buf.h"
#include "net/dns_frame.h"
#include "net/dns_name.h"
#include "net/dnssec_name.h"

#include <stdlib.h>
#include <string.h>

enum { RRSIG_FIXED = 18, CLASS_IN = 1 };

static int data_compare(const struct dns_raw *one, const struct dns_raw *other)
{
	size_t shorter = one->size < other->size ? one->size : other->size;
	int order = memcmp(one->data, other->data, shorter);

	return order ? order : one->size - other->size;
}

static int record_compare(const void *one, const void *other)
{
	const struct dns_raw *const *a = one, *const *b = other;

	return data_compare(*a, *b);
}

/* Into canonical order, each once. */
static void put_in_order(struct dnssec_set *set)
{
	size_t kept = 0;

	qsort(set->records, set->count, sizeof set->records / DNS_RECORD_MAX, record_compare);
	for (size_t i = 0; i < set->count; i++) {
		if (!kept || data_compare(set->records[kept - 1], set->records[i]) != 0)
			set->records[kept++] = set->records[i];
	}
	set->count = kept;
}

static void gather(struct dns_raws raws, bool answer, struct dnssec_set *set)
{
	set->count = 0;
	for (size_t i = 0; i < raws.count && set->count < DNS_RECORD_MAX; i++) {
		const struct dns_raw *r = &raws.list[i];

		if (r->type == set->type && r->answer == answer &&
		    dnssec_name_same(r->owner, set->owner))
			set->records[set->count++] = r;
	}
	put_in_order(set);
}

bool dnssec_set_find(struct dns_raws raws, const uint8_t *owner, unsigned type,
                     struct dnssec_set *set)
{
	set->owner = owner;
	set->type = type;
	gather(raws, true, set);
	return set->count > 0;
}

void dnssec_set_around(struct dns_raws raws, const struct dns_raw *record, struct dnssec_set *set)
{
	set->owner = record->owner;
	set->type = record->type;
	gather(raws, record->answer, set);
}

static uint32_t read32(const uint8_t *p)
{
	return (uint32_t)dns_frame_number(p) << 16 | dns_frame_number(p + 2);
}

bool dnssec_rrsig_read(const struct dns_raw *record, struct dnssec_rrsig *rrsig)
{
	const uint8_t *p = record->data;

	if (record->type != DNS_RRSIG)
		return false;
	size_t fixed = RRSIG_FIXED + dnssec_name_size(p + RRSIG_FIXED);
	*rrsig = (struct dnssec_rrsig){
		.type = dns_frame_number(p),
		.algorithm = p[2],
		.labels = p[3],
		.expiration = read32(p + 8),
		.inception = read32(p + 12),
		.tag = (uint16_t)dns_frame_number(p + 16),
		.signer = p + RRSIG_FIXED,
		.signature = {p + fixed, record->size - fixed},
		.fixed = {p, fixed},
	};
	return true;
}

bool dnssec_rrsig_covers(const struct dns_raw *record, const uint8_t *owner, unsigned type,
                         struct dnssec_rrsig *rrsig)
{
	return dnssec_rrsig_read(record, rrsig) && rrsig->type == type &&
	       dnssec_name_same(record->owner, owner);
}

unsigned dnssec_rrsig_labels(const uint8_t *owner)
{
	return dnssec_name_labels(owner) - dnssec_name_is_wildcard(owner);
}

static void write16(struct buf *b, unsigned value)
{
	uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	buf_add(b, bytes, sizeof bytes);
}

void dnssec_set_write(const struct dnssec_set *set, const struct dnssec_rrsig *rrsig,
                      struct buf *b)
{
	unsigned labels = dnssec_rrsig_labels(set->owner);
	uint8_t wildcard[DNS_NAME_WIRE];
	const uint8_t *owner = set->owner;

	/* Made from a wildcard: that was signed. It is shorter than the owner, or as long. */
	if (rrsig->labels < labels) {
		labels = dnssec_name_labels(owner);
		dnssec_name_wildcard(dnssec_name_up(owner, labels - rrsig->labels), wildcard);
		owner = wildcard;
	}
	buf_add(b, rrsig->fixed.bytes, rrsig->fixed.size);
	for (size_t i = 0; i < set->count; i++) {
		buf_add(b, owner, dnssec_name_size(owner));
		write16(b, set->type);
		write16(b, CLASS_IN);
		buf_add(b, rrsig->fixed.bytes + 4, 4); /* the original TTL */
		write16(b, set->records[i]->size);
		buf_add(b, set->records[i]->data, set->records[i]->size);
	}
}
