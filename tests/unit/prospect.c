/* What cli/prospect.h promises: the sentence about a route, and that it is what delivery/race.h
   does. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cli/prospect.h"
#include "delivery/race.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

enum { HOSTS_MAX = 8 };

/* The last one has no name; port 0 means SMTP's. */
struct host {
	unsigned preference;
	const char *name;
	size_t addresses;
	uint16_t port;
};

static struct route route_of(const struct host *hosts)
{
	struct route route = {.hosts = arena_array(&arena, HOSTS_MAX, sizeof *route.hosts)};

	for (; hosts->name; hosts++)
		route.hosts[route.host_count++] = (struct route_host){
			.name = hosts->name,
			.preference = hosts->preference,
			.port = hosts->port ? hosts->port : SMTP_PORT,
			.address_count = hosts->addresses,
		};
	return route;
}

static void check_step(const struct host *hosts, const char *words)
{
	struct route route = route_of(hosts);
	struct prospect_tier tier = prospect_tier(&route, 0);

	assert_string_equal(prospect_step(&arena, &route, &tier), words);
}

static void in_words(void **state)
{
	static const struct {
		struct host hosts[HOSTS_MAX];
		const char *words;
	} cases[] = {
		{{{10, "a", 1, 0}}, "try a"},
		{{{10, "a", 1, 587}}, "try a:587"},
		{{{10, "a", 3, 0}}, "race the 3 addresses of a, 200 ms apart"},
		{{{10, "a", 1, 0}, {10, "b", 1, 0}}, "race a and b, 200 ms apart"},
		{{{10, "a", 1, 0}, {10, "b", 1, 0}, {10, "c", 2, 0}},
	         "race a, b and c, 200 ms apart"},
		{{{1, "a", 1, 0}, {1, "b", 1, 0}, {1, "c", 1, 0}, {1, "d", 1, 0}, {2, "e", 1, 0}},
	         "race 4 hosts, 200 ms apart"},
		{{{1, "a", 1, 0}, {1, "b", 2, 0}, {1, "c", 1, 0}, {1, "d", 1, 0}},
	         "race 4 hosts (5 addresses), 200 ms apart"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_step(cases[i].hosts, cases[i].words);
}

static void tiers(void **state)
{
	struct route route = route_of((const struct host[]){
		{10, "a", 1, 0}, {10, "b", 2, 0}, {20, "c", 1, 0}, {0}});
	struct prospect_tier best = prospect_tier(&route, 0), next = prospect_tier(&route, best.to);

	(void)state;
	assert_int_equal(best.to, 2);
	assert_int_equal(best.addresses, 3);
	assert_int_equal(next.from, 2);
	assert_int_equal(next.to, 3);
}

static void check_order(size_t tiers, const char *words)
{
	static const char *const names[HOSTS_MAX] = {"a", "b", "c", "d", "e", "f"};
	struct host hosts[HOSTS_MAX] = {{0}};
	struct route route;

	for (size_t i = 0; i < tiers; i++)
		hosts[i] = (struct host){10 * (unsigned)i, names[i], 1, 0};
	route = route_of(hosts);
	assert_string_equal(
		prospect_order(&arena, &route),
		arena_printf(&arena,
	                     "go by preference, to the next after 3 s of silence%s, or at once when "
	                     "those before have failed:",
	                     words));
}

static void no_more_waits_than_there_are(void **state)
{
	(void)state;
	check_order(2, "");
	check_order(3, ", then 1 s");
	check_order(4, ", then 1 s, then 200 ms each");
	check_order(6, ", then 1 s, then 200 ms each");
}

/* ---- is it what the race does? ---- */

/* The racers of delivery: a and b of the best preference, c of the next. */
static void line_up(struct racer racers[3])
{
	for (size_t i = 0; i < 3; i++)
		racers[i] = (struct racer){.tier = i == 2};
}

/* The clock when the race would dial its number-th racer, if nobody ever answered. */
static int64_t dialled_at(struct racer *racers, size_t number)
{
	int64_t now = 0, wake;

	for (size_t i = 0;; i++) {
		size_t next;

		while ((next = race_next(racers, 3, now, &wake)) == RACE_NONE)
			now = wake;
		assert_int_equal(next, i);
		if (i == number)
			return now;
		racers[i].state = RACE_DIALLING;
		racers[i].begun = now;
	}
}

static void as_it_is_done(void **state)
{
	struct route route = route_of((const struct host[]){
		{10, "a", 1, 0}, {10, "b", 1, 0}, {20, "c", 1, 0}, {0}});
	struct prospect_tier best = prospect_tier(&route, 0);
	struct racer racers[3];
	int64_t second, third, wake;

	(void)state;
	line_up(racers);
	second = dialled_at(racers, 1);
	line_up(racers);
	third = dialled_at(racers, 2);
	assert_string_equal(prospect_step(&arena, &route, &best),
	                    arena_printf(&arena, "race a and b, %lld ms apart",
	                                 (long long)second));
	assert_string_equal(
		prospect_order(&arena, &route),
		arena_printf(&arena,
	                     "go by preference, to the next after %lld s of silence, or at once when "
	                     "those before have failed:",
	                     (long long)(third - second) / 1000));
	/* at once when they have failed */
	line_up(racers);
	racers[0].state = racers[1].state = RACE_FAILED;
	assert_int_equal(race_next(racers, 3, 0, &wake), 2);
}

/* ---- how long it takes at most ---- */

/* A world in which nobody answers, and only waiting takes time. */
struct silence {
	struct dialer dialer;
	int64_t now;
};

static void hang_up(struct stream *s)
{
	(void)s;
}

static const struct stream_ops silent_ops = {.close = hang_up};
static struct stream silent = {.ops = &silent_ops};

static struct dial begin(struct dialer *d, const struct ip *ip, uint16_t port)
{
	(void)d;
	(void)ip;
	(void)port;
	return (struct dial){.state = DIAL_PENDING, .stream = &silent};
}

static int64_t read_clock(struct dialer *d)
{
	return ((struct silence *)d)->now;
}

static int wait_for(struct dialer *d, struct dial **dials, size_t count, struct deadline until)
{
	(void)dials;
	(void)count;
	((struct silence *)d)->now = until.at;
	return 0;
}

static void no_race_is_longer(void **state)
{
	static const struct dialer_ops ops = {
		.begin = begin, .wait = wait_for, .now = read_clock};
	struct route route = route_of((const struct host[]){
		{10, "a", 2, 0}, {20, "b", 1, 0}, {30, "c", 2, 0}, {0}});
	struct racer racers[] = {{.tier = 0}, {.tier = 0}, {.tier = 1}, {.tier = 2}, {.tier = 2}};
	struct silence world = {.dialer.ops = &ops};

	(void)state;
	assert_int_equal(race_run(&world.dialer, racers, 5,
	                          (struct deadline){.at = DEADLINE_NEVER, .cancel_fd = -1}),
	                 RACE_NONE);
	assert_int_equal(world.now, prospect_patience(&route));
	/* 200 ms, 3 s, 1 s, 200 ms, and the last one's 30 s, rounded up */
	assert_string_equal(prospect_silence(&arena, &route),
	                    "If nobody answers within 35 s: 4.4.1, exit status 75");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(in_words, forget),
		cmocka_unit_test_teardown(tiers, forget),
		cmocka_unit_test_teardown(no_more_waits_than_there_are, forget),
		cmocka_unit_test_teardown(as_it_is_done, forget),
		cmocka_unit_test_teardown(no_race_is_longer, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
