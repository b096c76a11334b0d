#include "net/dnssec_proof.h"

#include "net/dnssec_name.h"

enum { EXAMINED_MAX = DNSSEC_NSEC_MAX + DNSSEC_NSEC3_MAX };

/* Signed by the zone, as what it is: one record (a name has one NSEC), and not made from a wildcard
   (CVE-2017-15105), which would let one record stand for any name. */
static bool is_good(struct dnssec_proof *p, struct arena *a, struct dnssec_clock *clock,
                    struct dnssec_work *work, struct dnssec_signer *zone, struct dns_raws raws,
                    const struct dns_raw *record)
{
	struct dnssec_set set;

	dnssec_set_around(raws, record, &set);
	if (set.count != 1)
		return false;
	struct dnssec_seal seal = dnssec_sign_check(clock, work, zone, raws, &set);
	if (!seal.good && !p->why)
		p->why = dnssec_sign_words(a, &seal, &set);
	return seal.good && seal.labels == dnssec_rrsig_labels(record->owner);
}

static bool is_denial(const struct dns_raw *record)
{
	return record->type == DNS_NSEC || record->type == DNS_NSEC3;
}

void dnssec_proof_gather(struct dnssec_proof *p, struct arena *a, struct dnssec_clock *clock,
                         struct dnssec_work *work, struct dnssec_signer *zone,
                         struct dns_raws raws)
{
	unsigned examined = 0;

	p->nsec.zone = p->nsec3.zone = zone->name;
	p->nsec.count = p->nsec3.count = 0;
	p->why = NULL;
	for (size_t i = 0; i < raws.count && examined < EXAMINED_MAX; i++) {
		const struct dns_raw *record = &raws.list[i];

		if (!is_denial(record) || !dnssec_name_within(record->owner, zone->name))
			continue;
		examined++;
		if (!is_good(p, a, clock, work, zone, raws, record))
			continue;
		if (record->type == DNS_NSEC)
			dnssec_nsecs_add(&p->nsec, record);
		else
			dnssec_nsec3s_add(&p->nsec3, record);
	}
}

enum dnssec_denial dnssec_proof_deny(const struct dnssec_proof *p, struct dnssec_work *work,
                                     const uint8_t *name, unsigned type)
{
	enum dnssec_denial denial = dnssec_nsecs_deny(&p->nsec, name, type);

	return denial ? denial : dnssec_nsec3s_deny(&p->nsec3, work, name, type);
}

enum dnssec_denial dnssec_proof_absent(const struct dnssec_proof *p, struct dnssec_work *work,
                                       const uint8_t *name)
{
	enum dnssec_denial denial = dnssec_nsecs_absent(&p->nsec, name);

	return denial ? denial : dnssec_nsec3s_absent(&p->nsec3, work, name);
}
