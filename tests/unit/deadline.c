/* What base/deadline.h promises. No test waits for a moment to come: it is past, or never comes. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/deadline.h"

static const struct deadline never = {.at = DEADLINE_NEVER, .cancel_fd = -1};
static const struct deadline past = {.at = 0, .cancel_fd = -1};

struct pipes {
	int data[2], cancel[2];
};

static int pipes_open(void **state)
{
	static struct pipes pipes;

	*state = &pipes;
	return pipe(pipes.data) || pipe(pipes.cancel);
}

static int pipes_close(void **state)
{
	struct pipes *p = *state;

	return close(p->data[0]) || close(p->data[1]) || close(p->cancel[0]) || close(p->cancel[1]);
}

static void fill(const int *ends)
{
	assert_int_equal(write(ends[1], "x", 1), 1);
}

static void clock_never_goes_back(void **state)
{
	int64_t last = clock_now();

	(void)state;
	assert_true(last > 0);
	for (int i = 0; i < 10000; i++) {
		int64_t now = clock_now();

		assert_true(now >= last);
		last = now;
	}
}

static void the_earlier_counts(void **state)
{
	const struct deadline outer = {.at = 5000, .cancel_fd = 7};

	(void)state;
	assert_int_equal(deadline_at(outer, 4000).at, 4000);
	assert_int_equal(deadline_at(outer, 6000).at, 5000);
	assert_int_equal(deadline_at(outer, DEADLINE_NEVER).at, 5000);
	assert_int_equal(deadline_at(never, 4000).at, 4000);
	assert_true(deadline_at(never, DEADLINE_NEVER).at == DEADLINE_NEVER);
	assert_int_equal(deadline_at(outer, 4000).cancel_fd, 7);
	assert_int_equal(deadline_in(past, 1000).at, 0);
	assert_int_equal(deadline_in(outer, -1).cancel_fd, 7);
}

static void milliseconds_from_now(void **state)
{
	int64_t before = clock_now();
	struct deadline d = deadline_in(never, 1000);

	(void)state;
	assert_true(d.at >= before + 1000 && d.at <= clock_now() + 1000);
}

static void what_is_left(void **state)
{
	(void)state;
	assert_int_equal(deadline_left(past), 0);
	assert_true(deadline_passed(past));
	assert_int_equal(deadline_left(deadline_in(never, 0)), 0);
	assert_int_equal(deadline_left(deadline_in(never, -5)), 0);
	assert_true(deadline_left(never) == DEADLINE_NEVER);
	assert_false(deadline_passed(never));
	assert_in_range(deadline_left(deadline_in(never, 1000000)), 1, 1000000);
	assert_false(deadline_passed(deadline_in(never, 1000000)));
}

static void past_deadline_polls_once(void **state)
{
	struct pipes *p = *state;
	struct pollfd fds[2] = {{.fd = p->data[0], .events = POLLIN}};

	assert_int_equal(deadline_poll(fds, 1, past), 0);
	assert_int_equal(deadline_poll(fds, 0, past), 0);
	fill(p->data);
	assert_int_equal(deadline_poll(fds, 1, past), 1);
	assert_int_equal(fds[0].revents, POLLIN);
}

static void ready_ones_are_counted(void **state)
{
	struct pipes *p = *state;
	struct pollfd fds[3] = {
		{.fd = p->data[0], .events = POLLIN},
		{.fd = p->data[1], .events = POLLOUT},
	};

	assert_int_equal(deadline_poll(fds, 2, never), 1);
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, POLLOUT);
	fill(p->data);
	assert_int_equal(deadline_poll(fds, 2, never), 2);
}

static void cancelling_comes_before_all(void **state)
{
	struct pipes *p = *state;
	struct deadline d = {.at = DEADLINE_NEVER, .cancel_fd = p->cancel[0]};
	struct pollfd fds[2] = {{.fd = p->data[0], .events = POLLIN}};

	assert_false(deadline_cancelled(d));
	fill(p->data);
	assert_int_equal(deadline_poll(fds, 1, d), 1);
	fill(p->cancel);
	for (int i = 0; i < 2; i++) { /* and stays so */
		assert_int_equal(deadline_poll(fds, 1, d), DEADLINE_CANCELLED);
		assert_int_equal(deadline_poll(fds, 0, d), DEADLINE_CANCELLED);
		assert_true(deadline_cancelled(d));
	}
	d.at = 0;
	assert_int_equal(deadline_poll(fds, 1, d), DEADLINE_CANCELLED);
	assert_true(deadline_cancelled(deadline_in(d, 1000)));
	assert_false(deadline_cancelled(never));
}

/* Nothing but this ends the waits of the next tests. */
static volatile sig_atomic_t interruptions;
static int wake;

static void interrupt(int number)
{
	(void)number;
	if (++interruptions == 5 && write(wake, "x", 1) != 1)
		_exit(1);
}

/* Wait for a pipe that gets its byte from the fifth signal. */
static void assert_waits_through(struct pipes *p, struct deadline d)
{
	const struct itimerval often = {{.tv_usec = 1000}, {.tv_usec = 1000}}, stop = {0};
	const struct sigaction ours = {.sa_handler = interrupt};
	struct sigaction before;
	struct pollfd fds[2] = {{.fd = p->data[0], .events = POLLIN}};

	interruptions = 0;
	wake = p->data[1];
	assert_int_equal(sigaction(SIGALRM, &ours, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(deadline_poll(fds, 1, d), 1);
	assert_int_equal(setitimer(ITIMER_REAL, &stop, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	assert_true(interruptions >= 5);
}

static void interruptions_are_waited_through(void **state)
{
	assert_waits_through(*state, never);
}

/* More than poll(2) can count in one call: as an int it would be nothing. */
static void far_deadline(void **state)
{
	assert_waits_through(*state, deadline_in(never, INT64_C(1) << 32));
}

#define WITH_PIPES(test) cmocka_unit_test_setup_teardown(test, pipes_open, pipes_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_never_goes_back),
		cmocka_unit_test(the_earlier_counts),
		cmocka_unit_test(milliseconds_from_now),
		cmocka_unit_test(what_is_left),
		WITH_PIPES(past_deadline_polls_once),
		WITH_PIPES(ready_ones_are_counted),
		WITH_PIPES(cancelling_comes_before_all),
		WITH_PIPES(interruptions_are_waited_through),
		WITH_PIPES(far_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
