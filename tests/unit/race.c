/* What delivery/race.h promises. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "delivery/race.h"

/* ---- the decision alone ---- */

static struct racer racer(unsigned tier, enum race_state state, int64_t begun)
{
	return (struct racer){.tier = tier, .state = state, .begun = begun};
}

static void check_next(const struct racer *racers, size_t count, int64_t now, size_t expected,
                       int64_t expected_wake)
{
	int64_t wake = 0;
	size_t next = race_next(racers, count, now, &wake);

	assert_int_equal(next, expected);
	if (next == RACE_NONE)
		assert_int_equal(wake, expected_wake);
}

static void the_first_starts_at_once(void **state)
{
	struct racer racers[2] = {racer(0, RACE_IDLE, 0), racer(0, RACE_IDLE, 0)};

	(void)state;
	check_next(racers, 2, 5000, 0, 0);
	check_next(racers, 0, 5000, RACE_NONE, DEADLINE_NEVER);
}

static void a_tier_mate_waits_a_step(void **state)
{
	struct racer racers[3] = {racer(0, RACE_DIALLING, 1000), racer(0, RACE_IDLE, 0),
	                          racer(0, RACE_IDLE, 0)};

	(void)state;
	check_next(racers, 3, 1000, RACE_NONE, 1000 + RACE_STEP);
	check_next(racers, 3, 1000 + RACE_STEP - 1, RACE_NONE, 1000 + RACE_STEP);
	check_next(racers, 3, 1000 + RACE_STEP, 1, 0);
	racers[1] = racer(0, RACE_DIALLING, 1000 + RACE_STEP);
	check_next(racers, 3, 1000 + RACE_STEP, RACE_NONE, 1000 + 2 * RACE_STEP);
}

static void a_failure_lets_the_next_start(void **state)
{
	struct racer racers[3] = {racer(0, RACE_FAILED, 1000), racer(0, RACE_IDLE, 0),
	                          racer(1, RACE_IDLE, 0)};

	(void)state;
	check_next(racers, 3, 1001, 1, 0);
	racers[1].state = RACE_FAILED;
	check_next(racers, 3, 1002, 2, 0);
	racers[2].state = RACE_FAILED;
	check_next(racers, 3, 1003, RACE_NONE, DEADLINE_NEVER);
}

static void the_next_tier_waits_longer(void **state)
{
	struct racer racers[4] = {racer(0, RACE_DIALLING, 1000), racer(0, RACE_DIALLING, 1200),
	                          racer(1, RACE_IDLE, 0), racer(1, RACE_IDLE, 0)};

	(void)state;
	check_next(racers, 4, 1200, RACE_NONE, 4200);
	check_next(racers, 4, 4200, 2, 0);
	racers[2] = racer(1, RACE_DIALLING, 4200);
	check_next(racers, 4, 4200, RACE_NONE, 4200 + RACE_STEP);
	/* Once its head start is over, a failure in the worse tier does not bring it back. */
	racers[2].state = RACE_FAILED;
	check_next(racers, 4, 4201, 3, 0);
}

static void the_more_are_silent_the_shorter_the_head_start(void **state)
{
	struct racer racers[5] = {racer(0, RACE_DIALLING, 1000), racer(1, RACE_DIALLING, 4000),
	                          racer(1, RACE_DIALLING, 4200), racer(2, RACE_IDLE, 0),
	                          racer(3, RACE_IDLE, 0)};

	(void)state;
	assert_int_equal(race_head_start(1), 3000);
	assert_int_equal(race_head_start(2), 1000);
	assert_int_equal(race_head_start(3), RACE_STEP);
	assert_int_equal(race_head_start(1000), RACE_STEP);
	check_next(racers, 5, 4200, RACE_NONE, 5200);
	check_next(racers, 5, 5200, 3, 0);
	racers[3] = racer(2, RACE_DIALLING, 5200);
	check_next(racers, 5, 5200, RACE_NONE, 5200 + RACE_STEP);
	/* A preference that has failed is not silent: the other one has all its time. */
	racers[1].state = racers[2].state = racers[3].state = RACE_FAILED;
	check_next(racers, 5, 3999, RACE_NONE, 4000);
	check_next(racers, 5, 4000, 4, 0);
}

static void silence_in_an_earlier_race_counts(void **state)
{
	struct racer racers[2] = {racer(0, RACE_DIALLING, 5000), racer(1, RACE_IDLE, 0)};

	(void)state;
	racers[0].waited = 2900;
	check_next(racers, 2, 5000, RACE_NONE, 5100);
	racers[0].waited = 3100;
	check_next(racers, 2, 5000, 1, 0);
}

static void nobody_waits_for_the_mute(void **state)
{
	struct racer racers[2] = {racer(0, RACE_MUTE, 1000), racer(1, RACE_IDLE, 0)};

	(void)state;
	racers[0].mute_until = 9000;
	check_next(racers, 2, 2000, 1, 0);
	racers[1].state = RACE_FAILED;
	check_next(racers, 2, 2000, RACE_NONE, 9000);
}

static void an_idle_mate_goes_before_the_next_tier(void **state)
{
	struct racer racers[3] = {racer(0, RACE_DIALLING, 1000), racer(0, RACE_IDLE, 0),
	                          racer(1, RACE_IDLE, 0)};

	(void)state;
	check_next(racers, 3, 7000, 1, 0);
}

static void who_is_dialling_too_long_wakes_us(void **state)
{
	struct racer racers[2] = {racer(0, RACE_DIALLING, 1000), racer(0, RACE_DIALLING, 900)};

	(void)state;
	check_next(racers, 2, 2000, RACE_NONE, 900 + RACE_DIAL);
}

static void so_many_and_no_more_are_pending(void **state)
{
	enum { COUNT = DIAL_AT_ONCE_MAX + 1 };
	struct racer racers[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		racers[i] = racer(0, i < DIAL_AT_ONCE_MAX ? RACE_DIALLING : RACE_IDLE, 1000);
	racers[7].state = RACE_MUTE;
	racers[7].mute_until = INT64_MAX;
	check_next(racers, COUNT, 25000, RACE_NONE, 1000 + RACE_DIAL);
	racers[5].state = RACE_FAILED;
	check_next(racers, COUNT, 25000, COUNT - 1, 0);
}

/* ---- the race, in a world with a clock of its own ---- */

enum fate { UP, REFUSED, SILENT, UP_AT_ONCE, UNREACHABLE, EXHAUSTED };

struct door {
	enum fate fate;
	int64_t after; /* milliseconds until it shows */
	int64_t room;   /* exhausted: from when there are descriptors again, by the clock; then up */
	int64_t speaks; /* up: when it says something, by the clock; 0: never */
	int64_t begun; /* filled in: when it was dialled last; -1: never */
	unsigned times;
};

struct fake_stream {
	struct stream stream;
	struct fake *fake;
	const struct door *door;
	int64_t settles;
};

struct fake {
	struct dialer dialer;
	struct door *doors; /* that of 192.0.2.i is the i-th */
	size_t open, most;  /* streams now, and ever */
	int64_t now, cancelled_at;
};

static void fake_close(struct stream *s)
{
	struct fake_stream *f = (struct fake_stream *)s;

	f->fake->open--;
	free(f);
}

static struct dial fake_begin(struct dialer *d, const struct ip *ip, uint16_t port)
{
	static const struct stream_ops ops = {.close = fake_close};
	struct fake *f = (struct fake *)d;
	struct door *door = &f->doors[ip->bytes[3]];
	struct fake_stream *s;

	assert_int_equal(port, 25);
	door->begun = f->now;
	door->times++;
	if (door->fate == UNREACHABLE)
		return (struct dial){.state = DIAL_FAILED, .trouble = "no route to host"};
	if (door->fate == EXHAUSTED && f->now < door->room)
		return (struct dial){
			.state = DIAL_FAILED, .trouble = "no descriptor", .exhausted = true};
	s = memory_get(1, sizeof *s);
	*s = (struct fake_stream){.stream = {.ops = &ops}, .fake = f, .door = door};
	s->settles = door->fate == SILENT ? INT64_MAX : f->now + door->after;
	f->open++;
	f->most = f->open > f->most ? f->open : f->most;
	return (struct dial){.stream = &s->stream,
	                     .state = door->fate == UP_AT_ONCE ? DIAL_UP : DIAL_PENDING};
}

static int64_t ready_at(const struct dial *dial)
{
	const struct fake_stream *s = (const struct fake_stream *)dial->stream;

	if (dial->state == DIAL_PENDING)
		return s->settles;
	assert_int_equal(dial->state, DIAL_UP);
	return s->door->speaks ? s->door->speaks : INT64_MAX;
}

static void fake_settle(struct dial *dial)
{
	struct fake_stream *s = (struct fake_stream *)dial->stream;

	if (dial->state == DIAL_UP) {
		dial->state = DIAL_HEARD;
		return;
	}
	if (s->door->fate == UP || s->door->fate == EXHAUSTED) {
		dial->state = DIAL_UP;
		return;
	}
	*dial = (struct dial){.state = DIAL_FAILED, .trouble = "connection refused"};
	fake_close(&s->stream);
}

static int fake_wait(struct dialer *d, struct dial *dials[], size_t count, struct deadline until)
{
	struct fake *f = (struct fake *)d;
	int64_t first = until.at;
	int ready = 0;

	assert_true(count <= DIAL_AT_ONCE_MAX);
	for (size_t i = 0; i < count; i++) {
		int64_t moment = ready_at(dials[i]);

		first = moment < first ? moment : first;
	}
	if (f->cancelled_at <= first) {
		f->now = f->cancelled_at;
		return DEADLINE_CANCELLED;
	}
	assert_int_not_equal(first, DEADLINE_NEVER);
	f->now = first > f->now ? first : f->now;
	for (size_t i = 0; i < count; i++) {
		if (ready_at(dials[i]) > f->now)
			continue;
		fake_settle(dials[i]);
		ready++;
	}
	return ready;
}

static int64_t fake_now(struct dialer *d)
{
	return ((struct fake *)d)->now;
}

static void fake_init(struct fake *f, struct door *doors, size_t count)
{
	static const struct dialer_ops ops = {fake_begin, fake_wait, fake_now};

	*f = (struct fake){.dialer = {.ops = &ops},
	                   .doors = doors,
	                   .now = 10000,
	                   .cancelled_at = INT64_MAX};
	for (size_t i = 0; i < count; i++) {
		doors[i].begun = -1;
		doors[i].times = 0;
	}
}

/* Racers beside the doors; two tiers, the second from index `second` on. */
static void line_up(struct racer *racers, size_t count, size_t second)
{
	for (size_t i = 0; i < count; i++) {
		racers[i] =
			(struct racer){.ip = {.family = AF_INET, .bytes = {192, 0, 2, (uint8_t)i}},
		                       .port = 25};
		racers[i].tier = i >= second;
	}
}

static const struct deadline never = {.at = DEADLINE_NEVER, .cancel_fd = -1};

/* Who wins, when, and when each was dialled (milliseconds after the start; -1: never). */
struct race_case {
	const char *name;
	size_t count, second;
	struct door doors[4];
	size_t winner;
	int64_t at, begun[4];
};

/* What is behind a door, at once or later. */
#define IS(what) {.fate = what}
#define LATER(what, milliseconds) {.fate = what, .after = milliseconds}

static const struct race_case cases[] = {
	{"the first answers", 2, 2, {LATER(UP, 100), IS(UP)}, 0, 100, {0, -1}},
	{"up at once", 2, 2, {IS(UP_AT_ONCE), IS(UP)}, 0, 0, {0, -1}},
	{"a dead family", 2, 2, {IS(SILENT), LATER(UP, 80)}, 1, 280, {0, 200}},
	{"late, but first", 2, 2, {LATER(UP, 250), LATER(UP, 80)}, 0, 250, {0, 200}},
	{"the better of two at once", 2, 2, {LATER(UP, 280), LATER(UP, 80)}, 0, 280, {0, 200}},
	{"refused is at once", 3, 2, {IS(REFUSED), IS(UNREACHABLE), IS(UP)}, 2, 0, {0, 0, 0}},
	{"refused later", 2, 1, {LATER(REFUSED, 120), LATER(UP, 5)}, 1, 125, {0, 120}},
	{"the next tier waits", 2, 1, {IS(SILENT), LATER(UP, 40)}, 1, 3040, {0, 3000}},
	{"late and better", 2, 1, {LATER(UP, 3500), LATER(UP, 900)}, 0, 3500, {0, 3000}},
	{"steps and tiers", 4, 2, {IS(SILENT), IS(SILENT), IS(SILENT), LATER(UP, 7)}, 3, 3407,
	 {0, 200, 3200, 3400}},
	{"a step after the latest, although the first has failed", 3, 3,
	 {LATER(REFUSED, 210), IS(SILENT), IS(UP)}, 2, 400, {0, 200, 400}},
	{"nobody", 3, 2, {IS(SILENT), IS(REFUSED), IS(UNREACHABLE)}, RACE_NONE, 30000,
	 {0, 200, 3000}},
};

static void races(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct race_case *c = &cases[i];
		struct racer racers[4];
		struct door doors[4];
		struct fake f;
		size_t winner;

		memcpy(doors, c->doors, sizeof doors);
		fake_init(&f, doors, 4);
		line_up(racers, c->count, c->second);
		winner = race_run(&f.dialer, racers, c->count, never);
		if (winner != c->winner || f.now != 10000 + c->at)
			fail_msg("%s: %zd wins after %jd", c->name, (ssize_t)winner,
			         (intmax_t)f.now - 10000);
		for (size_t j = 0; j < c->count; j++) {
			int64_t begun = doors[j].begun < 0 ? -1 : doors[j].begun - 10000;

			if (begun != c->begun[j])
				fail_msg("%s: %zu was dialled after %jd", c->name, j,
				         (intmax_t)begun);
		}
		assert_int_equal(f.open, winner != RACE_NONE);
		if (winner == RACE_NONE)
			continue;
		assert_int_equal(racers[winner].state, RACE_UP);
		racers[winner].dial.stream->ops->close(racers[winner].dial.stream);
	}
}

static void losers_may_run_again(void **state)
{
	struct door doors[3] = {{.fate = UP, .after = 9000},
	                        {.fate = REFUSED},
	                        {.fate = UP, .after = 100}};
	struct racer racers[3];
	struct fake f;

	(void)state;
	fake_init(&f, doors, 3);
	line_up(racers, 3, 2);
	assert_int_equal(race_run(&f.dialer, racers, 3, never), 2);
	assert_int_equal(racers[0].state, RACE_IDLE);
	assert_int_equal(racers[1].state, RACE_FAILED);
	assert_string_equal(racers[1].trouble, "connection refused");
	assert_int_equal(f.open, 1);
	fake_close(racers[2].dial.stream);
	racers[2].state = RACE_FAILED; /* as after a session that came to nothing */
	assert_int_equal(race_run(&f.dialer, racers, 3, never), 0);
	assert_int_equal(doors[0].times, 2);
	assert_int_equal(doors[1].times, 1);
	assert_int_equal(doors[2].times, 1);
	fake_close(racers[0].dial.stream);
}

static void the_silent_are_given_up(void **state)
{
	struct door doors[2] = {{.fate = SILENT}, {.fate = UNREACHABLE}};
	struct racer racers[2];
	struct fake f;

	(void)state;
	fake_init(&f, doors, 2);
	line_up(racers, 2, 2);
	assert_int_equal(race_run(&f.dialer, racers, 2, never), RACE_NONE);
	assert_int_equal(f.now, 10000 + RACE_DIAL);
	assert_int_equal(racers[0].state, RACE_FAILED);
	assert_string_equal(racers[0].trouble, "connection timed out");
	assert_int_equal(racers[1].state, RACE_FAILED);
	assert_string_equal(racers[1].trouble, "no route to host");
	assert_int_equal(f.open, 0);
	/* Everybody has had his turn. */
	assert_int_equal(race_run(&f.dialer, racers, 2, never), RACE_NONE);
	assert_int_equal(doors[0].times, 1);
}

static void a_crowd_is_dialled_in_its_turn(void **state)
{
	enum { COUNT = 200 };
	static struct door doors[COUNT];
	static struct racer racers[COUNT];
	struct fake f;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		doors[i] = (struct door){.fate = i == COUNT - 1 ? UP : SILENT};
	fake_init(&f, doors, COUNT);
	line_up(racers, COUNT, COUNT);
	assert_int_equal(race_run(&f.dialer, racers, COUNT, never), COUNT - 1);
	assert_true(f.most <= DIAL_AT_ONCE_MAX);
	assert_int_equal(doors[DIAL_AT_ONCE_MAX].begun, 10000 + RACE_DIAL);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(doors[i].times, 1);
	assert_int_equal(f.open, 1);
	fake_close(racers[COUNT - 1].dial.stream);
}

/* Fifty dead addresses cost the same, however they share the preferences. */
static void fifty_dead_ones_are_passed(void **state)
{
	enum { COUNT = 51 };
	static struct door doors[COUNT];
	static struct racer racers[COUNT];
	struct fake f;

	(void)state;
	for (unsigned in_tier = 1; in_tier <= COUNT; in_tier++) {
		for (size_t i = 0; i < COUNT; i++)
			doors[i] = (struct door){.fate = i == COUNT - 1 ? UP : SILENT, .after = 50};
		fake_init(&f, doors, COUNT);
		line_up(racers, COUNT, COUNT);
		for (size_t i = 0; i < COUNT; i++)
			racers[i].tier = (unsigned)i / in_tier;
		assert_int_equal(race_run(&f.dialer, racers, COUNT, never), COUNT - 1);
		assert_true(f.now <= 10000 + 3000 + 1000 + 48 * RACE_STEP + 50);
		fake_close(racers[COUNT - 1].dial.stream);
		assert_int_equal(f.open, 0);
	}
}

static void want_of_descriptors_is_borne(void **state)
{
	struct door doors[2] = {{.fate = EXHAUSTED, .room = 10000 + RACE_DIAL - RACE_STEP},
	                        {.fate = EXHAUSTED, .room = INT64_MAX}};
	struct racer racers[2];
	struct fake f;

	(void)state;
	fake_init(&f, doors, 2);
	line_up(racers, 2, 1);
	assert_int_equal(race_run(&f.dialer, racers, 2, never), 0);
	assert_int_equal(f.now, 10000 + RACE_DIAL - RACE_STEP);
	assert_int_equal(doors[1].times, 0);
	fake_close(racers[0].dial.stream);
	racers[0].state = RACE_FAILED;
	/* And not for ever. */
	assert_int_equal(race_run(&f.dialer, racers, 2, never), RACE_NONE);
	assert_int_equal(f.now, 10000 + 2 * RACE_DIAL - RACE_STEP);
	assert_string_equal(racers[1].trouble, "no descriptor");
	assert_int_equal(f.open, 0);
}

/* ---- those that stand and do not greet ---- */

/* Doors that are up, and the first is mute. */
static void begin_with_a_mute(struct fake *f, struct door *doors, struct racer *racers, size_t count)
{
	fake_init(f, doors, count);
	line_up(racers, count, 1);
	assert_int_equal(race_run(&f->dialer, racers, count, never), 0);
	racers[0].state = RACE_MUTE;
	racers[0].mute_until = f->now + 60000;
}

static void the_mute_wins_when_it_speaks(void **state)
{
	struct door doors[2] = {{.fate = UP, .speaks = 12000}, {.fate = UP, .after = 2500}};
	struct racer racers[2];
	struct fake f;

	(void)state;
	begin_with_a_mute(&f, doors, racers, 2);
	assert_int_equal(race_run(&f.dialer, racers, 2, never), 0);
	assert_int_equal(f.now, 12000);
	assert_int_equal(racers[0].state, RACE_UP);
	assert_int_equal(racers[0].dial.state, DIAL_HEARD);
	assert_int_equal(racers[1].state, RACE_IDLE);
	assert_int_equal(doors[0].times, 1);
	assert_int_equal(doors[1].begun, 10000);
	assert_int_equal(f.open, 1);
	fake_close(racers[0].dial.stream);
}

static void the_mute_stays_while_another_wins(void **state)
{
	struct door doors[2] = {{.fate = UP, .speaks = 12000}, {.fate = UP, .after = 500}};
	struct racer racers[2];
	struct fake f;

	(void)state;
	begin_with_a_mute(&f, doors, racers, 2);
	assert_int_equal(race_run(&f.dialer, racers, 2, never), 1);
	assert_int_equal(f.now, 10500);
	assert_int_equal(racers[0].state, RACE_MUTE);
	assert_int_equal(f.open, 2);
	fake_close(racers[1].dial.stream);
	racers[1].state = RACE_FAILED;
	assert_int_equal(race_run(&f.dialer, racers, 2, never), 0);
	assert_int_equal(f.now, 12000);
	assert_int_equal(doors[0].times, 1);
	fake_close(racers[0].dial.stream);
}

static void the_mute_has_its_time(void **state)
{
	struct door doors[2] = {{.fate = UP}, {.fate = REFUSED}};
	struct racer racers[2];
	struct fake f;

	(void)state;
	begin_with_a_mute(&f, doors, racers, 2);
	assert_int_equal(race_run(&f.dialer, racers, 2, never), 0);
	assert_int_equal(f.now, 70000);
	assert_int_equal(racers[0].dial.state, DIAL_UP);
	assert_int_equal(f.open, 1);
	fake_close(racers[0].dial.stream);
}

static void the_deadline_ends_it(void **state)
{
	struct door doors[2] = {{.fate = SILENT}, {.fate = UP, .after = 800}};
	struct racer racers[2];
	struct deadline until = {.at = 11000, .cancel_fd = -1};
	struct fake f;

	(void)state;
	fake_init(&f, doors, 2);
	line_up(racers, 2, 2);
	assert_int_equal(race_run(&f.dialer, racers, 2, until), RACE_NONE);
	assert_int_equal(f.now, 11000);
	assert_int_equal(racers[0].state, RACE_IDLE);
	assert_int_equal(racers[1].state, RACE_IDLE);
	assert_int_equal(f.open, 0);
}

static void cancelling_ends_it(void **state)
{
	struct door doors[2] = {{.fate = SILENT}, {.fate = UP, .after = 800}};
	struct racer racers[2];
	struct fake f;

	(void)state;
	fake_init(&f, doors, 2);
	line_up(racers, 2, 2);
	f.cancelled_at = 10400;
	assert_int_equal(race_run(&f.dialer, racers, 2, never), RACE_NONE);
	assert_int_equal(f.now, 10400);
	assert_int_equal(f.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_starts_at_once),
		cmocka_unit_test(a_tier_mate_waits_a_step),
		cmocka_unit_test(a_failure_lets_the_next_start),
		cmocka_unit_test(the_next_tier_waits_longer),
		cmocka_unit_test(the_more_are_silent_the_shorter_the_head_start),
		cmocka_unit_test(silence_in_an_earlier_race_counts),
		cmocka_unit_test(nobody_waits_for_the_mute),
		cmocka_unit_test(an_idle_mate_goes_before_the_next_tier),
		cmocka_unit_test(who_is_dialling_too_long_wakes_us),
		cmocka_unit_test(so_many_and_no_more_are_pending),
		cmocka_unit_test(races),
		cmocka_unit_test(losers_may_run_again),
		cmocka_unit_test(the_silent_are_given_up),
		cmocka_unit_test(a_crowd_is_dialled_in_its_turn),
		cmocka_unit_test(fifty_dead_ones_are_passed),
		cmocka_unit_test(want_of_descriptors_is_borne),
		cmocka_unit_test(the_mute_wins_when_it_speaks),
		cmocka_unit_test(the_mute_stays_while_another_wins),
		cmocka_unit_test(the_mute_has_its_time),
		cmocka_unit_test(the_deadline_ends_it),
		cmocka_unit_test(cancelling_ends_it),
	};

	return cmocka_run_group_tests_name("delivery/race", tests, NULL, NULL);
}
