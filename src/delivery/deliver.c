#include "delivery/deliver.h"

#include "base/crew.h"
#include "base/memory.h"
#include "delivery/race.h"

#include <stdio.h>
#include <stdlib.h>

/* A candidate's side of a racer: which host it is, and what a first visit taught us. */
struct candidate {
	const struct route_host *host;
	char address[IP_TEXT];
	const char *tls_trouble; /* the handshake failed: the second visit is in clear */
	bool no_chunking;        /* BDAT failed: the second visit is without */
	bool secured;            /* the last visit spoke TLS */
	bool hurried;            /* the last visit waited for the greeting only GREETING_HURRY */
	bool again;              /* a second visit is worth it, once all others have had their turn
	                            */
	bool visited_again;
};

/* While another host is untried, a silent one gets so many milliseconds to greet us; when all
   others have failed it is visited once more, with all the patience of RFC 5321 4.5.3.2.1. Honest
   servers that make strangers wait do so for less. */
enum { GREETING_HURRY = 30 * 1000 };

struct work {
	struct delivery *delivery;
	const struct deliver_want *want;
	struct candidate *candidates; /* side by side with racers, in the order of the plan */
	struct racer *racers;
	size_t count;
	struct status put_off; /* why hosts that were reached did not serve us: the first temporary
	                          reason, else the first of all */
};

enum next { NEXT_NONE, NEXT_HOST };

/* What follows from a verdict on a recipient, in one place. First row that fits. */
static const struct {
	unsigned char class;
	bool maybe_delivered;
	enum next next;
} consequences[] = {
	{2, false, NEXT_NONE},
	{4, true, NEXT_NONE},  /* it may be there already: a second host would make it two (RULES.md
	                          B15) */
	{4, false, NEXT_HOST}, /* another exchanger may know better (RFC 5321 5.1) */
	{5, false, NEXT_NONE}, /* RFC 5321 4.2.1: the same request, the same answer */
	{0, false, NEXT_HOST}, /* refused as a whole, lost, or never asked */
};

static enum next next_of(const struct status *s)
{
	for (size_t row = 0; row < sizeof consequences / sizeof *consequences; row++) {
		if (consequences[row].class == s->class &&
		    consequences[row].maybe_delivered == s->maybe_delivered)
			return consequences[row].next;
	}
	return NEXT_NONE;
}

static bool is_open(const struct recipient *r)
{
	return next_of(&r->status) == NEXT_HOST;
}

/* Open, and not put off by this very address: asked again at once it would say the same. */
static bool is_due(const struct recipient *r, const struct candidate *c)
{
	return is_open(r) && !(c && r->status.class == 4 && r->status.address == c->address);
}

/* How many this candidate may still be asked for; NULL: how many are open at all. */
static size_t due_count(const struct delivery *d, const struct candidate *c)
{
	size_t count = 0;

	for (size_t i = 0; i < d->domain_count; i++) {
		for (size_t j = 0; j < d->domains[i]->recipient_count; j++)
			count += is_due(d->domains[i]->recipients[j], c);
	}
	return count;
}

static size_t open_count(const struct delivery *d)
{
	return due_count(d, NULL);
}

/* A reason why a host did not serve us. Temporary ones weigh more: in doubt it is temporary. Of
   several permanent ones all are told. */
static void note_reason(struct work *w, const struct status *reason)
{
	struct status *first = &w->put_off;

	if (!first->class || (first->class == 5 && reason->class == 4))
		*first = *reason;
	else if (first->class == 5 && reason->class == 5 && reason->reply)
		first->text = arena_printf(&w->delivery->arena, "%s; and %s [%s] said: %u %s",
		                           first->text, reason->host, reason->address,
		                           reason->reply, reason->text);
}

/* How the server was spoken to whose verdict this is; NULL when it is no server's. */
static const char *tls_of(const struct work *w, const struct status *verdict)
{
	for (size_t i = 0; i < w->count; i++) {
		if (verdict->address == w->candidates[i].address)
			return w->candidates[i].secured ? "opportunistic" : "none";
	}
	return NULL;
}

static void tell_result(const struct work *w, const struct recipient *r)
{
	w->want->report->result(w->want->report->context, r, tls_of(w, &r->status));
}

/* Take over what was decided about those who were due here, in their order. What is final is told at
   once. */
static void take_verdicts(struct work *w, const struct candidate *c, const struct plan_domain *domain,
                          const struct slot *slots)
{
	for (size_t i = 0; i < domain->recipient_count; i++) {
		struct recipient *r = domain->recipients[i];
		const struct slot *slot = slots;

		if (!is_due(r, c))
			continue;
		slots++;
		if (!slot->status.class)
			continue;
		r->status = slot->status;
		if (!is_open(r))
			tell_result(w, r);
	}
}

static size_t undecided(const struct slot *slots, size_t count)
{
	size_t open = 0;

	for (size_t i = 0; i < count; i++)
		open += !slots[i].status.class;
	return open;
}

static struct slot slot_of(const struct recipient *r)
{
	return (struct slot){
		.wire = r->wire,
		.utf8 = r->address.utf8,
		.notify = r->notify,
		.original = r->original,
	};
}

/* Transactions for one domain until everybody has an answer from this host, or it gives none. */
static void serve(struct work *w, const struct candidate *c, struct session *s,
                  const struct plan_domain *domain)
{
	struct slot *slots = memory_get(domain->recipient_count, sizeof *slots);
	struct envelope e = {
		.sender = w->want->sender,
		.dsn_return = w->want->dsn_return,
		.envelope_id = w->want->envelope_id,
		.slots = slots,
		.message = w->want->message,
	};
	size_t before;
	bool chunking;

	for (size_t i = 0; i < domain->recipient_count; i++) {
		if (is_due(domain->recipients[i], c))
			slots[e.count++] = slot_of(domain->recipients[i]);
	}
	do {
		before = undecided(slots, e.count);
		chunking = s->offers.chunking;
		if (before && session_usable(s))
			session_send(s, &e);
	} while (undecided(slots, e.count) < before || chunking != s->offers.chunking);
	take_verdicts(w, c, domain, slots);
	free(slots);
}

/* A run that stops before MAIL has found out for all recipients what it can. */
static void pass_all(struct work *w, const struct session *s)
{
	struct delivery *d = w->delivery;
	struct status good = status_good(s->stage, "the server is ready for mail", s->want.host,
	                                 s->want.address);

	for (size_t i = 0; i < d->domain_count; i++) {
		for (size_t j = 0; j < d->domains[i]->recipient_count; j++) {
			d->domains[i]->recipients[j]->status = good;
			tell_result(w, d->domains[i]->recipients[j]);
		}
	}
}

static void serve_all(struct work *w, const struct candidate *c, struct session *s)
{
	if (w->want->stop_after < STAGE_MAIL) {
		pass_all(w, s);
		return;
	}
	for (size_t i = 0; i < w->delivery->domain_count && session_usable(s); i++)
		serve(w, c, s, w->delivery->domains[i]);
}

static void tell_attempt(const struct work *w, const struct candidate *c, const struct session *s,
                         int64_t connect, int64_t session)
{
	struct deliver_attempt attempt = {
		.domain = w->delivery->domains[0]->name,
		.host = c->host->name,
		.address = c->address,
		.port = c->host->port,
		.stage = s->stage,
		.tls = s->secured ? &s->tls : NULL,
		.tls_trouble = s->tls_failed ? s->tls_failed : c->tls_trouble,
		.connect_ms = connect,
		.session_ms = session,
		.status = s->talk.fault,
	};

	if (!attempt.status.class)
		attempt.status = status_good(s->stage, "served", c->host->name, c->address);
	w->want->report->attempt(w->want->report->context, &attempt);
}

/* A host that ends a session between two transactions (LIMITS MAILMAX, or a taste for short
   sessions) is good for another one. After a 421 the others come first (RULES.md B4). */
static bool wants_short_sessions(const struct session *s)
{
	const struct status *fault = &s->talk.fault;

	return !fault->class || (fault->fault == FAULT_LOST && fault->stage == STAGE_MAIL);
}

/* Refused by policy before anybody was named: what is left to try is the other family of the same
   preference, where we have another address and perhaps another name (RULES.md B21). */
static void leave_other_family(struct work *w, size_t refused)
{
	const struct racer *r = &w->racers[refused];

	for (size_t i = 0; i < w->count; i++) {
		if (w->racers[i].state == RACE_IDLE &&
		    (w->racers[i].tier != r->tier || w->racers[i].ip.family == r->ip.family))
			w->racers[i].state = RACE_FAILED;
	}
}

/* What this visit says about the next. served: somebody has his verdict from it. */
static void learn(struct work *w, size_t i, const struct session *s, bool served)
{
	struct candidate *c = &w->candidates[i];
	const struct status *fault = &s->talk.fault;
	bool silent = c->hurried && fault->fault == FAULT_SILENT && fault->stage == STAGE_GREETING;

	if (fault->class)
		note_reason(w, fault);
	if (s->unfit.class)
		note_reason(w, &s->unfit);
	if (s->unfit.reply)
		leave_other_family(w, i);
	if (s->tls_failed)
		c->tls_trouble = s->tls_failed;
	c->no_chunking |= s->chunking_failed;
	c->again = (s->tls_failed || s->chunking_failed || silent ||
	            (served && fault->reply == 421)) &&
	           !c->visited_again;
	w->racers[i].state = RACE_FAILED;
	if (served && wants_short_sessions(s) && due_count(w->delivery, c))
		w->racers[i].state = RACE_IDLE;
}

static bool others_wait(const struct work *w)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->racers[i].state == RACE_IDLE)
			return true;
	}
	return false;
}

static void visit(struct work *w, size_t i, int64_t begun)
{
	struct candidate *c = &w->candidates[i];
	struct racer *racer = &w->racers[i];
	const bool literal = c->host->name[0] == '[';
	struct session_times times = *w->want->times;
	struct session_want want = {
		.host = c->host->name,
		.address = c->address,
		.sni = literal ? NULL : c->host->name,
		.hello = w->want->hello,
		.tls = c->tls_trouble ? NULL : w->want->tls,
		.chunking = !c->no_chunking,
		.stop_after = w->want->stop_after,
		.times = &times,
		.trace = w->want->trace,
		.texts = &w->delivery->arena,
		.until = w->want->until,
	};
	size_t before = open_count(w->delivery);
	struct dialer *dialer = w->want->dialer;
	int64_t up = dialer->ops->now(dialer);
	struct session session;
	bool open;

	c->hurried = !c->visited_again && others_wait(w) && times.greeting > GREETING_HURRY;
	if (c->hurried)
		times.greeting = GREETING_HURRY;
	open = session_open(&session, racer->dial.stream, &want);
	c->secured = session.secured;
	if (open)
		serve_all(w, c, &session);
	learn(w, i, &session, open_count(w->delivery) < before);
	tell_attempt(w, c, &session, up - begun, dialer->ops->now(dialer) - up);
	session_close(&session);
}

/* Those for whom TLS (or BDAT) failed come once more without, and those who broke off with a 421,
   now that all others have been tried. Opportunistic encryption that fails is no worse than none
   (RFC 7435); the report says so. */
static bool second_round(struct work *w)
{
	bool any = false;

	for (size_t i = 0; i < w->count; i++) {
		struct candidate *c = &w->candidates[i];

		if (!c->again || !due_count(w->delivery, c))
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

static void try_hosts(struct work *w)
{
	struct dialer *dialer = w->want->dialer;

	do {
		while (open_count(w->delivery) && time_left(w)) {
			int64_t begun = dialer->ops->now(dialer);
			size_t winner = race_run(dialer, w->racers, w->count, w->want->until);

			if (winner == RACE_NONE)
				break;
			visit(w, winner, begun);
		}
	} while (open_count(w->delivery) && time_left(w) && second_round(w));
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
			buf_printf(&text, "%s%s [%s]: %s", text.size ? "; " : "",
			           w->candidates[i].host->name, w->candidates[i].address,
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
		return status_of(FAULT_CANCELLED, STAGE_CONNECT, a,
		                 "cancelled before it was delivered");
	if (w->put_off.class == 4)
		return w->put_off;
	if (!time_left(w))
		return status_of(FAULT_EXPIRED, STAGE_CONNECT, a,
		                 "the time for this run is over; %s",
		                 silent ? silent : "no exchanger answered");
	if (silent && w->put_off.class)
		return status_of(FAULT_CONNECT, STAGE_CONNECT, a, "%s; %s [%s] said: %s", silent,
		                 w->put_off.host, w->put_off.address, w->put_off.text);
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

			if (!is_open(r))
				continue;
			if (!rest.class)
				rest = last_word(w);
			if (!r->status.class)
				r->status = rest;
			tell_result(w, r);
		}
	}
}

struct job {
	struct plan *plan;
	const struct deliver_want *want;
};

static void deliver_one(void *context, size_t number)
{
	const struct job *job = context;
	struct work w = {.delivery = &job->plan->deliveries[number], .want = job->want};

	lay_out(&w);
	try_hosts(&w);
	tell_rest(&w);
	free(w.racers);
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
			tell_result(&w, d->domains[i]->recipients[j]);
		}
	}
}

void deliver_plan(struct plan *plan, const struct deliver_want *want)
{
	struct job job = {plan, want};

	for (size_t i = 0; i < plan->recipient_count; i++) {
		if (plan->recipients[i].status.class)
			want->report->result(want->report->context, &plan->recipients[i], NULL);
	}
	if (want->stop_after > STAGE_ROUTE) {
		crew_run(want->parallel, plan->delivery_count, deliver_one, &job);
		return;
	}
	for (size_t i = 0; i < plan->delivery_count; i++)
		pass_route(want, &plan->deliveries[i]);
}
