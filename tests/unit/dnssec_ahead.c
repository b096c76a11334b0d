/* What the validator asks for before anybody knows whether it is needed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"
#include "net/dns_name.h"
#include "net/dnssec_zone.h"

static char asked[400];

static const struct dns_reply *note(void *context, const char *name, unsigned type)
{
	size_t size = strlen(asked);

	(void)context;
	snprintf(asked + size, sizeof asked - size, "%s%s %s", size ? ", " : "",
	         type == DNS_DS ? "DS" : "DNSKEY", name);
	return NULL;
}

static void assert_asked(const char *name, const char *want)
{
	struct arena a = {0};
	struct dnssec_chain chain = {.arena = &a, .source.get = note};
	uint8_t wire[DNS_NAME_WIRE];

	asked[0] = '\0';
	assert_true(dns_name_wire(name, wire));
	dnssec_walk_ahead(&chain, wire);
	assert_string_equal(asked, want);
	dnssec_chain_close(&chain);
	arena_free(&a);
}

static void two_labels_are_a_domain(void **state)
{
	(void)state;
	assert_asked("example.org", "DNSKEY ., DS org, DNSKEY org, DS example.org");
	assert_asked("mx.a.example.org", "DNSKEY ., DS org, DNSKEY org, DS example.org");
	assert_asked("mx.gmx.net", "DNSKEY ., DS net, DNSKEY net, DS gmx.net");
	assert_asked("org", "DNSKEY ., DS org, DNSKEY org");
	assert_asked(".", "DNSKEY .");
}

static void three_below_some_countries(void **state)
{
	(void)state;
	assert_asked("mx.example.co.uk",
	             "DNSKEY ., DS uk, DNSKEY uk, DS co.uk, DS example.co.uk");
	assert_asked("gmx.de", "DNSKEY ., DS de, DNSKEY de, DS gmx.de");
}

static void services_are_no_domains(void **state)
{
	(void)state;
	assert_asked("_mta-sts.gmx.de", "DNSKEY ., DS de, DNSKEY de, DS gmx.de");
	assert_asked("_smtp._tls.example.org", "DNSKEY ., DS org, DNSKEY org, DS example.org");
}

/* Nothing below it can be signed. */
static void no_further_than_what_is_not_signed(void **state)
{
	struct arena a = {0};
	struct dnssec_chain chain = {.arena = &a, .source.get = note};
	uint8_t wire[DNS_NAME_WIRE];

	(void)state;
	struct dnssec_zone zone = {.text = "org", .state = DNSSEC_ZONE_INSECURE};
	dns_index_add(&chain.zones, &zone.link, text_hash("org", 0));
	asked[0] = '\0';
	assert_true(dns_name_wire("example.org", wire));
	dnssec_walk_ahead(&chain, wire);
	assert_string_equal(asked, "DNSKEY .");
	dnssec_chain_close(&chain);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_labels_are_a_domain),
		cmocka_unit_test(three_below_some_countries),
		cmocka_unit_test(services_are_no_domains),
		cmocka_unit_test(no_further_than_what_is_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
