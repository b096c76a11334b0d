#include "net/dnssec.h"

#include "base/arena.h"
#include "net/dns_name.h"
#include "net/dnssec_name.h"
#include "net/dnssec_proof.h"

#include <string.h>
#include <time.h>

struct dnssec {
	struct dnssec_chain chain;
	bool strict;  /* without the root's keys nothing is believed; else nothing is checked */
	bool decided; /* they were found, or warning says why not */
	const char *warning;
};

/* A judgement under way. */
struct judgement {
	struct dnssec *v;
	struct dnssec_work *work;
	struct dns_raws raws;
	uint8_t name[DNS_NAME_WIRE];
	unsigned type;
	bool no_name; /* the server says that it does not exist */
	struct dnssec_verdict *verdict;
	const char *fault; /* what was wrong with what was tried so far */
};

static bool conclude(struct judgement *j, enum dns_security security, const char *reason)
{
	j->verdict->security = security;
	j->verdict->reason = security == DNS_SECURE ? NULL : reason;
	return true;
}

static struct arena *arena_of(const struct judgement *j)
{
	return j->v->chain.arena;
}

static bool conclude_tired(struct judgement *j)
{
	const char *what = dnssec_set_words(arena_of(j), j->name, j->type);

	return conclude(j, DNS_INDETERMINATE,
	                arena_printf(arena_of(j), "too much work to verify %s", what));
}

static const char *denial_fault(struct judgement *j, const struct dnssec_proof *proof)
{
	struct arena *a = arena_of(j);

	if (proof && proof->why)
		return proof->why;
	return arena_printf(a, "no %s, and no proof that there is none",
	                    dnssec_set_words(a, j->name, j->type));
}

/* What is wrong, where nothing that was tried says it: with the seal of this set, or, without one,
   with the denial. */
static const char *fault_words(struct judgement *j, const struct dnssec_seal *seal,
                               const struct dnssec_set *set)
{
	if (j->fault)
		return j->fault;
	return seal ? dnssec_sign_words(arena_of(j), seal, set) : denial_fault(j, NULL);
}

/* No signature has proven it: it is insecure where that is proven, else bogus. */
static bool judge_unproven(struct judgement *j, const uint8_t *owner,
                           const struct dnssec_seal *seal, const struct dnssec_set *set)
{
	struct dnssec_end end;

	if (!dnssec_walk(&j->v->chain, j->work, owner, &end))
		return false;
	switch (end.state) {
	case DNSSEC_ZONE_SECURE: return conclude(j, DNS_BOGUS, fault_words(j, seal, set));
	case DNSSEC_ZONE_INSECURE: return conclude(j, DNS_INSECURE, end.why);
	case DNSSEC_ZONE_BOGUS: return conclude(j, DNS_BOGUS, j->fault ? j->fault : end.why);
	case DNSSEC_ZONE_TROUBLE:
	case DNSSEC_ZONE_TIRED:
	case DNSSEC_ZONE_NEW:
	case DNSSEC_ZONE_NO_CUT:
	case DNSSEC_ZONE_ABSENT: break;
	}
	return conclude(j, DNS_INDETERMINATE, end.why);
}

/* ---- who signs ---- */

/* The signer's zone; NULL when it is no zone that we trust, or when a reply is missing. */
static bool signer_zone(struct judgement *j, const uint8_t *signer, struct dnssec_zone **zone)
{
	struct dnssec_end end;

	*zone = NULL;
	if (!dnssec_walk(&j->v->chain, j->work, signer, &end))
		return false;
	if (end.state == DNSSEC_ZONE_SECURE && dnssec_name_same(end.zone->signer.name, signer))
		*zone = end.zone;
	return true;
}

/* ---- records ---- */

/* Made from a wildcard: then there must be nothing at the name itself (RFC 4035 5.3.4, RFC 5155
   8.8). */
static bool judge_wildcard(struct judgement *j, struct dnssec_zone *zone,
                           const struct dnssec_set *set, unsigned labels)
{
	unsigned up = dnssec_name_labels(set->owner) - labels - 1;
	const uint8_t *next_closer = dnssec_name_up(set->owner, up);
	struct arena *a = arena_of(j);
	struct dnssec_proof proof;

	dnssec_proof_gather(&proof, a, &j->v->chain.clock, j->work, &zone->signer, j->raws);
	switch (dnssec_proof_absent(&proof, j->work, next_closer)) {
	case DNSSEC_NO_NAME: return conclude(j, DNS_SECURE, NULL);
	case DNSSEC_UNTOLD:
		return conclude(j, DNS_INSECURE,
		                arena_printf(a, "%s leaves open what it has (NSEC3)", zone->text));
	case DNSSEC_DENIAL_TIRED: return conclude_tired(j);
	case DNSSEC_NOT_DENIED:
	case DNSSEC_NO_DATA:
	case DNSSEC_DELEGATED: break;
	}
	return conclude(j, DNS_BOGUS,
	                arena_printf(a, "%s was made from a wildcard, without proof that it may be",
	                             dnssec_set_words(a, set->owner, set->type)));
}

static bool judge_set(struct judgement *j, const struct dnssec_set *set)
{
	struct dnssec_signers signers = {.at = 0};
	struct dnssec_seal seal = {.fault = DNSSEC_NO_RRSIG};
	const uint8_t *signer;
	struct dnssec_zone *zone;

	while ((signer = dnssec_signers_next(&signers, j->raws, set->owner, set->owner,
	                                     set->type))) {
		if (!signer_zone(j, signer, &zone))
			return false;
		if (!zone)
			continue;
		seal = dnssec_sign_check(&j->v->chain.clock, j->work, &zone->signer, j->raws, set);
		if (seal.good && seal.labels == dnssec_rrsig_labels(set->owner))
			return conclude(j, DNS_SECURE, NULL);
		/* RFC 6672 3.3: a DNAME in a wildcard is nothing to rely on. */
		if (seal.good && set->type != DNS_DNAME)
			return judge_wildcard(j, zone, set, seal.labels);
		if (seal.good)
			seal.fault = DNSSEC_LABELS;
		if (seal.tired)
			return conclude_tired(j);
		j->fault = dnssec_sign_words(arena_of(j), &seal, set);
	}
	if (signers.count && !j->fault)
		seal.fault = DNSSEC_OTHER_SIGNER;
	return judge_unproven(j, set->owner, &seal, set);
}

/* ---- aliases ---- */

static bool is_signed(const struct judgement *j, const struct dnssec_set *set)
{
	struct dnssec_rrsig rrsig;

	for (size_t i = 0; i < j->raws.count; i++) {
		if (dnssec_rrsig_covers(&j->raws.list[i], set->owner, set->type, &rrsig))
			return true;
	}
	return false;
}

/* The DNAME set of a name above; false when there is none, or too much of it (RFC 6672 2.4). */
static bool find_dname(const struct judgement *j, struct dnssec_set *set)
{
	for (size_t i = 0; i < j->raws.count; i++) {
		const uint8_t *owner = j->raws.list[i].owner;

		if (j->raws.list[i].type == DNS_DNAME && !dnssec_name_same(owner, j->name) &&
		    dnssec_name_within(j->name, owner) &&
		    dnssec_set_find(j->raws, owner, DNS_DNAME, set))
			return set->count == 1;
	}
	return false;
}

/* RFC 6672 2.2: the owner's labels are replaced, whatever the CNAME in the reply says, which nobody
   has signed. NULL when the name would be too long. */
static const char *dname_target(const struct judgement *j, const struct dnssec_set *set)
{
	const uint8_t *target = set->records[0]->data;
	size_t kept = dnssec_name_size(j->name) - dnssec_name_size(set->owner);
	size_t size = kept + dnssec_name_size(target);
	uint8_t name[2 * DNS_NAME_WIRE];

	memcpy(name, j->name, kept);
	memcpy(name + kept, target, size - kept);
	return dns_name_text(arena_of(j), name, size);
}

static bool leads_to(const struct judgement *j, const struct dnssec_set *cname, const char *target)
{
	const uint8_t *name = cname->records[0]->data;
	const char *text = dns_name_text(arena_of(j), name, dnssec_name_size(name));

	return cname->count == 1 && text && strcmp(text, target) == 0;
}

static bool judge_alias(struct judgement *j, const struct dnssec_set *cname)
{
	struct dnssec_set dname;

	if (is_signed(j, cname) || !find_dname(j, &dname))
		return judge_set(j, cname);
	j->verdict->target = dname_target(j, &dname);
	if (!j->verdict->target)
		return conclude(j, DNS_BOGUS, "a DNAME makes a name that is too long");
	/* Who asks for the CNAME itself gets what stands there. */
	if (j->type == DNS_CNAME && !leads_to(j, cname, j->verdict->target))
		return conclude(j, DNS_BOGUS, "a CNAME that leads elsewhere than its DNAME");
	return judge_set(j, &dname);
}

/* ---- nothing there ---- */

/* True when the zone's proof settles it, one way or another. */
static bool judge_denial(struct judgement *j, struct dnssec_zone *zone)
{
	struct arena *a = arena_of(j);
	struct dnssec_proof proof;

	dnssec_proof_gather(&proof, a, &j->v->chain.clock, j->work, &zone->signer, j->raws);
	switch (dnssec_proof_deny(&proof, j->work, j->name, j->type)) {
	case DNSSEC_NO_DATA:
		/* Some servers say NXDOMAIN of a name that has only names below it. */
		return conclude(j, DNS_SECURE, NULL);
	case DNSSEC_NO_NAME:
		j->verdict->no_name = true;
		if (j->no_name)
			return conclude(j, DNS_SECURE, NULL);
		break;
	case DNSSEC_UNTOLD:
		j->verdict->no_name = j->no_name;
		return conclude(j, DNS_INSECURE,
		                arena_printf(a, "%s leaves open what it has (NSEC3)", zone->text));
	case DNSSEC_DENIAL_TIRED: return conclude_tired(j);
	case DNSSEC_NOT_DENIED:
	case DNSSEC_DELEGATED: break;
	}
	j->fault = denial_fault(j, &proof);
	return false;
}

static bool judge_absence(struct judgement *j)
{
	struct dnssec_signers signers = {.at = 0};
	const uint8_t *signer;
	struct dnssec_zone *zone;

	while ((signer = dnssec_signers_next(&signers, j->raws, j->name, NULL, 0))) {
		if (!signer_zone(j, signer, &zone))
			return false;
		if (zone && judge_denial(j, zone))
			return true;
	}
	j->verdict->no_name = j->no_name;
	return judge_unproven(j, j->name, NULL, NULL);
}

/* ---- is there anything to go by? ---- */

static const char *root_words(struct dnssec *v, const struct dnssec_end *end)
{
	return arena_printf(v->chain.arena, "DNSSEC is not checked: %s", end->why);
}

/* The root's keys, once for all. False: not there yet. */
static bool decide(struct dnssec *v, struct dnssec_work *work)
{
	static const uint8_t root[] = {0};
	struct dnssec_end end;

	if (v->decided)
		return true;
	if (!dnssec_walk(&v->chain, work, root, &end))
		return false;
	v->decided = true;
	/* Networks that let no signatures through exist, and mail has to leave them: then nothing
	   is checked, and whoever wants DANE is told. */
	if (!v->strict && end.state != DNSSEC_ZONE_SECURE)
		v->warning = root_words(v, &end);
	return true;
}

struct dnssec *dnssec_open(const struct dns_settings *settings, struct arena *a,
                           struct dnssec_source source)
{
	struct dnssec *v = arena_get(a, sizeof *v);
	const char *why = "no trust anchor is set";

	v->chain.arena = a;
	v->chain.source = source;
	v->chain.clock.now = settings->now ? settings->now : (int64_t)time(NULL);
	v->strict = settings->security == DNSSEC_VALIDATE;
	if (settings->trust_anchor &&
	    dnssec_anchors_read(&v->chain.anchors, a, settings->trust_anchor, &why))
		return v;
	v->decided = true;
	v->warning = arena_printf(a, "DNSSEC is not checked: %s", why);
	return v;
}

bool dnssec_judge(struct dnssec *v, struct dnssec_work *work, const struct dns_reply *reply,
                  const char *name, unsigned type, struct dnssec_verdict *verdict)
{
	struct judgement j = {.v = v, .work = work, .raws = reply->raw, .type = type};
	struct dnssec_set set;

	*verdict = (struct dnssec_verdict){.security = DNS_UNCHECKED};
	if (!decide(v, work))
		return false;
	if (v->warning) {
		verdict->security = v->strict ? DNS_INDETERMINATE : DNS_UNCHECKED;
		verdict->reason = v->warning;
		verdict->no_name = reply->no_name;
		return true;
	}
	j.no_name = reply->no_name;
	j.verdict = verdict;
	dns_name_wire(name, j.name);
	if (type != DNS_CNAME && dnssec_set_find(j.raws, j.name, type, &set))
		return judge_set(&j, &set);
	if (dnssec_set_find(j.raws, j.name, DNS_CNAME, &set))
		return judge_alias(&j, &set);
	return judge_absence(&j);
}

void dnssec_ahead(struct dnssec *v, const char *name)
{
	uint8_t wire[DNS_NAME_WIRE];

	if (!v->warning && dns_name_wire(name, wire))
		dnssec_walk_ahead(&v->chain, wire);
}

const char *dnssec_warning(const struct dnssec *v)
{
	return v->warning;
}

unsigned long dnssec_verified(const struct dnssec *v)
{
	return v->chain.clock.verified;
}

void dnssec_close(struct dnssec *v)
{
	if (v)
		dnssec_chain_close(&v->chain);
}
