/* A world for the tests of route and plan: facts from zone text, and a route as text. */
#ifndef TESTS_UNIT_ROUTE_WORLD_H
#define TESTS_UNIT_ROUTE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/deadline.h"
#include "route/route.h"

static const struct deadline forever = {.at = DEADLINE_NEVER, .cancel_fd = -1};

struct world {
	struct arena arena;
	struct machine machine;
	struct facts facts;
	struct route_rule rules[8];
};

static void world_write(const char *zone, char *path)
{
	size_t size = strlen(zone);
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, zone, size), size);
	close(fd);
}

static void world_open(struct world *w, const char *zone)
{
	char path[] = "/tmp/sendmx-facts-XXXXXX";
	struct dns_settings settings;
	const char *why = "";
	bool good;

	*w = (struct world){.facts = {.machine = &w->machine, .rules = w->rules, .seed = 1}};
	machine_blank(&w->machine);
	dns_settings_default(&settings);
	w->facts.dns = dns_open(&settings);
	world_write(zone, path);
	good = dns_facts(w->facts.dns, path, &w->machine, &why);
	unlink(path);
	if (!good)
		fail_msg("%s in\n%s", why, zone);
}

static void world_close(struct world *w)
{
	dns_close(w->facts.dns);
	machine_free(&w->machine);
	arena_free(&w->arena);
}

/* An explicit route, after those that are there. */
static inline void world_rule(struct world *w, const char *text)
{
	const char *why = "";

	if (!route_rule_parse(&w->arena, text, &w->rules[w->facts.rule_count++], &why))
		fail_msg("%s: %s", text, why);
}

static inline struct address world_address(struct world *w, const char *text)
{
	struct address address;
	const char *why = "";

	if (!address_parse(&w->arena, text, &address, &why))
		fail_msg("%s: %s", text, why);
	return address;
}

static inline struct route world_route(struct world *w, const char *to)
{
	struct address address = world_address(w, to);
	struct route route;
	size_t asker;

	while (!route_find(&w->facts, &w->arena, &address, 7, &route)) {
		assert_true(dns_wait(w->facts.dns, forever, &asker));
		assert_int_equal(asker, 7);
	}
	return route;
}

static void picture_host(struct buf *b, const struct route_host *host)
{
	char text[IP_TEXT];

	buf_printf(b, "%u %s", host->preference, host->name);
	if (host->port != SMTP_PORT)
		buf_printf(b, ":%u", host->port);
	for (size_t i = 0; i < host->address_count; i++)
		buf_printf(b, " %s", ip_print(&host->addresses[i], text));
	if (host->alias)
		buf_printf(b, " = %s", host->alias);
	if (host->trouble)
		buf_printf(b, " but %s", host->trouble);
	buf_text(b, "\n");
}

/* "mx", a line a host, a line with "- " for all that is left out, and our verdict without hosts. */
static inline const char *picture(struct arena *a, const struct route *route)
{
	char code[16];
	struct buf b;
	const char *text;

	buf_init(&b, 1 << 20);
	buf_printf(&b, "%s\n", route_source_name(route->source));
	for (size_t i = 0; i < route->host_count; i++)
		picture_host(&b, &route->hosts[i]);
	for (size_t i = 0; i < route->excluded_count; i++)
		buf_printf(&b, "- %u %s: %s\n", route->excluded[i].preference,
		           route->excluded[i].host, route->excluded[i].reason);
	if (route->status.class != 2)
		buf_printf(&b, "%s %s\n", status_code(&route->status, code), route->status.text);
	text = arena_bytes(a, b.bytes, b.size);
	buf_free(&b);
	return text;
}

static inline void expect_route(struct world *w, const char *to, const char *wanted)
{
	struct route route = world_route(w, to);

	assert_string_equal(picture(&w->arena, &route), wanted);
	assert_int_equal(route.status.stage, STAGE_ROUTE);
	assert_int_equal(route.status.class == 2, route.host_count > 0);
}

#endif
