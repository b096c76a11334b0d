#include "delivery/deliver.h"

#include "base/crew.h"
#include "base/memory.h"
#include "delivery/errand.h"
#include "delivery/probe.h"

#include <stdlib.h>

struct deliver {
	struct plan *plan;
	const struct deliver_want *want;
	struct crew *crew;
	struct work *works;  /* each at the number of its first domain: in the order of the plan */
	struct work **begun; /* those that the crew was given, in the order of beginning */
	size_t begun_count;
};

static void deliver_one(void *context, size_t number)
{
	const struct deliver *d = context;
	struct work *w = d->begun[number];

	errand_run(w);
	if (!w->want->everyone)
		work_close(w);
}

static struct work *work_of(const struct deliver *d, const struct delivery *delivery)
{
	return &d->works[delivery->domains[0] - d->plan->domains];
}

static void line_up(struct deliver *d, struct delivery *delivery)
{
	struct work *w = work_of(d, delivery);

	*w = (struct work){.delivery = delivery, .want = d->want};
	d->begun[d->begun_count++] = w;
}

static void deliver_all(struct deliver *d)
{
	size_t before = d->begun_count;

	for (size_t i = 0; i < d->plan->delivery_count; i++) {
		if (!d->plan->deliveries[i]->begun)
			line_up(d, d->plan->deliveries[i]);
	}
	crew_close(d->crew, d->begun_count - before);
	if (d->want->everyone)
		probe_rest(d->works, d->plan->domain_count, d->want);
	for (size_t i = 0; i < d->plan->delivery_count; i++) {
		struct work *w = work_of(d, d->plan->deliveries[i]);

		work_close(w);
		if (d->want->reach)
			reach_join(d->want->reach, &w->reach);
	}
}

/* A run that stops at the route: what the plan says is what would be tried. */
static void pass_route(const struct deliver_want *want, struct delivery *d)
{
	struct work w = {.delivery = d, .want = want};
	struct status good =
		status_good(STAGE_ROUTE, "would be tried", d->route->hosts[0].name, NULL);

	for (size_t i = 0; i < d->domain_count; i++) {
		for (size_t j = 0; j < d->domains[i]->recipient_count; j++) {
			d->domains[i]->recipients[j]->status = good;
			work_tell(&w, d->domains[i]->recipients[j]);
		}
	}
}

static void tell_unroutable(const struct deliver *d)
{
	for (size_t i = 0; i < d->plan->domain_count; i++) {
		const struct plan_domain *domain = &d->plan->domains[i];

		if (domain->delivery)
			continue;
		for (size_t j = 0; j < domain->recipient_count; j++)
			d->want->report->result(d->want->report->context, domain->recipients[j],
			                        NULL);
	}
}

struct deliver *deliver_open(struct plan *plan, const struct deliver_want *want)
{
	struct deliver *d = memory_get(1, sizeof *d);

	d->plan = plan;
	d->want = want;
	d->works = memory_get(plan->domain_count, sizeof *d->works);
	d->begun = memory_get(plan->domain_count, sizeof(struct work *));
	d->crew = crew_open(want->parallel, deliver_one, d);
	return d;
}

void deliver_begin(struct deliver *d, struct delivery *delivery)
{
	line_up(d, delivery);
	crew_add(d->crew, 1);
}

void deliver_close(struct deliver *d)
{
	tell_unroutable(d);
	if (d->want->stop_after > STAGE_ROUTE) {
		deliver_all(d);
	} else {
		crew_close(d->crew, 0);
		for (size_t i = 0; i < d->plan->delivery_count; i++)
			pass_route(d->want, d->plan->deliveries[i]);
	}
	free(d->begun);
	free(d->works);
	free(d);
}

void deliver_plan(struct plan *plan, const struct deliver_want *want)
{
	deliver_close(deliver_open(plan, want));
}
