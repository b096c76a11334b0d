/* From domains to routes, and from routes to deliveries. */

#include "route/plan_index.h"

#include "base/text.h"
#include "route/claim.h"
#include "route/policy.h"

/* How far a domain has come. */
struct progress {
	bool named;                /* it is known what its hosts can be called */
	bool known;                /* its route is */
	size_t first;              /* the first domain with the same route; */
	size_t count;              /* there: how many they are */
	struct delivery *delivery; /* NULL: none yet */
};

struct search {
	struct plan *plan;
	const struct facts *facts;
	const struct plan_watch *watch;
	struct arena *scratch;
	struct progress *progress; /* by domain */
	size_t unnamed, unknown;   /* domains */
	struct plan_index routes;  /* domains by their routes */
	struct claims claims;
	bool claimed;
};

/* ---- deliveries ---- */

static bool leads_same(const struct plan *plan, size_t one, size_t other)
{
	return route_same(&plan->domains[one].route, &plan->domains[other].route);
}

static bool is_open(const struct search *s, size_t number)
{
	return s->plan->domains[number].route.status.class == 2 && !s->progress[number].delivery;
}

/* Domains with the same route are matched in ascending order, and then joined. */
static void match(struct search *s, size_t number)
{
	const struct route *route = &s->plan->domains[number].route;
	struct progress *p = &s->progress[number];

	p->first = plan_index_enter(&s->routes, route_hash(route), number, s->plan, leads_same);
	s->progress[p->first].count++;
}

static struct delivery *delivery_new(struct plan *plan, const struct route *route, size_t domains)
{
	struct delivery *d = arena_get(&plan->arena, sizeof *d);

	d->route = route;
	d->domains = arena_array(&plan->arena, domains, sizeof(struct plan_domain *));
	return d;
}

/* A18: domains with the same route become one delivery. */
static void join(struct search *s, size_t number)
{
	struct plan_domain *domain = &s->plan->domains[number];
	struct progress *p = &s->progress[number], *first = &s->progress[p->first];

	if (p == first)
		p->delivery = delivery_new(s->plan, &domain->route, p->count);
	p->delivery = first->delivery;
	p->delivery->domains[p->delivery->domain_count++] = domain;
	p->delivery->recipient_count += domain->recipient_count;
}

static void tell(struct search *s, size_t number)
{
	struct progress *p = &s->progress[number];

	if (p->first != number)
		return;
	p->delivery->begun = true;
	s->watch->settled(s->watch->context, p->delivery);
}

/* ---- while others are still being looked for ---- */

/* Those who have this host for their best: whoever has the same route is among them. */
static bool meets(const struct search *s, size_t number, const char *host)
{
	return is_open(s, number) && text_same(s->plan->domains[number].route.hosts[0].name, host);
}

/* All who claim this name are found. */
static void settle(void *context, const char *name, const struct claimant *first)
{
	struct search *s = context;
	const struct claimant *c;

	for (c = first; c; c = c->next) {
		if (meets(s, c->number, name))
			match(s, c->number);
	}
	for (c = first; c; c = c->next) {
		if (meets(s, c->number, name))
			join(s, c->number);
	}
	for (c = first; c; c = c->next) {
		struct delivery *d = s->progress[c->number].delivery;

		if (d && !d->begun)
			tell(s, c->number);
	}
}

/* The last ones are not told: they need not wait for others. */
static void found(struct search *s, size_t number)
{
	if (s->progress[number].known && s->unknown)
		claims_found(&s->claims, &s->plan->domains[number].route, settle, s);
}

static void claim_all(struct search *s)
{
	for (size_t i = 0; i < s->plan->domain_count; i++)
		claims_add(&s->claims, s->scratch, &s->plan->domains[i].route, i);
	s->claimed = true;
	for (size_t i = 0; i < s->plan->domain_count; i++)
		found(s, i);
}

/* ---- routes ---- */

/* True: the route is known now, and was not before. */
static bool look(struct search *s, size_t number)
{
	struct progress *p = &s->progress[number];
	struct plan_domain *d = &s->plan->domains[number];

	if (p->known)
		return false;
	p->known = route_find(s->facts, &s->plan->arena, &d->recipients[0]->address, number,
	                      &d->route);
	s->unknown -= p->known;
	if (!p->named && (p->known || claim_known(&d->route))) {
		p->named = true;
		s->unnamed--;
	}
	return p->known;
}

/* Who shares a delivery with whom is open as long as one domain's hosts have no names. */
static void go_on(struct search *s, size_t number)
{
	bool new = look(s, number);

	if (!s->watch || s->unnamed)
		return;
	if (!s->claimed)
		claim_all(s);
	else if (new)
		found(s, number);
}

/* MTA-STS policies for all whose routes wait for them, side by side. */
static bool fetch_policies(struct search *s, struct deadline until)
{
	struct policies *policies = s->facts->policies;

	if (!policies || !policies_fetch(policies, until))
		return false;
	for (size_t i = 0; i < s->plan->domain_count; i++)
		go_on(s, i);
	return true;
}

/* Ask for all domains, then go on with each whose answer has come, until all routes are known. */
static void find_routes(struct search *s, struct deadline until)
{
	size_t count = s->plan->domain_count;
	size_t asker;

	s->unnamed = s->unknown = count;
	for (size_t i = 0; i < count; i++)
		look(s, i);
	do {
		while (dns_wait(s->facts->dns, until, &asker)) {
			if (asker < count)
				go_on(s, asker);
		}
	} while (fetch_policies(s, until));
	for (size_t i = 0; i < count; i++) {
		if (!s->progress[i].known)
			s->plan->domains[i].route.status =
				status_of(FAULT_EXPIRED, STAGE_ROUTE, &s->plan->arena,
			                  "the time was over before the DNS had answered");
	}
}

/* ---- the whole ---- */

static void fail_domain(const struct plan_domain *d)
{
	for (size_t i = 0; i < d->recipient_count; i++)
		d->recipients[i]->status = d->route.status;
}

/* The first domain of a delivery gives it its place in the plan. */
static void number_deliveries(struct search *s)
{
	struct plan *plan = s->plan;

	plan->deliveries = arena_array(&plan->arena, plan->domain_count, sizeof(struct delivery *));
	for (size_t i = 0; i < plan->domain_count; i++) {
		struct progress *p = &s->progress[i];

		if (!p->delivery)
			continue;
		if (p->first == i)
			plan->deliveries[plan->delivery_count++] = p->delivery;
		plan->domains[i].delivery =
			p->first == i ? plan->delivery_count : plan->domains[p->first].delivery;
	}
}

static void make_whole(struct search *s)
{
	struct plan *plan = s->plan;

	for (size_t i = 0; i < plan->domain_count; i++) {
		if (plan->domains[i].route.status.class != 2)
			fail_domain(&plan->domains[i]);
		else if (is_open(s, i))
			match(s, i);
	}
	for (size_t i = 0; i < plan->domain_count; i++) {
		if (is_open(s, i))
			join(s, i);
	}
	number_deliveries(s);
	plan->whole = true;
}

void plan_find(struct plan *plan, const struct facts *facts, struct deadline until,
               const struct plan_watch *watch)
{
	struct arena scratch = {0};
	struct search search = {
		.plan = plan,
		.facts = facts,
		.watch = watch,
		.scratch = &scratch,
		.progress = arena_array(&scratch, plan->domain_count, sizeof *search.progress),
	};

	plan_index_begin(&search.routes, &scratch, plan->domain_count);
	find_routes(&search, until);
	make_whole(&search);
	claims_free(&search.claims);
	arena_free(&scratch);
}
