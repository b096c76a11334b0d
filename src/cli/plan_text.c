#include "cli/plan_text.h"

#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/advice.h"
#include "cli/colour.h"
#include "cli/layout.h"
#include "cli/plan_hosts.h"
#include "cli/plan_source.h"
#include "cli/prospect.h"

enum {
	PARAGRAPH_MAX = 64 * 1024,
	NAMES_ALL = 6, /* so many recipients or domains are all named; of more, the first few */
	NAMES_SOME = 3,
	TIERS_TOLD = 8,
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

/* The other form of a name that has two. */
static const char *other_form(struct arena *a, const struct plan_domain *domain)
{
	if (strcmp(domain->shown, domain->name) != 0)
		return domain->name;
	return domain_readable(a, domain->name);
}

static void heading(struct buf *b, const struct plan_domain *domain, bool colour)
{
	struct arena a = {0};
	const char *other = other_form(&a, domain);

	colour_words(b, colour, COLOUR_HEADING, domain->shown);
	if (other) {
		size_t width = layout_width(domain->shown) + layout_width(other) + 3;

		buf_printf(b, "%s(%s)", width <= LAYOUT_WIDTH ? " " : "\n  ", other);
	}
	buf_text(b, "\n");
	arena_free(&a);
}

/* The recipients as people read them, or as they go over the wire. */
static void recipients(struct buf *b, const char *label, const struct plan_domain *domain,
                       bool wire)
{
	size_t named = named_of(domain->recipient_count);
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < named; i++) {
		const struct recipient *r = domain->recipients[i];

		buf_printf(&text, "%s%s", i ? ", " : "", wire ? r->wire : r->shown);
	}
	if (named < domain->recipient_count)
		buf_printf(&text, " and %zu more", domain->recipient_count - named);
	plan_hosts_line(b, label, text.bytes);
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

static void verdict(struct buf *b, const struct status *s, const struct plan_look *look)
{
	bool fails = s->class == 5;
	char code[16];
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	buf_printf(&text, "with %s, exit status %d: %s", status_code(s, code), status_exit(s),
	           look->brief ? "see below" : s->text);
	add_opening(b, look->colour, fails ? COLOUR_BAD : COLOUR_DOUBT,
	            fails ? "would fail" : "would be put off", text.bytes);
	buf_free(&text);
}

/* A line for each preference. */
static void tiers(struct buf *b, struct arena *a, const struct route *route)
{
	struct prospect_tier tier;
	size_t told = 0, untold = 0;

	for (size_t from = 0; from < route->host_count; from = tier.to) {
		unsigned preference = route->hosts[from].preference;

		tier = prospect_tier(route, from);
		if (told++ < TIERS_TOLD)
			layout_paragraph(b, arena_printf(a, "  %4u  ", preference),
			                 prospect_step(a, route, &tier));
		else
			untold += tier.to - from;
	}
	if (untold)
		buf_printf(b, "        and so on: %zu more host%s\n", untold,
		           untold == 1 ? "" : "s");
}

static void prospect(struct buf *b, const struct route *route, bool colour)
{
	const struct prospect_tier best = prospect_tier(route, 0);
	bool several = best.to < route->host_count;
	struct arena a = {0};

	add_opening(b, colour, COLOUR_GOOD, "would",
	            several ? prospect_order(&a, route) : prospect_step(&a, route, &best));
	if (several)
		tiers(b, &a, route);
	layout_paragraph(b, "  ", prospect_silence(&a, route));
	arena_free(&a);
}

void plan_text_domain(struct buf *b, const struct plan_domain *domain,
                      const struct plan_look *look)
{
	const struct route *route = &domain->route;
	const char *advice = advice_dns(route);

	heading(b, domain, look->colour);
	recipients(b, "for", domain, false);
	if (route->status.class == 2 && strcmp(domain->shown, domain->name) != 0)
		recipients(b, "RCPT", domain, true);
	plan_source(b, domain);
	policy(b, route);
	plan_hosts(b, route, look->colour);
	plan_hosts_tls(b, route);
	remarks(b, route);
	plan_hosts_left_out(b, route, look->colour);
	if (route->status.class == 2)
		prospect(b, route, look->colour);
	else
		verdict(b, &route->status, look);
	if (advice)
		plan_hosts_line(b, "advice", advice);
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

/* 75 comes before all others; any other may still get worse. */
static void add_exit(struct buf *b, const struct plan *plan)
{
	int exit = best_exit(plan);
	bool certain = exit == EX_TEMPFAIL || !plan->delivery_count;

	if (exit)
		buf_printf(b, "exit status %d%s\n", exit,
		           certain ? "" : ", if all goes well with the others");
}

static void several(struct buf *b, const struct plan *plan, bool colour)
{
	for (size_t i = 0; i < plan->delivery_count; i++) {
		if (plan->deliveries[i]->domain_count > 1)
			plan_text_names(b, "one connection for ", plan->deliveries[i]);
	}
	add_count(b, plan->recipient_count, "recipient in ", "recipients in ");
	add_count(b, plan->domain_count, "domain: ", "domains: ");
	add_count(b, plan->delivery_count, "delivery", "deliveries");
	buf_text(b, "\n");
	unreachable(b, plan, 5, colour);
	unreachable(b, plan, 4, colour);
	add_exit(b, plan);
}

/* One fact of the run, told once and not at each of a thousand domains. */
static void unchecked(struct buf *b, const struct plan *plan)
{
	const char *reason = NULL;
	size_t count = 0;
	struct arena a = {0};

	for (size_t i = 0; i < plan->domain_count; i++) {
		if (!plan_source_unchecked(&plan->domains[i]))
			continue;
		count++;
		if (!reason)
			reason = plan->domains[i].route.security_reason;
	}
	if (!reason)
		reason = "DNSSEC is not checked";
	if (count && count < plan->domain_count)
		reason = arena_printf(&a, "for %zu of %zu domains: %s", count, plan->domain_count,
		                      reason);
	if (count)
		layout_words(b, reason, 0, 0);
	arena_free(&a);
}

void plan_text_end(struct buf *b, const struct plan *plan, bool colour)
{
	size_t before = b->size;

	if (plan->domain_count > 1)
		several(b, plan, colour);
	unchecked(b, plan);
	if (b->size > before)
		buf_text(b, "\n");
}
