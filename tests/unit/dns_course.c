/* In which order name servers are asked, and for how long: no sockets, and the clock is ours. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "net/dns_course.h"
#include "net/dns_timer.h"

static struct dns_known_servers known;

static void have_servers(size_t count, unsigned rounds, bool rotate)
{
	struct dns_settings s = {.server_count = count, .attempts = rounds, .rotate = rotate};

	dns_known_open(&known, &s);
}

/* All servers of a course from now on as digits. */
static void assert_rest(struct dns_course *c, int64_t now, const char *want)
{
	char rest[100] = "";

	size_t size = 0;

	do {
		while (dns_course_next(&known, c, now) && size < sizeof rest - 1)
			rest[size++] = (char)('0' + c->server);
	} while (dns_course_turn(&known, c));
	assert_string_equal(rest, want);
}

static void assert_next(struct dns_course *c, int64_t now, unsigned server)
{
	assert_true(dns_course_next(&known, c, now));
	assert_int_equal(c->server, server);
}

static void rounds_go_over_all_servers(void **state)
{
	(void)state;
	have_servers(3, 2, false);
	struct dns_course c = dns_course_start(&known);
	assert_rest(&c, 0, "012012");
	have_servers(0, 2, true);
	c = dns_course_start(&known);
	assert_rest(&c, 0, "");
}

static void rotation_begins_elsewhere_each_time(void **state)
{
	(void)state;
	have_servers(3, 1, true);
	for (int i = 0; i < 2; i++) {
		struct dns_course a = dns_course_start(&known), b = dns_course_start(&known);
		struct dns_course c = dns_course_start(&known);

		assert_rest(&a, 0, "012");
		assert_rest(&b, 0, "120");
		assert_rest(&c, 0, "201");
	}
}

static void useless_servers_are_not_asked_again(void **state)
{
	(void)state;
	have_servers(3, 2, false);
	struct dns_course c = dns_course_start(&known);
	assert_next(&c, 0, 0);
	c.useless |= 1u << 0;
	assert_rest(&c, 0, "1212");
}

static void penalty_is_for_all_and_ends(void **state)
{
	(void)state;
	have_servers(2, 1, false);
	struct dns_course c = dns_course_start(&known);
	assert_next(&c, 1000, 0);
	assert_true(dns_known_silent(&known, &c, 0, 1000, 6000));
	assert_false(dns_known_silent(&known, &c, 0, 1000, 6000)); /* it has one */
	assert_int_equal(c.silent, 1);
	struct dns_course other = dns_course_start(&known);
	assert_rest(&other, 6001, "10");
	other = dns_course_start(&known);
	assert_rest(&other, 35999, "10");
	other = dns_course_start(&known);
	assert_rest(&other, 36000, "01");
}

static void answer_ends_the_penalty(void **state)
{
	(void)state;
	have_servers(2, 1, false);
	struct dns_course c = dns_course_start(&known);
	assert_next(&c, 1000, 0);
	dns_known_silent(&known, &c, 0, 1000, 6000);
	dns_known_heard(&known, &c, 0, 7000);
	assert_int_equal(c.silent, 0);
	struct dns_course other = dns_course_start(&known);
	assert_rest(&other, 7001, "01");
}

static void slow_question_is_no_dead_server(void **state)
{
	(void)state;
	have_servers(2, 1, false);
	struct dns_course c = dns_course_start(&known);
	assert_next(&c, 1000, 0);
	dns_known_heard(&known, &c, 0, 3000); /* it answered another one meanwhile */
	assert_false(dns_known_silent(&known, &c, 0, 1000, 6000));
	assert_int_equal(c.silent, 1);
	struct dns_course other = dns_course_start(&known);
	assert_rest(&other, 6001, "01");
}

static void only_server_is_asked_in_spite_of_a_penalty(void **state)
{
	(void)state;
	have_servers(1, 3, false);
	struct dns_course c = dns_course_start(&known);
	assert_next(&c, 0, 0);
	dns_known_silent(&known, &c, 0, 0, 5000);
	assert_rest(&c, 5000, "00");
}

static void error_is_believed_rather_than_waited_past(void **state)
{
	(void)state;
	have_servers(2, 3, false);
	struct dns_course dead = dns_course_start(&known);
	assert_next(&dead, 1000, 0);
	dns_known_silent(&known, &dead, 0, 1000, 6000);
	struct dns_course c = dns_course_start(&known);
	assert_next(&c, 6001, 1);
	c.answered = true;
	c.useless |= 1u << 1;
	assert_rest(&c, 6002, "");
}

static void error_is_waited_past_for_who_was_silent_for_a_moment(void **state)
{
	struct dns_course first, c;

	(void)state;
	have_servers(2, 1, false);
	known.timeout = 5000;
	first = dns_course_start(&known);
	assert_next(&first, 1000, 0);
	dns_known_silent(&known, &first, 0, 1000, 2000);
	c = dns_course_start(&known);
	assert_next(&c, 2001, 1);
	c.answered = true;
	c.useless |= 1u << 1;
	assert_rest(&c, 2002, "0");
	dns_known_silent(&known, &first, 0, 1000, 6000); /* that was all the time it had */
	c.round = c.tried = 0;
	assert_rest(&c, 6001, "");
	dns_known_heard(&known, &first, 0, 6002);
	c.round = c.tried = 0;
	assert_rest(&c, 6003, "0");
}

static void better_server_is_one_without_a_penalty(void **state)
{
	(void)state;
	have_servers(3, 1, false);
	struct dns_course c = dns_course_start(&known);
	assert_next(&c, 1000, 0);
	assert_true(dns_course_better(&known, &c, 1000));
	dns_known_silent(&known, &c, 2, 1000, 2000);
	assert_true(dns_course_better(&known, &c, 2000));
	assert_next(&c, 2000, 1);
	assert_false(dns_course_better(&known, &c, 2000));
	assert_true(dns_course_better(&known, &c, 32000));
}

/* ---- time-outs ---- */

static void assert_wait(struct dns_timers *all, unsigned line, int64_t want)
{
	struct dns_timer timer = {0};

	dns_timer_start(all, &timer, line, 100);
	assert_int_equal(timer.ends - timer.started, want);
	dns_timer_stop(all, &timer);
}

static void time_outs_double(void **state)
{
	static const int64_t want[] = {5000, 10000, 20000, 40000, 60000, 60000};
	struct dns_timers all;

	(void)state;
	dns_timers_open(&all, 5000, 1000);
	assert_wait(&all, DNS_TIMER_MOMENT, 1000);
	for (unsigned round = 0; round < 6; round++) /* with the moment before it */
		assert_wait(&all, DNS_TIMER_ROUND + round, want[round] - 1000);
	assert_wait(&all, 4000000000u, 59000);
	assert_int_equal(dns_timers_end(&all), INT64_MAX);
}

static void moment_is_half_of_a_time_out_at_most(void **state)
{
	struct dns_timers all;

	(void)state;
	dns_timers_open(&all, 1000, 1000);
	assert_wait(&all, DNS_TIMER_MOMENT, 500);
	assert_wait(&all, DNS_TIMER_ROUND, 500);
	dns_timers_open(&all, 0, 1000);
	assert_wait(&all, DNS_TIMER_MOMENT, 1);
	assert_wait(&all, DNS_TIMER_ROUND, 0);
	assert_wait(&all, DNS_TIMER_ROUND + 1, 1);
	dns_timers_open(&all, INT64_MAX, 1000);
	assert_wait(&all, DNS_TIMER_ROUND + 1, 59000);
}

static void timers_end_in_order(void **state)
{
	struct dns_timer a = {0}, b = {0}, c = {0}, d = {0};
	struct dns_timers all;
	enum { SOON = DNS_TIMER_MOMENT, LATE = DNS_TIMER_ROUND + 1 };

	(void)state;
	dns_timers_open(&all, 20, 10);
	dns_timer_start(&all, &a, SOON, 0);
	dns_timer_start(&all, &b, LATE, 1); /* until 31 */
	dns_timer_start(&all, &c, SOON, 2);
	dns_timer_start(&all, &d, SOON, 3);
	assert_int_equal(dns_timers_end(&all), 10);
	assert_null(dns_timers_over(&all, 9));
	assert_ptr_equal(dns_timers_over(&all, 10), &a);
	dns_timer_stop(&all, &a);
	dns_timer_stop(&all, &a); /* as it was */
	dns_timer_stop(&all, &c); /* from the middle */
	assert_null(dns_timers_over(&all, 12));
	assert_ptr_equal(dns_timers_over(&all, 13), &d);
	dns_timer_start(&all, &d, LATE, 13);
	assert_int_equal(dns_timers_end(&all), 31);
	dns_timer_stop(&all, &b);
	assert_int_equal(dns_timers_end(&all), 43);
	dns_timer_stop(&all, &d);
	assert_null(dns_timers_over(&all, INT64_MAX - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_go_over_all_servers),
		cmocka_unit_test(rotation_begins_elsewhere_each_time),
		cmocka_unit_test(useless_servers_are_not_asked_again),
		cmocka_unit_test(penalty_is_for_all_and_ends),
		cmocka_unit_test(answer_ends_the_penalty),
		cmocka_unit_test(slow_question_is_no_dead_server),
		cmocka_unit_test(only_server_is_asked_in_spite_of_a_penalty),
		cmocka_unit_test(error_is_believed_rather_than_waited_past),
		cmocka_unit_test(error_is_waited_past_for_who_was_silent_for_a_moment),
		cmocka_unit_test(better_server_is_one_without_a_penalty),
		cmocka_unit_test(time_outs_double),
		cmocka_unit_test(moment_is_half_of_a_time_out_at_most),
		cmocka_unit_test(timers_end_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
