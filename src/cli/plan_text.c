#include "cli/plan_text.h"

#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/colour.h"
#include "cli/layout.h"
#include "cli/plan_hosts.h"
#include "cli/prospect.h"

enum {
	PARAGRAPH_MAX = 64 * 1024,
	NAMES_ALL = 6, /* so many recipients or domains are all named; of more, the first few */
	NAMES_SOME = 3,
	INDENT = 2
};

/* How many of so many are named. */
static size_t named_of(size_t count)
{
	return count > NAMES_ALL ? NAMES_SOME : count;
}

/* Coloured words, and behind them a text. */
static void add_opening(struct buf *b, bool colour, enum colour which, const char *words,
                        const char *text)
{
	buf_printf(b, "%*s", INDENT, "");
	colour_words(b, colour, which, words);
	layout_words(b, text, INDENT + layout_width(words), INDENT);
}

static void heading(struct buf *b, const struct plan_domain *domain, bool colour)
{
	colour_words(b, colour, COLOUR_HEADING, domain->shown);
	if (strcmp(domain->shown, domain->name) != 0) {
		bool fits = layout_width(domain->shown) + strlen(domain->name) + 3 <= LAYOUT_WIDTH;

		buf_printf(b, "%s(%s)", fits ? " " : "\n  ", domain->name);
	}
	buf_text(b, "\n");
}

static void recipients(struct buf *b, const struct plan_domain *domain)
{
	size_t named = named_of(domain->recipient_count);
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < named; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", domain->recipients[i]->shown);
	if (named < domain->recipient_count)
		buf_printf(&text, " and %zu more", domain->recipient_count - named);
	plan_hosts_line(b, "for", text.bytes);
	buf_free(&text);
}

/* ---- where the route comes from ---- */

/* What the DNS says of the answer about MX itself. */
static void add_answer(struct buf *b, const struct route *route)
{
	if (route->ttl || route->source == ROUTE_MX)
		buf_printf(b, ", TTL %u s", route->ttl);
	buf_printf(b, ", DNSSEC %s", route_security_name(route->security));
	if (route->security_reason && route->security != DNS_SECURE)
		buf_printf(b, " (%s)", route->security_reason);
}

static void add_rule(struct buf *b, struct arena *a, const struct route_rule *rule)
{
	buf_printf(b, "configured route, instead of MX: \"%s\"",
	           text_clean(a, rule->text, strlen(rule->text)));
	if (rule->origin)
		buf_printf(b, " (%s)", rule->origin);
}

/* Without any host or rule the verdict says it all. */
static void source(struct buf *b, const struct route *route)
{
	static const char *const words[] = {
		[ROUTE_MX] = "MX records",
		[ROUTE_IMPLICIT] = "implicit MX: no MX record, the name's own address",
		[ROUTE_LITERAL] = "address literal: no DNS",
		[ROUTE_CONFIGURED] = "configured route, instead of MX",
	};
	struct arena a = {0};
	struct buf text;

	if (!route->host_count && !route->excluded_count && !route->rule)
		return;
	buf_init(&text, PARAGRAPH_MAX);
	if (route->rule)
		add_rule(&text, &a, route->rule);
	else
		buf_text(&text, words[route->source]);
	if (route->rule ? route->rule->mx : route->source != ROUTE_LITERAL)
		add_answer(&text, route);
	plan_hosts_line(b, "source", text.bytes);
	buf_free(&text);
	arena_free(&a);
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

/* The policy in force, or why there is none although the domain seems to want one. */
static void policy(struct buf *b, const struct route *route)
{
	if (route->policy && !route->policy->none)
		plan_hosts_line(b, "MTA-STS", route->policy->reason);
}

/* What a person should know about a host that is tried all the same. */
static void remarks(struct buf *b, const struct route *route)
{
	struct arena a = {0};

	for (size_t i = 0; i < route->host_count; i++) {
		const struct route_host *host = &route->hosts[i];

		if (host->alias)
			plan_hosts_line(b, "note",
			                arena_printf(&a, "%s is an alias (CNAME) of %s, against "
			                                 "RFC 5321 5.1",
			                             host->name, host->alias));
		if (host->trouble)
			plan_hosts_line(b, "note",
			                arena_printf(&a, "%s: %s", host->name, host->trouble));
	}
	arena_free(&a);
}

/* ---- what would happen ---- */

static void verdict(struct buf *b, const struct status *s, bool colour)
{
	bool fails = s->class == 5;
	char code[16];
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	buf_printf(&text, "with %s, exit status %d: %s", status_code(s, code), status_exit(s),
	           s->text);
	add_opening(b, colour, fails ? COLOUR_BAD : COLOUR_DOUBT,
	            fails ? "would fail" : "would be put off", text.bytes);
	buf_free(&text);
}

static void prospect(struct buf *b, const struct route *route, bool colour)
{
	struct arena a = {0};

	add_opening(b, colour, COLOUR_GOOD, "would", prospect_words(&a, route));
	arena_free(&a);
}

void plan_text_domain(struct buf *b, const struct plan_domain *domain, bool colour)
{
	const struct route *route = &domain->route;

	heading(b, domain, colour);
	recipients(b, domain);
	source(b, route);
	aliases(b, route);
	policy(b, route);
	plan_hosts(b, route, colour);
	plan_hosts_tls(b, route);
	remarks(b, route);
	plan_hosts_left_out(b, route, colour);
	if (route->status.class == 2)
		prospect(b, route, colour);
	else
		verdict(b, &route->status, colour);
	buf_text(b, "\n");
}

/* ---- several domains ---- */

void plan_text_names(struct buf *b, const char *label, const struct delivery *delivery)
{
	size_t named = named_of(delivery->domain_count);
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < named; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", delivery->domains[i]->shown);
	if (named < delivery->domain_count)
		buf_printf(&text, " and %zu more", delivery->domain_count - named);
	layout_paragraph(b, label, text.bytes);
	buf_free(&text);
}

static void add_count(struct buf *b, size_t count, const char *one, const char *many)
{
	buf_printf(b, "%zu %s", count, count == 1 ? one : many);
}

static size_t count_class(const struct plan *plan, unsigned class)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->domain_count; i++)
		count += plan->domains[i].route.status.class == class;
	return count;
}

static const char *names_of_class(struct arena *a, const struct plan *plan, unsigned class,
                                  size_t count)
{
	size_t named = 0;
	const char *names;
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < plan->domain_count && named < named_of(count); i++) {
		const struct plan_domain *domain = &plan->domains[i];

		if (domain->route.status.class == class)
			buf_printf(&text, "%s%s", named++ ? ", " : "", domain->shown);
	}
	if (named < count)
		buf_printf(&text, " and %zu more", count - named);
	names = arena_bytes(a, text.bytes, text.size);
	buf_free(&text);
	return names;
}

/* "2 domains would fail: a.example, b.example" */
static void unreachable(struct buf *b, const struct plan *plan, unsigned class, bool colour)
{
	bool fails = class == 5;
	size_t count = count_class(plan, class);
	struct arena a = {0};
	const char *start;

	if (!count)
		return;
	start = arena_printf(&a, "%zu domain%s would %s:", count, count == 1 ? "" : "s",
	                     fails ? "fail" : "be put off");
	colour_words(b, colour, fails ? COLOUR_BAD : COLOUR_DOUBT, start);
	layout_words(b, names_of_class(&a, plan, class, count), layout_width(start), 0);
	arena_free(&a);
}

static int best_exit(const struct plan *plan)
{
	int exit = 0;

	for (size_t i = 0; i < plan->domain_count; i++)
		exit = status_worse_exit(exit, status_exit(&plan->domains[i].route.status));
	return exit;
}

void plan_text_end(struct buf *b, const struct plan *plan, bool colour)
{
	int exit = best_exit(plan);

	if (plan->domain_count < 2)
		return;
	for (size_t i = 0; i < plan->delivery_count; i++) {
		if (plan->deliveries[i].domain_count > 1)
			plan_text_names(b, "one connection for ", &plan->deliveries[i]);
	}
	add_count(b, plan->recipient_count, "recipient in ", "recipients in ");
	add_count(b, plan->domain_count, "domain: ", "domains: ");
	add_count(b, plan->delivery_count, "delivery", "deliveries");
	buf_text(b, "\n");
	unreachable(b, plan, 5, colour);
	unreachable(b, plan, 4, colour);
	/* 75 comes before all others; any other may still get worse */
	if (exit)
		buf_printf(b, "%sexit status %d\n", exit == EX_TEMPFAIL ? "" : "at best ", exit);
}
