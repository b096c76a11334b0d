#include "cli/plan_text.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/layout.h"

enum {
	PARAGRAPH_MAX = 64 * 1024,
	RECIPIENTS_ALL = 6,    /* so many are all named; of more, the first few */
	RECIPIENTS_SOME = 3,
	HOSTS_TOLD = 6,        /* in the sentence; the table has them all */
	PREFERENCE_WIDTH = 4   /* as wide as the title of its column */
};

static void label(struct buf *b, const char *name, const char *text)
{
	char start[32];

	snprintf(start, sizeof start, "  %-9s ", name);
	layout_paragraph(b, start, text);
}

static void heading(struct buf *b, const struct plan_domain *domain)
{
	buf_text(b, domain->shown);
	if (strcmp(domain->shown, domain->name) != 0)
		buf_printf(b, " (%s)", domain->name);
	buf_text(b, "\n");
}

static void recipients(struct buf *b, const struct plan_domain *domain)
{
	size_t named = domain->recipient_count;
	struct buf text;

	if (named > RECIPIENTS_ALL)
		named = RECIPIENTS_SOME;
	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < named; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", domain->recipients[i]->shown);
	if (named < domain->recipient_count)
		buf_printf(&text, " and %zu more", domain->recipient_count - named);
	label(b, "for", text.bytes);
	buf_free(&text);
}

/* Where the hosts come from, and through which CNAMEs. Without any host the verdict says it all. */
static void source(struct buf *b, const struct route *route)
{
	static const char *const words[] = {
		[ROUTE_MX] = "MX records",
		[ROUTE_IMPLICIT] = "implicit MX: no MX record, so the domain's own address",
		[ROUTE_LITERAL] = "address literal: no DNS",
		[ROUTE_CONFIGURED] = "configured route, instead of MX",
	};
	struct buf text;

	if (!route->host_count && !route->excluded_count && !route->alias_count)
		return;
	buf_init(&text, PARAGRAPH_MAX);
	buf_text(&text, words[route->source]);
	if (route->source == ROUTE_MX)
		buf_printf(&text, ", TTL %u s", route->ttl);
	for (size_t i = 0; i < route->alias_count; i++)
		buf_printf(&text, "%s%s", i ? " -> " : "; CNAME -> ", route->aliases[i]);
	label(b, "source", text.bytes);
	buf_free(&text);
}

static const char *host_name(struct arena *a, const struct route_host *host)
{
	if (host->port == SMTP_PORT)
		return host->name;
	return arena_printf(a, "%s:%u", host->name, host->port);
}

/* The first address beside the host, the others below it. */
static void host_rows(struct layout_table *t, const struct route_host *host)
{
	struct arena *a = t->arena;
	char ip[IP_TEXT];

	for (size_t i = 0; i < host->address_count; i++) {
		const char *address = arena_text(a, ip_print(&host->addresses[i], ip));
		const char *const first[LAYOUT_COLUMNS] = {
			arena_printf(a, "%u", host->preference), host_name(a, host), address,
			host->name[0] == '[' ? "-" : arena_printf(a, "%u", host->ttl),
			"opportunistic",
		};
		const char *const more[LAYOUT_COLUMNS] = {NULL, NULL, address};

		layout_row(t, i ? more : first);
	}
}

static void hosts(struct buf *b, const struct route *route)
{
	static const char *const titles[LAYOUT_COLUMNS] = {"pref", "host", "address", "TTL", "TLS"};
	struct arena a = {0};
	struct layout_table t = {.arena = &a, .indent = 2, .right = {[0] = true, [3] = true}};

	if (route->host_count) {
		layout_row(&t, titles);
		for (size_t i = 0; i < route->host_count; i++)
			host_rows(&t, &route->hosts[i]);
		layout_table(&t, b);
	}
	arena_free(&a);
}

/* What a person should know about a host that is tried all the same. */
static void remarks(struct buf *b, const struct route *route)
{
	struct arena a = {0};

	for (size_t i = 0; i < route->host_count; i++) {
		const struct route_host *host = &route->hosts[i];

		if (host->alias)
			label(b, "note", arena_printf(&a, "%s is an alias (CNAME) of %s",
			                              host->name, host->alias));
		if (host->trouble)
			label(b, "note", arena_printf(&a, "%s: %s", host->name, host->trouble));
	}
	arena_free(&a);
}

static void left_out(struct buf *b, const struct route *route)
{
	struct arena a = {0};
	struct layout_table t = {.arena = &a, .indent = 2};

	for (size_t i = 0; i < route->excluded_count; i++) {
		const struct route_excluded *out = &route->excluded[i];
		const char *const row[LAYOUT_COLUMNS] = {
			arena_printf(&a, "%*u", PREFERENCE_WIDTH, out->preference), out->host,
			out->reason,
		};

		layout_row(&t, row);
	}
	if (t.count) {
		buf_text(b, "  left out:\n");
		layout_table(&t, b);
	}
	arena_free(&a);
}

/* Hosts of one preference are raced, so that nobody can say which of them wins. */
static const char *between(const struct route *route, size_t host)
{
	const struct route_host *here = &route->hosts[host];

	if (!host)
		return "would try ";
	return here->preference == here[-1].preference ? " or " : ", then ";
}

static void prospect(struct buf *b, const struct route *route)
{
	size_t told = route->host_count < HOSTS_TOLD ? route->host_count : HOSTS_TOLD;
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < told; i++)
		buf_printf(&text, "%s%s", between(route, i), route->hosts[i].name);
	if (told < route->host_count)
		buf_printf(&text, ", then %zu more", route->host_count - told);
	buf_text(&text, "; with STARTTLS where it is offered");
	layout_paragraph(b, "  ", text.bytes);
	buf_free(&text);
}

static void verdict(struct buf *b, const struct status *s)
{
	char code[16];
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	buf_printf(&text, "%s: %s %s", s->class == 5 ? "would fail" : "would be put off",
	           status_code(s, code), s->text);
	layout_paragraph(b, "  ", text.bytes);
	buf_free(&text);
}

void plan_text_domain(struct buf *b, const struct plan_domain *domain)
{
	const struct route *route = &domain->route;

	heading(b, domain);
	recipients(b, domain);
	source(b, route);
	hosts(b, route);
	remarks(b, route);
	left_out(b, route);
	if (route->status.class == 2)
		prospect(b, route);
	else
		verdict(b, &route->status);
	buf_text(b, "\n");
}

static void shared(struct buf *b, const struct delivery *delivery)
{
	struct buf text;

	if (delivery->domain_count < 2)
		return;
	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < delivery->domain_count; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", delivery->domains[i]->shown);
	layout_paragraph(b, "one connection for ", text.bytes);
	buf_free(&text);
}

static void add_count(struct buf *b, size_t count, const char *one, const char *many)
{
	buf_printf(b, "%zu %s", count, count == 1 ? one : many);
}

void plan_text_end(struct buf *b, const struct plan *plan)
{
	size_t reachable = 0;

	if (plan->domain_count < 2)
		return;
	for (size_t i = 0; i < plan->delivery_count; i++) {
		shared(b, &plan->deliveries[i]);
		reachable += plan->deliveries[i].domain_count;
	}
	add_count(b, plan->recipient_count, "recipient in ", "recipients in ");
	add_count(b, plan->domain_count, "domain: ", "domains: ");
	add_count(b, plan->delivery_count, "delivery", "deliveries");
	if (reachable < plan->domain_count) {
		buf_text(b, ", ");
		add_count(b, plan->domain_count - reachable, "domain that takes no mail now",
		          "domains that take no mail now");
	}
	buf_text(b, "\n");
}
