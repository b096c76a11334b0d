#include "route/duty.h"

#include "base/arena.h"
#include "base/text.h"
#include "route/duty_tlsa.h"
#include "route/policy.h"
#include "route/route.h"

#include <string.h>

bool duty_ask(const struct duty_case *c, const struct duty_host *host)
{
	struct tlsa found;

	tlsa_find(c, host, &found);
	return !found.wait;
}

/* ---- the table ---- */

static void refuse(struct duty *d, enum fault fault, const char *why)
{
	d->refusal = why;
	d->fault = fault;
}

static void fail(struct duty *d, enum tls_failure failure, const char *words)
{
	d->failure = failure;
	d->failing = words;
}

static void owe(struct duty *d, enum tls_level level, const char *reason)
{
	static const char *const names[] = {
		[TLS_MAY] = "opportunistic",
		[TLS_ENCRYPT] = "encrypt",
		[TLS_VERIFY] = "verify",
		[TLS_DANE] = "dane",
	};

	d->tls.level = level;
	d->name = names[level];
	d->reason = reason;
}

/* The certificate has to be for the host itself. */
static void owe_name(const struct duty_case *c, const struct duty_host *host, struct duty *d,
                     const char *reason)
{
	const char **names = arena_array(c->arena, 1, sizeof *names);

	names[0] = host->name;
	owe(d, TLS_VERIFY, reason);
	d->tls.names = names;
	d->tls.name_count = 1;
}

/* RFC 7672 3.2.2: the base, the name of the next hop, and what they securely stand for. Only for
   anchors: where names do not count, all domains of the host share a connection. */
static void dane_names(const struct duty_case *c, const struct duty_host *host,
                       const struct tlsa *found, struct tls_duty *tls)
{
	const char **names = arena_array(c->arena, 2 + c->name_count, sizeof *names);

	if (!tlsa_has_anchor(found->answer))
		return;
	names[tls->name_count++] = found->base;
	if (strcmp(found->base, host->name) != 0)
		names[tls->name_count++] = host->name;
	for (size_t i = 0; i < c->name_count && c->security == DNS_SECURE; i++)
		names[tls->name_count++] = c->names[i];
	tls->names = names;
}

bool duty_wants_policy(const struct duty_case *c, const struct duty_host *host)
{
	struct tlsa found;

	if (!duty_hears_host(c))
		return false;
	tlsa_find(c, host, &found);
	if (!found.answer || found.answer->outcome != DNS_FOUND)
		return !found.answer;
	return c->security != DNS_SECURE || !tlsa_usable(found.answer);
}

static void owe_dane(const struct duty_case *c, const struct duty_host *host,
                     const struct tlsa *found, struct duty *d)
{
	const struct dns_answer *tlsa = found->answer;
	size_t usable = tlsa_usable(tlsa);

	d->tls.records = tlsa->tlsa;
	d->tls.record_count = tlsa->count;
	if (!usable) {
		/* RFC 7672 2.2: there is to be TLS, and nothing to verify it by */
		owe(d, TLS_ENCRYPT,
		    arena_printf(c->arena, "%zu TLSA record%s, secure, but of no usable kind",
		                 tlsa->count, tlsa->count == 1 ? "" : "s"));
		fail(d, TLS_TLSA_INVALID, d->reason);
		return;
	}
	owe(d, TLS_DANE,
	    arena_printf(c->arena, "%zu usable TLSA record%s, secure", usable,
	                 usable == 1 ? "" : "s"));
	d->sni = found->base;
	dane_names(c, host, found, &d->tls);
}

static const char not_named[] = "the domain's MTA-STS policy does not name it";

static const char *policy_words(const struct sts_finding *policy)
{
	static const char *const words[] = {
		[STS_NONE] = "no MTA-STS",
		[STS_TESTING] = "the MTA-STS policy is in testing",
		[STS_ENFORCE] = "MTA-STS policy",
	};

	return words[policy && policy->policy ? policy->policy->mode : STS_NONE];
}

/* RFC 8461 5: what a policy in testing asks for is looked at for the domain's own sake. */
static void watch(const struct duty_case *c, const struct duty_host *host, struct duty *d)
{
	if (!sts_match(c->policy->policy, host->name))
		fail(d, TLS_INVALID, not_named);
	else if (c->facts->watch_testing)
		d->tls.watched = host->name;
}

static enum duty_policy policy_of(const struct sts_finding *policy)
{
	if (!policy)
		return DUTY_UNASKED;
	return policy->policy && policy->policy->mode != STS_NONE ? DUTY_STS : DUTY_NO_POLICY;
}

/* What host and domain ask for. */
static void find_asked(const struct duty_case *c, const struct duty_host *host, struct duty *d)
{
	const struct sts_finding *policy = c->policy;
	struct tlsa found;
	const char *sts;

	tlsa_find(c, host, &found);
	d->policy = found.answer ? DUTY_TLSA : policy_of(policy);
	if (found.answer && found.answer->outcome != DNS_FOUND) {
		refuse(d, FAULT_TLS,
		       arena_printf(c->arena, "its TLSA records cannot be had: %s",
		                    found.answer->trouble));
		fail(d, TLS_DNSSEC_INVALID, d->refusal);
		return;
	}
	if (found.answer)
		owe_dane(c, host, &found, d);
	if (d->tls.level == TLS_DANE && c->security == DNS_SECURE)
		return;
	/* Also with DANE, which proves the host and nothing of an MX record that anybody may have
	   forged: a forger has a signed zone, too */
	if (policy_enforced(policy) && !sts_match(policy->policy, host->name)) {
		refuse(d, FAULT_TLS, not_named);
		d->policy = DUTY_STS;
		fail(d, TLS_INVALID, not_named);
		return;
	}
	if (d->tls.level == TLS_DANE)
		return;
	sts = policy_words(policy);
	if (policy_enforced(policy)) {
		owe_name(c, host, d, sts);
		d->tls.san_only = true; /* RFC 8461 4.2 */
		d->policy = DUTY_STS;
		fail(d, TLS_FINE, NULL);
	} else if (!found.answer) {
		owe(d, TLS_MAY, arena_printf(c->arena, "no DANE: %s; %s", found.why, sts));
		if (d->policy == DUTY_STS)
			watch(c, host, d);
	}
}

/* ---- what our own user asks for ---- */

static const char *setting_reason(const struct duty_case *c)
{
	if (!c->rule->origin)
		return "configured";
	return arena_printf(c->arena, "configured (%s)", c->rule->origin);
}

/* The MX record is signed, or a policy in force names the host (RFC 8689 4.2.1); else anybody may
   have brought it up. */
static bool is_of_domain(const struct duty_case *c, const struct duty_host *host)
{
	return c->security == DNS_SECURE ||
	       (policy_enforced(c->policy) && sts_match(c->policy->policy, host->name));
}

/* A forger's host has genuine TLSA records, too. */
static void add_dane_only(const struct duty_case *c, const struct duty_host *host, struct duty *d)
{
	const char *why = d->reason;

	if (d->tls.level == TLS_DANE && is_of_domain(c, host))
		return;
	if (d->tls.level == TLS_DANE)
		why = "the MX records are not secure";
	refuse(d, FAULT_TLS,
	       arena_printf(c->arena, "%s: DANE or nothing; %s", setting_reason(c), why));
	fail(d, TLS_DANE_REQUIRED, d->refusal);
}

static void add_setting(const struct duty_case *c, const struct duty_host *host, struct duty *d)
{
	switch (duty_setting_of(c)) {
	case DUTY_NONE:
	case DUTY_MAY:
	case DUTY_DANE:
		return;
	case DUTY_ENCRYPT:
		if (d->tls.level < TLS_ENCRYPT)
			owe(d, TLS_ENCRYPT, setting_reason(c));
		return;
	case DUTY_VERIFY:
		if (d->tls.level < TLS_VERIFY)
			owe_name(c, host, d, setting_reason(c));
		return;
	case DUTY_DANE_ONLY:
		add_dane_only(c, host, d);
		return;
	}
}

/* RFC 8689 4.2.1: who is at the other end has to be proved, and so has that it is the right host:
   the best of certificates is of no use for the host of a forged MX. */
static void add_require(const struct duty_case *c, const struct duty_host *host, struct duty *d)
{
	d->require = c->facts->require_tls;
	if (!d->require)
		return;
	if (!is_of_domain(c, host))
		refuse(d, FAULT_REQUIRETLS,
		       "REQUIRETLS: neither DNSSEC nor MTA-STS shows that it is the domain's");
	else if (d->tls.level < TLS_VERIFY)
		owe_name(c, host, d, "REQUIRETLS");
}

void duty_find(const struct duty_case *c, const struct duty_host *host, struct duty *d)
{
	*d = (struct duty){.sni = host->four ? host->name : NULL};
	owe(d, TLS_MAY, "");
	if (duty_setting_of(c) == DUTY_NONE && !c->facts->require_tls) {
		d->none = true;
		d->name = "none";
		d->reason = setting_reason(c);
		return;
	}
	if (!duty_hears_host(c))
		owe(d, TLS_MAY,
		    c->facts->tls_optional ? "the message says TLS-Required: No"
		                           : setting_reason(c));
	else
		find_asked(c, host, d);
	if (!d->refusal)
		add_setting(c, host, d);
	if (!d->refusal)
		add_require(c, host, d);
}

/* ---- one connection for two domains ---- */

static bool names_same(const struct tls_duty *one, const struct tls_duty *other)
{
	if (one->name_count != other->name_count)
		return false;
	for (size_t i = 0; i < one->name_count; i++) {
		if (!text_same(one->names[i], other->names[i]))
			return false;
	}
	return true;
}

bool duty_same(const struct duty *one, const struct duty *other)
{
	/* The records are those of the host: the same host has the same */
	return one->none == other->none && one->require == other->require &&
	       one->tls.level == other->tls.level && one->tls.san_only == other->tls.san_only &&
	       one->tls.records == other->tls.records && names_same(&one->tls, &other->tls);
}
