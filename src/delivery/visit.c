#include "delivery/visit.h"

#include "base/memory.h"
#include "delivery/greeting.h"

#include <stdlib.h>

enum {
	/* While another host is untried, one that has begun to greet gets so many milliseconds to
	   come to the end; when all others have failed it is visited once more, with all the
	   patience of RFC 5321 4.5.3.2.1. */
	GREETING_HURRY = 30 * 1000,
	LOOK_PATIENCE = 30 * 1000 /* nobody's mail depends on a look, and somebody may watch */
};

/* Take over what was decided about those who were due here. What is final is told at once. */
static void take_verdicts(const struct work *w, struct recipient *const *asked,
                          const struct slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!slots[i].status.class)
			continue;
		asked[i]->status = slots[i].status;
		if (!work_open(asked[i]))
			work_tell(w, asked[i]);
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
		.domain = r->address.domain,
		.utf8 = r->address.utf8,
		.notify = r->notify,
		.original = r->original,
	};
}

static struct envelope envelope_of(const struct deliver_want *want, struct slot *slots)
{
	return (struct envelope){
		.sender = want->sender,
		.dsn_return = want->dsn_return,
		.envelope_id = want->envelope_id,
		.slots = slots,
		.message = want->message,
	};
}

/* Transactions until everybody has an answer from this host, or it gives none. */
static void transact(struct session *s, const struct envelope *e)
{
	size_t before;
	bool chunking;

	do {
		before = undecided(e->slots, e->count);
		chunking = s->offers.chunking;
		if (before && session_usable(s))
			session_send(s, e);
	} while (undecided(e->slots, e->count) < before || chunking != s->offers.chunking);
}

/* Who is to be named, domain by domain: those who are due at this candidate, all for NULL. Into
   asked, of which there is room for all. */
static size_t gather(const struct delivery *d, const struct candidate *c, struct recipient **asked)
{
	size_t count = 0;

	for (size_t i = 0; i < d->domain_count; i++) {
		for (size_t j = 0; j < d->domains[i]->recipient_count; j++) {
			struct recipient *r = d->domains[i]->recipients[j];

			if (!c || work_due(r, c))
				asked[count++] = r;
		}
	}
	return count;
}

/* All domains of the delivery together, as far as the server takes them so. */
static void serve(const struct work *w, const struct candidate *c, struct session *s)
{
	struct delivery *d = w->delivery;
	struct recipient **asked = memory_get(d->recipient_count, sizeof(struct recipient *));
	size_t count = gather(d, c, asked);
	struct slot *slots = memory_get(count, sizeof *slots);
	struct envelope e = envelope_of(w->want, slots);

	for (; e.count < count; e.count++)
		slots[e.count] = slot_of(asked[e.count]);
	transact(s, &e);
	if (c)
		take_verdicts(w, asked, slots, count);
	free(slots);
	free(asked);
}

/* A run that stops before MAIL has found out for all recipients what it can. */
static void pass_all(struct work *w, const struct session *s)
{
	struct delivery *d = w->delivery;
	/* Who was not asked for his name has said nothing about mail. */
	const char *words = s->stage == STAGE_CONNECT ? "the server takes the connection"
	                                              : "the server is ready for mail";
	struct status good = status_good(s->stage, words, s->want.host, s->want.address);

	for (size_t i = 0; i < d->domain_count; i++) {
		for (size_t j = 0; j < d->domains[i]->recipient_count; j++) {
			d->domains[i]->recipients[j]->status = good;
			work_tell(w, d->domains[i]->recipients[j]);
		}
	}
}


static struct deliver_attempt attempt_of(const struct work *w, size_t i)
{
	const struct candidate *c = &w->candidates[i];
	const struct racer *r = &w->racers[i];

	return (struct deliver_attempt){
		.domain = w->delivery->domains[0]->name,
		.delivery = w->delivery,
		.host_number = (size_t)(c->host - w->delivery->route->hosts),
		.host = c->host->name,
		.address = c->address,
		.port = c->host->port,
		.stage = STAGE_CONNECT,
		.connect_ms = r->ended - r->begun,
	};
}

static void tell(const struct work *w, const struct deliver_attempt *attempt)
{
	w->want->report->attempt(w->want->report->context, attempt);
}

static void tell_attempt(const struct work *w, size_t i, const struct session *s, int64_t up)
{
	const struct candidate *c = &w->candidates[i];
	struct dialer *dialer = w->want->dialer;
	struct deliver_attempt attempt = attempt_of(w, i);

	attempt.stage = s->stage;
	attempt.tls = s->secured ? &s->tls : NULL;
	attempt.tls_trouble = s->tls_failed ? s->tls_failed : c->tls_trouble;
	attempt.tls_failure = s->tls_failure;
	attempt.tls_failing = s->tls_failing;
	attempt.local = w->racers[i].dial.local.family ? &w->racers[i].dial.local : NULL;
	attempt.heard = &s->heard;
	attempt.spent_ms = s->talk.spent;
	attempt.session_ms = dialer->ops->now(dialer) - up;
	attempt.status = s->talk.fault;
	if (!attempt.status.class)
		attempt.status = status_good(s->stage, "served", c->host->name, c->address);
	tell(w, &attempt);
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
		work_reason(w, fault);
	if (s->unfit.class)
		work_reason(w, &s->unfit);
	if (s->unfit.reply)
		leave_other_family(w, i);
	if (s->tls_failed)
		c->tls_trouble = s->tls_failed;
	c->no_chunking |= s->chunking_failed;
	c->again = (s->tls_failed || s->chunking_failed || silent ||
	            (served && fault->reply == 421)) &&
	           !c->visited_again;
	w->racers[i].state = RACE_FAILED;
	if (served && wants_short_sessions(s) && work_due_count(w, c))
		w->racers[i].state = RACE_IDLE;
}

/* What its domains ask of the host is the same; one of them may want to know what would be if it
   asked for more. */
static const struct duty *duty_of(const struct work *w, const struct candidate *c)
{
	size_t number = (size_t)(c->host - w->delivery->route->hosts);

	for (size_t i = 0; i < w->delivery->domain_count; i++) {
		const struct duty *duty = &w->delivery->domains[i]->route.hosts[number].duty;

		if (duty->tls.watched)
			return duty;
	}
	return &c->host->duty;
}

static struct session_want want_of(const struct work *w, const struct candidate *c)
{
	const struct duty *duty = duty_of(w, c);

	return (struct session_want){
		.host = c->host->name,
		.address = c->address,
		.sni = duty->sni,
		.duty = &duty->tls,
		.duty_name = duty->name,
		.duty_reason = duty->reason,
		.require_tls = duty->require,
		.hello = w->want->hello,
		.tls = c->tls_trouble || duty->none ? NULL : w->want->tls,
		.chunking = !c->no_chunking,
		.stop_after = w->want->stop_after,
		.times = w->want->times,
		.trace = w->want->trace,
		.texts = &w->delivery->arena,
		.until = w->want->until,
	};
}

void visit_host(struct work *w, size_t i)
{
	struct candidate *c = &w->candidates[i];
	struct session_times times = *w->want->times;
	struct session_want want = want_of(w, c);
	size_t before = work_due_count(w, NULL);
	struct dialer *dialer = w->want->dialer;
	int64_t stood = w->racers[i].ended, since = dialer->ops->now(dialer) - stood;
	struct session session;
	bool open;

	c->visited = true;
	times.greeting -= since;
	c->hurried = greeting_others(w) && !c->visited_again && times.greeting > GREETING_HURRY;
	if (c->hurried)
		times.greeting = GREETING_HURRY;
	want.times = &times;
	open = session_open(&session, w->racers[i].dial.stream, &want);
	if (session.talk.spent[STAGE_GREETING] >= 0) /* it waited before the session, too */
		session.talk.spent[STAGE_GREETING] += since;
	c->secured = session.secured;
	if (open && want.stop_after < STAGE_MAIL)
		pass_all(w, &session);
	else if (open)
		serve(w, c, &session);
	learn(w, i, &session, work_due_count(w, NULL) < before);
	tell_attempt(w, i, &session, stood);
	session_close(&session);
}

void visit_look(const struct work *w, size_t i, struct arena *texts)
{
	static const struct session_times times = {
		.greeting = LOOK_PATIENCE,
		.hello = LOOK_PATIENCE,
		.mail = LOOK_PATIENCE,
		.rcpt = LOOK_PATIENCE,
		.data = LOOK_PATIENCE,
		.block = LOOK_PATIENCE,
		.end = LOOK_PATIENCE,
	};
	struct session_want want = want_of(w, &w->candidates[i]);
	struct dialer *dialer = w->want->dialer;
	int64_t up = dialer->ops->now(dialer);
	struct session session;
	bool open;

	want.times = &times;
	want.texts = texts;
	open = session_open(&session, w->racers[i].dial.stream, &want);
	if (open && want.stop_after >= STAGE_MAIL)
		serve(w, NULL, &session);
	tell_attempt(w, i, &session, up);
	session_close(&session);
}

void visit_none(const struct work *w, size_t i, const struct status *reason, struct arena *texts)
{
	struct deliver_attempt attempt = attempt_of(w, i);

	if (reason)
		attempt.stage = reason->stage;
	if (reason && reason->stage == STAGE_CONNECT && !attempt.connect_ms)
		attempt.connect_ms = -1;
	attempt.status = reason ? *reason
	                        : status_of(FAULT_CONNECT, STAGE_CONNECT, texts, "%s",
	                                    w->racers[i].trouble);
	attempt.status.host = attempt.host;
	attempt.status.address = attempt.address;
	tell(w, &attempt);
}
