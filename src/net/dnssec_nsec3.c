#include "net/dnssec_nsec3.h"

#include "net/dns_frame.h"
#include "net/dns_name.h"
#include "net/dnssec_name.h"

#include <string.h>

enum {
	SHA1 = 1,
	OPT_OUT = 1,
	HASH_TEXT = 32, /* of 20 bytes in base32 */
	NSEC3_FIXED = 5 /* algorithm, flags, iterations, length of the salt */
};

/* RFC 4648 7: base32 with the extended hex alphabet; the owner is in lower case. */
static bool hash_read(const uint8_t *text, uint8_t *hash)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < HASH_TEXT; i++) {
		uint8_t c = text[i];
		bool is_digit = c >= '0' && c <= '9';

		if (!is_digit && (c < 'a' || c > 'v'))
			return false;
		bits = bits << 5 | (unsigned)(is_digit ? c - '0' : c - 'a' + 10);
		if (i % 8 != 7)
			continue;
		for (size_t k = 0; k < 5; k++)
			*hash++ = (uint8_t)(bits >> (32 - 8 * k));
	}
	return true;
}

static bool salt_same(struct dnssec_bytes one, struct dnssec_bytes other)
{
	return one.size == other.size && memcmp(one.bytes, other.bytes, one.size) == 0;
}

/* The fields of the data into n; the parameters into salt and iterations. */
static bool data_read(const struct dns_raw *r, struct dnssec_nsec3 *n, struct dnssec_bytes *salt,
                      unsigned *iterations)
{
	const uint8_t *p = r->data, *end = p + r->size;

	if (r->size < NSEC3_FIXED || p[0] != SHA1 || p[1] > OPT_OUT)
		return false;
	n->opt_out = p[1] & OPT_OUT;
	*iterations = dns_frame_number(p + 2);
	*salt = (struct dnssec_bytes){p + NSEC3_FIXED, p[4]};
	p += NSEC3_FIXED;
	if ((size_t)(end - p) < salt->size + 1 + DNSSEC_SHA1_SIZE)
		return false;
	p += salt->size;
	if (*p++ != DNSSEC_SHA1_SIZE)
		return false;
	memcpy(n->next, p, DNSSEC_SHA1_SIZE);
	p += DNSSEC_SHA1_SIZE;
	n->types = (struct dnssec_bytes){p, (size_t)(end - p)};
	return true;
}

void dnssec_nsec3s_add(struct dnssec_nsec3s *all, const struct dns_raw *record)
{
	struct dnssec_bytes salt;
	struct dnssec_nsec3 n;
	unsigned iterations;

	if (all->count == DNSSEC_NSEC3_MAX || record->owner[0] != HASH_TEXT ||
	    !hash_read(record->owner + 1, n.hash) ||
	    !dnssec_name_same(dnssec_name_up(record->owner, 1), all->zone) ||
	    !data_read(record, &n, &salt, &iterations))
		return;
	if (!all->count) {
		all->salt = salt;
		all->iterations = iterations;
	}
	/* RFC 5155 8.2 */
	if (all->iterations == iterations && salt_same(all->salt, salt))
		all->list[all->count++] = n;
}

/* What a name costs. */
static unsigned rounds(const struct dnssec_nsec3s *all)
{
	return all->iterations + 1;
}

/* RFC 5155 5. False when it cannot be computed. */
static bool hash_name(const struct dnssec_nsec3s *all, const uint8_t *name, uint8_t *hash)
{
	uint8_t text[DNS_NAME_WIRE + UINT8_MAX];
	size_t size = dnssec_name_size(name);

	memcpy(text, name, size);
	for (unsigned i = 0; i <= all->iterations; i++) {
		memcpy(text + size, all->salt.bytes, all->salt.size);
		if (!dnssec_digest(SHA1, (struct dnssec_bytes){text, size + all->salt.size}, hash))
			return false;
		memcpy(text, hash, DNSSEC_SHA1_SIZE);
		size = DNSSEC_SHA1_SIZE;
	}
	return true;
}

static int hash_compare(const uint8_t *one, const uint8_t *other)
{
	return memcmp(one, other, DNSSEC_SHA1_SIZE);
}

/* The hashes stand in a circle. */
static bool covers(const struct dnssec_nsec3 *n, const uint8_t *hash)
{
	bool behind = hash_compare(n->hash, hash) < 0, before = hash_compare(hash, n->next) < 0;

	if (hash_compare(n->hash, n->next) < 0)
		return behind && before;
	return (behind || before) && hash_compare(n->hash, hash) != 0;
}

/* What is said about a name. */
struct found {
	const struct dnssec_nsec3 *at;    /* its own record, or NULL */
	const struct dnssec_nsec3 *cover; /* else one that shows that it has none, or NULL */
};

static struct found look_up(const struct dnssec_nsec3s *all, struct dnssec_work *work,
                            const uint8_t *name)
{
	uint8_t hash[DNSSEC_DIGEST_MAX];
	struct found found = {NULL, NULL};

	work->hashed += rounds(all);
	if (!hash_name(all, name, hash))
		return found;
	for (size_t i = 0; i < all->count; i++) {
		if (hash_compare(all->list[i].hash, hash) == 0)
			found.at = &all->list[i];
		else if (covers(&all->list[i], hash))
			found.cover = &all->list[i];
	}
	return found;
}

static enum dnssec_denial deny_wildcard(const struct dnssec_nsec3s *all, struct dnssec_work *work,
                                        const uint8_t *encloser, unsigned type)
{
	uint8_t wildcard[DNS_NAME_WIRE];

	if (!dnssec_name_wildcard(encloser, wildcard))
		return DNSSEC_NOT_DENIED;
	struct found found = look_up(all, work, wildcard);
	if (found.at)
		return dnssec_types_deny(found.at->types, wildcard, type);
	return found.cover ? DNSSEC_NO_NAME : DNSSEC_NOT_DENIED;
}

/* What speaks against any answer at all; DNSSEC_NO_DATA when nothing does. */
static enum dnssec_denial obstacle(const struct dnssec_nsec3s *all, const struct dnssec_work *work,
                                   const uint8_t *name)
{
	if (!all->count || !dnssec_name_within(name, all->zone))
		return DNSSEC_NOT_DENIED;
	if (all->iterations > DNSSEC_ITERATIONS_MAX)
		return DNSSEC_UNTOLD;
	/* Each name above it may have to be hashed, and a wildcard. */
	if (work->hashed + (dnssec_name_labels(name) + 2) * rounds(all) > DNSSEC_HASHED_MAX)
		return DNSSEC_DENIAL_TIRED;
	return DNSSEC_NO_DATA;
}

/* RFC 5155 8.3: the closest name above that exists, and the cover of the one below that. */
static const uint8_t *find_encloser(const struct dnssec_nsec3s *all, struct dnssec_work *work,
                                    const uint8_t *name, struct found below, struct found *next)
{
	while (!dnssec_name_same(name, all->zone)) {
		name = dnssec_name_up(name, 1);
		*next = below;
		below = look_up(all, work, name);
		if (below.at)
			return dnssec_types_rule_below(below.at->types) ? name : NULL;
	}
	return NULL;
}

enum dnssec_denial dnssec_nsec3s_deny(const struct dnssec_nsec3s *all, struct dnssec_work *work,
                                      const uint8_t *name, unsigned type)
{
	enum dnssec_denial against = obstacle(all, work, name);
	struct found next;

	if (against != DNSSEC_NO_DATA)
		return against;
	struct found found = look_up(all, work, name);
	if (found.at)
		return dnssec_types_deny(found.at->types, name, type);
	const uint8_t *encloser = find_encloser(all, work, name, found, &next);
	if (!encloser || !next.cover)
		return DNSSEC_NOT_DENIED;
	if (next.cover->opt_out)
		return DNSSEC_UNTOLD;
	/* No wildcard makes a delegation. */
	if (type == DNS_DS)
		return DNSSEC_NO_NAME;
	return deny_wildcard(all, work, encloser, type);
}

enum dnssec_denial dnssec_nsec3s_absent(const struct dnssec_nsec3s *all, struct dnssec_work *work,
                                        const uint8_t *name)
{
	enum dnssec_denial against = obstacle(all, work, name);

	if (against != DNSSEC_NO_DATA)
		return against;
	struct found found = look_up(all, work, name);
	if (found.at || !found.cover)
		return DNSSEC_NOT_DENIED;
	return found.cover->opt_out ? DNSSEC_UNTOLD : DNSSEC_NO_NAME;
}
