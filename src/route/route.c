#include "route/route.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "route/exclude.h"
#include "route/policy.h"
#include "route/rule.h"

#include <string.h>

/* Of so many that were left out a verdict tells the reason: a person is to read that line. */
enum { REASON_MAX = 8, TEXT_MAX = 1900 };

/* Why there is no host. A configured route that leads nowhere says something about our
   configuration and nothing about the recipients: never permanent. */
static void fail(const struct exchangers *list, struct route *route, enum fault fault,
                 const char *text)
{
	if (!list->configured) {
		route->status = status_of(fault, STAGE_ROUTE, list->arena, "%s", text);
		return;
	}
	if (fault != FAULT_DNS && fault != FAULT_CONNECT)
		fault = FAULT_DANGLING_MAYBE;
	route->status =
		status_of(fault, STAGE_ROUTE, list->arena,
	                  "the route configured for %s leads nowhere: %s", route->domain, text);
}

static const char *opening(struct arena *a, const struct route *route, enum fault fault)
{
	/* Of the exchangers; of a domain without MX */
	static const char *const wants[FAULT_COUNT] = {
		[FAULT_DANGLING] = "has an address",
		[FAULT_DANGLING_MAYBE] = "has an address that can be looked up now",
		[FAULT_CONNECT] = "can be reached from here",
		[FAULT_LOOP] = "is better than this machine",
		[FAULT_NO_EXCHANGER] = "can be used",
		[FAULT_TLS] = "may be used without the TLS that is owed",
		[FAULT_REQUIRETLS] = "can be trusted as REQUIRETLS demands",
	};
	static const char *const lacks[FAULT_COUNT] = {
		[FAULT_DANGLING] = "its address cannot be found",
		[FAULT_DANGLING_MAYBE] = "its address cannot be looked up now",
		[FAULT_CONNECT] = "its address cannot be reached from here",
		[FAULT_LOOP] = "mail cannot go to the name itself",
		[FAULT_NO_EXCHANGER] = "mail cannot go to the name itself",
		[FAULT_TLS] = "the TLS that is owed cannot be had",
		[FAULT_REQUIRETLS] = "it cannot be trusted as REQUIRETLS demands",
	};

	switch (route->source) {
	case ROUTE_MX:
		return arena_printf(a, "no exchanger of %s %s", route->domain, wants[fault]);
	case ROUTE_IMPLICIT:
		return arena_printf(a, "the domain %s has no MX, and %s", route->domain,
		                    lacks[fault]);
	case ROUTE_LITERAL:
		return arena_printf(a, "mail cannot go to %s", route->domain);
	case ROUTE_CONFIGURED:
		return "no host can be used";
	}
	return "";
}

static void add_reason(struct buf *b, const struct route *route, const struct route_excluded *out)
{
	/* The domain has been named in the opening words */
	if (strcmp(out->host, ".") == 0)
		buf_text(b, "\".\": ");
	else if (strcmp(out->host, route->domain) != 0)
		buf_printf(b, "%s: ", out->host);
	buf_text(b, out->reason);
}

/* The opening words, and what was left out with its reasons. */
static const char *nowhere(struct arena *a, const struct route *route, enum fault fault)
{
	size_t told = route->excluded_count < REASON_MAX ? route->excluded_count : REASON_MAX;
	const char *text;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	buf_text(&b, opening(a, route, fault));
	for (size_t i = 0; i < told; i++) {
		buf_text(&b, i ? "; " : ": ");
		add_reason(&b, route, &route->excluded[i]);
	}
	if (told < route->excluded_count)
		buf_printf(&b, "; and %zu more", route->excluded_count - told);
	text = arena_bytes(a, b.bytes, b.size);
	buf_free(&b);
	return text;
}

/* A2 without an address: no MX, no A and no AAAA, all three answered. That says that the name is
   there for other purposes, so that it is told apart from one that does not exist and from an
   exchanger that dangles. NULL: it is not so. */
static const char *bare(const struct exchangers *list, const struct route *route,
                        enum fault fault)
{
	const struct exchanger *e = &list->items[0];

	if (route->source != ROUTE_IMPLICIT || fault != FAULT_DANGLING ||
	    e->four->outcome != DNS_NO_DATA || e->six->outcome != DNS_NO_DATA)
		return NULL;
	if (strcmp(e->four->name, route->domain) != 0)
		return arena_printf(list->arena,
		                    "the domain %s takes no mail: it is an alias of %s, which has "
		                    "neither MX nor address",
		                    route->domain, e->four->name);
	return arena_printf(list->arena,
	                    "the domain %s exists, but takes no mail: it has neither MX nor "
	                    "address",
	                    route->domain);
}

/* All that can be asked was answered: judge, and say who is left. */
static void conclude(struct exchangers *list, struct route *route)
{
	const char *words;
	enum fault fault;

	route->policy = list->owed.policy;
	exclude_judge(list);
	exchangers_write(list, route);
	if (route->host_count) {
		route->status = (struct status){
			.class = 2,
			.stage = STAGE_ROUTE,
			.text = arena_printf(list->arena, "%zu host%s to try", route->host_count,
		                             route->host_count == 1 ? "" : "s"),
		};
		return;
	}
	fault = exchangers_fault(list);
	words = bare(list, route, fault);
	fail(list, route, fault, words ? words : nowhere(list->arena, route, fault));
}

static bool has_policy(const struct exchangers *list)
{
	return list->facts->policies && !list->configured;
}

/* RFC 8461: the policy of the recipients' domain. */
static bool ask_policy(struct exchangers *list)
{
	if (has_policy(list))
		list->owed.policy =
			policy_get(list->facts->policies, list->owed.domain, list->asker);
	return !has_policy(list) || list->owed.policy;
}

static bool ask_host(struct exchangers *list, const char *name)
{
	return exchangers_ask(list, name) &&
	       (!exchangers_want_policy(list, name) || ask_policy(list));
}

static bool ask_hosts(struct exchangers *list, const struct dns_answer *mx)
{
	bool all = true, policy = false;

	for (size_t i = 0; i < mx->count; i++) {
		if (!exclude_unfit(&mx->mx[i]) && !exchangers_ask(list, mx->mx[i].exchanger))
			all = false;
	}
	for (size_t i = 0; i < mx->count && all && !policy; i++)
		policy = !exclude_unfit(&mx->mx[i]) &&
		         exchangers_want_policy(list, mx->mx[i].exchanger);
	return all && (!policy || ask_policy(list));
}

static bool find_host(struct exchangers *list, const char *name, struct route *route)
{
	route->only = name;
	if (!ask_host(list, name))
		return false;
	exchangers_begin(list, 1);
	exchangers_add(list, name, 0);
	conclude(list, route);
	return true;
}

static bool find_address(struct exchangers *list, const char *name, const struct ip *ip,
                         struct route *route)
{
	route->only = name;
	exchangers_begin(list, 1);
	exchangers_add_address(list, name, ip);
	conclude(list, route);
	return true;
}

/* RFC 7505 3: "." and nothing else. The preference should be 0 and means nothing (A4). */
static bool is_null_mx(const struct dns_answer *mx)
{
	for (size_t i = 0; i < mx->count; i++) {
		if (strcmp(mx->mx[i].exchanger, ".") != 0)
			return false;
	}
	return true;
}

static bool find_exchangers(struct exchangers *list, const struct dns_answer *mx,
                            struct route *route)
{
	route->mx = mx;
	if (!ask_hosts(list, mx))
		return false;
	exchangers_begin(list, mx->count);
	for (size_t i = 0; i < mx->count; i++) {
		const struct dns_mx *record = &mx->mx[i];
		const char *unfit = exclude_unfit(record);

		if (unfit)
			exchangers_add_unfit(list, record->exchanger, record->preference, unfit);
		else
			exchangers_add(list, record->exchanger, record->preference);
	}
	conclude(list, route);
	return true;
}

/* Who says that there is no such name: so one sees how far the name is right. The root denies
   nothing but top-level domains. */
static const char *denial(struct arena *a, const struct dns_answer *mx)
{
	const char *dot = strrchr(mx->name, '.');

	if (!mx->zone)
		return "";
	if (strcmp(mx->zone, ".") == 0)
		return arena_printf(a, ": there is no top-level domain \"%s\"",
		                    dot ? dot + 1 : mx->name);
	return arena_printf(a, ": the zone %s has no such name", mx->zone);
}

/* A9: it "does not exist", which is another thing than a host that nobody knows. */
static const char *no_domain(struct arena *a, const char *name, const struct dns_answer *mx)
{
	const char *by = denial(a, mx);

	if (mx->alias_count)
		return arena_printf(a, "the domain %s is an alias of %s, which does not exist%s",
		                    name, mx->name, by);
	return arena_printf(a, "the domain %s does not exist%s", name, by);
}

/* What the answer says of the domain as a whole. False: go on with its records. */
static bool settled(const struct exchangers *list, const char *name, const struct dns_answer *mx,
                    struct route *route)
{
	struct arena *a = list->arena;

	switch (mx->outcome) {
	case DNS_NO_NAME:
		fail(list, route, FAULT_NO_DOMAIN, no_domain(a, name, mx));
		return true;
	case DNS_LOOP:
		fail(list, route, FAULT_LOOP, mx->trouble); /* A6 */
		return true;
	case DNS_TROUBLE:
		fail(list, route, FAULT_DNS, mx->trouble); /* A10: never "no such host" */
		return true;
	case DNS_NO_DATA:
		return false;
	case DNS_FOUND:
		break;
	}
	if (!is_null_mx(mx))
		return false;
	fail(list, route, FAULT_NULL_MX,
	     arena_printf(a, "the domain %s takes no mail (null MX, RFC 7505)", name));
	return true;
}

/* Names that a certificate may be for beside those of the host: the domain's. */
static void name_domain(struct exchangers *list, const struct dns_answer *mx)
{
	struct duty_case *owed = &list->owed;

	list->names[0] = list->configured ? mx->name : owed->domain;
	list->names[1] = mx->name;
	owed->names = list->names;
	owed->name_count = strcmp(list->names[0], mx->name) == 0 ? 1 : 2;
	owed->security = mx->security;
}

static bool find_mx(struct exchangers *list, const char *name, struct route *route)
{
	const struct dns_answer *mx = dns_get(list->facts->dns, name, DNS_MX, list->asker);

	if (has_policy(list))
		policy_ask(list->facts->policies, name, list->asker);
	if (!mx)
		return false;
	name_domain(list, mx);
	route->aliases = mx->aliases;
	route->alias_count = mx->alias_count;
	route->ttl = mx->outcome == DNS_FOUND ? mx->ttl : 0;
	route->security = mx->security;
	route->security_reason = mx->security_reason;
	if (settled(list, name, mx, route))
		return true;
	if (mx->outcome == DNS_FOUND)
		return find_exchangers(list, mx, route);
	/* A2, RFC 5321 5.1: without an MX the name is its own exchanger. That of an alias is the
	   name it stands for, which is "processed as if it were the initial name" */
	if (route->source == ROUTE_MX)
		route->source = ROUTE_IMPLICIT;
	return find_host(list, mx->name, route);
}

static const char *literal_name(struct arena *a, const struct ip *ip)
{
	char text[IP_TEXT];

	return arena_printf(a, ip->family == AF_INET ? "[%s]" : "[IPv6:%s]", ip_print(ip, text));
}

static bool find_configured(struct exchangers *list, const struct route_rule *rule,
                            struct route *route)
{
	route->source = ROUTE_CONFIGURED;
	route->rule = rule;
	list->configured = true;
	list->owed.port = rule->port;
	if (rule->literal)
		return find_address(list, literal_name(list->arena, &rule->ip), &rule->ip, route);
	if (rule->mx)
		return find_mx(list, rule->host, route);
	return find_host(list, rule->host, route);
}

bool route_find(const struct facts *facts, struct arena *a, const struct address *address,
                size_t asker, struct route *route)
{
	const struct route_rule *rule = route_rule_for(facts, address->domain);
	struct exchangers list = {
		.facts = facts,
		.arena = a,
		.asker = asker,
		.owed = {
			.facts = facts,
			.arena = a,
			.asker = asker,
			.domain = address->domain,
			.rule = duty_rule_for(facts, address->domain),
			.security = DNS_SECURE, /* who named the host was not misled */
			.port = SMTP_PORT,
		},
	};
	const char *name, *why = "";

	*route = (struct route){.source = ROUTE_MX, .domain = address->domain};
	if (address->kind == DOMAIN_UNMAPPED) {
		domain_parse(a, address->domain, &name, &why);
		fail(&list, route, FAULT_NO_DOMAIN,
		     arena_printf(a, "no such domain can exist: %s", why)); /* A16 */
		return true;
	}
	if (rule)
		return find_configured(&list, rule, route);
	if (address->kind == DOMAIN_LITERAL) {
		route->source = ROUTE_LITERAL;
		return find_address(&list, address->domain, &address->ip, route); /* A14 */
	}
	return find_mx(&list, address->domain, route);
}

static bool host_same(const struct route_host *one, const struct route_host *other)
{
	if (one->port != other->port || one->address_count != other->address_count ||
	    strcmp(one->name, other->name) != 0 || !duty_same(&one->duty, &other->duty))
		return false;
	for (size_t i = 0; i < one->address_count; i++) {
		if (!ip_same(&one->addresses[i], &other->addresses[i]))
			return false;
	}
	return true;
}

/* Is this host raced against the one before it? */
static bool is_equal(const struct route *route, size_t host)
{
	return host > 0 && route->hosts[host].preference == route->hosts[host - 1].preference;
}

bool route_same(const struct route *one, const struct route *other)
{
	if (one->host_count != other->host_count)
		return false;
	for (size_t i = 0; i < one->host_count; i++) {
		/* Preferences mean nothing beyond their domain but which of them are equal */
		if (is_equal(one, i) != is_equal(other, i) ||
		    !host_same(&one->hosts[i], &other->hosts[i]))
			return false;
	}
	return true;
}

uint64_t route_hash(const struct route *route)
{
	uint64_t hash = route->host_count;
	char text[IP_TEXT];

	for (size_t i = 0; i < route->host_count; i++) {
		const struct route_host *host = &route->hosts[i];

		hash = text_hash(host->name, hash + host->port + is_equal(route, i));
		for (size_t j = 0; j < host->address_count; j++)
			hash = text_hash(ip_print(&host->addresses[j], text), hash);
	}
	return hash;
}

const char *route_source_name(enum route_source source)
{
	static const char *const names[] = {
		[ROUTE_MX] = "mx",
		[ROUTE_IMPLICIT] = "implicit",
		[ROUTE_LITERAL] = "literal",
		[ROUTE_CONFIGURED] = "configured",
	};

	return names[source];
}

const char *route_security_name(enum dns_security security)
{
	static const char *const names[] = {
		[DNS_UNCHECKED] = "unchecked",
		[DNS_SECURE] = "secure",
		[DNS_INSECURE] = "insecure",
		[DNS_BOGUS] = "bogus",
		[DNS_INDETERMINATE] = "indeterminate",
	};

	return names[security];
}
