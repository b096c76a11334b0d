/* Domains and their exchangers drawn by lot, and in place of net/dns.c a DNS whose answers come one
   by one in an order drawn by lot. */
#ifndef TESTS_UNIT_DNS_LOT_H
#define TESTS_UNIT_DNS_LOT_H

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/deadline.h"
#include "net/dns.h"

enum { DOMAINS = 8, HOSTS = 10, QUESTION_MAX = DOMAINS + 3 * HOSTS };

static const char *const domains[DOMAINS] = {"d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7"};
static const char *const hosts[HOSTS] = {"h0", "h1", "h2", "h3", "h4",
                                         "h5", "h6", "h7", "h8", "h9"};

/* ---- a world drawn by lot ---- */

static uint64_t lot;

static unsigned draw(unsigned below)
{
	lot = lot * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(lot >> 33) % below;
}

static struct dns_mx mx[DOMAINS][3];
static struct dns_answer of_domain[DOMAINS];
static struct dns_answer of_host[HOSTS];
static struct ip address[HOSTS];

static void draw_domain(size_t i)
{
	static const enum dns_outcome outcomes[] = {DNS_FOUND, DNS_FOUND, DNS_FOUND, DNS_FOUND,
	                                            DNS_NO_NAME};

	of_domain[i] = (struct dns_answer){.name = domains[i], .mx = mx[i], .trouble = "trouble"};
	of_domain[i].outcome = outcomes[draw(5)];
	of_domain[i].count = of_domain[i].outcome == DNS_FOUND ? 1 + draw(3) : 0;
	for (size_t j = 0; j < 3; j++)
		mx[i][j] = (struct dns_mx){(uint16_t)(10 * j), hosts[draw(HOSTS)], true};
}

/* Some have no address: a route has fewer hosts than its domain has exchangers. */
static void draw_host(size_t i)
{
	of_host[i] = (struct dns_answer){.name = hosts[i], .ip = &address[i], .count = 1};
	address[i] = (struct ip){.family = AF_INET, .bytes = {192, 0, 2, (unsigned char)i}};
	if (draw(4) == 0)
		of_host[i] = (struct dns_answer){.outcome = DNS_NO_DATA, .name = hosts[i]};
}

static void draw_world(uint64_t seed)
{
	lot = seed;
	for (size_t i = 0; i < DOMAINS; i++)
		draw_domain(i);
	for (size_t i = 0; i < HOSTS; i++)
		draw_host(i);
}

/* ---- the DNS ---- */

static struct question {
	const char *name;
	enum dns_type type;
	bool answered;
	bool asked_by[DOMAINS];
} questions[QUESTION_MAX];
static size_t question_count;
static bool ready[DOMAINS]; /* to be named by dns_wait */

static const struct dns_answer *look_up(const char *name, enum dns_type type)
{
	static const struct dns_answer nothing = {.outcome = DNS_NO_DATA, .name = "?"};

	if (type == DNS_MX)
		return &of_domain[name[1] - '0'];
	return type == DNS_A && name[0] == 'h' ? &of_host[name[1] - '0'] : &nothing;
}

static struct question *question_get(const char *name, enum dns_type type)
{
	for (size_t i = 0; i < question_count; i++) {
		if (questions[i].type == type && strcmp(questions[i].name, name) == 0)
			return &questions[i];
	}
	assert_true(question_count < QUESTION_MAX);
	questions[question_count] = (struct question){.name = name, .type = type};
	return &questions[question_count++];
}

const struct dns_answer *dns_get(struct dns *d, const char *name, enum dns_type type, size_t asker)
{
	struct question *q = question_get(name, type);

	(void)d;
	assert_true(asker < DOMAINS);
	if (q->answered)
		return look_up(name, type);
	q->asked_by[asker] = true;
	return NULL;
}

static bool next_ready(size_t *asker)
{
	for (*asker = 0; *asker < DOMAINS; ++*asker) {
		if (ready[*asker]) {
			ready[*asker] = false;
			return true;
		}
	}
	return false;
}

static size_t unanswered(void)
{
	size_t count = 0;

	for (size_t i = 0; i < question_count; i++)
		count += !questions[i].answered;
	return count;
}

static void answer_one(size_t number)
{
	struct question *q = questions;

	while (q->answered || number--)
		q++;
	q->answered = true;
	memcpy(ready, q->asked_by, sizeof ready);
}

/* Where one plans and others deliver, these are to come in between. */
bool dns_wait(struct dns *d, struct deadline until, size_t *asker)
{
	(void)d;
	sched_yield();
	if (deadline_cancelled(until) || deadline_passed(until))
		return false;
	while (!next_ready(asker)) {
		size_t open = unanswered();

		if (!open)
			return false;
		answer_one(draw((unsigned)open));
	}
	return true;
}

static void forget_questions(void)
{
	question_count = 0;
	memset(ready, 0, sizeof ready);
}

#endif
