#include "route/duty_tlsa.h"

#include "route/route.h"

#include <stdio.h>

enum duty_setting duty_setting_of(const struct duty_case *c)
{
	return c->rule ? c->rule->setting : DUTY_DANE;
}

/* RFC 8689 5: "TLS-Required: No" is about what domain and host ask for; our user's own settings
   stand, and the option REQUIRETLS wins over the field. */
bool duty_hears_host(const struct duty_case *c)
{
	enum duty_setting setting = duty_setting_of(c);

	if (c->facts->require_tls)
		return true;
	if (c->facts->tls_optional)
		return setting == DUTY_DANE_ONLY;
	return setting != DUTY_NONE && setting != DUTY_MAY;
}

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
	if (!duty_hears_host(c))
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

static bool decides(const struct dns_answer *answer)
{
	return answer->outcome == DNS_TROUBLE || answer->outcome == DNS_LOOP ||
	       (answer->outcome == DNS_FOUND && answer->security == DNS_SECURE);
}

/* RFC 7672 2.2.2: of an alias the secure end of its chain is asked first, then its own name. Where
   the chain leaves what is secure, the name itself may still be secure. */
void tlsa_find(const struct duty_case *c, const struct duty_host *host, struct tlsa *found)
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

size_t tlsa_usable(const struct dns_answer *tlsa)
{
	size_t usable = 0;

	for (size_t i = 0; i < tlsa->count; i++)
		usable += dane_usable(&tlsa->tlsa[i]);
	return usable;
}

bool tlsa_has_anchor(const struct dns_answer *tlsa)
{
	for (size_t i = 0; i < tlsa->count; i++) {
		if (tlsa->tlsa[i].usage == DANE_TA && dane_usable(&tlsa->tlsa[i]))
			return true;
	}
	return false;
}
