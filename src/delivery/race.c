#include "delivery/race.h"

int64_t race_head_start(size_t silent)
{
	static const int64_t starts[] = {3000, 1000};

	return silent <= sizeof starts / sizeof *starts ? starts[silent - 1] : RACE_STEP;
}

/* Of those who are dialling: how many tiers, and since when the latest of them is silent. Whoever
   was silent in earlier races has used up so much of his time. */
struct past {
	size_t tiers;
	int64_t since;
};

/* In this tier, or in the others. */
static struct past look_back(const struct racer *racers, size_t count, unsigned tier, bool mates)
{
	struct past past = {.since = INT64_MIN};
	unsigned latest = 0;

	for (size_t i = 0; i < count; i++) {
		const struct racer *r = &racers[i];
		int64_t since = r->begun - r->waited;

		if (r->state != RACE_DIALLING || (r->tier == tier) != mates)
			continue;
		past.tiers += !past.tiers || r->tier != latest;
		past.since = since > past.since ? since : past.since;
		latest = r->tier;
	}
	return past;
}

/* The moment from which the next of this tier may be dialled: RACE_STEP after a mate that has not
   answered yet, else when the better tiers' head start is over; at once when nobody is waited for.
   */
static int64_t may_start(const struct racer *racers, size_t count, unsigned tier)
{
	struct past mates = look_back(racers, count, tier, true);
	struct past better = look_back(racers, count, tier, false);

	if (mates.tiers)
		return mates.since + RACE_STEP;
	return better.tiers ? better.since + race_head_start(better.tiers) : INT64_MIN;
}

static size_t first_idle(const struct racer *racers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (racers[i].state == RACE_IDLE)
			return i;
	}
	return RACE_NONE;
}

static bool is_open(const struct racer *r)
{
	return r->state == RACE_DIALLING || r->state == RACE_MUTE;
}

static size_t open_count(const struct racer *racers, size_t count)
{
	size_t open = 0;

	for (size_t i = 0; i < count; i++)
		open += is_open(&racers[i]);
	return open;
}

static int64_t patience_ends(const struct racer *r)
{
	return r->state == RACE_MUTE ? r->mute_until : r->begun + RACE_DIAL;
}

size_t race_next(const struct racer *racers, size_t count, int64_t now, int64_t *wake)
{
	size_t next = first_idle(racers, count);
	int64_t start;

	*wake = DEADLINE_NEVER;
	for (size_t i = 0; i < count; i++) {
		if (is_open(&racers[i]) && patience_ends(&racers[i]) < *wake)
			*wake = patience_ends(&racers[i]);
	}
	if (next == RACE_NONE || open_count(racers, count) >= DIAL_AT_ONCE_MAX)
		return RACE_NONE;
	start = may_start(racers, count, racers[next].tier);
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
	if (r->state == RACE_DIALLING)
		r->waited += now - r->begun;
	r->ended = now;
	r->dial.stream->ops->close(r->dial.stream);
	r->dial.stream = NULL;
	r->state = state;
}

static bool is_up(const struct racer *r, int64_t now)
{
	return r->state == RACE_UP || (r->state == RACE_MUTE && (r->dial.state == DIAL_HEARD ||
	                                                         r->mute_until <= now));
}

static size_t first_up(const struct racer *racers, size_t count, int64_t now)
{
	for (size_t i = 0; i < count; i++) {
		if (is_up(&racers[i], now))
			return i;
	}
	return RACE_NONE;
}

/* No descriptor is left on this machine: that says nothing about the server. Another connection of
   this race will give one back, or one of another delivery's that dials in vain. */
static bool put_back(struct racer *r, bool hope)
{
	if (r->state != RACE_FAILED || !r->dial.exhausted || !hope)
		return false;
	r->state = RACE_IDLE;
	return true;
}

/* Dial all that are due in this race, which began at start. Nobody is, once somebody stands:
   whoever is dialled then hears us hang up for nothing. */
static void begin_due(struct dialer *dialer, struct racer *racers, size_t count, int64_t start,
                      int64_t *wake)
{
	size_t next;

	*wake = DEADLINE_NEVER;
	while (first_up(racers, count, dialer->ops->now(dialer)) == RACE_NONE &&
	       (next = race_next(racers, count, dialer->ops->now(dialer), wake)) != RACE_NONE) {
		bool hope = open_count(racers, count) ||
		            dialer->ops->now(dialer) < start + RACE_DIAL;

		racers[next].dial = dialer->ops->begin(dialer, &racers[next].ip, racers[next].port);
		racers[next].begun = dialer->ops->now(dialer);
		racers[next].state = RACE_DIALLING;
		settle(&racers[next], racers[next].begun);
		if (put_back(&racers[next], hope)) {
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

/* Wait for one of those that are dialling or mute, or for the moment to dial the next. False when
   there is nothing to wait for, or the whole time is over. */
static bool await(struct dialer *dialer, struct racer *racers, size_t count, int64_t wake,
                  struct deadline until)
{
	struct dial *pending[DIAL_AT_ONCE_MAX];
	size_t number = 0;

	for (size_t i = 0; i < count && number < DIAL_AT_ONCE_MAX; i++) {
		if (is_open(&racers[i]))
			pending[number++] = &racers[i].dial;
	}
	if (!number && wake == DEADLINE_NEVER)
		return false;
	if (dialer->ops->wait(dialer, pending, number, deadline_at(until, wake)) ==
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
	int64_t start = dialer->ops->now(dialer), wake;

	do {
		expire(racers, count, dialer->ops->now(dialer));
		begin_due(dialer, racers, count, start, &wake);
		winner = first_up(racers, count, dialer->ops->now(dialer));
	} while (winner == RACE_NONE && await(dialer, racers, count, wake, until));
	for (size_t i = 0; i < count; i++) {
		if (i != winner && (racers[i].state == RACE_DIALLING || racers[i].state == RACE_UP))
			give_up(&racers[i], RACE_IDLE, dialer->ops->now(dialer));
	}
	if (winner != RACE_NONE)
		racers[winner].state = RACE_UP;
	return winner;
}
