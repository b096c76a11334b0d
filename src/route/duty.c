#include "route/duty.h"

#include "base/arena.h"
#include "base/text.h"
#include "route/policy.h"
#include "route/route.h"

#include <stdio.h>
#include <string.h>

static enum duty_setting setting_of(const struct duty_case *c)
{
	return c->rule ? c->rule->setting : DUTY_DANE;
}

/* RFC 8689 5: "TLS-Required: No" is about what domain and host ask for; our user's own settings
   stand, and the option REQUIRETLS wins over the field. */
static bool hears_host(const struct duty_case *c)
{
	enum duty_setting setting = setting_of(c);

	if (c->facts->require_tls)
		return true;
	if (c->facts->tls_optional)
		return setting == DUTY_DANE_ONLY;
	return setting != DUTY_NONE && setting != DUTY_MAY;
}

/* ---- TLSA records ---- */

enum dns_security duty_security(const struct duty_host *host)
{
	const struct dns_answer *six = host->six, *four = host->four;

	/* A family that could not be looked up does not veto the other one: its addresses are not
	   used (RULES.md A11) */
	if (!four || four->outcome != DNS_FOUND)
		return six ? six->security : DNS_UNCHECKED;
	if (six->outcome != DNS_FOUND || four->security != DNS_SECURE)
		return four->security;
	return six->security;
}

static const struct dns_answer *addresses_of(const struct duty_host *host)
{
	return host->four->outcome == DNS_FOUND ? host->four : host->six;
}

static const struct dns_answer *tlsa_get(const struct duty_case *c, const char *base)
{
	char name[300];

	/* RFC 7672 2.2.3. A name too long for the prefix has none */
	snprintf(name, sizeof name, "_%u._tcp.%s", c->port, base);
	return dns_get(c->facts->dns, name, DNS_TLSA, c->asker);
}

static const struct dns_answer *alias_get(const struct duty_case *c, const struct duty_host *host)
{
	return dns_get(c->facts->dns, host->name, DNS_CNAME, c->asker);
}

/* May DANE apply to this host? *why when it may not. */
static bool may_have_dane(const struct duty_case *c, const struct duty_host *host, const char **why)
{
	bool secure_mx = c->security == DNS_SECURE;

	*why = "not heeded";
	if (!hears_host(c))
		return false;
	*why = "an address literal";
	if (!host->four)
		return false;
	*why = "DNSSEC is not checked";
	if (c->security == DNS_UNCHECKED || duty_security(host) == DNS_UNCHECKED)
		return false;
	*why = "the MX records are not secure";
	if (!secure_mx && c->facts->dane_needs_mx)
		return false;
	*why = "its addresses are not secure";
	return duty_security(host) == DNS_SECURE || addresses_of(host)->alias_count;
}

/* What the TLSA records of a host come to. */
struct tlsa {
	const struct dns_answer *answer; /* NULL: one is still to come, or there are none */
	const char *base;
	bool wait;
	const char *why; /* there is no DANE for this host: why not */
};

static bool decides(const struct dns_answer *answer)
{
	return answer->outcome == DNS_TROUBLE || answer->outcome == DNS_LOOP ||
	       (answer->outcome == DNS_FOUND && answer->security == DNS_SECURE);
}

/* RFC 7672 2.2.2: of an alias the secure end of its chain is asked first, then its own name. Where
   the chain leaves what is secure, the name itself may still be secure. */
static void tlsa_find(const struct duty_case *c, const struct duty_host *host, struct tlsa *found)
{
	const struct dns_answer *addresses, *alias;

	*found = (struct tlsa){.base = host->name};
	if (!may_have_dane(c, host, &found->why))
		return;
	addresses = addresses_of(host);
	if (addresses->alias_count && duty_security(host) == DNS_SECURE) {
		found->base = addresses->name;
		found->answer = tlsa_get(c, addresses->name);
		found->wait = !found->answer;
		if (found->wait || decides(found->answer))
			return;
		found->base = host->name;
	} else if (addresses->alias_count) {
		alias = alias_get(c, host);
		found->wait = !alias;
		/* Who can break this look-up must not get by with that what a proof would get him
		 */
		if (alias && alias->outcome == DNS_TROUBLE)
			found->answer = alias;
		if (found->wait || found->answer || alias->security != DNS_SECURE)
			return;
	}
	found->answer = tlsa_get(c, host->name);
	found->wait = !found->answer;
	found->why = "no TLSA records";
	if (found->answer && !decides(found->answer))
		found->answer = NULL;
}

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

static size_t count_usable(const struct dns_answer *tlsa)
{
	size_t usable = 0;

	for (size_t i = 0; i < tlsa->count; i++)
		usable += dane_usable(&tlsa->tlsa[i]);
	return usable;
}

static bool has_anchor(const struct dns_answer *tlsa)
{
	for (size_t i = 0; i < tlsa->count; i++) {
		if (tlsa->tlsa[i].usage == DANE_TA && dane_usable(&tlsa->tlsa[i]))
			return true;
	}
	return false;
}

/* RFC 7672 3.2.2: the base, the name of the next hop, and what they securely stand for. Only for
   anchors: where names do not count, all domains of the host share a connection. */
static void dane_names(const struct duty_case *c, const struct duty_host *host,
                       const struct tlsa *found, struct tls_duty *tls)
{
	const char **names = arena_array(c->arena, 2 + c->name_count, sizeof *names);

	if (!has_anchor(found->answer))
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

	if (!hears_host(c))
		return false;
	tlsa_find(c, host, &found);
	if (!found.answer || found.answer->outcome != DNS_FOUND)
		return !found.answer;
	return c->security != DNS_SECURE || !count_usable(found.answer);
}

static void owe_dane(const struct duty_case *c, const struct duty_host *host,
                     const struct tlsa *found, struct duty *d)
{
	const struct dns_answer *tlsa = found->answer;
	size_t usable = count_usable(tlsa);

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
	switch (setting_of(c)) {
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
	if (setting_of(c) == DUTY_NONE && !c->facts->require_tls) {
		d->none = true;
		d->name = "none";
		d->reason = setting_reason(c);
		return;
	}
	if (!hears_host(c))
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
	return one->none == other->none && one->tls.level == other->tls.level &&
	       one->tls.san_only == other->tls.san_only && one->require == other->require && one->tls.records == other->tls.records &&
	       names_same(&one->tls, &other->tls);
}
