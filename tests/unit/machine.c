/* What this machine says of itself, as far as that is the same everywhere. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/machine.h"

static void machine_says_something(void **state)
{
	struct machine m;

	(void)state;
	machine_read(&m);
	assert_non_null(m.host_name);
	assert_true(m.host_name[0] != '\0');
	for (const char *p = m.host_name; *p; p++)
		assert_false(*p >= 'A' && *p <= 'Z');
	for (size_t i = 0; i < m.address_count; i++)
		assert_false(ip_is_loopback(&m.addresses[i]));
	assert_false(machine_has_name(&m, "localhost"));
	machine_free(&m);
}

static void blank_machine_knows_nothing(void **state)
{
	struct machine m;

	(void)state;
	machine_blank(&m);
	assert_int_equal(m.address_count, 0);
	assert_int_equal(m.name_count, 0);
	assert_true(m.ipv4 && m.ipv6);
	assert_string_equal(m.host_name, "localhost");
	machine_free(&m);
}

static void addresses_have_a_ceiling(void **state)
{
	struct machine m;
	struct ip ip = {.family = AF_INET, .bytes = {10}};

	(void)state;
	machine_blank(&m);
	for (unsigned i = 0; i < MACHINE_ADDRESS_MAX; i++) {
		ip.bytes[1] = (uint8_t)(i >> 8);
		ip.bytes[2] = (uint8_t)i;
		assert_true(machine_add_address(&m, &ip));
		assert_true(machine_add_address(&m, &ip)); /* known already */
	}
	assert_int_equal(m.address_count, MACHINE_ADDRESS_MAX);
	assert_true(machine_has_address(&m, &ip));
	ip.bytes[3] = 1;
	assert_false(machine_add_address(&m, &ip));
	assert_false(machine_has_address(&m, &ip));
	machine_free(&m);
}

static void names_have_no_case(void **state)
{
	struct machine m;
	char name[32];

	(void)state;
	machine_blank(&m);
	assert_true(machine_add_name(&m, "MX.Example.org"));
	assert_string_equal(m.names[0], "mx.example.org");
	assert_true(machine_add_name(&m, "mx.example.ORG"));
	assert_int_equal(m.name_count, 1);
	for (int i = 1; i < MACHINE_NAME_MAX; i++) {
		snprintf(name, sizeof name, "n%d", i);
		assert_true(machine_add_name(&m, name));
	}
	assert_false(machine_add_name(&m, "one.too.many"));
	machine_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machine_says_something),
		cmocka_unit_test(blank_machine_knows_nothing),
		cmocka_unit_test(addresses_have_a_ceiling),
		cmocka_unit_test(names_have_no_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
