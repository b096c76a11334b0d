/* How route_find and plan_find wait: which questions are under way together, and in what order
   answers may come. A DNS of our own stands in for net/dns.c: it answers when it is waited for. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "route/plan.h"

enum { QUESTION_MAX = 64, ASKER_MAX = 16 };

static const struct dns_mx two[] = {{10, "a", true}, {20, "b", true}};
static const struct dns_mx null_mx[] = {{0, ".", true}};
static const struct ip one_ip = {.family = AF_INET, .bytes = {192, 0, 2, 1}};
static const struct ip other_ip = {.family = AF_INET, .bytes = {192, 0, 2, 2}};
static const struct ip six_ip = {.family = AF_INET6, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};

static const struct record {
	const char *name;
	enum dns_type type;
	struct dns_answer answer;
} records[] = {
	{"two", DNS_MX, {.security = DNS_SECURE, .name = "two", .count = 2, .mx = two}},
	{"null", DNS_MX, {.name = "null", .count = 1, .mx = null_mx}},
	{"a", DNS_A, {.security = DNS_SECURE, .name = "a", .count = 1, .ip = &one_ip}},
	{"b", DNS_A, {.security = DNS_SECURE, .name = "b", .count = 1, .ip = &other_ip}},
	{"b", DNS_AAAA, {.security = DNS_INSECURE, .name = "b", .count = 1, .ip = &six_ip}},
	{"plain", DNS_A, {.name = "plain", .count = 1, .ip = &one_ip}},
};

static struct question {
	char name[64];
	enum dns_type type;
	bool answered;
	bool asked_by[ASKER_MAX];
} questions[QUESTION_MAX];
static size_t question_count;
static bool named[ASKER_MAX]; /* to be named by dns_wait */
static unsigned rounds;
static bool one_at_a_time;    /* answers come alone, the last question's first */
static bool mute;             /* no answer comes, and nobody says so */

static const struct dns_answer *look_up(const char *name, enum dns_type type)
{
	static const struct dns_answer nothing = {.outcome = DNS_NO_DATA, .name = "?"};
	static struct dns_answer no_mx[] = {{.outcome = DNS_NO_DATA, .name = "plain"}};

	if (strcmp(name, "plain") == 0 && type == DNS_MX)
		return no_mx;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		if (records[i].type == type && strcmp(records[i].name, name) == 0)
			return &records[i].answer;
	}
	return &nothing;
}

static struct question *question_get(const char *name, enum dns_type type)
{
	for (size_t i = 0; i < question_count; i++) {
		if (questions[i].type == type && strcmp(questions[i].name, name) == 0)
			return &questions[i];
	}
	assert_true(question_count < QUESTION_MAX);
	questions[question_count] = (struct question){.type = type};
	assert_true(strlen(name) < sizeof questions->name);
	strcpy(questions[question_count].name, name);
	return &questions[question_count++];
}

const struct dns_answer *dns_get(struct dns *d, const char *name, enum dns_type type, size_t asker)
{
	struct question *q = question_get(name, type);

	(void)d;
	assert_true(asker < ASKER_MAX);
	if (q->answered)
		return look_up(name, type);
	q->asked_by[asker] = true;
	return NULL;
}

static void answer(struct question *q)
{
	q->answered = true;
	for (size_t i = 0; i < ASKER_MAX; i++)
		named[i] = named[i] || q->asked_by[i];
}

/* A round trip: all that was asked, or the last one of it, is answered. */
static void answer_open(void)
{
	rounds++;
	for (size_t i = question_count; i-- > 0;) {
		if (questions[i].answered)
			continue;
		answer(&questions[i]);
		if (one_at_a_time)
			return;
	}
}

static bool next_named(size_t *asker)
{
	for (*asker = 0; *asker < ASKER_MAX; ++*asker) {
		if (named[*asker]) {
			named[*asker] = false;
			return true;
		}
	}
	return false;
}

bool dns_wait(struct dns *d, struct deadline until, size_t *asker)
{
	bool open = false;

	(void)d;
	(void)until;
	if (next_named(asker))
		return true;
	for (size_t i = 0; i < question_count; i++)
		open = open || !questions[i].answered;
	if (open && !mute)
		answer_open();
	return next_named(asker);
}

static const struct deadline forever = {.at = DEADLINE_NEVER, .cancel_fd = -1};

static void plan_for(struct plan *plan, const char *const *domains, size_t count)
{
	static const struct machine machine = {.ipv4 = true, .ipv6 = true};
	const struct facts facts = {.machine = &machine, .seed = 1};
	struct address addresses[ASKER_MAX];

	question_count = 0;
	rounds = 0;
	memset(named, 0, sizeof named);
	for (size_t i = 0; i < count; i++)
		addresses[i] = (struct address){"bob", domains[i], domains[i], .kind = DOMAIN_NAME};
	plan_open(plan, addresses, count);
	plan_find(plan, &facts, forever, NULL);
}

/* How many round trips and questions one domain costs. */
static void check_cost(const char *domain, unsigned round_trips, size_t asked)
{
	struct plan plan;

	one_at_a_time = false;
	plan_for(&plan, &domain, 1);
	assert_int_equal(rounds, round_trips);
	assert_int_equal(question_count, asked);
	plan_free(&plan);
}

static void round_trips_are_few(void **state)
{
	(void)state;
	/* then both families of both exchangers at once, then TLSA of the one that is secure */
	check_cost("two", 3, 1 + 4 + 1);
	check_cost("null", 1, 1);
	check_cost("plain", 2, 1 + 2);
	check_cost("nothing", 2, 1 + 2);
}

static const char *const many[] = {"two", "null", "plain", "nothing", "two.b", "plain.b"};

static void domains_do_not_wait_for_each_other(void **state)
{
	struct plan plan;

	(void)state;
	one_at_a_time = false;
	plan_for(&plan, many, sizeof many / sizeof *many);
	assert_int_equal(rounds, 3);
	assert_int_equal(plan.delivery_count, 2);
	plan_free(&plan);
}

static void answers_in_any_order_give_the_same_plan(void **state)
{
	struct plan together, alone;

	(void)state;
	one_at_a_time = false;
	plan_for(&together, many, sizeof many / sizeof *many);
	one_at_a_time = true;
	plan_for(&alone, many, sizeof many / sizeof *many);
	assert_int_equal(rounds, question_count);
	assert_int_equal(alone.delivery_count, together.delivery_count);
	for (size_t i = 0; i < alone.domain_count; i++) {
		const struct route *one = &alone.domains[i].route;
		const struct route *other = &together.domains[i].route;

		assert_true(route_same(one, other));
		assert_int_equal(one->status.fault, other->status.fault);
		assert_string_equal(one->status.text, other->status.text);
	}
	plan_free(&together);
	plan_free(&alone);
}

static void nobody_is_forgotten(void **state)
{
	struct plan plan;

	(void)state;
	mute = true;
	plan_for(&plan, many, sizeof many / sizeof *many);
	mute = false;
	assert_int_equal(plan.delivery_count, 0);
	for (size_t i = 0; i < plan.recipient_count; i++) {
		assert_int_equal(plan.recipients[i].status.class, 4);
		assert_int_equal(plan.recipients[i].status.fault, FAULT_EXPIRED);
		assert_true(plan.recipients[i].status.text[0]);
	}
	plan_free(&plan);
}

static void security_is_that_of_the_weakest_family(void **state)
{
	const char *const domain[] = {"two"};
	struct plan plan;
	const struct route *route;

	(void)state;
	one_at_a_time = false;
	plan_for(&plan, domain, 1);
	route = &plan.domains[0].route;
	assert_int_equal(route->security, DNS_SECURE);
	assert_int_equal(route->hosts[0].security, DNS_SECURE);
	assert_int_equal(route->hosts[1].security, DNS_INSECURE);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips_are_few),
		cmocka_unit_test(domains_do_not_wait_for_each_other),
		cmocka_unit_test(answers_in_any_order_give_the_same_plan),
		cmocka_unit_test(nobody_is_forgotten),
		cmocka_unit_test(security_is_that_of_the_weakest_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
