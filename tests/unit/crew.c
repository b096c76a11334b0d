/* What base/crew.h promises. */

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crew.h"

enum { JOBS_MAX = 5000 };

struct log {
	atomic_uint begun, working, most;
	atomic_uint times[JOBS_MAX]; /* each job was done */
	unsigned order[JOBS_MAX];    /* each job was the so-manieth to begin */
};

static void note(void *context, size_t job)
{
	struct log *log = context;
	unsigned working = atomic_fetch_add(&log->working, 1) + 1;
	unsigned most = atomic_load(&log->most);

	while (working > most && !atomic_compare_exchange_weak(&log->most, &most, working))
		;
	log->order[job] = atomic_fetch_add(&log->begun, 1);
	atomic_fetch_add(&log->times[job], 1);
	atomic_fetch_sub(&log->working, 1);
}

static void run(size_t threads, size_t jobs)
{
	static struct log log;

	log = (struct log){0};
	crew_run(threads, jobs, note, &log);
	assert_int_equal(log.begun, jobs);
	assert_int_equal(log.working, 0);
	assert_true(jobs ? log.most <= (threads ? threads : 1) : !log.most);
	for (size_t job = 0; job < JOBS_MAX; job++)
		assert_int_equal(log.times[job], job < jobs);
	for (size_t job = 0; job < jobs && threads <= 1; job++)
		assert_int_equal(log.order[job], job);
}

static void each_job_is_done_once(void **state)
{
	static const size_t counts[] = {0, 1, 2, 3, 17, 100};

	(void)state;
	for (size_t t = 0; t < sizeof counts / sizeof *counts; t++) {
		for (size_t j = 0; j < sizeof counts / sizeof *counts; j++)
			run(counts[t], counts[j]);
		run(counts[t], JOBS_MAX);
	}
}

static void note_thread(void *context, size_t job)
{
	((pthread_t *)context)[job] = pthread_self();
}

static void the_caller_is_one_of_them(void **state)
{
	pthread_t threads[10];

	(void)state;
	crew_run(1, 10, note_thread, threads);
	for (size_t i = 0; i < 10; i++)
		assert_true(pthread_equal(threads[i], pthread_self()));
}

struct meeting {
	pthread_barrier_t barrier;
	pthread_t caller;
	atomic_uint workers, open;
};

/* As many jobs as threads, and all meet: so the caller has one, and each worker has one. */
static void meet(void *context, size_t job)
{
	struct meeting *m = context;
	sigset_t blocked;

	(void)job;
	pthread_barrier_wait(&m->barrier);
	if (pthread_equal(pthread_self(), m->caller))
		return;
	atomic_fetch_add(&m->workers, 1);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	for (int number = 1; number < 32; number++) {
		if (number != SIGKILL && number != SIGSTOP && !sigismember(&blocked, number))
			atomic_fetch_add(&m->open, 1);
	}
}

static void threads_work_side_by_side(void **state)
{
	struct meeting m = {.caller = pthread_self()};

	(void)state;
	pthread_barrier_init(&m.barrier, NULL, 4);
	for (unsigned turn = 1; turn <= 100; turn++) {
		crew_run(4, 4, meet, &m);
		assert_int_equal(m.workers, 3 * turn);
	}
	pthread_barrier_destroy(&m.barrier);
}

static void workers_have_signals_blocked(void **state)
{
	struct meeting m = {.caller = pthread_self()};
	sigset_t some, after;

	(void)state;
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &some, NULL);
	pthread_barrier_init(&m.barrier, NULL, 2);
	crew_run(2, 2, meet, &m);
	pthread_barrier_destroy(&m.barrier);
	assert_int_equal(m.open, 0);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	for (int number = 1; number < 32; number++) /* the caller's are as they were */
		assert_int_equal(sigismember(&after, number), number == SIGUSR1);
}

static void jobs_begin_while_others_are_found(void **state)
{
	struct meeting m = {.caller = pthread_self()};
	struct crew *crew = crew_open(3, meet, &m);

	(void)state;
	pthread_barrier_init(&m.barrier, NULL, 2);
	for (unsigned job = 1; job <= 50; job++) {
		crew_add(crew, 1);
		pthread_barrier_wait(&m.barrier); /* with who has it */
	}
	crew_close(crew, 2); /* these two meet each other */
	assert_true(m.workers == 51 || m.workers == 52);
	pthread_barrier_destroy(&m.barrier);
}

static void alone_the_caller_begins_at_the_end(void **state)
{
	pthread_t threads[10] = {0};
	struct crew *crew = crew_open(1, note_thread, threads);

	(void)state;
	crew_add(crew, 7);
	assert_false(pthread_equal(threads[0], pthread_self()));
	crew_close(crew, 3);
	for (size_t i = 0; i < 10; i++)
		assert_true(pthread_equal(threads[i], pthread_self()));
}

static void a_crew_without_work_goes_home(void **state)
{
	static struct log log;

	(void)state;
	log = (struct log){0};
	crew_close(crew_open(8, note, &log), 0);
	assert_int_equal(log.begun, 0);
}

/* Stacks for a few threads only. */
static bool limit_memory(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	struct rlimit limit;
	unsigned long pages = 0;
	bool known = f && fscanf(f, "%lu", &pages) == 1;

	if (f)
		fclose(f);
	limit.rlim_cur = limit.rlim_max = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (1 << 20);
	return known && setrlimit(RLIMIT_AS, &limit) == 0;
}

/* Sanitizers need the address space that the next test takes away. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

static void fewer_threads_do_all_the_work(void **state)
{
	int status;
	pid_t child;

	(void)state;
	if (SANITIZED)
		return;
	child = fork();
	if (child == 0) {
		static struct log log;
		struct crew *crew = crew_open(1000, note, &log);

		if (!limit_memory())
			_exit(2);
		for (size_t job = 0; job < JOBS_MAX / 2; job++)
			crew_add(crew, 1);
		crew_close(crew, JOBS_MAX / 2);
		_exit(log.begun != JOBS_MAX || log.most > 100);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_job_is_done_once),
		cmocka_unit_test(the_caller_is_one_of_them),
		cmocka_unit_test(threads_work_side_by_side),
		cmocka_unit_test(workers_have_signals_blocked),
		cmocka_unit_test(jobs_begin_while_others_are_found),
		cmocka_unit_test(alone_the_caller_begins_at_the_end),
		cmocka_unit_test(a_crew_without_work_goes_home),
		cmocka_unit_test(fewer_threads_do_all_the_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
