#include "cli/resolver_report.h"

#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/json_line.h"
#include "cli/layout.h"
#include "net/dns_wire.h"

enum { PORT_USUAL = 53 };

static const char *server_name(const struct dns_check *c, struct arena *a)
{
	char text[IP_TEXT];

	ip_print(&c->server.ip, text);
	if (c->server.port == PORT_USUAL)
		return arena_text(a, text);
	return arena_printf(a, "[%s]:%u", text, c->server.port);
}

/* ---- the table ---- */

static const char *time_cell(int64_t ms, struct arena *a)
{
	return ms < 1 ? "< 1 ms" : arena_printf(a, "%lld ms", (long long)ms);
}

static const char *tcp_cell(const struct dns_check *c, struct arena *a)
{
	switch (c->tcp) {
	case DNS_CHECK_UNASKED: return "?";
	case DNS_CHECK_REPLY: return time_cell(c->tcp_ms, a);
	case DNS_CHECK_SILENCE: return "silence";
	case DNS_CHECK_FAULT: break;
	}
	return "fails";
}

static const char *edns_cell(const struct dns_check *c, struct arena *a)
{
	return c->edns ? arena_printf(a, "%u bytes", c->edns_size) : "none";
}

static const char *dnssec_cell(const struct dns_check *c)
{
	if (c->edns && c->keys == DNS_CHECK_UNASKED)
		return "?";
	if (!c->signatures)
		return "not passed";
	return c->validates ? "passed, checked" : "passed";
}

static const char *unknown_cell(const struct dns_check *c, struct arena *a)
{
	char text[IP_TEXT];

	if (c->rewrites)
		return arena_printf(a, "are at %s", ip_print(&c->rewritten_to, text));
	if (c->unknown_reply == DNS_CHECK_UNASKED)
		return "?";
	return c->unknown_reply == DNS_CHECK_REPLY ? dns_rcode_name(a, c->unknown_rcode)
	                                           : "silence";
}

static void add_row(struct layout_table *t, const struct dns_check *c, const char *name)
{
	struct arena *a = t->arena;
	const char *const silent[LAYOUT_COLUMNS] = {name, "none"};
	const char *const heard[LAYOUT_COLUMNS] = {
		name,
		time_cell(c->ms, a),
		tcp_cell(c, a),
		edns_cell(c, a),
		dnssec_cell(c),
		unknown_cell(c, a),
	};

	layout_row(t, c->ms < 0 ? silent : heard);
}

/* A title, and a row for each server. */
static struct layout_table table_of(const struct dns_check *checks, size_t count, bool named,
                                    struct arena *a)
{
	const char *const head[LAYOUT_COLUMNS] = {
		named ? "name server" : "", "answer", "over TCP",
		"EDNS", "DNSSEC", "unknown names"};
	struct layout_table t = {.arena = a, .indent = named ? 0 : 2};

	layout_row(&t, head);
	for (size_t i = 0; i < count; i++)
		add_row(&t, &checks[i], named ? server_name(&checks[i], a) : "");
	return t;
}

/* Long addresses of IPv6 stand in lines of their own. */
static void print_table(const struct dns_check *checks, size_t count, struct arena *a,
                        struct buf *b)
{
	struct layout_table t = table_of(checks, count, true, a);

	if (layout_table_width(&t) <= LAYOUT_WIDTH) {
		layout_table(&t, b);
		return;
	}
	t = table_of(checks, count, false, a);
	layout_rows(&t, 0, 1, b);
	for (size_t i = 0; i < count; i++) {
		buf_printf(b, "%s\n", server_name(&checks[i], a));
		layout_rows(&t, i + 1, i + 2, b);
	}
}

void resolver_report_text(const struct dns_check *checks, size_t count,
                          const struct resolver_sum *sum, struct arena *a, struct buf *b)
{
	print_table(checks, count, a, b);
	buf_text(b, "\n");
	for (size_t i = 0; i < count; i++)
		layout_paragraph(b, arena_printf(a, "%s: ", server_name(&checks[i], a)),
		                 checks[i].words);
	buf_text(b, "\n");
	layout_paragraph(b, "", sum->words);
}

/* ---- all of them ---- */

static size_t count_grade(const struct dns_check *checks, size_t count, enum dns_check_grade worst)
{
	size_t number = 0;

	for (size_t i = 0; i < count; i++)
		number += checks[i].grade <= worst;
	return number;
}

/* Of whom there was no time to ask nobody knows what he is worth. */
static bool any_cut(const struct dns_check *checks, size_t count)
{
	while (count && !checks[count - 1].cut)
		count--;
	return count > 0;
}

static const char *sum_words(const struct dns_check *checks, size_t count, struct arena *a)
{
	size_t usable = count_grade(checks, count, DNS_CHECK_USABLE);
	size_t good = count_grade(checks, count, DNS_CHECK_GOOD);
	/* Each question goes to the first who has not been silent of late. */
	bool late = usable && checks[0].grade == DNS_CHECK_USELESS;

	if (!usable && any_cut(checks, count))
		return "there was no time to find a name server that can be used";
	if (!usable && count && checks[0].server.assumed)
		return "no name server is configured, and there is none on this machine: see "
		       "/etc/resolv.conf";
	if (!usable)
		return "no name server can be used: mail for any domain would be put off";
	if (good == count)
		return count == 1 ? "the name server is good" : "all name servers are good";
	if (count == 1)
		return "the name server can be used";
	return arena_printf(a, "%zu of %zu name servers can be used, %zu without reserve%s", usable,
	                    count, good, late ? "; each run begins with one of no use" : "");
}

struct resolver_sum resolver_sum(const struct dns_check *checks, size_t count, struct arena *a)
{
	bool usable = count_grade(checks, count, DNS_CHECK_USABLE) > 0;

	return (struct resolver_sum){
		.words = sum_words(checks, count, a),
		.exit = usable ? EX_OK : EX_TEMPFAIL,
	};
}

/* ---- JSON ---- */

static const char *grade_name(enum dns_check_grade grade)
{
	switch (grade) {
	case DNS_CHECK_GOOD: return "good";
	case DNS_CHECK_USABLE: return "usable";
	case DNS_CHECK_USELESS: break;
	}
	return "useless";
}

static void put_heard(json_t *line, const struct dns_check *c, struct arena *a)
{
	char text[IP_TEXT];

	json_put_number(line, "ms", c->ms);
	json_put_bool(line, "edns", c->edns);
	if (c->edns)
		json_put_number(line, "edns_size", c->edns_size);
	json_put_bool(line, "dnssec", c->signatures);
	json_put_bool(line, "validates", c->validates);
	json_put_bool(line, "recursion", c->recursion);
	if (c->outside_reply == DNS_CHECK_REPLY)
		json_put_text(line, "outside", dns_rcode_name(a, c->outside_rcode));
	if (c->unknown_reply == DNS_CHECK_REPLY)
		json_put_text(line, "unknown_names", dns_rcode_name(a, c->unknown_rcode));
	if (c->rewrites)
		json_put_text(line, "rewritten_to", ip_print(&c->rewritten_to, text));
}

static void put_server(const struct dns_check *c, struct arena *a, struct buf *b)
{
	json_t *line = json_line_begin("resolver");
	char text[IP_TEXT];

	json_put_text(line, "server", ip_print(&c->server.ip, text));
	json_put_number(line, "port", c->server.port);
	json_put_text(line, "verdict", grade_name(c->grade));
	json_put_text(line, "text", c->words);
	json_put_number(line, "questions", c->asked);
	json_put_number(line, "answers", c->answered);
	if (c->tcp != DNS_CHECK_UNASKED)
		json_put_bool(line, "tcp", c->tcp == DNS_CHECK_REPLY);
	if (c->tcp == DNS_CHECK_REPLY)
		json_put_number(line, "tcp_ms", c->tcp_ms);
	if (c->ms >= 0)
		put_heard(line, c, a);
	json_line_end(line, b);
}

void resolver_report_json(const struct dns_check *checks, size_t count,
                          const struct resolver_sum *sum, struct buf *b)
{
	json_t *line = json_line_begin("resolvers");
	struct arena a = {0};

	for (size_t i = 0; i < count; i++)
		put_server(&checks[i], &a, b);
	json_put_number(line, "servers", (int64_t)count);
	json_put_number(line, "usable", (int64_t)count_grade(checks, count, DNS_CHECK_USABLE));
	json_put_number(line, "good", (int64_t)count_grade(checks, count, DNS_CHECK_GOOD));
	json_put_text(line, "text", sum->words);
	json_put_number(line, "exit", sum->exit);
	json_line_end(line, b);
	arena_free(&a);
}
