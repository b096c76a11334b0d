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

#define SILENCE ". If nobody answers: 4.4.1, exit status 75"

static void in_words(void **state)
{
	static const struct {
		struct host hosts[HOSTS_MAX];
		const char *words;
	} cases[] = {
		{{{10, "a", 1, 0}}, "try a" SILENCE},
		{{{10, "a", 1, 587}}, "try a:587" SILENCE},
		{{{10, "a", 3, 0}}, "race the 3 addresses of a, 250 ms apart" SILENCE},
		{{{10, "a", 1, 0}, {10, "b", 1, 0}}, "race a and b, 250 ms apart" SILENCE},
		{{{10, "a", 1, 0}, {10, "b", 1, 0}, {10, "c", 2, 0}},
	         "race a, b and c, 250 ms apart" SILENCE},
		{{{1, "a", 1, 0}, {1, "b", 1, 0}, {1, "c", 1, 0}, {1, "d", 1, 0}, {1, "e", 1, 0}},
	         "race a, b, c, d and 1 more, 250 ms apart" SILENCE},
		{{{10, "a", 1, 0}, {20, "b", 1, 0}},
	         "try a; then try b after 3 s of silence, or at once when it has failed" SILENCE},
		{{{10, "a", 1, 0}, {10, "b", 1, 0}, {20, "c", 2, 0}},
	         "race a and b, 250 ms apart; then race the 2 addresses of c, 250 ms apart, after "
	         "3 s of silence, or at once when they have failed" SILENCE},
		{{{1, "a", 1, 0}, {2, "b", 1, 0}, {3, "c", 1, 0}},
	         "try a; then try b, then try c, each after 3 s of silence, or at once when those "
	         "before have failed" SILENCE},
		{{{1, "a", 1, 0},
	          {2, "b", 1, 0},
	          {3, "c", 1, 0},
	          {4, "d", 1, 0},
	          {5, "e", 1, 0}},
	         "try a; then try b, then try c, then try d, then 1 more host, each after 3 s of "
	         "silence, or at once when those before have failed" SILENCE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct route route = route_of(cases[i].hosts);

		assert_string_equal(prospect_words(&arena, &route), cases[i].words);
	}
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
	struct racer racers[3];
	int64_t second, third, wake;
	const char *words;

	(void)state;
	line_up(racers);
	second = dialled_at(racers, 1);
	line_up(racers);
	third = dialled_at(racers, 2);
	words = arena_printf(&arena,
	                     "race a and b, %lld ms apart; then try c after %lld s of silence, or "
	                     "at once when they have failed" SILENCE,
	                     (long long)second, (long long)(third - second) / 1000);
	assert_string_equal(prospect_words(&arena, &route), words);
	/* at once when they have failed */
	line_up(racers);
	racers[0].state = racers[1].state = RACE_FAILED;
	assert_int_equal(race_next(racers, 3, 0, &wake), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(in_words, forget),
		cmocka_unit_test_teardown(as_it_is_done, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
