/* What cli/report.h, report_text.h, report_json.h, plan_text.h and layout.h promise: the lines that
   people and programs read. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crew.h"
#include "cli/layout.h"
#include "cli/plan_text.h"
#include "cli/report.h"
#include "cli/report_text.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* ---- statuses and recipients to report on ---- */

static struct status said(unsigned code, enum stage stage, const char *text)
{
	struct status s = status_of_reply(code, stage, text);

	s.host = "mx1.example.org";
	s.address = "192.0.2.1";
	return s;
}

static struct status ours(enum fault fault, const char *text)
{
	return status_of(fault, STAGE_DATA, &arena, "%s", text);
}

static struct recipient recipient_of(const char *address, struct status status)
{
	return (struct recipient){.wire = address, .shown = address, .status = status};
}

/* ---- in words ---- */

static void check_text(struct status status, const char *wanted)
{
	struct recipient bob = recipient_of("bob@example.org", status);
	struct buf b;

	buf_init(&b, 4096);
	report_text_result(&b, &bob, NULL);
	assert_string_equal(b.bytes, wanted);
	buf_free(&b);
}

static void results_in_words(void **state)
{
	struct status lost = ours(FAULT_LOST, "connection lost");
	struct status literal = said(451, STAGE_RCPT, "later");

	(void)state;
	check_text(
		said(550, STAGE_RCPT, "5.1.1 no such user"),
		"bob@example.org: 5.1.1 mx1.example.org [192.0.2.1] said: 550 5.1.1 no such "
		"user\n");
	check_text(ours(FAULT_DNS, "192.0.2.53 answers SERVFAIL to MX example.org"),
	           "bob@example.org: 4.4.3 192.0.2.53 answers SERVFAIL to MX example.org\n");
	lost.host = "mx1.example.org";
	lost.address = "192.0.2.1";
	check_text(lost, "bob@example.org: 4.4.2 mx1.example.org [192.0.2.1]: connection lost\n");
	literal.host = "[192.0.2.1]";
	check_text(literal, "bob@example.org: 4.0.0 [192.0.2.1] said: 451 later\n");
	check_text(
		said(250, STAGE_RCPT, "2.1.5 ok"),
		"bob@example.org: would be delivered: 2.1.5 mx1.example.org [192.0.2.1] said: "
		"250 2.1.5 ok\n");
}

/* No more is claimed than was asked. */
static void what_was_not_asked(void **state)
{
	struct recipient bob = recipient_of(
		"bob@example.org", status_good(STAGE_TLS, "ready", "mx1.example.org", "192.0.2.1"));
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	report_text_result(&b, &bob, "opportunistic");
	report_text_result(&b, &bob, "none");
	bob.status.stage = STAGE_CONNECT;
	report_text_result(&b, &bob, "none");
	assert_string_equal(
		b.bytes,
		"bob@example.org: would be offered to mx1.example.org [192.0.2.1]; whether it takes "
		"bob@example.org is not asked (--probe=rcpt)\n"
		"bob@example.org: would be offered to mx1.example.org [192.0.2.1], in clear; whether "
		"it takes bob@example.org is not asked (--probe=rcpt)\n"
		"bob@example.org: mx1.example.org [192.0.2.1] takes the connection; nothing more is "
		"known (--dry-run=rcpt)\n");
	buf_free(&b);
}

static const struct tls_facts tls_facts = {.version = "TLS1.3", .cipher = "AES-256-GCM"};

static struct deliver_attempt attempt_of(struct status status, enum stage stage)
{
	return (struct deliver_attempt){
		.domain = "example.org",
		.host = "mx1.example.org",
		.address = "192.0.2.1",
		.port = 25,
		.stage = stage,
		.connect_ms = 41,
		.session_ms = 120,
		.status = status,
	};
}

static void check_attempt(struct deliver_attempt attempt, const char *wanted)
{
	struct buf b;

	buf_init(&b, 4096);
	report_text_attempt(&b, &attempt);
	assert_string_equal(b.bytes, wanted);
	buf_free(&b);
}

static void attempts_in_words(void **state)
{
	struct deliver_attempt good = attempt_of(said(250, STAGE_RCPT, "ok"), STAGE_RCPT);
	struct deliver_attempt clear = good, refused;
	struct tls_facts proved = tls_facts;

	(void)state;
	good.tls = &tls_facts;
	check_attempt(good, "mx1.example.org [192.0.2.1]:25 served up to rcpt, TLS1.3 AES-256-GCM; "
	                    "41 ms to connect, 120 ms after\n");
	clear.tls_trouble = "bad record";
	check_attempt(
		clear,
		"mx1.example.org [192.0.2.1]:25 served up to rcpt, in clear (TLS failed: bad "
		"record); "
		"41 ms to connect, 120 ms after\n");
	proved.proved = "dane";
	strcpy(proved.proof, "3 1 1 matches the certificate's key");
	good.tls = &proved;
	check_attempt(good, "mx1.example.org [192.0.2.1]:25 served up to rcpt, TLS1.3 AES-256-GCM, "
	                    "proved by dane; 41 ms to connect, 120 ms after\n");
	refused = attempt_of(said(454, STAGE_TLS, "no TLS, and it is owed"), STAGE_TLS);
	check_attempt(refused,
	              "mx1.example.org [192.0.2.1]:25 stopped at tls: no TLS, and it is owed; "
	              "41 ms to connect, 120 ms after\n");
	refused = attempt_of(ours(FAULT_CONNECT, "connection refused"), STAGE_CONNECT);
	check_attempt(refused, "mx1.example.org [192.0.2.1]:25 not reached: connection refused, "
	                       "after 41 ms\n");
	refused = attempt_of(said(554, STAGE_GREETING, "5.7.1 go away"), STAGE_GREETING);
	check_attempt(refused, "mx1.example.org [192.0.2.1]:25 stopped at greeting: 5.7.1 go away; "
	                       "41 ms to connect, 120 ms after\n");
}

static void the_conversation(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	report_text_line(&b, "mx1.example.org", "192.0.2.1", '<', "220 ready", -1);
	report_text_line(&b, "mx1.example.org", "192.0.2.1", '>', "EHLO x", -1);
	report_text_line(&b, "mx1.example.org", "192.0.2.1", '*', "content", 12);
	assert_string_equal(b.bytes, "mx1.example.org <- 220 ready\n"
	                             "mx1.example.org -> EHLO x\n"
	                             "    12 ms mx1.example.org [192.0.2.1] -- content\n");
	buf_free(&b);
}

/* A plan of so many recipients, of whom every third was refused. */
static struct plan mixed_plan(size_t count)
{
	struct plan plan = {.recipient_count = count};

	plan.recipients = arena_array(&arena, count, sizeof *plan.recipients);
	for (size_t i = 0; i < count; i++)
		plan.recipients[i] = recipient_of(arena_printf(&arena, "r%zu@x.example", i),
		                                  i % 3 == 2 ? said(550, STAGE_RCPT, "no")
		                                             : said(250, STAGE_DONE, "ok"));
	return plan;
}

static void check_delivered(size_t count, const char *wanted)
{
	struct plan plan = mixed_plan(count);
	struct buf b;

	buf_init(&b, 4096);
	report_text_delivered(&b, plan.recipients, plan.recipient_count, "sendmx: ");
	assert_string_equal(b.size ? b.bytes : "", wanted);
	buf_free(&b);
}

static void who_has_it_already(void **state)
{
	(void)state;
	check_delivered(4, "sendmx: delivered, so that sending again would repeat it, to "
	                   "r0@x.example, r1@x.example, r3@x.example\n");
	check_delivered(
		300,
		"sendmx: delivered, so that sending again would repeat it, to all 200 others\n");
	check_delivered(0, "");
}

/* ---- the plan ---- */

static struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(text, &ip));
	return ip;
}

static struct route_host host_of(const char *name, unsigned preference, struct ip *addresses,
                                 size_t count)
{
	return (struct route_host){.name = name,
	                           .preference = preference,
	                           .port = 25,
	                           .addresses = addresses,
	                           .address_count = count,
	                           .ttl = 300,
	                           .duty.name = "opportunistic",
	                           .duty.reason = "STARTTLS where it is offered"};
}

static struct plan_domain domain_of(struct route route)
{
	struct recipient *bob = arena_get(&arena, sizeof *bob);
	struct recipient **list = arena_array(&arena, 1, sizeof *list);

	*bob = recipient_of("bob@example.org", (struct status){0});
	list[0] = bob;
	return (struct plan_domain){.name = "example.org",
	                            .shown = "example.org",
	                            .route = route,
	                            .recipients = list,
	                            .recipient_count = 1};
}

static struct route good_route(void)
{
	static const char *const aliases[] = {"mail.example.org"};
	struct ip *ips = arena_array(&arena, 3, sizeof *ips);
	struct route_host *hosts = arena_array(&arena, 2, sizeof *hosts);
	struct route_excluded *excluded = arena_array(&arena, 1, sizeof *excluded);

	ips[0] = ip_of("2001:db8::1");
	ips[1] = ip_of("192.0.2.1");
	ips[2] = ip_of("192.0.2.20");
	hosts[0] = host_of("mx1.example.org", 10, ips, 2);
	hosts[1] = host_of("mx2.example.org", 20, ips + 2, 1);
	hosts[1].alias = "real.example.org";
	hosts[1].port = 2525;
	excluded[0] = (struct route_excluded){"old.example.org", 30, "no address record", NULL};
	return (struct route){.source = ROUTE_MX,
	                      .domain = "example.org",
	                      .aliases = aliases,
	                      .alias_count = 1,
	                      .ttl = 3600,
	                      .hosts = hosts,
	                      .host_count = 2,
	                      .excluded = excluded,
	                      .excluded_count = 1,
	                      .status = {.class = 2, .text = "2 hosts"}};
}

static void check_domain(struct plan_domain domain, const char *wanted)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	plan_text_domain(&b, &domain, &(struct plan_look){0});
	assert_string_equal(b.bytes, wanted);
	buf_free(&b);
}

static void a_domain_in_words(void **state)
{
	(void)state;
	check_domain(
		domain_of(good_route()),
		"example.org\n"
		"  for       bob@example.org\n"
		"  source    MX records, TTL 3600 s\n"
		"  CNAME     -> mail.example.org\n"
		"  pref  host                  address      TTL\n"
		"    10  mx1.example.org       2001:db8::1  300\n"
		"                              192.0.2.1\n"
		"    20  mx2.example.org:2525  192.0.2.20   300\n"
		"  TLS       opportunistic: STARTTLS where it is offered\n"
		"  note      mx2.example.org is an alias (CNAME) of real.example.org, against RFC\n"
		"            5321 5.1\n"
		"  left out:\n"
		"    30  old.example.org  no address record\n"
		"  would go by preference, to the next after 3 s of silence, or at once when\n"
		"  those before have failed:\n"
		"    10  race the 2 addresses of mx1.example.org, 200 ms apart\n"
		"    20  try mx2.example.org:2525\n"
		"  If nobody answers within 34 s: 4.4.1, exit status 75\n"
		"\n");
}

/* Hosts that are owed different things have a column for it, and a line for each reason. */
static void what_dnssec_and_tls_say(void **state)
{
	struct plan_domain domain = domain_of(good_route());
	struct route *route = &domain.route;

	(void)state;
	route->alias_count = route->excluded_count = 0;
	route->security = DNS_INSECURE;
	route->security_reason = "org has no DS record for example.org";
	route->hosts[0].security = DNS_SECURE;
	route->hosts[0].duty.name = "dane";
	route->hosts[0].duty.reason = "2 usable TLSA records, secure";
	route->hosts[1].alias = NULL;
	route->hosts[1].trouble = "192.0.2.53 answers SERVFAIL to AAAA mx2.example.org";
	check_domain(
		domain,
		"example.org\n"
		"  for       bob@example.org\n"
		"  source    MX records, TTL 3600 s, DNSSEC insecure (org has no DS record for\n"
		"            example.org)\n"
		"  pref  host                  address      TTL  DNSSEC     TLS\n"
		"    10  mx1.example.org       2001:db8::1  300  secure     dane\n"
		"                              192.0.2.1\n"
		"    20  mx2.example.org:2525  192.0.2.20   300  unchecked  opportunistic\n"
		"  TLS       dane for mx1.example.org: 2 usable TLSA records, secure\n"
		"  TLS       opportunistic for mx2.example.org: STARTTLS where it is offered\n"
		"  note      mx2.example.org: 192.0.2.53 answers SERVFAIL to AAAA mx2.example.org\n"
		"  would go by preference, to the next after 3 s of silence, or at once when\n"
		"  those before have failed:\n"
		"    10  race the 2 addresses of mx1.example.org, 200 ms apart\n"
		"    20  try mx2.example.org:2525\n"
		"  If nobody answers within 34 s: 4.4.1, exit status 75\n"
		"\n");
}

/* However many hosts there are, and however long their names: the reason is told. */
static void reasons_of_very_many(void **state)
{
	enum { HOSTS = 600 };
	struct plan_domain domain = domain_of(good_route());
	struct route *route = &domain.route;
	struct ip ip = ip_of("192.0.2.1");
	struct buf b;

	(void)state;
	route->hosts = arena_array(&arena, HOSTS, sizeof *route->hosts);
	route->host_count = HOSTS;
	for (size_t i = 0; i < HOSTS; i++)
		route->hosts[i] = host_of(arena_printf(&arena, "%0250zu", i), 10, &ip, 1);
	route->hosts[HOSTS - 1].duty.reason = "another";
	buf_init(&b, 1 << 20);
	plan_text_domain(&b, &domain, &(struct plan_look){0});
	assert_non_null(strstr(b.bytes, " and 579 more: STARTTLS where it is offered\n"));
	assert_non_null(strstr(b.bytes, " another\n"));
	buf_free(&b);
}

/* What our own user has said, and where; from a file it may hold anything. */
static void a_configured_route(void **state)
{
	struct plan_domain domain = domain_of(good_route());
	struct route *route = &domain.route;
	const struct route_rule rule = {
		.text = "* mx:hub\033", .origin = "/etc/sendmx.conf:3", .mx = true};

	(void)state;
	*route = (struct route){.source = ROUTE_CONFIGURED,
	                        .rule = &rule,
	                        .ttl = 60,
	                        .status = ours(FAULT_DNS, "no answer")};
	check_domain(domain,
	             "example.org\n"
	             "  for       bob@example.org\n"
	             "  source    configured route, instead of MX: \"* mx:hub\\x1b\"\n"
	             "            (/etc/sendmx.conf:3), TTL 60 s\n"
	             "  would be put off with 4.4.3, exit status 75: no answer\n"
	             "  advice    --check-resolver tells whether our name servers are at fault\n"
	             "            (--resolver ADDRESS asks another one); if not, the domain's most\n"
	             "            likely are\n"
	             "\n");
}

/* The words are the same with colour, and no line ends in another colour than it began with. */
static void colours(void **state)
{
	struct plan_domain domain = domain_of(good_route());
	struct buf plain, coloured, stripped;

	(void)state;
	buf_init(&plain, 1 << 16);
	buf_init(&coloured, 1 << 16);
	buf_init(&stripped, 1 << 16);
	plan_text_domain(&plain, &domain, &(struct plan_look){0});
	plan_text_domain(&coloured, &domain, &(struct plan_look){.colour = true});
	assert_null(strchr(plain.bytes, '\033'));
	assert_non_null(strstr(coloured.bytes, "\033[1mexample.org\033[0m\n"));
	assert_non_null(strstr(coloured.bytes, "  \033[32mwould\033[0m go "));
	for (const char *p = coloured.bytes; *p; p++) {
		if (*p == '\033')
			p = strchr(p, 'm');
		else
			buf_add(&stripped, p, 1);
	}
	assert_string_equal(stripped.bytes, plain.bytes);
	buf_free(&plain);
	buf_free(&coloured);
	buf_free(&stripped);
}

static void a_domain_without_a_way(void **state)
{
	struct plan_domain domain = domain_of(
		(struct route){.source = ROUTE_MX,
	                       .ttl = 60,
	                       .security = DNS_INSECURE,
	                       .security_reason = "no DS record",
	                       .status = ours(FAULT_NULL_MX, "the domain takes no mail")});

	(void)state;
	domain.name = "xn--bcher-kva.example";
	domain.shown = "b\303\274cher.example";
	check_domain(domain, "b\303\274cher.example (xn--bcher-kva.example)\n"
	                     "  for       bob@example.org\n"
	                     "  source    null MX record, TTL 60 s, DNSSEC insecure (no DS record)\n"
	                     "  would fail with 5.1.10, exit status 68: the domain takes no mail\n"
	                     "\n");
}

static void check_look(const struct plan_domain *domain, const struct plan_look *look,
                       const char *wanted)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	plan_text_domain(&b, domain, look);
	assert_string_equal(b.bytes, wanted);
	buf_free(&b);
}

/* What is told to the same reader once more the plan has only in short. */
static void in_short(void **state)
{
	const struct plan_domain domain = domain_of(
		(struct route){.source = ROUTE_IMPLICIT,
	                       .status = ours(FAULT_DANGLING, "no address")});

	(void)state;
	check_look(&domain, &(struct plan_look){.brief = true},
	           "example.org\n"
	           "  for       bob@example.org\n"
	           "  source    no MX record: the name's own address would count (implicit MX)\n"
	           "  would fail with 5.4.4, exit status 68: see below\n"
	           "\n");
}

/* Both forms of a name, whichever was typed; RCPT is told where it is not what was typed. */
static void both_forms_of_a_name(void **state)
{
	struct plan_domain domain = domain_of(good_route());
	struct buf b;

	(void)state;
	domain.name = "xn--bcher-kva.example";
	domain.shown = "b\303\274cher.example";
	domain.recipients[0]->wire = "bob@xn--bcher-kva.example";
	buf_init(&b, 1 << 16);
	plan_text_domain(&b, &domain, &(struct plan_look){0});
	assert_non_null(strstr(b.bytes, "  RCPT      bob@xn--bcher-kva.example\n"));
	buf_clear(&b);
	domain.shown = domain.name;
	plan_text_domain(&b, &domain, &(struct plan_look){0});
	assert_int_equal(strncmp(b.bytes, "xn--bcher-kva.example (b\303\274cher.example)\n", 39), 0);
	assert_null(strstr(b.bytes, "RCPT"));
	buf_free(&b);
}

static void check_end(struct plan_domain *domains, size_t count, const char *wanted)
{
	const struct plan plan = {.domains = domains, .domain_count = count, .recipient_count = 2};
	struct buf b;

	buf_init(&b, 1 << 16);
	plan_text_end(&b, &plan, false);
	assert_string_equal(b.size ? b.bytes : "", wanted);
	buf_free(&b);
}

/* That nothing is checked is said once, with its reason; a name that is not asked for does not
   count. */
static void dnssec_of_the_run(void **state)
{
	struct plan_domain domains[2] = {domain_of(good_route()), domain_of(good_route())};

	(void)state;
	check_end(domains, 1, "DNSSEC is not checked\n\n");
	domains[0].route.security_reason = "DNSSEC is not checked: no trust anchor is set";
	check_end(domains, 1, "DNSSEC is not checked: no trust anchor is set\n\n");
	domains[1].route.security = DNS_SECURE;
	check_end(domains, 2,
	          "2 recipients in 2 domains: 0 deliveries\n"
	          "for 1 of 2 domains: DNSSEC is not checked: no trust anchor is set\n\n");
	domains[0].recipients[0]->address.kind = DOMAIN_UNMAPPED;
	check_end(domains, 1, "");
}

static void lines_fit_the_screen(void **state)
{
	struct plan_domain domain = domain_of(good_route());
	struct recipient **many = arena_array(&arena, 1000, sizeof *many);
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		many[i] = domain.recipients[0];
	domain.recipients = many;
	domain.recipient_count = 1000;
	buf_init(&b, 1 << 16);
	plan_text_domain(&b, &domain, &(struct plan_look){0});
	assert_non_null(strstr(b.bytes, "bob@example.org and 997 more\n"));
	for (const char *line = b.bytes; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 0, LAYOUT_WIDTH);
	buf_free(&b);
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(layout_width(""), 0);
	assert_int_equal(layout_width("abc"), 3);
	assert_int_equal(layout_width("b\303\274cher"), 6);
	assert_int_equal(layout_width("u\314\210"), 1); /* u and a combining diaeresis */
	assert_int_equal(layout_width("\344\276\213\343\201\210"), 4); /* two wide characters */
	assert_int_equal(layout_width("a\377b"), 3);                   /* no UTF-8 */
}

static void columns_align_by_width(void **state)
{
	static const char *const rows[][LAYOUT_COLUMNS] = {{"1", "\344\276\213\343\201\210", "x"},
	                                                   {"10", "u\314\210", "y"},
	                                                   {"100", NULL, "z"},
	                                                   {"7"}};
	struct layout_table t = {.arena = &arena, .indent = 1, .right = {true}};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		layout_row(&t, rows[i]);
	buf_init(&b, 4096);
	layout_table(&t, &b);
	assert_string_equal(b.bytes, "   1  \344\276\213\343\201\210  x\n"
	                             "  10  u\314\210     y\n"
	                             " 100        z\n"
	                             "   7\n");
	buf_free(&b);
}

static void sentences_in_a_table(void **state)
{
	static const char *const rows[][LAYOUT_COLUMNS] = {
		{"1", "short", "a reason that is so long that it does not fit the line it is on"},
		{"2", "a.name.that.is.much.too.long.for.its.column", "a reason"},
		{"3", NULL, "the end"}};
	struct layout_table t = {.arena = &arena, .indent = 1, .prose = 2};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		layout_row(&t, rows[i]);
	assert_int_equal(layout_table_width(&t), 1 + 1 + 2 + 36);
	buf_init(&b, 4096);
	layout_table(&t, &b);
	assert_string_equal(
		b.bytes,
		" 1  short                                 a reason that is so long that it does\n"
		"                                          not fit the line it is on\n"
		" 2  a.name.that.is.much.too.long.for.its.column\n"
		"                                          a reason\n"
		" 3                                        the end\n");
	buf_free(&b);
}

static void lists_break_between_items(void **state)
{
	static const char *const items[] = {"10 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
	                                    "20 bbbbbbbbbbbbbbbbbbbbbbbb.example",
	                                    "30 c.example"};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	layout_list(&b, 2, items, 3);
	assert_string_equal(b.bytes, "  10 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example,\n"
	                             "  20 bbbbbbbbbbbbbbbbbbbbbbbb.example, 30 c.example\n");
	buf_free(&b);
}

/* ---- as JSON ---- */

/* The lines of a buffer must be JSON objects; the number-th of them. */
static json_t *json_line(const struct buf *b, size_t number)
{
	const char *line = b->bytes;
	json_t *object;

	while (number--)
		line = strchr(line, '\n') + 1;
	object = json_loadb(line, strcspn(line, "\n"), 0, NULL);
	if (!object)
		fail_msg("no JSON: %s", line);
	return object;
}

static void check_key(const json_t *object, const char *key, const char *wanted)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text && !wanted)
		return;
	if (!text || !wanted || strcmp(text, wanted) != 0)
		fail_msg("%s: \"%s\" is not \"%s\"", key, text ? text : "(missing)",
		         wanted ? wanted : "(missing)");
}

static void check_number(const json_t *object, const char *key, json_int_t wanted)
{
	const json_t *number = json_object_get(object, key);

	assert_true(json_is_integer(number));
	assert_int_equal(json_integer_value(number), wanted);
}

static void a_route_as_json(void **state)
{
	struct plan_domain domain = domain_of(good_route());
	struct buf b;
	json_t *line, *host;

	(void)state;
	buf_init(&b, 1 << 16);
	report_json_route(&b, &domain);
	line = json_line(&b, 0);
	check_key(line, "type", "route");
	check_key(line, "domain", "example.org");
	check_key(line, "domain_unicode", NULL);
	check_key(line, "source", "mx");
	check_key(line, "security", "unchecked");
	check_key(line, "outcome", "ok");
	check_key(line, "status", NULL);
	assert_int_equal(json_array_size(json_object_get(line, "recipients")), 1);
	assert_int_equal(json_array_size(json_object_get(line, "hosts")), 2);
	host = json_array_get(json_object_get(line, "hosts"), 0);
	check_key(host, "host", "mx1.example.org");
	check_number(host, "preference", 10);
	assert_string_equal(json_string_value(
				    json_array_get(json_object_get(host, "addresses"), 1)),
	                    "192.0.2.1");
	check_key(host, "tls", "opportunistic");
	check_key(json_array_get(json_object_get(line, "excluded"), 0), "reason",
	          "no address record");
	json_decref(line);
	buf_free(&b);
}

static void results_as_json(void **state)
{
	struct recipient bob =
		recipient_of("bob@example.org", said(550, STAGE_RCPT, "5.1.1 no such user"));
	struct recipient carol =
		recipient_of("carol@xn--bcher-kva.example", ours(FAULT_UNCERTAIN, "lost"));
	struct buf b;
	json_t *line;

	(void)state;
	carol.shown = "carol@b\303\274cher.example";
	buf_init(&b, 1 << 16);
	report_json_result(&b, &bob, "opportunistic");
	report_json_result(&b, &carol, NULL);
	line = json_line(&b, 0);
	check_key(line, "type", "result");
	check_key(line, "recipient", "bob@example.org");
	check_key(line, "recipient_wire", NULL);
	check_key(line, "outcome", "failed");
	check_key(line, "status", "5.1.1");
	check_number(line, "reply", 550);
	check_key(line, "stage", "rcpt");
	check_key(line, "host", "mx1.example.org");
	check_key(line, "address", "192.0.2.1");
	check_key(line, "tls", "opportunistic");
	check_key(line, "text", "5.1.1 no such user");
	json_decref(line);
	line = json_line(&b, 1);
	check_key(line, "recipient", "carol@b\303\274cher.example");
	check_key(line, "recipient_wire", "carol@xn--bcher-kva.example");
	check_key(line, "outcome", "uncertain");
	check_key(line, "host", NULL);
	assert_null(json_object_get(line, "reply"));
	json_decref(line);
	buf_free(&b);
}

static void bytes_that_are_no_utf8(void **state)
{
	struct recipient odd =
		recipient_of("b\377b\033@example.org", ours(FAULT_ADDRESS, "no\nline"));
	struct buf b;
	json_t *line;

	(void)state;
	buf_init(&b, 1 << 16);
	report_json_result(&b, &odd, NULL);
	assert_int_equal(strcspn(b.bytes, "\n"), b.size - 1);
	line = json_line(&b, 0);
	check_key(line, "recipient", "b\\xffb\\x1b@example.org");
	check_key(line, "text", "no\nline");
	json_decref(line);
	buf_free(&b);
}

static void attempts_and_sums_as_json(void **state)
{
	struct deliver_attempt attempt = attempt_of(said(250, STAGE_DONE, "ok"), STAGE_DONE);
	struct report_sums sums = {.outcomes = {[OUTCOME_DELIVERED] = 3, [OUTCOME_UNCERTAIN] = 1},
	                           .exit = 75};
	struct buf b;
	json_t *line;

	(void)state;
	attempt.tls = &tls_facts;
	buf_init(&b, 1 << 16);
	report_json_attempt(&b, &attempt);
	report_json_summary(&b, &sums, NULL);
	line = json_line(&b, 0);
	check_key(line, "type", "attempt");
	check_number(line, "port", 25);
	check_key(line, "stage", "done");
	check_key(json_object_get(line, "tls"), "version", "TLS1.3");
	check_number(json_object_get(line, "ms"), "connect", 41);
	check_key(line, "outcome", "ok");
	json_decref(line);
	line = json_line(&b, 1);
	check_key(line, "type", "summary");
	check_number(line, "delivered", 3);
	check_number(line, "deferred", 0);
	check_number(line, "failed", 0);
	check_number(line, "uncertain", 1);
	check_number(line, "queued", 0);
	check_number(line, "exit", 75);
	json_decref(line);
	buf_free(&b);
}

/* ---- what goes where ---- */

static int file(void)
{
	char path[] = "/tmp/sendmx-report-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static const char *content(int fd)
{
	char *text = arena_get(&arena, 1 << 20);

	assert_true(pread(fd, text, (1 << 20) - 1, 0) >= 0);
	close(fd);
	return text;
}

static void tell(struct report *r, const char *address, struct status status, const char *tls)
{
	struct recipient recipient = recipient_of(address, status);

	r->delivery.result(r->delivery.context, &recipient, tls);
}

static void tell_all(struct report *r)
{
	struct dns_counts none = {0};
	struct plan plan = mixed_plan(2);

	tell(r, "good@x.example", said(250, STAGE_DONE, "ok"), "none");
	tell(r, "route@x.example", said(250, STAGE_ROUTE, "ok"), NULL);
	tell(r, "rcpt@x.example", said(250, STAGE_RCPT, "ok"), "none");
	tell(r, "bad@x.example", said(550, STAGE_RCPT, "no"), "none");
	report_end(r, &plan, 67, &none);
}

static void silence_is_consent(void **state)
{
	struct report_want want = {.out = file(), .err = file()};
	struct report r;

	(void)state;
	report_open(&r, &want);
	tell_all(&r);
	report_close(&r);
	assert_string_equal(
		content(want.out),
		"rcpt@x.example: would be delivered, in clear: 2.0.0 mx1.example.org [192.0.2.1] said: "
		"250 ok\n");
	assert_string_equal(
		content(want.err),
		"sendmx: bad@x.example: 5.0.0 mx1.example.org [192.0.2.1] said: 550 no\n"
		"sendmx: delivered, so that sending again would repeat it, to r0@x.example, "
		"r1@x.example\n");
}

static void verbose_tells_what_went_well(void **state)
{
	struct report_want want = {.verbose = true, .out = file(), .err = file()};
	const char *out;
	struct report r;

	(void)state;
	report_open(&r, &want);
	tell_all(&r);
	report_close(&r);
	out = content(want.out);
	assert_non_null(
		strstr(out, "good@x.example: 2.0.0 mx1.example.org [192.0.2.1] said: 250 ok\n"));
	assert_non_null(strstr(out, "DNS -- 0 questions"));
	close(want.err);
}

static void json_alone_on_standard_output(void **state)
{
	struct report_want want = {.json = true, .verbose = true, .out = file(), .err = file()};
	struct buf b;
	struct report r;
	json_t *line;

	(void)state;
	report_open(&r, &want);
	tell_all(&r);
	report_close(&r);
	assert_string_equal(content(want.err), "");
	buf_init(&b, 1 << 16);
	buf_text(&b, content(want.out));
	line = json_line(&b, 4);
	check_key(line, "type", "summary");
	check_number(line, "delivered", 1);
	check_number(line, "would_deliver", 2);
	check_number(line, "failed", 1);
	check_number(line, "exit", 67);
	json_decref(line);
	buf_free(&b);
}

static void errors_are_told_at_both_places(void **state)
{
	struct report_want want = {.json = true, .out = file(), .err = file()};
	struct report r;

	(void)state;
	report_open(&r, &want);
	report_error(&r, 64, "no recipients");
	report_close(&r);
	assert_string_equal(content(want.err), "sendmx: no recipients\n");
	assert_string_equal(content(want.out),
	                    "{\"type\":\"error\",\"text\":\"no recipients\",\"exit\":64}\n");
}

static void a_full_disk_is_noticed(void **state)
{
	struct report_want want = {.out = open("/dev/full", O_WRONLY), .err = -1};
	struct report r;

	(void)state;
	if (want.out < 0)
		skip();
	report_open(&r, &want);
	report_print(&r, "text\n");
	assert_true(r.broken);
	report_print(&r, "more\n");
	report_close(&r);
	close(want.out);
}

static void tell_line(void *context, size_t job)
{
	struct report *r = context;
	char line[200];

	memset(line, 'a' + (int)(job % 26), sizeof line - 1);
	line[sizeof line - 1] = 0;
	r->trace.line(r->trace.context, "h", "a", '<', line);
}

static void lines_of_many_threads_stay_whole(void **state)
{
	enum { JOBS = 500 };
	struct report_want want = {.out = file(), .err = -1};
	struct report r;
	const char *line;
	size_t lines = 0;

	(void)state;
	report_open(&r, &want);
	crew_run(16, JOBS, tell_line, &r);
	report_close(&r);
	for (line = content(want.out); *line; line += strcspn(line, "\n") + 1, lines++) {
		assert_int_equal(strcspn(line, "\n"), 5 + 199);
		assert_int_equal(strspn(line + 5, (char[]){line[5], 0}), 199);
	}
	assert_int_equal(lines, JOBS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(results_in_words, forget),
		cmocka_unit_test_teardown(what_was_not_asked, forget),
		cmocka_unit_test_teardown(attempts_in_words, forget),
		cmocka_unit_test_teardown(the_conversation, forget),
		cmocka_unit_test_teardown(who_has_it_already, forget),
		cmocka_unit_test_teardown(a_domain_in_words, forget),
		cmocka_unit_test_teardown(what_dnssec_and_tls_say, forget),
		cmocka_unit_test_teardown(reasons_of_very_many, forget),
		cmocka_unit_test_teardown(a_configured_route, forget),
		cmocka_unit_test_teardown(colours, forget),
		cmocka_unit_test_teardown(a_domain_without_a_way, forget),
		cmocka_unit_test_teardown(in_short, forget),
		cmocka_unit_test_teardown(both_forms_of_a_name, forget),
		cmocka_unit_test_teardown(dnssec_of_the_run, forget),
		cmocka_unit_test_teardown(lines_fit_the_screen, forget),
		cmocka_unit_test_teardown(widths, forget),
		cmocka_unit_test_teardown(columns_align_by_width, forget),
		cmocka_unit_test_teardown(sentences_in_a_table, forget),
		cmocka_unit_test_teardown(lists_break_between_items, forget),
		cmocka_unit_test_teardown(a_route_as_json, forget),
		cmocka_unit_test_teardown(results_as_json, forget),
		cmocka_unit_test_teardown(bytes_that_are_no_utf8, forget),
		cmocka_unit_test_teardown(attempts_and_sums_as_json, forget),
		cmocka_unit_test_teardown(silence_is_consent, forget),
		cmocka_unit_test_teardown(verbose_tells_what_went_well, forget),
		cmocka_unit_test_teardown(json_alone_on_standard_output, forget),
		cmocka_unit_test_teardown(errors_are_told_at_both_places, forget),
		cmocka_unit_test_teardown(a_full_disk_is_noticed, forget),
		cmocka_unit_test_teardown(lines_of_many_threads_stay_whole, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
