/* What must hold of every route, whatever stands in the DNS: zones made up by a number sequence. */

#include "route_world.h"

enum { ZONES = 3000, NAMES = 6 };

struct dice {
	uint64_t state;
};

static unsigned roll(struct dice *d, unsigned sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(d->state >> 33) % sides;
}

static void add_address(struct buf *zone, struct dice *d, unsigned name)
{
	static const char *const addresses[9] = {
		"A 192.0.2.1", "A 192.0.2.2", "A 192.0.2.3", "A 127.0.0.1", "A 0.0.0.0",
		"AAAA 2001:db8::1", "AAAA 2001:db8::2", "AAAA ::1", "AAAA fe80::1",
	};

	for (unsigned i = roll(d, 4); i > 0; i--)
		buf_printf(zone, "h%u %s\n", name, addresses[roll(d, 9)]);
}

static void add_name(struct buf *zone, struct dice *d, unsigned name)
{
	static const char *const troubles[] = {"servfail", "refused", "timeout"};

	switch (roll(d, 8)) {
	case 0:
		buf_printf(zone, "h%u CNAME h%u\n", name, roll(d, NAMES));
		break;
	case 1:
		buf_printf(zone, ";! %s h%u %s\n", troubles[roll(d, 3)], name,
		           roll(d, 2) ? "A" : "AAAA");
		add_address(zone, d, name);
		break;
	case 2:
		buf_printf(zone, ";! self h%u\n", name);
		add_address(zone, d, name);
		break;
	case 3:
		break;
	default:
		add_address(zone, d, name);
	}
}

static void add_domain(struct buf *zone, struct dice *d)
{
	static const char *const odd[] = {".", "192.0.2.9", "localhost", "a\\032b"};

	for (unsigned i = roll(d, 6); i > 0; i--)
		buf_printf(zone, "example.org MX %u h%u\n", roll(d, 4), roll(d, NAMES));
	if (roll(d, 4) == 0)
		buf_printf(zone, "example.org MX %u %s\n", roll(d, 4), odd[roll(d, 4)]);
	if (roll(d, 2))
		buf_text(zone, "example.org A 192.0.2.8\n");
	if (roll(d, 4) == 0)
		buf_text(zone, ";! self 192.0.2.2\n");
}

static void check_hosts(const struct route *route)
{
	size_t addresses = 0;

	for (size_t i = 0; i < route->host_count; i++) {
		const struct route_host *host = &route->hosts[i];

		assert_true(host->address_count > 0);
		assert_true(i == 0 || route->hosts[i - 1].preference <= host->preference);
		addresses += host->address_count;
	}
	assert_true(addresses <= ROUTE_ADDRESS_MAX);
}

/* Nobody is sent to himself, to an address of nobody, or twice to the same one. */
static void check_addresses(const struct world *w, const struct route *route)
{
	const struct ip *all[ROUTE_ADDRESS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < route->host_count; i++) {
		for (size_t j = 0; j < route->hosts[i].address_count; j++)
			all[count++] = &route->hosts[i].addresses[j];
		assert_false(machine_has_name(&w->machine, route->hosts[i].name));
	}
	for (size_t i = 0; i < count; i++) {
		assert_null(ip_unroutable(all[i]));
		assert_false(machine_has_address(&w->machine, all[i]));
		for (size_t j = 0; j < i; j++)
			assert_false(ip_same(all[i], all[j]));
	}
}

static bool is_told(const struct route *route, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < route->host_count; i++) {
		if (strcmp(route->hosts[i].name, name) == 0)
			return true;
	}
	for (size_t i = 0; i < route->excluded_count; i++) {
		if (strncmp(route->excluded[i].host, name, size) == 0)
			return true;
	}
	return false;
}

/* Each exchanger is tried or left out with a reason; only a null MX needs no list. */
static void check_nothing_is_lost(struct world *w, const struct route *route)
{
	const struct dns_answer *mx = dns_get(w->facts.dns, "example.org", DNS_MX, 0);

	for (size_t i = 0; i < mx->count && route->status.fault != FAULT_NULL_MX; i++)
		assert_true(is_told(route, mx->mx[i].exchanger));
	for (size_t i = 0; i < route->excluded_count; i++)
		assert_true(route->excluded[i].reason && *route->excluded[i].reason);
	assert_int_equal(route->status.class == 2, route->host_count > 0);
	assert_true(route->status.class == 2 || route->status.fault != FAULT_NONE);
	assert_true(route->status.text && *route->status.text);
}

/* Permanent only when nothing failed for now. */
static void check_doubt(const struct route *route)
{
	if (route->status.class != 5)
		return;
	for (size_t i = 0; i < route->excluded_count; i++) {
		assert_null(strstr(route->excluded[i].reason, "facts answers"));
		assert_null(strstr(route->excluded[i].reason, "no answer"));
	}
}

static void every_route_keeps_its_promises(void **state)
{
	struct dice dice = {.state = 20240229};

	(void)state;
	for (unsigned i = 0; i < ZONES; i++) {
		struct world w;
		struct route route;
		struct buf zone;

		buf_init(&zone, 1 << 16);
		add_domain(&zone, &dice);
		for (unsigned name = 0; name < NAMES; name++)
			add_name(&zone, &dice, name);
		world_open(&w, zone.bytes ? zone.bytes : "");
		route = world_route(&w, "bob@example.org");
		check_hosts(&route);
		check_addresses(&w, &route);
		check_nothing_is_lost(&w, &route);
		check_doubt(&route);
		world_close(&w);
		buf_free(&zone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_keeps_its_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
