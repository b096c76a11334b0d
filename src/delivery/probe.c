#include "delivery/probe.h"

#include "base/crew.h"
#include "base/memory.h"
#include "delivery/visit.h"

#include <stdlib.h>
#include <string.h>

/* One address of one host. */
struct stop {
	struct work *work;
	size_t index;
};

/* All stops, those of one host in a row. */
struct tour {
	const struct deliver_want *want;
	struct stop *stops;
	size_t count;
	size_t *hosts; /* where each host's stops begin; one more at the end */
	size_t host_count;
};

static const struct candidate *candidate_of(const struct stop *s)
{
	return &s->work->candidates[s->index];
}

static int compare_hosts(const struct stop *one, const struct stop *other)
{
	const struct route_host *a = candidate_of(one)->host, *b = candidate_of(other)->host;
	int order = strcmp(a->name, b->name);

	return order ? order : (int)a->port - (int)b->port;
}

static int compare_addresses(const struct stop *one, const struct stop *other)
{
	int order = compare_hosts(one, other);

	return order ? order : strcmp(candidate_of(one)->address, candidate_of(other)->address);
}

/* Who was met already stands before others at the same address; else the order of the plan. */
static int compare_stops(const void *one, const void *other)
{
	const struct stop *a = one, *b = other;
	int order = compare_addresses(a, b);

	if (order)
		return order;
	order = candidate_of(b)->visited - candidate_of(a)->visited;
	return order ? order : (a->work > b->work) - (a->work < b->work);
}

static void gather(struct tour *t, struct work *works, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += works[i].count;
	t->stops = memory_get(total, sizeof *t->stops);
	t->hosts = memory_get(total + 1, sizeof *t->hosts);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < works[i].count; j++)
			t->stops[t->count++] = (struct stop){&works[i], j};
	}
	if (total)
		qsort(t->stops, total, sizeof *t->stops, compare_stops);
	for (size_t i = 0; i < total; i++) {
		if (!i || compare_hosts(&t->stops[i - 1], &t->stops[i]))
			t->hosts[t->host_count++] = i;
	}
	t->hosts[t->host_count] = total;
}

static bool time_left(const struct work *w)
{
	struct dialer *dialer = w->want->dialer;

	return dialer->ops->now(dialer) < w->want->until.at && !deadline_cancelled(w->want->until);
}

/* The time for the run is over, or it was cancelled, perhaps in the midst of this dial. */
static void tell_cut(const struct work *w, size_t i, struct arena *texts)
{
	bool cancelled = deadline_cancelled(w->want->until);
	bool dialled = w->racers[i].ended > w->racers[i].begun;
	struct status reason =
		status_of(cancelled ? FAULT_CANCELLED : FAULT_EXPIRED, STAGE_CONNECT, texts,
	                  "%s %s", dialled ? "no answer before" : "not visited:",
	                  cancelled ? "the run was cancelled" : "the time for this run was over");

	visit_none(w, i, &reason, texts);
}

/* Nobody is waited for longer than PROBE_DIAL. */
static void dial(struct work *w, size_t i)
{
	struct racer *r = &w->racers[i];

	r->state = RACE_IDLE;
	r->trouble = NULL;
	race_run(w->want->dialer, r, 1, deadline_in(w->want->until, PROBE_DIAL));
	if (r->state != RACE_IDLE || !time_left(w))
		return;
	r->state = RACE_FAILED;
	r->trouble = "connection timed out";
	r->dial.cause = DIAL_SILENT;
}

static void visit_stop(const struct stop *stop)
{
	struct work *w = stop->work;
	struct racer *r = &w->racers[stop->index];
	struct arena texts = {0};

	/* Whose dial has failed is not dialled again: silence costs its time only once. */
	if (!(r->state == RACE_FAILED && r->trouble) && time_left(w))
		dial(w, stop->index);
	if (r->state == RACE_UP)
		visit_look(w, stop->index, &texts);
	else if (r->state == RACE_FAILED && r->trouble)
		visit_none(w, stop->index, NULL, &texts);
	else
		tell_cut(w, stop->index, &texts);
	arena_free(&texts);
}

static bool told_already(const struct tour *t, size_t i)
{
	const struct stop *stop = &t->stops[i];

	return candidate_of(stop)->visited ||
	       (t->want->stop_after < STAGE_MAIL && i && !compare_addresses(stop - 1, stop));
}

static void visit_stops(void *context, size_t host)
{
	const struct tour *t = context;

	for (size_t i = t->hosts[host]; i < t->hosts[host + 1]; i++) {
		if (!told_already(t, i))
			visit_stop(&t->stops[i]);
	}
}

void probe_rest(struct work *works, size_t count, const struct deliver_want *want)
{
	struct tour t = {.want = want};

	gather(&t, works, count);
	crew_run(want->parallel, t.host_count, visit_stops, &t);
	free(t.stops);
	free(t.hosts);
}
