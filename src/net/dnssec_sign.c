#include "net/dnssec_sign.h"

#include "base/arena.h"
#include "base/buf.h"
#include "net/dns_name.h"
#include "net/dns_record.h"
#include "net/dnssec_name.h"

#include <time.h>

enum { SIGNED_MAX = 1 << 20 }; /* bytes: a whole packet, and an owner for each of its records */

static void note(struct dnssec_seal *seal, enum dnssec_fault fault,
                 const struct dnssec_rrsig *rrsig, int64_t time)
{
	if (fault < seal->fault)
		return;
	seal->fault = fault;
	seal->tag = rrsig->tag;
	seal->time = time;
}

/* RFC 4034 3.1.5: 32 bits that wrap; so a moment is at most 68 years from now. */
static int64_t moment_of(uint32_t serial, int64_t now)
{
	return now + (int32_t)(serial - (uint32_t)now);
}

static bool is_in_time(struct dnssec_seal *seal, const struct dnssec_rrsig *rrsig, int64_t now)
{
	int64_t from = moment_of(rrsig->inception, now), to = moment_of(rrsig->expiration, now);

	if (from > now)
		note(seal, DNSSEC_EARLY, rrsig, from);
	if (to < now)
		note(seal, DNSSEC_EXPIRED, rrsig, to);
	return from <= now && now <= to;
}

/* A run that has seen too many failures does not make up for it with zones that have none. */
static bool is_tired(const struct dnssec_clock *clock, const struct dnssec_work *work,
                     const struct dnssec_signer *signer)
{
	unsigned chances = clock->failed < DNSSEC_RUN_FAILED_MAX ? DNSSEC_FAILED_MAX : 1;

	return work->verified >= DNSSEC_ANSWER_MAX || signer->failed >= chances;
}

static bool fits(struct dnssec_clock *clock, struct dnssec_work *work, struct dnssec_signer *signer,
                 const struct dnssec_key *key, const struct dnssec_rrsig *rrsig,
                 const struct buf *signed_data)
{
	struct dnssec_bytes data = {(const uint8_t *)signed_data->bytes, signed_data->size};
	bool good = !signed_data->failed &&
	            dnssec_signature_fits(key->algorithm, key->key, data, rrsig->signature);

	work->verified++;
	clock->verified++;
	if (!good) {
		signer->failed++;
		clock->failed++;
	}
	return good;
}

/* With each key that it may be of: tags are no names, two keys may have the same. */
static void try_keys(struct dnssec_clock *clock, struct dnssec_work *work,
                     struct dnssec_signer *signer, const struct dnssec_set *set,
                     const struct dnssec_rrsig *rrsig, struct dnssec_seal *seal)
{
	struct buf signed_data;

	buf_init(&signed_data, SIGNED_MAX);
	dnssec_set_write(set, rrsig, &signed_data);
	note(seal, DNSSEC_NO_KEY, rrsig, 0);
	for (size_t i = 0; i < signer->key_count && !seal->good; i++) {
		const struct dnssec_key *key = &signer->keys[i];

		if (key->tag != rrsig->tag || key->algorithm != rrsig->algorithm)
			continue;
		seal->tired = is_tired(clock, work, signer);
		if (seal->tired)
			break;
		seal->good = fits(clock, work, signer, key, rrsig, &signed_data);
		if (!seal->good)
			note(seal, DNSSEC_BAD_SIGNATURE, rrsig, 0);
	}
	buf_free(&signed_data);
}

/* All that can be seen without computing. */
static bool is_worth_it(const struct dnssec_clock *clock, const struct dnssec_signer *signer,
                        const struct dnssec_set *set, const struct dnssec_rrsig *rrsig,
                        struct dnssec_seal *seal)
{
	if (!dnssec_name_same(rrsig->signer, signer->name)) {
		note(seal, DNSSEC_OTHER_SIGNER, rrsig, 0);
		return false;
	}
	if (!dnssec_algorithm_known(rrsig->algorithm)) {
		note(seal, DNSSEC_UNKNOWN_ALGORITHM, rrsig, 0);
		return false;
	}
	/* RFC 4035 5.3.1; nor can a wildcard stand above the zone that signed it. */
	if (rrsig->labels > dnssec_rrsig_labels(set->owner) ||
	    rrsig->labels < dnssec_name_labels(signer->name)) {
		note(seal, DNSSEC_LABELS, rrsig, 0);
		return false;
	}
	return is_in_time(seal, rrsig, clock->now);
}

struct dnssec_seal dnssec_sign_check(struct dnssec_clock *clock, struct dnssec_work *work,
                                     struct dnssec_signer *signer, struct dns_raws raws,
                                     const struct dnssec_set *set)
{
	struct dnssec_seal seal = {.fault = DNSSEC_NO_RRSIG};
	unsigned tried = 0;

	for (size_t i = 0; i < raws.count && tried < DNSSEC_RRSIG_MAX && !seal.good; i++) {
		struct dnssec_rrsig rrsig;

		if (!dnssec_rrsig_covers(&raws.list[i], set->owner, set->type, &rrsig))
			continue;
		tried++;
		if (!is_worth_it(clock, signer, set, &rrsig, &seal))
			continue;
		try_keys(clock, work, signer, set, &rrsig, &seal);
		seal.labels = rrsig.labels;
	}
	return seal;
}

static bool is_new(struct dnssec_signers *s, const uint8_t *signer)
{
	for (size_t i = 0; i < s->count; i++) {
		if (dnssec_name_same(s->seen[i], signer))
			return false;
	}
	if (s->count == DNSSEC_RRSIG_MAX)
		return false;
	s->seen[s->count++] = signer;
	return true;
}

const uint8_t *dnssec_signers_next(struct dnssec_signers *s, struct dns_raws raws,
                                   const uint8_t *name, const uint8_t *owner, unsigned type)
{
	struct dnssec_rrsig rrsig;

	while (s->at < raws.count) {
		if (!dnssec_rrsig_read(&raws.list[s->at++], &rrsig) ||
		    !dnssec_name_within(name, rrsig.signer))
			continue;
		const uint8_t *signed_name = raws.list[s->at - 1].owner;
		bool wanted = owner ? rrsig.type == type && dnssec_name_same(signed_name, owner)
		                    : rrsig.type == DNS_NSEC || rrsig.type == DNS_NSEC3;
		if (wanted && is_new(s, rrsig.signer))
			return rrsig.signer;
	}
	return NULL;
}

const char *dnssec_set_words(struct arena *a, const uint8_t *owner, unsigned type)
{
	return arena_printf(a, "%s %s", dns_type_name(a, type),
	                    dns_name_text(a, owner, dnssec_name_size(owner)));
}

static const char *day(struct arena *a, int64_t moment)
{
	time_t seconds = (time_t)moment;
	struct tm utc;
	char text[32] = "";

	if (gmtime_r(&seconds, &utc))
		strftime(text, sizeof text, "%Y-%m-%d", &utc);
	return arena_text(a, text);
}

const char *dnssec_sign_words(struct arena *a, const struct dnssec_seal *seal,
                              const struct dnssec_set *set)
{
	const char *what = dnssec_set_words(a, set->owner, set->type);
	unsigned tag = seal->tag;

	if (seal->tired)
		return arena_printf(a, "too much work to verify %s", what);
	switch (seal->fault) {
	case DNSSEC_NO_RRSIG:
		return arena_printf(a, "no RRSIG of %s, though its zone is signed", what);
	case DNSSEC_OTHER_SIGNER:
		return arena_printf(a, "RRSIG of %s is not its zone's", what);
	case DNSSEC_UNKNOWN_ALGORITHM:
		return arena_printf(a, "RRSIG of %s is of an algorithm that is not verified", what);
	case DNSSEC_LABELS:
		return arena_printf(a, "RRSIG of %s by key %u was made for another name", what,
		                    tag);
	case DNSSEC_NO_KEY:
		return arena_printf(a, "RRSIG of %s is by key %u, which its zone does not have",
		                    what, tag);
	case DNSSEC_EARLY:
		return arena_printf(a, "RRSIG of %s by key %u is not valid before %s", what, tag,
		                    day(a, seal->time));
	case DNSSEC_EXPIRED:
		return arena_printf(a, "RRSIG of %s by key %u expired %s", what, tag,
		                    day(a, seal->time));
	case DNSSEC_BAD_SIGNATURE:
		return arena_printf(a, "RRSIG of %s by key %u does not verify", what, tag);
	}
	return "";
}
