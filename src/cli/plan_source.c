#include "cli/plan_source.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/plan_hosts.h"

enum { PARAGRAPH_MAX = 64 * 1024 };

static bool led_nowhere(const struct route *route)
{
	return !route->host_count && !route->excluded_count;
}

static bool names_mx(const struct route *route)
{
	return route->rule ? route->rule->mx : route->source != ROUTE_LITERAL;
}

/* There are MX records, which may have a TTL of 0. */
static bool has_records(const struct route *route)
{
	return route->ttl || (route->source == ROUTE_MX && (!led_nowhere(route) ||
	                                                    route->status.fault == FAULT_NULL_MX));
}

/* What the DNS says of the answer about MX itself. A reason that the verdict tells is told there,
   and what could not be judged for no other reason has had no judgement. */
static void add_answer(struct buf *b, const struct route *route)
{
	const char *reason = route->security_reason;
	bool told = !reason || (route->status.class != 2 && strstr(route->status.text, reason));

	if (has_records(route))
		buf_printf(b, ", TTL %u s", route->ttl);
	if (route->security == DNS_UNCHECKED || (route->security == DNS_INDETERMINATE && told))
		return;
	buf_printf(b, ", DNSSEC %s", route_security_name(route->security));
	if (!told && route->security != DNS_SECURE)
		buf_printf(b, " (%s)", reason);
}

static void add_rule(struct buf *b, struct arena *a, const struct route_rule *rule)
{
	buf_printf(b, "configured route, instead of MX: \"%s\"",
	           text_clean(a, rule->text, strlen(rule->text)));
	if (rule->origin)
		buf_printf(b, " (%s)", rule->origin);
}

static const char *words(const struct route *route)
{
	static const char *const found[] = {
		[ROUTE_MX] = "MX records",
		[ROUTE_IMPLICIT] = "implicit MX: no MX record, the name's own address",
		[ROUTE_LITERAL] = "address literal: no DNS",
		[ROUTE_CONFIGURED] = "configured route, instead of MX",
	};
	static const char *const missed[FAULT_COUNT] = {
		[FAULT_NULL_MX] = "null MX record",
		[FAULT_NO_DOMAIN] = "asked for MX: there is no such name",
		[FAULT_DNS] = "asked for MX: no answer that may be used",
		[FAULT_LOOP] = "asked for MX: aliases that lead nowhere",
	};
	const char *why = led_nowhere(route) ? missed[route->status.fault] : NULL;

	if (route->source == ROUTE_IMPLICIT && !route->host_count)
		return "no MX record: the name's own address would count (implicit MX)";
	return why ? why : found[route->source];
}

static void aliases(struct buf *b, const struct route *route)
{
	struct buf text;

	if (!route->alias_count)
		return;
	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < route->alias_count; i++)
		buf_printf(&text, "%s-> %s", i ? " " : "", route->aliases[i]);
	plan_hosts_line(b, "CNAME", text.bytes);
	buf_free(&text);
}

static bool askable(const struct plan_domain *domain)
{
	return domain->recipients[0]->address.kind != DOMAIN_UNMAPPED;
}

void plan_source(struct buf *b, const struct plan_domain *domain)
{
	const struct route *route = &domain->route;
	struct arena a = {0};
	struct buf text;

	if (!askable(domain))
		return;
	buf_init(&text, PARAGRAPH_MAX);
	if (route->rule)
		add_rule(&text, &a, route->rule);
	else
		buf_text(&text, words(route));
	if (names_mx(route))
		add_answer(&text, route);
	plan_hosts_line(b, "source", text.bytes);
	aliases(b, route);
	buf_free(&text);
	arena_free(&a);
}

bool plan_source_unchecked(const struct plan_domain *domain)
{
	const struct route *route = &domain->route;

	if (!askable(domain))
		return false;
	if (names_mx(route))
		return route->security == DNS_UNCHECKED;
	return route->host_count && route->hosts[0].name[0] != '[' &&
	       route->hosts[0].security == DNS_UNCHECKED;
}
