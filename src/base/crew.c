#include "base/crew.h"

#include "base/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

/* Enough for a TLS handshake with an RSA chain (measured: 40 KiB) three times over; only touched
   pages cost memory. */
enum { CREW_STACK = 256 * 1024 };

struct crew {
	void (*work)(void *context, size_t job);
	void *context;
	pthread_t *hands; /* this and the next two are the caller's alone */
	size_t hired, most;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t news;  /* there are jobs, or there will be none */
	size_t jobs, begun;
	size_t idle;   /* hands that wait for a job */
	size_t coming; /* those that were hired, and have not looked for one yet */
	bool closed;
};

/* Wait for a job. False: there will be none. The lock is held. */
static bool take(struct crew *crew, size_t *job)
{
	while (crew->begun == crew->jobs && !crew->closed) {
		crew->idle++;
		pthread_cond_wait(&crew->news, &crew->lock);
		crew->idle--;
	}
	if (crew->begun == crew->jobs)
		return false;
	*job = crew->begun++;
	return true;
}

/* The lock is held, but for the time of a job. */
static void labour(struct crew *crew)
{
	size_t job;

	while (take(crew, &job)) {
		pthread_mutex_unlock(&crew->lock);
		crew->work(crew->context, job);
		pthread_mutex_lock(&crew->lock);
	}
}

static void *hand(void *shared)
{
	struct crew *crew = shared;

	pthread_mutex_lock(&crew->lock);
	crew->coming--;
	labour(crew);
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

/* All signals are blocked in a hand, so that a signal reaches the one thread that handles it. */
static bool hire(struct crew *crew)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, CREW_STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&crew->hands[crew->hired], &attributes, hand, crew);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	crew->hired += error == 0;
	return error == 0;
}

/* More hands, as long as jobs wait that nobody will take else: while they are hired those that have
   come already take some. The lock is held, but not while one is hired: he looks for it at once. */
static void call(struct crew *crew, size_t jobs)
{
	crew->jobs += jobs;
	for (size_t i = 0; i < jobs && i < crew->idle; i++)
		pthread_cond_signal(&crew->news);
	while (crew->jobs - crew->begun > crew->idle + crew->coming && crew->hired < crew->most) {
		crew->coming++;
		pthread_mutex_unlock(&crew->lock);
		bool hired = hire(crew);
		pthread_mutex_lock(&crew->lock);
		if (hired)
			continue;
		crew->coming--;
		crew->most = crew->hired; /* this system has no more */
	}
}

struct crew *crew_open(size_t threads, void (*work)(void *context, size_t job), void *context)
{
	struct crew *crew = memory_get(1, sizeof *crew);

	*crew = (struct crew){.work = work, .context = context, .most = threads - (threads > 0)};
	crew->hands = memory_get(crew->most, sizeof *crew->hands);
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->news, NULL);
	return crew;
}

void crew_add(struct crew *crew, size_t jobs)
{
	pthread_mutex_lock(&crew->lock);
	call(crew, jobs);
	pthread_mutex_unlock(&crew->lock);
}

void crew_close(struct crew *crew, size_t jobs)
{
	pthread_mutex_lock(&crew->lock);
	crew->coming++; /* the caller */
	call(crew, jobs);
	crew->closed = true;
	pthread_cond_broadcast(&crew->news);
	labour(crew);
	pthread_mutex_unlock(&crew->lock);
	for (size_t i = 0; i < crew->hired; i++)
		pthread_join(crew->hands[i], NULL);
	pthread_cond_destroy(&crew->news);
	pthread_mutex_destroy(&crew->lock);
	free(crew->hands);
	free(crew);
}

void crew_run(size_t threads, size_t jobs, void (*work)(void *context, size_t job), void *context)
{
	crew_close(crew_open(threads, work, context), jobs);
}
