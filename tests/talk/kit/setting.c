#include "setting.h"

#include <string.h>

static const char *domain_of(const char *wire)
{
	const char *at = strrchr(wire, '@');

	return at ? at + 1 : "";
}

/* The domain of this name, made when it is new. */
static struct plan_domain *domain_get(struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->domain_count; i++) {
		if (strcmp(plan->domains[i].name, name) == 0)
			return &plan->domains[i];
	}
	plan->domains[plan->domain_count] = (struct plan_domain){
		.name = name,
		.shown = name,
		.recipients = arena_array(&plan->arena, plan->recipient_count,
	                                  sizeof(struct recipient *)),
	};
	return &plan->domains[plan->domain_count++];
}

static void add_recipients(struct plan *plan, const char *const *wires)
{
	for (size_t i = 0; i < plan->recipient_count; i++) {
		struct recipient *r = &plan->recipients[i];
		struct plan_domain *domain = domain_get(plan, domain_of(wires[i]));

		r->wire = r->shown = wires[i];
		r->address = (struct address){.local = wires[i],
		                              .domain = domain->name,
		                              .shown = domain->name};
		r->address.kind = DOMAIN_NAME;
		domain->recipients[domain->recipient_count++] = r;
	}
}

void setting_plan(struct plan *plan, struct route_host *hosts, size_t host_count,
                  const char *const *wires, size_t count)
{
	enum { DOMAIN_MAX = 16 };
	struct route route = {.source = ROUTE_MX,
	                      .hosts = hosts,
	                      .host_count = host_count,
	                      .status = {.class = 2}};
	struct delivery *d;

	*plan = (struct plan){.recipient_count = count};
	plan->recipients = arena_array(&plan->arena, count, sizeof *plan->recipients);
	plan->domains = arena_array(&plan->arena, DOMAIN_MAX, sizeof *plan->domains);
	plan->deliveries = arena_get(&plan->arena, sizeof(struct delivery *));
	plan->deliveries[0] = d = arena_get(&plan->arena, sizeof *d);
	plan->delivery_count = 1;
	add_recipients(plan, wires);
	d->domains = arena_array(&plan->arena, plan->domain_count, sizeof *d->domains);
	for (size_t i = 0; i < plan->domain_count; i++) {
		plan->domains[i].route = route;
		plan->domains[i].route.domain = plan->domains[i].name;
		plan->domains[i].delivery = 1;
		d->domains[d->domain_count++] = &plan->domains[i];
	}
	d->route = &plan->domains[0].route;
	d->recipient_count = count;
}

void setting_free(struct plan *plan)
{
	arena_free(&plan->deliveries[0]->arena);
	arena_free(&plan->arena);
}
