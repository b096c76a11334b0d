#include "route/plan.h"

#include "base/text.h"
#include "route/policy.h"

/* Numbers found again by what they stand for: open addressing, at most half full. */
struct index {
	struct slot {
		uint64_t hash;
		size_t number; /* from 1; 0: free */
	} *slots;
	size_t mask;
};

typedef bool same_function(const struct plan *plan, size_t one, size_t other);

static void index_begin(struct index *index, struct arena *a, size_t most)
{
	size_t room = 8;

	while (room < 2 * most)
		room *= 2;
	index->slots = arena_array(a, room, sizeof *index->slots);
	index->mask = room - 1;
}

/* The number entered before that stands for the same, or number itself, now entered. */
static size_t index_enter(struct index *index, uint64_t hash, size_t number,
                          const struct plan *plan, same_function *same)
{
	size_t i = hash & index->mask;

	for (; index->slots[i].number; i = (i + 1) & index->mask) {
		size_t before = index->slots[i].number - 1;

		if (index->slots[i].hash == hash && same(plan, before, number))
			return before;
	}
	index->slots[i] = (struct slot){hash, number + 1};
	return number;
}

/* As address_same sees it: an IPv6 literal can be written in many ways. */
static uint64_t recipient_hash(const struct address *address)
{
	char text[IP_TEXT];

	if (address->kind == DOMAIN_LITERAL)
		return text_hash(address->local, text_hash(ip_print(&address->ip, text), 0));
	return text_hash(address->local, text_hash(address->domain, 0));
}

static bool recipient_same(const struct plan *plan, size_t one, size_t other)
{
	return address_same(&plan->recipients[one].address, &plan->recipients[other].address);
}

/* A20: the same local part and the same domain without case is the same mailbox. */
static void collect_recipients(struct plan *plan, struct arena *scratch,
                               const struct address *addresses, size_t count)
{
	struct index index;

	plan->recipients = arena_array(&plan->arena, count, sizeof *plan->recipients);
	index_begin(&index, scratch, count);
	for (size_t i = 0; i < count; i++) {
		struct recipient *r = &plan->recipients[plan->recipient_count];
		uint64_t hash = recipient_hash(&addresses[i]);
		size_t number = plan->recipient_count;

		r->address = addresses[i];
		if (index_enter(&index, hash, number, plan, recipient_same) != number)
			continue;
		r->wire = address_wire(&plan->arena, &r->address);
		r->shown = address_shown(&plan->arena, &r->address);
		plan->recipient_count++;
	}
}

static bool domain_same(const struct plan *plan, size_t one, size_t other)
{
	return text_same(plan->domains[one].name, plan->domains[other].name);
}

/* Find each recipient's domain and count its recipients; of[] says which domain is whose. */
static void count_domains(struct plan *plan, struct arena *scratch, size_t *of)
{
	struct index index;

	index_begin(&index, scratch, plan->recipient_count);
	for (size_t i = 0; i < plan->recipient_count; i++) {
		const struct address *address = &plan->recipients[i].address;
		struct plan_domain *next = &plan->domains[plan->domain_count];

		*next = (struct plan_domain){.name = address->domain, .shown = address->shown};
		of[i] = index_enter(&index, text_hash(address->domain, 0), plan->domain_count, plan,
		                    domain_same);
		plan->domain_count += of[i] == plan->domain_count;
		plan->domains[of[i]].recipient_count++;
	}
}

static void collect_domains(struct plan *plan, struct arena *scratch)
{
	size_t *of = arena_array(scratch, plan->recipient_count, sizeof *of);

	plan->domains = arena_array(&plan->arena, plan->recipient_count, sizeof *plan->domains);
	count_domains(plan, scratch, of);
	for (size_t i = 0; i < plan->domain_count; i++) {
		struct plan_domain *d = &plan->domains[i];

		d->recipients =
			arena_array(&plan->arena, d->recipient_count, sizeof(struct recipient *));
		d->recipient_count = 0;
	}
	for (size_t i = 0; i < plan->recipient_count; i++) {
		struct plan_domain *d = &plan->domains[of[i]];

		d->recipients[d->recipient_count++] = &plan->recipients[i];
	}
}

static bool find_route(struct plan *plan, const struct facts *facts, size_t number)
{
	struct plan_domain *d = &plan->domains[number];

	return route_find(facts, &plan->arena, &d->recipients[0]->address, number, &d->route);
}

static void expire(struct plan *plan, struct route *route)
{
	route->status = status_of(FAULT_EXPIRED, STAGE_ROUTE, &plan->arena,
	                          "the time was over before the DNS had answered");
}

/* MTA-STS policies for all whose routes wait for them, side by side. */
static bool fetch_policies(struct plan *plan, const struct facts *facts, bool *known,
                           struct deadline until)
{
	if (!facts->policies || !policies_fetch(facts->policies, until))
		return false;
	for (size_t i = 0; i < plan->domain_count; i++)
		known[i] = known[i] || find_route(plan, facts, i);
	return true;
}

/* Ask for all domains, then go on with each whose answer has come, until all routes are known. */
static void find_routes(struct plan *plan, const struct facts *facts, struct arena *scratch,
                        struct deadline until)
{
	bool *known = arena_array(scratch, plan->domain_count, sizeof *known);
	size_t asker;

	for (size_t i = 0; i < plan->domain_count; i++)
		known[i] = find_route(plan, facts, i);
	do {
		while (dns_wait(facts->dns, until, &asker)) {
			if (asker < plan->domain_count && !known[asker])
				known[asker] = find_route(plan, facts, asker);
		}
	} while (fetch_policies(plan, facts, known, until));
	for (size_t i = 0; i < plan->domain_count; i++) {
		if (!known[i])
			expire(plan, &plan->domains[i].route);
	}
}

static bool delivery_same(const struct plan *plan, size_t one, size_t other)
{
	return route_same(plan->deliveries[one].route, plan->deliveries[other].route);
}

static void count_deliveries(struct plan *plan, struct arena *scratch, size_t *of)
{
	struct index index;

	index_begin(&index, scratch, plan->domain_count);
	for (size_t i = 0; i < plan->domain_count; i++) {
		const struct route *route = &plan->domains[i].route;

		if (route->status.class != 2)
			continue;
		plan->deliveries[plan->delivery_count] = (struct delivery){.route = route};
		of[i] = index_enter(&index, route_hash(route), plan->delivery_count, plan,
		                    delivery_same);
		plan->delivery_count += of[i] == plan->delivery_count;
		plan->deliveries[of[i]].domain_count++;
	}
}

static void fail_domain(const struct plan_domain *d)
{
	for (size_t i = 0; i < d->recipient_count; i++)
		d->recipients[i]->status = d->route.status;
}

/* A18: domains with the same route become one delivery. */
static void collect_deliveries(struct plan *plan, struct arena *scratch)
{
	size_t *of = arena_array(scratch, plan->domain_count, sizeof *of);

	plan->deliveries = arena_array(&plan->arena, plan->domain_count, sizeof *plan->deliveries);
	count_deliveries(plan, scratch, of);
	for (size_t i = 0; i < plan->delivery_count; i++) {
		struct delivery *d = &plan->deliveries[i];

		d->domains =
			arena_array(&plan->arena, d->domain_count, sizeof(struct plan_domain *));
		d->domain_count = 0;
	}
	for (size_t i = 0; i < plan->domain_count; i++) {
		struct plan_domain *domain = &plan->domains[i];
		struct delivery *d = &plan->deliveries[of[i]];

		if (domain->route.status.class != 2) {
			fail_domain(domain);
			continue;
		}
		domain->delivery = of[i] + 1;
		d->domains[d->domain_count++] = domain;
		d->recipient_count += domain->recipient_count;
	}
}

void plan_make(struct plan *plan, const struct facts *facts, const struct address *addresses,
               size_t count, struct deadline until)
{
	struct arena scratch = {0};

	*plan = (struct plan){0};
	collect_recipients(plan, &scratch, addresses, count);
	collect_domains(plan, &scratch);
	find_routes(plan, facts, &scratch, until);
	collect_deliveries(plan, &scratch);
	arena_free(&scratch);
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->delivery_count; i++)
		arena_free(&plan->deliveries[i].arena);
	arena_free(&plan->arena);
}
