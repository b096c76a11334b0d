#include "delivery/errand.h"

#include "base/memory.h"
#include "delivery/greeting.h"
#include "delivery/visit.h"

#include <inttypes.h>
#include <stdio.h>

/* Those for whom TLS (or BDAT) failed come once more without, and those who broke off with a 421,
   now that all others have been tried. Opportunistic encryption that fails is no worse than none
   (RFC 7435); the report says so. */
static bool second_round(struct work *w)
{
	bool any = false;

	for (size_t i = 0; i < w->count; i++) {
		struct candidate *c = &w->candidates[i];

		if (!c->again || !work_due_count(w, c))
			continue;
		c->again = false;
		c->visited_again = true;
		w->racers[i].state = RACE_IDLE;
		any = true;
	}
	return any;
}

static bool time_left(const struct work *w)
{
	struct dialer *dialer = w->want->dialer;

	return dialer->ops->now(dialer) < w->want->until.at && !deadline_cancelled(w->want->until);
}

static void trace_dial(const struct work *w, size_t i, const char *words)
{
	const struct talk_trace *trace = w->want->trace;
	const struct racer *r = &w->racers[i];
	char line[200];

	snprintf(line, sizeof line, "%s, port %u, after %" PRId64 " ms", words, r->port,
	         r->ended - r->begun);
	trace->line(trace->context, w->candidates[i].host->name, w->candidates[i].address, '*',
	            line);
}

/* How this race ended for those who will run in no other. */
static void trace_race(struct work *w, size_t winner)
{
	for (size_t i = 0; w->want->trace && i < w->count; i++) {
		const struct racer *r = &w->racers[i];
		bool failed = r->state == RACE_FAILED && r->trouble;

		if (i == winner && !r->mute_until)
			trace_dial(w, i, "connected");
		else if (failed && !w->candidates[i].told)
			trace_dial(w, i, r->trouble);
	}
}

/* Its dial in the race that began then was cut off because another host had answered, and it had
   had its time before others. */
static bool overtaken(const struct racer *r, int64_t start)
{
	return r->state == RACE_IDLE && !r->stood && r->begun >= start &&
	       r->ended - r->begun >= RACE_STEP;
}

static void tell_dial(const struct work *w, size_t i, const char *winner)
{
	const struct racer *r = &w->racers[i];
	struct arena texts = {0};
	struct status reason;

	if (r->state == RACE_FAILED) {
		visit_none(w, i, NULL, &texts);
	} else {
		reason = status_of(FAULT_CONNECT, STAGE_CONNECT, &texts,
		                   "no answer when %s had answered", winner);
		visit_none(w, i, &reason, &texts);
	}
	arena_free(&texts);
}

/* Who came before the winner and did not answer, for whoever looks at a dry run: a delivery only
   has its record, and a probe will tell of everybody. */
static void tell_race(struct work *w, size_t winner, int64_t start)
{
	bool looks = w->want->stop_after < STAGE_DATA && !w->want->everyone;

	for (size_t i = 0; i < w->count; i++) {
		const struct racer *r = &w->racers[i];
		bool failed = r->state == RACE_FAILED && r->trouble && !w->candidates[i].told;

		if (looks && (failed || (winner != RACE_NONE && overtaken(r, start))))
			tell_dial(w, i, winner == RACE_NONE ? NULL : w->candidates[winner].address);
		w->candidates[i].told |= failed;
	}
}

/* The mute may keep us for minutes: the second round is not put off for them. */
static bool anybody_left(struct work *w)
{
	return work_has(w, RACE_IDLE) || second_round(w) || work_has(w, RACE_MUTE);
}

static void try_hosts(struct work *w)
{
	struct dialer *dialer = w->want->dialer;

	while (work_due_count(w, NULL) && time_left(w) && anybody_left(w)) {
		int64_t start = dialer->ops->now(dialer);
		size_t winner = race_run(dialer, w->racers, w->count, w->want->until);

		trace_race(w, winner);
		tell_race(w, winner, start);
		if (winner != RACE_NONE && greeting_comes(w, winner))
			visit_host(w, winner);
	}
	greeting_drop(w);
}

static void lay_out(struct work *w)
{
	const struct route *route = w->delivery->route;
	size_t count = 0, tier = 0;

	for (size_t i = 0; i < route->host_count; i++)
		count += route->hosts[i].address_count;
	/* Verdicts point to their addresses */
	w->candidates = arena_array(&w->delivery->arena, count, sizeof *w->candidates);
	w->racers = memory_get(count, sizeof *w->racers);
	for (size_t i = 0; i < route->host_count; i++) {
		const struct route_host *host = &route->hosts[i];

		tier += i && host->preference != route->hosts[i - 1].preference;
		for (size_t j = 0; j < host->address_count; j++, w->count++) {
			w->candidates[w->count].host = host;
			ip_print(&host->addresses[j], w->candidates[w->count].address);
			w->racers[w->count] = (struct racer){.ip = host->addresses[j],
			                                     .port = host->port,
			                                     .tier = (unsigned)tier};
		}
	}
}

static const char *unreached(struct work *w)
{
	struct buf text;
	const char *copy;

	buf_init(&text, 1500);
	for (size_t i = 0; i < w->count; i++) {
		const struct racer *r = &w->racers[i];

		if (r->state == RACE_FAILED && r->trouble)
			buf_printf(&text, "%s%s: %s", text.size ? "; " : "",
			           work_where(w, w->candidates[i].host->name,
			                      w->candidates[i].address),
			           r->trouble);
	}
	copy = text.size ? arena_bytes(&w->delivery->arena, text.bytes, text.size) : NULL;
	buf_free(&text);
	return copy;
}

/* What those have coming whom no host has answered for. */
static struct status last_word(struct work *w)
{
	struct arena *a = &w->delivery->arena;
	const char *silent = unreached(w);

	if (deadline_cancelled(w->want->until))
		return status_of(FAULT_CANCELLED, STAGE_CONNECT, a, "cancelled before it was %s",
		                 w->want->stop_after < STAGE_DATA ? "found out" : "delivered");
	if (w->put_off.class == 4)
		return w->put_off;
	if (!time_left(w))
		return status_of(FAULT_EXPIRED, STAGE_CONNECT, a,
		                 "the time for this run is over; %s",
		                 silent ? silent : "no exchanger answered");
	if (silent && w->put_off.class)
		return status_of(FAULT_CONNECT, STAGE_CONNECT, a, "%s; %s said: %s", silent,
		                 work_where(w, w->put_off.host, w->put_off.address),
		                 w->put_off.text);
	if (silent)
		return status_of(FAULT_CONNECT, STAGE_CONNECT, a, "%s", silent);
	if (w->put_off.class)
		return w->put_off;
	return status_of(FAULT_LOST, STAGE_CONNECT, a, "no exchanger served this recipient");
}

static void tell_rest(struct work *w)
{
	struct status rest = {0};

	for (size_t i = 0; i < w->delivery->domain_count; i++) {
		for (size_t j = 0; j < w->delivery->domains[i]->recipient_count; j++) {
			struct recipient *r = w->delivery->domains[i]->recipients[j];

			if (!work_open(r))
				continue;
			if (!rest.class)
				rest = last_word(w);
			if (!r->status.class)
				r->status = rest;
			work_tell(w, r);
		}
	}
}

void errand_run(struct work *w)
{
	lay_out(w);
	try_hosts(w);
	tell_rest(w);
}
