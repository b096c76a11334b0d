#include "base/crew.h"

#include "base/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Enough for a TLS handshake with an RSA chain (measured: 40 KiB) three times over; only touched
   pages cost memory. */
enum { CREW_STACK = 256 * 1024 };

struct crew {
	atomic_size_t next;
	size_t jobs;
	void (*work)(void *context, size_t job);
	void *context;
};

static void *worker(void *shared)
{
	struct crew *crew = shared;
	size_t job;

	while ((job = atomic_fetch_add(&crew->next, 1)) < crew->jobs)
		crew->work(crew->context, job);
	return NULL;
}

/* Start up to count threads with all signals blocked, so that a signal reaches the one thread that
   handles it. */
static size_t crew_hire(struct crew *crew, pthread_t *threads, size_t count)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	size_t hired = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, CREW_STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (hired < count && pthread_create(&threads[hired], &attributes, worker, crew) == 0)
		hired++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return hired;
}

void crew_run(size_t threads, size_t jobs, void (*work)(void *context, size_t job), void *context)
{
	struct crew crew = {.jobs = jobs, .work = work, .context = context};
	size_t helpers = (threads < jobs ? threads : jobs);
	pthread_t *hired;
	size_t count;

	helpers -= helpers > 0; /* the caller is one of them */
	hired = memory_get(helpers, sizeof *hired);
	count = crew_hire(&crew, hired, helpers);
	worker(&crew);
	for (size_t i = 0; i < count; i++)
		pthread_join(hired[i], NULL);
	free(hired);
}
