#include "net/https.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/https_curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct https {
	const char *ca_file;
	struct https_curl *curl; /* NULL until the first request, and where there is none */
	const char *why;         /* there is none */
};

void https_fail(struct https_request *r, enum https_outcome outcome, const char *why)
{
	struct arena a = {0};

	r->outcome = outcome;
	snprintf(r->why, sizeof r->why, "%s", text_clean(&a, why, strlen(why)));
	arena_free(&a);
}

static void empty(struct https_request *r)
{
	buf_init(&r->body, HTTPS_BODY_MAX);
	r->status = 0;
	memset(r->type, 0, sizeof r->type);
	r->why[0] = '\0';
}

#if HAVE_LIBCURL

static void begin(struct https *h, struct https_request *r, struct deadline until)
{
	/* Without an address libcurl would ask the system's resolver. */
	if (r->address_count)
		https_curl_begin(h->curl, r, until);
	else
		https_fail(r, HTTPS_FAILED, "the host has no address");
}

/* NULL: go on. */
static const char *wait_for_some(struct https *h, struct deadline until)
{
	if (https_curl_wait(h->curl, until) == DEADLINE_CANCELLED)
		return "the run was cancelled";
	return deadline_passed(until) ? "there was no whole answer in time" : NULL;
}

/* Those that wait get their turns within the time that is left, however slow the others are. */
static struct deadline turn(size_t waiting, struct deadline until)
{
	int64_t rounds = (int64_t)((waiting + HTTPS_AT_ONCE - 1) / HTTPS_AT_ONCE);
	int64_t share = deadline_left(until) / rounds;

	return deadline_in(until, share > HTTPS_TURN ? share : HTTPS_TURN);
}

static void run_all(struct https *h, struct https_request *requests, size_t count,
                    struct deadline until)
{
	const char *over = NULL;
	size_t next = 0;

	while (!over && (next < count || https_curl_under_way(h->curl))) {
		while (next < count && https_curl_under_way(h->curl) < HTTPS_AT_ONCE) {
			begin(h, &requests[next], turn(count - next, until));
			next++;
		}
		if (https_curl_under_way(h->curl))
			over = wait_for_some(h, until);
	}
	https_curl_drop(h->curl, over);
	while (next < count)
		https_fail(&requests[next++], HTTPS_UNTRIED, over);
}

static bool run(struct https *h, struct https_request *requests, size_t count,
                struct deadline until)
{
	if (!h->curl && !h->why)
		h->curl = https_curl_open(h->ca_file, &h->why);
	if (h->curl)
		run_all(h, requests, count, until);
	return h->curl;
}

static void close_curl(struct https *h)
{
	https_curl_close(h->curl);
}

#else

static bool run(struct https *h, struct https_request *requests, size_t count,
                struct deadline until)
{
	(void)requests, (void)count, (void)until;
	h->why = "sendmx was built without libcurl";
	return false;
}

static void close_curl(struct https *h)
{
	(void)h;
}

#endif

struct https *https_open(const char *ca_file)
{
	struct https *h = memory_get(1, sizeof *h);

	h->ca_file = ca_file;
	return h;
}

void https_run(struct https *h, struct https_request *requests, size_t count, struct deadline until)
{
	for (size_t i = 0; i < count; i++)
		empty(&requests[i]);
	if (!count || run(h, requests, count, until))
		return;
	for (size_t i = 0; i < count; i++)
		https_fail(&requests[i], HTTPS_FAILED, h->why);
}

void https_close(struct https *h)
{
	if (h)
		close_curl(h);
	free(h);
}
