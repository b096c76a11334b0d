#include "net/dnssec_nsec.h"

#include "base/text.h"
#include "net/dnssec_name.h"

#include <string.h>

bool dnssec_nsecs_add(struct dnssec_nsecs *all, const struct dns_raw *record)
{
	size_t size = dnssec_name_size(record->data);

	if (all->count == DNSSEC_NSEC_MAX)
		return false;
	struct dnssec_nsec *n = &all->list[all->count++];
	n->owner = record->owner;
	n->types = (struct dnssec_bytes){record->data + size, record->size - size};
	/* RFC 6840 5.1: it was signed as it is written. Length bytes are below 'A'. */
	for (size_t i = 0; i < size; i++)
		n->next[i] = (uint8_t)text_lower((char)record->data[i]);
	return true;
}

static const struct dnssec_nsec *find_at(const struct dnssec_nsecs *all, const uint8_t *name)
{
	for (size_t i = 0; i < all->count; i++) {
		if (dnssec_name_same(all->list[i].owner, name))
			return &all->list[i];
	}
	return NULL;
}

/* Owner before name, name before next; after the last owner comes the zone's name again. */
static bool covers(const struct dnssec_nsec *n, const uint8_t *zone, const uint8_t *name)
{
	if (dnssec_name_compare(n->owner, name) >= 0 || !dnssec_name_within(name, zone))
		return false;
	return dnssec_name_same(n->next, zone) ||
	       (dnssec_name_compare(name, n->next) < 0 && dnssec_name_within(n->next, zone));
}

static const struct dnssec_nsec *find_cover(const struct dnssec_nsecs *all, const uint8_t *name)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct dnssec_nsec *n = &all->list[i];

		if (!covers(n, all->zone, name))
			continue;
		if (dnssec_name_within(name, n->owner) && !dnssec_types_rule_below(n->types))
			continue;
		return n;
	}
	return NULL;
}

/* The next name that exists is below this one: so it exists, without records. */
static bool is_empty_non_terminal(const struct dnssec_nsec *cover, const uint8_t *name)
{
	return dnssec_name_within(cover->next, name);
}

/* RFC 4592: the wildcard that would have answered stands below the closest name that exists, and
   that is above one of the cover's ends. */
static bool find_wildcard(const struct dnssec_nsec *cover, const uint8_t *name, uint8_t *wildcard)
{
	unsigned before = dnssec_name_common(name, cover->owner);
	unsigned behind = dnssec_name_common(name, cover->next);
	unsigned encloser = before > behind ? before : behind;

	return dnssec_name_wildcard(
		dnssec_name_up(name, dnssec_name_labels(name) - encloser), wildcard);
}

static enum dnssec_denial deny_wildcard(const struct dnssec_nsecs *all, const uint8_t *wildcard,
                                        unsigned type)
{
	const struct dnssec_nsec *n = find_at(all, wildcard);

	if (n)
		return dnssec_types_deny(n->types, wildcard, type);
	n = find_cover(all, wildcard);
	if (!n)
		return DNSSEC_NOT_DENIED;
	return is_empty_non_terminal(n, wildcard) ? DNSSEC_NO_DATA : DNSSEC_NO_NAME;
}

enum dnssec_denial dnssec_nsecs_deny(const struct dnssec_nsecs *all, const uint8_t *name,
                                     unsigned type)
{
	const struct dnssec_nsec *n = find_at(all, name);
	uint8_t wildcard[DNS_NAME_WIRE];

	if (n)
		return dnssec_types_deny(n->types, name, type);
	n = find_cover(all, name);
	if (!n)
		return DNSSEC_NOT_DENIED;
	if (is_empty_non_terminal(n, name))
		return DNSSEC_NO_DATA;
	/* No wildcard makes a delegation. */
	if (type == DNS_DS)
		return DNSSEC_NO_NAME;
	return find_wildcard(n, name, wildcard) ? deny_wildcard(all, wildcard, type)
	                                        : DNSSEC_NOT_DENIED;
}

enum dnssec_denial dnssec_nsecs_absent(const struct dnssec_nsecs *all, const uint8_t *name)
{
	const struct dnssec_nsec *n = find_cover(all, name);

	return n && !is_empty_non_terminal(n, name) ? DNSSEC_NO_NAME : DNSSEC_NOT_DENIED;
}
