#include "net/dnssec_zone.h"

#include "base/arena.h"
#include "base/text.h"
#include "net/dns_name.h"
#include "net/dnssec_name.h"
#include "net/dnssec_proof.h"

#include <string.h>

enum {
	SHA1 = 1,
	LABEL_SHORT = 3,
	LABEL_COUNTRY = 2,
	CUTS_MAX = 40 /* names for an answer: a label of an IPv6 address's name each, and some */
};

static struct dnssec_zone *zone_find(struct dnssec_chain *c, const char *text)
{
	struct dns_link *l = dns_index_first(&c->zones, text_hash(text, 0));

	while (l && strcmp(((struct dnssec_zone *)l)->text, text) != 0)
		l = dns_index_next(l);
	return (struct dnssec_zone *)l;
}

/* What is known of the name; a new one if nothing is. */
static struct dnssec_zone *zone_get(struct dnssec_chain *c, const uint8_t *name)
{
	char text[DNS_NAME_TEXT + 1];
	size_t size = dnssec_name_size(name);

	text[dns_name_print(name, size, text)] = '\0';
	struct dnssec_zone *zone = zone_find(c, text);
	if (zone)
		return zone;
	zone = arena_get(c->arena, sizeof *zone);
	zone->signer.name = (uint8_t *)arena_bytes(c->arena, name, size);
	zone->text = arena_text(c->arena, text);
	dns_index_add(&c->zones, &zone->link, text_hash(text, 0));
	return zone;
}

static void settle(struct dnssec_zone *zone, enum dnssec_zone_state state, const char *why)
{
	zone->state = state;
	zone->why = why;
}

/* It is not believed, or at least not yet. */
static void doubt(struct dnssec_chain *c, struct dnssec_zone *zone, unsigned type, const char *why)
{
	if (!c->source.again(c->source.context, zone->text, type))
		settle(zone, DNSSEC_ZONE_BOGUS, why);
}

static bool is_root(const struct dnssec_zone *zone)
{
	return !*zone->signer.name;
}

/* What a seal that is not good means. */
static void reject(struct dnssec_chain *c, struct dnssec_zone *zone, const struct dnssec_seal *seal,
                   const struct dnssec_set *set)
{
	const char *why = dnssec_sign_words(c->arena, seal, set);

	/* Who has worn us out with keys of its own (KeyTrap) is not worth trying by the next
	   question either. */
	if (seal->tired && zone->signer.failed < DNSSEC_FAILED_MAX)
		settle(zone, DNSSEC_ZONE_TIRED, why);
	/* Where not even the root is signed no other way will help, and many would wait for it. */
	else if (is_root(zone) && seal->fault == DNSSEC_NO_RRSIG)
		settle(zone, DNSSEC_ZONE_BOGUS, "the name servers hand on no signatures");
	else
		doubt(c, zone, set->type, why);
}

/* The reply; NULL when it is still to come, or is none: then the zone is in trouble. */
static const struct dns_reply *reply_get(struct dnssec_chain *c, struct dnssec_zone *zone,
                                         unsigned type)
{
	const struct dns_reply *reply = c->source.get(c->source.context, zone->text, type);

	if (!reply || !reply->trouble)
		return reply;
	settle(zone, DNSSEC_ZONE_TROUBLE, reply->trouble);
	return NULL;
}

static struct dnssec_bytes data_of(const struct dns_raw *record)
{
	return (struct dnssec_bytes){record->data, record->size};
}

/* ---- keys ---- */

/* Does the parent know this key? */
static bool is_entry(const struct dnssec_ds *list, size_t count, const uint8_t *owner,
                     const struct dns_raw *record)
{
	for (size_t i = 0; i < count; i++) {
		if (dnssec_ds_fits(&list[i], owner, data_of(record)))
			return true;
	}
	return false;
}

/* All keys of the set that may sign, or only those that the parent knows. */
static size_t keys_read(const struct dnssec_set *set, const struct dnssec_ds *list, size_t count,
                        struct dnssec_key *keys)
{
	size_t found = 0;

	for (size_t i = 0; i < set->count && found < DNSSEC_KEY_MAX; i++) {
		const struct dns_raw *record = set->records[i];

		if (dnssec_key_read(data_of(record), &keys[found]) &&
		    (!list || is_entry(list, count, set->owner, record)))
			found++;
	}
	return found;
}

/* The DNSKEY set is good when one of its keys that the parent vouches for has signed it. */
static void keys_open(struct dnssec_chain *c, struct dnssec_work *work, struct dnssec_zone *zone,
                      const struct dnssec_ds *list, size_t count)
{
	const struct dns_reply *reply = reply_get(c, zone, DNS_DNSKEY);
	struct dnssec_key keys[DNSSEC_KEY_MAX];
	struct dnssec_set set;

	if (!reply)
		return;
	bool some = dnssec_set_find(reply->raw, zone->signer.name, DNS_DNSKEY, &set);
	if (!some && is_root(zone)) {
		settle(zone, DNSSEC_ZONE_BOGUS, "the name servers hand on no DNSSEC records");
		return;
	}
	if (!some) {
		doubt(c, zone, DNS_DNSKEY,
		      arena_printf(c->arena, "no DNSKEY of %s, though it has a DS", zone->text));
		return;
	}
	struct dnssec_signer entry = zone->signer;
	entry.keys = keys;
	entry.key_count = keys_read(&set, list, count, keys);
	if (!entry.key_count) {
		doubt(c, zone, DNS_DNSKEY,
		      is_root(zone) ? "no key of the root is a trust anchor"
		                    : arena_printf(c->arena, "no DNSKEY of %s matches its DS",
		                                   zone->text));
		return;
	}
	struct dnssec_seal seal = dnssec_sign_check(&c->clock, work, &entry, reply->raw, &set);
	zone->signer.failed = entry.failed;
	if (!seal.good) {
		reject(c, zone, &seal, &set);
		return;
	}
	zone->signer.key_count = keys_read(&set, NULL, 0, keys);
	struct dnssec_key *own = arena_array(c->arena, zone->signer.key_count, sizeof *own);
	memcpy(own, keys, zone->signer.key_count * sizeof *own);
	zone->signer.keys = own;
	settle(zone, DNSSEC_ZONE_SECURE, NULL);
}

static void root_open(struct dnssec_chain *c, struct dnssec_work *work, struct dnssec_zone *root)
{
	keys_open(c, work, root, c->anchors.list, c->anchors.count);
}

/* ---- from a zone to what is below it ---- */

/* The DS records that we can use: RFC 4509 3, SHA-1 only where there is nothing better. */
static size_t ds_read(const struct dnssec_set *set, struct dnssec_ds *list)
{
	size_t count = 0, better = 0;

	for (size_t i = 0; i < set->count && count < DNSSEC_KEY_MAX; i++) {
		struct dnssec_ds *ds = &list[count];

		if (dnssec_ds_read(data_of(set->records[i]), ds) && dnssec_ds_known(ds))
			count++;
	}
	for (size_t i = 0; i < count; i++) {
		if (list[i].type != SHA1)
			list[better++] = list[i];
	}
	return better ? better : count;
}

static void open_signed(struct dnssec_chain *c, struct dnssec_work *work,
                        struct dnssec_zone *parent, struct dnssec_zone *zone,
                        const struct dns_reply *reply, const struct dnssec_set *set)
{
	struct dnssec_ds list[DNSSEC_KEY_MAX];
	struct dnssec_seal seal =
		dnssec_sign_check(&c->clock, work, &parent->signer, reply->raw, set);

	/* No wildcard makes a delegation. */
	if (seal.good && seal.labels != dnssec_rrsig_labels(set->owner)) {
		seal.good = false;
		seal.fault = DNSSEC_LABELS;
	}
	if (!seal.good) {
		reject(c, zone, &seal, set);
		return;
	}
	size_t count = ds_read(set, list);
	if (count)
		keys_open(c, work, zone, list, count);
	else
		settle(zone, DNSSEC_ZONE_INSECURE,
		       arena_printf(c->arena, "%s is signed in a way that is not verified here",
		                    zone->text));
}

static void judge_denial(struct dnssec_chain *c, struct dnssec_work *work,
                         struct dnssec_zone *parent, struct dnssec_zone *zone,
                         const struct dns_reply *reply)
{
	struct arena *a = c->arena;
	struct dnssec_proof proof;
	const char *why;

	dnssec_proof_gather(&proof, a, &c->clock, work, &parent->signer, reply->raw);
	switch (dnssec_proof_deny(&proof, work, zone->signer.name, DNS_DS)) {
	case DNSSEC_NO_DATA: settle(zone, DNSSEC_ZONE_NO_CUT, NULL); return;
	case DNSSEC_NO_NAME: settle(zone, DNSSEC_ZONE_ABSENT, NULL); return;
	case DNSSEC_DELEGATED:
		why = arena_printf(a, "%s is not signed", zone->text);
		settle(zone, DNSSEC_ZONE_INSECURE, why);
		return;
	case DNSSEC_UNTOLD:
		why = proof.nsec3.iterations > DNSSEC_ITERATIONS_MAX
		              ? arena_printf(a, "%s hashes its names too often (NSEC3)",
		                             parent->text)
		              : arena_printf(a, "%s is not signed (opt-out)", zone->text);
		settle(zone, DNSSEC_ZONE_INSECURE, why);
		return;
	case DNSSEC_DENIAL_TIRED:
		why = arena_printf(a, "too much work to verify DS %s", zone->text);
		settle(zone, DNSSEC_ZONE_TIRED, why);
		return;
	case DNSSEC_NOT_DENIED: break;
	}
	why = proof.why ? proof.why
	                : arena_printf(a, "no DS of %s, and no proof that there is none",
	                               zone->text);
	doubt(c, zone, DNS_DS, why);
}

/* An alias is no delegation (RFC 2181 10.1). */
static bool is_alias(struct dnssec_chain *c, struct dnssec_work *work, struct dnssec_zone *parent,
                     struct dnssec_zone *zone, const struct dns_reply *reply)
{
	struct dnssec_set set;

	if (!dnssec_set_find(reply->raw, zone->signer.name, DNS_CNAME, &set))
		return false;
	return dnssec_sign_check(&c->clock, work, &parent->signer, reply->raw, &set).good;
}

static void judge_cut(struct dnssec_chain *c, struct dnssec_work *work, struct dnssec_zone *parent,
                      struct dnssec_zone *zone)
{
	struct dnssec_set set;

	if (work->cuts >= CUTS_MAX) {
		settle(zone, DNSSEC_ZONE_TIRED,
		       arena_printf(c->arena, "too many labels to verify up to %s", zone->text));
		return;
	}
	const struct dns_reply *reply = reply_get(c, zone, DNS_DS);
	if (!reply)
		return;
	if (dnssec_set_find(reply->raw, zone->signer.name, DNS_DS, &set))
		open_signed(c, work, parent, zone, reply, &set);
	else if (is_alias(c, work, parent, zone, reply))
		settle(zone, DNSSEC_ZONE_NO_CUT, NULL);
	else
		judge_denial(c, work, parent, zone, reply);
}

static void end_at(struct dnssec_zone *zone, struct dnssec_end *end)
{
	*end = (struct dnssec_end){.state = zone->state, .zone = zone, .why = zone->why};
	if (zone->state == DNSSEC_ZONE_TIRED)
		zone->state = DNSSEC_ZONE_NEW; /* others may have the strength */
}

bool dnssec_walk(struct dnssec_chain *c, struct dnssec_work *work, const uint8_t *name,
                 struct dnssec_end *end)
{
	static const uint8_t root[] = {0};
	struct dnssec_zone *deepest = zone_get(c, root), *zone = deepest;
	unsigned up = dnssec_name_labels(name);

	if (zone->state == DNSSEC_ZONE_NEW)
		root_open(c, work, zone);
	while (zone->state == DNSSEC_ZONE_SECURE || zone->state == DNSSEC_ZONE_NO_CUT) {
		if (zone->state == DNSSEC_ZONE_SECURE)
			deepest = zone;
		if (up == 0)
			break;
		zone = zone_get(c, dnssec_name_up(name, --up));
		if (zone->state != DNSSEC_ZONE_NEW)
			continue;
		judge_cut(c, work, deepest, zone);
		work->cuts += zone->state != DNSSEC_ZONE_NEW;
	}
	if (zone->state == DNSSEC_ZONE_NO_CUT || zone->state == DNSSEC_ZONE_ABSENT)
		zone = deepest;
	end_at(zone, end);
	return end->state != DNSSEC_ZONE_NEW;
}

/* Ask for it unless it is known what it would say. */
static void ask(struct dnssec_chain *c, const struct dnssec_zone *zone, unsigned type)
{
	if (zone->state == DNSSEC_ZONE_NEW)
		c->source.get(c->source.context, zone->text, type);
}

/* How many labels a zone is likely to have that the name is in. */
static unsigned likely_depth(const uint8_t *name, unsigned labels)
{
	/* co.uk, com.au: where domains are a label deeper. */
	bool deeper = labels > 2 && dnssec_name_up(name, labels - 2)[0] <= LABEL_SHORT &&
	              dnssec_name_up(name, labels - 1)[0] == LABEL_COUNTRY;
	unsigned depth = deeper ? 3 : 2;

	return depth < labels ? depth : labels;
}

void dnssec_walk_ahead(struct dnssec_chain *c, const uint8_t *name)
{
	static const uint8_t root[] = {0};
	unsigned labels = dnssec_name_labels(name), depth = likely_depth(name, labels);

	ask(c, zone_get(c, root), DNS_DNSKEY);
	for (unsigned i = 1; i <= depth; i++) {
		const uint8_t *above = dnssec_name_up(name, labels - i);
		struct dnssec_zone *zone = zone_get(c, above);

		if (above[1] == '_') /* _mta-sts, _tcp: no zones, hardly ever */
			return;
		ask(c, zone, DNS_DS);
		if (i == 1)
			ask(c, zone, DNS_DNSKEY);
		if (zone->state == DNSSEC_ZONE_INSECURE || zone->state == DNSSEC_ZONE_ABSENT)
			return;
	}
}

void dnssec_chain_close(struct dnssec_chain *c)
{
	dns_index_free(&c->zones);
}
