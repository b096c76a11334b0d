#include "cli/plan_hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/colour.h"
#include "cli/layout.h"
#include "cli/prospect.h"

enum {
	LINE_MAX_BYTES = 64 * 1024,
	PREFERENCE_WIDTH = 4, /* as wide as the title of its column */
	ROWS_MAX = 4,         /* with one reason; more are a list */
	NAMES_MAX = 20,       /* with one reason for their TLS */
	LIST_MAX = DNS_RECORD_MAX, /* of so many exchangers a list has all; hostile ones can have
	                              addresses by the hundred thousand, which JSON tells */
	INDENT = 2,
	BELOW_HOST = 10       /* where what belongs to a host is indented to */
};

void plan_hosts_line(struct buf *b, const char *label, const char *text)
{
	char start[32];

	snprintf(start, sizeof start, "  %-9s ", label);
	layout_paragraph(b, start, text);
}

/* ---- those to be tried ---- */

/* An address of the user's own was not looked up. */
static bool is_literal(const struct route_host *host)
{
	return host->name[0] == '[';
}

static bool owed_the_same(const struct route_host *one, const struct route_host *other)
{
	return strcmp(one->duty.name, other->duty.name) == 0 &&
	       strcmp(one->duty.reason, other->duty.reason) == 0;
}

static bool all_owed_one_kind(const struct route *route)
{
	for (size_t i = 1; i < route->host_count; i++) {
		if (strcmp(route->hosts[0].duty.name, route->hosts[i].duty.name) != 0)
			return false;
	}
	return true;
}

static bool all_owed_the_same(const struct route *route)
{
	for (size_t i = 1; i < route->host_count; i++) {
		if (!owed_the_same(&route->hosts[0], &route->hosts[i]))
			return false;
	}
	return true;
}

static const char *preference_of(struct arena *a, const struct route_host *host)
{
	return is_literal(host) ? "-" : arena_printf(a, "%u", host->preference);
}

static const char *ttl_of(struct arena *a, const struct route_host *host)
{
	return is_literal(host) ? "-" : arena_printf(a, "%u", host->ttl);
}

static const char *security_of(const struct route_host *host)
{
	return is_literal(host) ? "-" : route_security_name(host->security);
}

/* Where nothing is checked a column would repeat a fact of the whole run. */
static bool any_checked(const struct route *route)
{
	for (size_t i = 0; i < route->host_count; i++) {
		if (route->hosts[i].security != DNS_UNCHECKED)
			return true;
	}
	return route->security != DNS_UNCHECKED;
}

/* The first address beside the host, the others below it. */
static void host_rows(struct layout_table *t, const struct route_host *host, bool with_dnssec,
                      bool with_tls)
{
	struct arena *a = t->arena;
	char ip[IP_TEXT];

	for (size_t i = 0; i < host->address_count; i++) {
		const char *address = arena_text(a, ip_print(&host->addresses[i], ip));
		const char *const first[LAYOUT_COLUMNS] = {
			preference_of(a, host),
			prospect_host(a, host),
			address,
			ttl_of(a, host),
			with_dnssec ? security_of(host) : NULL,
			with_tls ? host->duty.name : NULL,
		};
		const char *const more[LAYOUT_COLUMNS] = {NULL, NULL, address};

		layout_row(t, i ? more : first);
	}
}

static void add_title(struct buf *b, const struct layout_table *t, bool colour)
{
	struct buf title;

	buf_init(&title, LINE_MAX_BYTES);
	layout_rows(t, 0, 1, &title);
	title.bytes[title.size - 1] = '\0'; /* the line's end */
	colour_words(b, colour, COLOUR_TITLE, title.bytes);
	buf_text(b, "\n");
	buf_free(&title);
}

/* What the table says of a host, in lines of its own. */
static void host_block(struct buf *b, struct arena *a, const struct route_host *host,
                       bool with_dnssec)
{
	const char **addresses = arena_array(a, host->address_count, sizeof *addresses);
	char ip[IP_TEXT];

	for (size_t i = 0; i < host->address_count; i++)
		addresses[i] = arena_text(a, ip_print(&host->addresses[i], ip));
	buf_printf(b, "  %*s  %s\n", PREFERENCE_WIDTH, preference_of(a, host),
	           prospect_host(a, host));
	layout_list(b, BELOW_HOST, addresses, host->address_count);
	if (!is_literal(host))
		buf_printf(b, "%*sTTL %u s%s%s\n", BELOW_HOST, "", host->ttl,
		           with_dnssec ? ", DNSSEC " : "", with_dnssec ? security_of(host) : "");
}

void plan_hosts(struct buf *b, const struct route *route, bool colour)
{
	bool with_tls = !all_owed_one_kind(route), with_dnssec = any_checked(route);
	const char *const titles[LAYOUT_COLUMNS] = {"pref", "host", "address", "TTL",
	                                            with_dnssec ? "DNSSEC" : NULL,
	                                            with_tls ? "TLS" : NULL};
	struct arena a = {0};
	struct layout_table t = {
		.arena = &a, .indent = INDENT, .right = {[0] = true, [3] = true}};

	if (!route->host_count)
		return;
	layout_row(&t, titles);
	for (size_t i = 0; i < route->host_count; i++)
		host_rows(&t, &route->hosts[i], with_dnssec, with_tls);
	if (layout_table_width(&t) <= LAYOUT_WIDTH) {
		add_title(b, &t, colour);
		layout_rows(&t, 1, t.count, b);
	} else {
		colour_words(b, colour, COLOUR_TITLE, "  pref  host");
		buf_text(b, "\n");
		for (size_t i = 0; i < route->host_count; i++)
			host_block(b, &a, &route->hosts[i], with_dnssec);
	}
	arena_free(&a);
}

/* ---- the TLS that they are owed ---- */

static bool told_before(const struct route *route, size_t host)
{
	for (size_t i = 0; i < host; i++) {
		if (owed_the_same(&route->hosts[i], &route->hosts[host]))
			return true;
	}
	return false;
}

/* "dane for mx1.example.org, mx2.example.org" */
static void add_those(struct buf *b, const struct route *route, size_t first)
{
	size_t count = 0;

	for (size_t i = first; i < route->host_count; i++) {
		if (!owed_the_same(&route->hosts[first], &route->hosts[i]))
			continue;
		if (count++ < NAMES_MAX)
			buf_printf(b, "%s%s", i == first ? " for " : ", ",
			           route->hosts[i].name);
	}
	if (count > NAMES_MAX)
		buf_printf(b, " and %zu more", count - NAMES_MAX);
}

void plan_hosts_tls(struct buf *b, const struct route *route)
{
	bool all = all_owed_the_same(route);
	struct buf line;

	for (size_t i = 0; i < route->host_count; i++) {
		if (told_before(route, i))
			continue;
		buf_init(&line, LINE_MAX_BYTES);
		buf_text(&line, route->hosts[i].duty.name);
		if (!all)
			add_those(&line, route, i);
		buf_printf(&line, ": %s", route->hosts[i].duty.reason);
		plan_hosts_line(b, "TLS", line.bytes);
		buf_free(&line);
	}
}

/* ---- those that are left out ---- */

/* One that is left out, and how many share its reason. */
struct omission {
	const struct route_excluded *what;
	size_t number; /* its place in the route's list */
	size_t group;  /* place of the first with the same reason */
	size_t size;   /* how many there are */
};

static int by_reason(const void *left, const void *right)
{
	const struct omission *one = left, *other = right;
	int order = strcmp(one->what->reason, other->what->reason);

	if (order)
		return order;
	return one->number < other->number ? -1 : one->number > other->number;
}

static int by_place(const void *left, const void *right)
{
	const struct omission *one = left, *other = right;

	if (one->group != other->group)
		return one->group < other->group ? -1 : 1;
	return one->number < other->number ? -1 : one->number > other->number;
}

/* Those that share a reason with more than ROWS_MAX others are a group; every other one stands for
   itself. Sorted, because a hostile answer leaves out very many. */
static void find_groups(struct omission *list, size_t count)
{
	size_t end;

	qsort(list, count, sizeof *list, by_reason);
	for (size_t from = 0; from < count; from = end) {
		for (end = from; end < count; end++) {
			if (strcmp(list[from].what->reason, list[end].what->reason) != 0)
				break;
		}
		for (size_t i = from; i < end; i++) {
			bool group = end - from > ROWS_MAX;

			list[i].group = list[group ? from : i].number;
			list[i].size = group ? end - from : 1;
		}
	}
	qsort(list, count, sizeof *list, by_place);
}

static struct omission *omissions(struct arena *a, const struct route *route)
{
	struct omission *list = arena_array(a, route->excluded_count, sizeof *list);

	for (size_t i = 0; i < route->excluded_count; i++)
		list[i] = (struct omission){.what = &route->excluded[i], .number = i};
	find_groups(list, route->excluded_count);
	return list;
}

static void add_rows(struct buf *b, struct arena *a, const struct omission *list, size_t count)
{
	struct layout_table t = {.arena = a, .indent = INDENT, .prose = 2};

	for (size_t i = 0; i < count; i++) {
		const struct route_excluded *out = list[i].what;
		const char *const row[LAYOUT_COLUMNS] = {
			arena_printf(a, "%*u", PREFERENCE_WIDTH, out->preference), out->host,
			out->reason};

		if (list[i].size == 1)
			layout_row(&t, row);
	}
	layout_table(&t, b);
}

static void add_group(struct buf *b, struct arena *a, const struct omission *list)
{
	size_t told = list->size <= LIST_MAX ? list->size : LIST_MAX, count = told;
	const char **items = arena_array(a, told + 1, sizeof *items);
	const char *reason = arena_printf(a, "%s:", list->what->reason);

	for (size_t i = 0; i < told; i++)
		items[i] = arena_printf(a, "%u %s", list[i].what->preference, list[i].what->host);
	if (told < list->size)
		items[count++] = arena_printf(a, "and %zu more", list->size - told);
	layout_paragraph(b, "    ", reason);
	layout_list(b, BELOW_HOST - INDENT, items, count);
}

void plan_hosts_left_out(struct buf *b, const struct route *route, bool colour)
{
	struct arena a = {0};
	const struct omission *list;

	if (!route->excluded_count)
		return;
	list = omissions(&a, route);
	colour_words(b, colour, COLOUR_DOUBT, "  left out:");
	buf_text(b, "\n");
	add_rows(b, &a, list, route->excluded_count);
	for (size_t i = 0; i < route->excluded_count; i += list[i].size) {
		if (list[i].size > 1)
			add_group(b, &a, &list[i]);
	}
	arena_free(&a);
}
