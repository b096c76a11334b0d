#include "delivery/race.h"

/* What of the earlier racers decides when this one may start. */
struct past {
	int64_t last;      /* begin of the latest attempt in this tier, or INT64_MIN */
	int64_t tier_from; /* begin of the latest attempt in the tiers before, or INT64_MIN */
	size_t pending;
};

static struct past look_back(const struct racer *racers, size_t count, unsigned tier)
{
	struct past past = {.last = INT64_MIN, .tier_from = INT64_MIN};

	for (size_t i = 0; i < count; i++) {
		int64_t *latest = racers[i].tier == tier ? &past.last : &past.tier_from;

		if (racers[i].state != RACE_DIALLING)
			continue;
		past.pending++;
		if (racers[i].begun > *latest)
			*latest = racers[i].begun;
	}
	return past;
}

/* The moment from which racer may be dialled: RACE_STEP after a tier mate that has not answered
   yet, RACE_TIER after the last of a better tier that has not; at once when nobody is being waited
   for. */
static int64_t may_start(const struct past *past)
{
	int64_t step = past->last == INT64_MIN ? INT64_MIN : past->last + RACE_STEP;
	int64_t tier = past->last != INT64_MIN || past->tier_from == INT64_MIN
	                       ? INT64_MIN
	                       : past->tier_from + RACE_TIER;

	return step > tier ? step : tier;
}

static size_t first_idle(const struct racer *racers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (racers[i].state == RACE_IDLE)
			return i;
	}
	return RACE_NONE;
}

size_t race_next(const struct racer *racers, size_t count, int64_t now, int64_t *wake)
{
	size_t next = first_idle(racers, count);
	struct past past;
	int64_t start;

	*wake = DEADLINE_NEVER;
	for (size_t i = 0; i < count; i++) {
		if (racers[i].state == RACE_DIALLING && racers[i].begun + RACE_DIAL < *wake)
			*wake = racers[i].begun + RACE_DIAL;
	}
	if (next == RACE_NONE)
		return RACE_NONE;
	past = look_back(racers, count, racers[next].tier);
	if (past.pending >= DIAL_AT_ONCE_MAX)
		return RACE_NONE;
	start = may_start(&past);
	if (start <= now)
		return next;
	if (start < *wake)
		*wake = start;
	return RACE_NONE;
}

static void settle(struct racer *r, int64_t now)
{
	if (r->dial.state == DIAL_PENDING)
		return;
	r->ended = now;
	r->state = r->dial.state == DIAL_UP ? RACE_UP : RACE_FAILED;
	r->stood |= r->dial.state == DIAL_UP;
	r->trouble = r->dial.trouble;
}

static void give_up(struct racer *r, enum race_state state, int64_t now)
{
	r->ended = now;
	r->dial.stream->ops->close(r->dial.stream);
	r->dial.stream = NULL;
	r->state = state;
}

static size_t first_up(const struct racer *racers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (racers[i].state == RACE_UP)
			return i;
	}
	return RACE_NONE;
}

static bool anybody_dialling(const struct racer *racers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (racers[i].state == RACE_DIALLING)
			return true;
	}
	return false;
}

/* No descriptor is left on this machine: that says nothing about the server. While another attempt
   of this race may give one back, this one waits. */
static bool put_back(struct racer *r, bool others)
{
	if (r->state != RACE_FAILED || !r->dial.exhausted || !others)
		return false;
	r->state = RACE_IDLE;
	return true;
}

/* Dial all that are due. Nobody is, once somebody stands: whoever is dialled then hears us hang up
   for nothing. */
static void begin_due(struct dialer *dialer, struct racer *racers, size_t count, int64_t *wake)
{
	size_t next;

	*wake = DEADLINE_NEVER;
	while (first_up(racers, count) == RACE_NONE &&
	       (next = race_next(racers, count, dialer->ops->now(dialer), wake)) != RACE_NONE) {
		bool others = anybody_dialling(racers, count);

		racers[next].dial = dialer->ops->begin(dialer, &racers[next].ip, racers[next].port);
		racers[next].begun = dialer->ops->now(dialer);
		racers[next].state = RACE_DIALLING;
		settle(&racers[next], racers[next].begun);
		if (put_back(&racers[next], others)) {
			*wake = racers[next].begun + RACE_STEP;
			return;
		}
	}
}

static void expire(struct racer *racers, size_t count, int64_t now)
{
	for (size_t i = 0; i < count; i++) {
		if (racers[i].state != RACE_DIALLING || now < racers[i].begun + RACE_DIAL)
			continue;
		racers[i].trouble = "connection timed out";
		racers[i].dial.cause = DIAL_SILENT;
		give_up(&racers[i], RACE_FAILED, now);
	}
}

/* Wait for one of those that are dialling. False when there is none, or the whole time is over. */
static bool await(struct dialer *dialer, struct racer *racers, size_t count, int64_t wake,
                  struct deadline until)
{
	struct dial *pending[DIAL_AT_ONCE_MAX];
	size_t number = 0;

	for (size_t i = 0; i < count && number < DIAL_AT_ONCE_MAX; i++) {
		if (racers[i].state == RACE_DIALLING)
			pending[number++] = &racers[i].dial;
	}
	if (!number || dialer->ops->wait(dialer, pending, number, deadline_at(until, wake)) ==
	                       DEADLINE_CANCELLED)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (racers[i].state == RACE_DIALLING)
			settle(&racers[i], dialer->ops->now(dialer));
	}
	return dialer->ops->now(dialer) < until.at;
}

size_t race_run(struct dialer *dialer, struct racer *racers, size_t count, struct deadline until)
{
	size_t winner = RACE_NONE;
	int64_t wake;

	do {
		expire(racers, count, dialer->ops->now(dialer));
		begin_due(dialer, racers, count, &wake);
		winner = first_up(racers, count);
	} while (winner == RACE_NONE && await(dialer, racers, count, wake, until));
	for (size_t i = 0; i < count; i++) {
		if (i != winner && (racers[i].state == RACE_DIALLING || racers[i].state == RACE_UP))
			give_up(&racers[i], RACE_IDLE, dialer->ops->now(dialer));
	}
	return winner;
}
