/* What route/plan.h promises who watches a plan being made. Domains and hosts are drawn by lot, and
   answers come one by one in an order drawn by lot, from a DNS of our own in place of net/dns.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_lot.h"
#include "route/plan.h"

enum { ROUNDS = 2000 };

struct told {
	const struct delivery *deliveries[DOMAINS];
	size_t domain_counts[DOMAINS]; /* when they were told of */
	size_t count, shared;
};

static void keep_told(void *context, struct delivery *delivery)
{
	struct told *told = context;

	assert_true(told->count < DOMAINS);
	assert_true(delivery->begun);
	told->shared += delivery->domain_count > 1;
	told->domain_counts[told->count] = delivery->domain_count;
	told->deliveries[told->count++] = delivery;
}

static void make(struct plan *plan, uint64_t seed, struct told *told)
{
	static const struct machine machine = {.ipv4 = true, .ipv6 = true};
	static const struct deadline forever = {.at = DEADLINE_NEVER, .cancel_fd = -1};
	const struct facts facts = {.machine = &machine, .seed = 1};
	const struct plan_watch watch = {keep_told, told};
	struct address addresses[DOMAINS];

	lot = seed;
	forget_questions();
	for (size_t i = 0; i < DOMAINS; i++)
		addresses[i] = (struct address){"bob", domains[i], domains[i], .kind = DOMAIN_NAME};
	plan_open(plan, addresses, DOMAINS);
	assert_false(plan->whole);
	plan_find(plan, &facts, forever, told ? &watch : NULL);
	assert_true(plan->whole);
}

static void check_same(const struct plan *one, const struct plan *other)
{
	assert_int_equal(one->delivery_count, other->delivery_count);
	for (size_t i = 0; i < one->delivery_count; i++) {
		const struct delivery *a = one->deliveries[i], *b = other->deliveries[i];

		assert_true(route_same(a->route, b->route));
		assert_int_equal(a->domain_count, b->domain_count);
		assert_int_equal(a->recipient_count, b->recipient_count);
		for (size_t j = 0; j < a->domain_count; j++)
			assert_string_equal(a->domains[j]->name, b->domains[j]->name);
	}
	for (size_t i = 0; i < DOMAINS; i++)
		assert_int_equal(one->domains[i].delivery, other->domains[i].delivery);
}

static void check_told(const struct plan *plan, const struct told *told)
{
	size_t begun = 0;

	for (size_t i = 0; i < plan->delivery_count; i++)
		begun += plan->deliveries[i]->begun;
	assert_int_equal(begun, told->count);
	for (size_t i = 0; i < told->count; i++) {
		size_t number = told->deliveries[i]->domains[0]->delivery;

		assert_ptr_equal(told->deliveries[i], plan->deliveries[number - 1]);
		assert_int_equal(told->deliveries[i]->domain_count, told->domain_counts[i]);
	}
}

static void whoever_watches_the_plan_is_the_same(void **state)
{
	size_t early = 0, shared = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct told told = {.count = 0};
		struct plan watched, alone;

		draw_world(seed);
		make(&watched, seed, &told);
		make(&alone, seed * 7919, NULL);
		check_same(&watched, &alone);
		check_told(&watched, &told);
		early += told.count;
		shared += told.shared;
		plan_free(&watched);
		plan_free(&alone);
	}
	assert_true(early > ROUNDS / 4); /* or this was no test */
	assert_true(shared > ROUNDS / 20);
}

/* As in draw_world, but each domain has an exchanger of its own. */
static void who_shares_nothing_waits_for_nobody(void **state)
{
	struct told told = {.count = 0};
	struct plan plan;

	(void)state;
	draw_world(1);
	for (size_t i = 0; i < DOMAINS; i++) {
		of_domain[i] = (struct dns_answer){.name = domains[i], .mx = mx[i], .count = 1};
		mx[i][0] = (struct dns_mx){10, hosts[i], true};
		of_host[i] = (struct dns_answer){.name = hosts[i], .ip = &address[i], .count = 1};
	}
	make(&plan, 1, &told);
	assert_int_equal(plan.delivery_count, DOMAINS);
	assert_true(told.count >= DOMAINS / 2); /* MX first, or nobody could begin */
	plan_free(&plan);
}

/* One domain alone needs no second thread. */
static void the_last_one_is_not_told(void **state)
{
	struct told told = {.count = 0};
	struct plan plan;

	(void)state;
	draw_world(1);
	for (size_t i = 0; i < DOMAINS; i++)
		of_domain[i] = (struct dns_answer){.outcome = DNS_NO_NAME, .name = domains[i]};
	of_domain[3] = (struct dns_answer){.name = domains[3], .mx = mx[3], .count = 1};
	mx[3][0] = (struct dns_mx){10, hosts[3], true};
	of_host[3] = (struct dns_answer){.name = hosts[3], .ip = &address[3], .count = 1};
	make(&plan, 1, &told);
	assert_int_equal(plan.delivery_count, 1);
	assert_int_equal(told.count, 0);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_watches_the_plan_is_the_same),
		cmocka_unit_test(who_shares_nothing_waits_for_nobody),
		cmocka_unit_test(the_last_one_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
