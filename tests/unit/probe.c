/* What cli/probe_note.h, probe_text.h, cli/advice.h and delivery/reach.h promise: what is said of
   visits, and of dials. Who is visited is asked of tests/talk. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/advice.h"
#include "cli/layout.h"
#include "cli/probe_end.h"
#include "cli/probe_note.h"
#include "cli/probe_share.h"
#include "cli/probe_text.h"

enum { DAY = 24 * 60 * 60 };

static const int64_t now = 1795176000; /* 2026-11-20 12:00:00 UTC */
static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* ---- notes ---- */

static struct status served(void)
{
	return status_good(STAGE_TLS, "served", "mx1.example.org", "192.0.2.1");
}

static struct deliver_attempt attempt_of(const struct session_heard *heard,
                                         const struct tls_facts *tls)
{
	return (struct deliver_attempt){
		.domain = "example.org",
		.host = "mx1.example.org",
		.address = "192.0.2.1",
		.port = 25,
		.stage = STAGE_TLS,
		.tls = tls,
		.heard = heard,
		.connect_ms = 41,
		.status = served(),
	};
}

/* All notes, a line each. */
static const char *notes_of(const struct deliver_attempt *attempt)
{
	const char *notes[PROBE_NOTES_MAX];
	size_t count = probe_notes(&arena, attempt, now, notes);
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = arena_printf(&arena, "%s%s\n", text, notes[i]);
	return text;
}

static struct tls_facts tls_with(int64_t not_after, const char *key, const char *chain)
{
	struct tls_facts tls = {.version = "TLS1.3"};

	tls.certificate.count = 1;
	tls.certificate.not_after = not_after;
	snprintf(tls.certificate.key, sizeof tls.certificate.key, "%s", key);
	snprintf(tls.certificate.chain, sizeof tls.certificate.chain, "%s", chain);
	return tls;
}

static void check_certificate(int64_t not_after, const char *key, const char *chain,
                              const char *wanted)
{
	const struct session_heard heard = {0};
	struct tls_facts tls = tls_with(not_after, key, chain);
	struct deliver_attempt attempt = attempt_of(&heard, &tls);

	assert_string_equal(notes_of(&attempt), wanted);
}

static void certificates(void **state)
{
	(void)state;
	check_certificate(now + 90 * DAY, "EC 256", "", "");
	check_certificate(now + 90 * DAY, "RSA 2048", "", "");
	check_certificate(now + 90 * DAY, "RSA 1024", "", "its key is weak: RSA 1024\n");
	check_certificate(now + 90 * DAY, "EC 256", "self-signed",
	                  "its certificate proves nothing: self-signed\n");
	check_certificate(now + DAY, "EC 256", "",
	                  "its certificate expires in 1 day, on 2026-11-21\n");
	check_certificate(now - 3 * DAY, "EC 256", "expired 2026-11-17",
	                  "its certificate expired 3 days ago, on 2026-11-17\n");
	check_certificate(now - 3 * DAY, "EC 256", "expired 2026-11-17, self-signed",
	                  "its certificate proves nothing: expired 2026-11-17, self-signed\n");
	check_certificate(now + DAY, "EC 256", "issuer not known, not for mx1.example.org, but for x",
	                  "its certificate proves nothing: issuer not known, not for this host\n");
	check_certificate(INT64_MAX / 2, "EC 256", "", "");
}

static void facts_of_tls(void **state)
{
	const struct session_heard heard = {0};
	struct tls_facts tls = tls_with(now + 90 * DAY, "EC 256", "");
	struct deliver_attempt attempt = attempt_of(&heard, &tls);
	const char *line;

	(void)state;
	strcpy(tls.cipher, "AES-256-GCM");
	strcpy(tls.certificate.names, "mx1.example.org *.example.net");
	strcpy(tls.certificate.issuer, "CN=lab");
	assert_string_equal(notes_of(&attempt),
	                    "TLS1.3 with AES-256-GCM\n"
	                    "certificate for mx1.example.org *.example.net; by CN=lab; until "
	                    "2027-02-18\n");
	memset(tls.certificate.names, 'x', sizeof tls.certificate.names - 1);
	line = strstr(notes_of(&attempt), "certificate for");
	assert_in_range(strcspn(line, "\n"), 200, 300);
}

static void in_clear(void **state)
{
	const char *const starttls[] = {"SIZE", "STARTTLS"};
	const struct session_heard nothing = {0};
	const struct session_heard offered = {.extensions = starttls, .extension_count = 2};
	struct deliver_attempt clear = attempt_of(&nothing, NULL);
	struct deliver_attempt refused = attempt_of(&offered, NULL);
	struct deliver_attempt broken = attempt_of(&nothing, NULL);

	(void)state;
	assert_string_equal(notes_of(&clear), "no STARTTLS: mail goes there in clear\n");
	assert_string_equal(notes_of(&refused),
	                    "offers SIZE, STARTTLS\n"
	                    "STARTTLS is offered and then refused: mail goes there in clear\n");
	broken.tls_trouble = "no common cipher";
	broken.status = status_of(FAULT_TLS, STAGE_TLS, &arena, "no common cipher");
	assert_string_equal(notes_of(&broken), "STARTTLS fails: mail goes there in clear, when no "
	                                      "other host is left: no common cipher\n");
}

/* A server that says as much as it may: what is shown has an end. */
static void floods(void **state)
{
	struct session_answer answers[SESSION_ANSWERS_MAX];
	const char *lines[SESSION_EXTENSIONS_MAX];
	struct session_heard heard = {
		.extensions = lines,
		.extension_count = SESSION_EXTENSIONS_MAX,
		.rcpt = answers,
		.rcpt_kept = SESSION_ANSWERS_MAX,
		.rcpt_count = 5000,
	};
	struct tls_facts tls = tls_with(now + 90 * DAY, "EC 256", "");
	struct deliver_attempt attempt = attempt_of(&heard, &tls);
	const char *text;

	(void)state;
	for (size_t i = 0; i < SESSION_EXTENSIONS_MAX; i++)
		lines[i] = arena_printf(&arena, "%01000d", 0);
	for (size_t i = 0; i < SESSION_ANSWERS_MAX; i++)
		answers[i] = (struct session_answer){.wire = "bob@example.org",
		                                     .status = status_of_reply(550, STAGE_RCPT,
		                                                               "no such user")};
	text = notes_of(&attempt);
	assert_true(strcspn(text, "\n") < 2000);
	assert_non_null(strstr(text, "RCPT <bob@example.org>: 550 no such user\n"));
	assert_non_null(strstr(text, "and 4980 more refusals of RCPT\n"));
	heard.rcpt_accepted = 4980;
	assert_null(strstr(notes_of(&attempt), "more"));
}

/* ---- the table ---- */

static void table(void **state)
{
	struct ip addresses[2];
	struct route_host host = {.name = "mx1.example.org",
	                          .preference = 10,
	                          .port = SMTP_PORT,
	                          .addresses = addresses,
	                          .address_count = 2};
	const struct route route = {.hosts = &host, .host_count = 1};
	struct plan_domain domain = {.name = "example.org", .shown = "example.org"};
	struct plan_domain *domains = &domain;
	const struct delivery delivery = {.route = &route, .domains = &domains, .domain_count = 1};
	const int64_t spent[STAGE_DONE + 1] = {[STAGE_GREETING] = 3};
	const char *const size[] = {"SIZE"};
	const struct session_heard heard = {.extensions = size, .extension_count = 1};
	struct tls_facts tls = tls_with(now + 90 * DAY, "EC 256", "");
	struct deliver_attempt attempt = attempt_of(&heard, &tls);
	struct probe_text p = {.count = 0};
	struct buf b;

	(void)state;
	assert_true(ip_parse("192.0.2.1", &addresses[0]) && ip_parse("192.0.2.9", &addresses[1]));
	attempt.spent_ms = spent;
	probe_text_keep(&p, &attempt, now);
	attempt = attempt_of(NULL, NULL);
	attempt.address = "192.0.2.9";
	attempt.stage = STAGE_CONNECT;
	attempt.status = status_of(FAULT_CONNECT, STAGE_CONNECT, &arena, "connection refused");
	probe_text_keep(&p, &attempt, now);
	buf_init(&b, 1 << 16);
	probe_text_block(&p, &b, &delivery, STAGE_TLS);
	assert_string_equal(b.bytes, "probe of example.org\n"
	                             "    address    connect  greeting  TLS     certificate\n"
	                             "  mx1.example.org, preference 10\n"
	                             "    192.0.2.1    41 ms      3 ms  TLS1.3  2027-02-18\n"
	                             "    192.0.2.9  refused         -  -       -\n"
	                             "    - 192.0.2.1: offers SIZE\n\n");
	buf_free(&b);
	probe_text_free(&p);
}

/* Where there was no time for a dial, none has failed. */
static void not_visited(void **state)
{
	struct ip address;
	struct route_host host = {
		.name = "mx", .port = SMTP_PORT, .addresses = &address, .address_count = 1};
	const struct route route = {.hosts = &host, .host_count = 1};
	struct plan_domain domain = {.name = "example.org", .shown = "example.org"};
	struct plan_domain *domains = &domain;
	const struct delivery delivery = {.route = &route, .domains = &domains, .domain_count = 1};
	struct deliver_attempt attempt = attempt_of(NULL, NULL);
	struct probe_text p = {.count = 0};
	struct buf b;

	(void)state;
	assert_true(ip_parse("192.0.2.1", &address));
	attempt.host = "mx";
	attempt.stage = STAGE_CONNECT;
	attempt.connect_ms = -1;
	attempt.status = status_of(FAULT_EXPIRED, STAGE_CONNECT, &arena, "not visited: no time");
	probe_text_keep(&p, &attempt, now);
	buf_init(&b, 1 << 16);
	probe_text_block(&p, &b, &delivery, STAGE_TLS);
	assert_non_null(strstr(b.bytes, "    192.0.2.1        -         -  -    -\n"
	                                "    - not visited: no time\n"));
	buf_free(&b);
	probe_text_free(&p);
}

static void names_have_an_end(void **state)
{
	struct plan_domain domain = {.name = "example.org", .shown = "example.org"};
	struct plan_domain *domains[] = {&domain, &domain, &domain, &domain,
	                                 &domain, &domain, &domain};
	const struct route route = {.host_count = 0};
	const struct delivery delivery = {.route = &route, .domains = domains, .domain_count = 7};
	struct probe_text p = {.count = 0};
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	probe_text_block(&p, &b, &delivery, STAGE_TLS);
	assert_int_equal(strncmp(b.bytes,
	                         "probe of example.org, example.org, example.org and 4 more\n", 58),
	                 0);
	buf_free(&b);
	probe_text_free(&p);
}

/* ---- what several share ---- */

static void share_of(struct probe_share *share, const struct route *route)
{
	*share = (struct probe_share){.a = &arena, .route = route};
	for (size_t i = 0, number = 0; i < route->host_count; i++) {
		for (size_t j = 0; j < route->hosts[i].address_count; j++)
			probe_share_visit(share, i, number++);
	}
}

static void check_share(const struct probe_share *share, const char *wanted)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < share->route->host_count; i++)
		probe_share_host(share, &b, i);
	probe_share_all(share, &b);
	assert_string_equal(b.size ? b.bytes : "", wanted);
	buf_free(&b);
}

static void nothing_is_told_twice(void **state)
{
	struct ip addresses[2];
	struct route_host hosts[] = {
		{.name = "a", .addresses = addresses, .address_count = 2},
		{.name = "b", .addresses = addresses, .address_count = 1},
		{.name = "c", .addresses = addresses, .address_count = 1},
	};
	const struct route route = {.hosts = hosts, .host_count = 3};
	struct probe_share share;

	(void)state;
	assert_true(ip_parse("192.0.2.1", &addresses[0]) && ip_parse("192.0.2.9", &addresses[1]));
	share_of(&share, &route);
	check_share(&share, "");
	for (size_t i = 0; i < 4; i++)
		probe_share_add(&share, i, "all");
	probe_share_add(&share, 0, "one address");
	probe_share_add(&share, 0, "one host");
	probe_share_add(&share, 1, "one host");
	probe_share_add(&share, 2, "two hosts");
	probe_share_add(&share, 3, "two hosts");
	probe_share_add(&share, 1, "a part and a whole");
	probe_share_add(&share, 3, "a part and a whole");
	check_share(&share, "    - 192.0.2.1: one address\n"
	                    "    - one host\n"
	                    "    - 192.0.2.9: a part and a whole\n"
	                    "    - a part and a whole\n"
	                    "  all of them:\n"
	                    "    - all\n"
	                    "  b, c:\n"
	                    "    - two hosts\n");
}

/* Servers that each say something else for ever. */
static void notes_have_an_end(void **state)
{
	struct ip address = {0};
	struct route_host host = {.name = "a", .addresses = &address, .address_count = 1};
	const struct route route = {.hosts = &host, .host_count = 1};
	struct probe_share share;

	(void)state;
	share_of(&share, &route);
	for (size_t i = 0; i < PROBE_SHARE_MAX + 10; i++)
		probe_share_add(&share, 0, arena_printf(&arena, "%zu", i));
	assert_int_equal(share.count, PROBE_SHARE_MAX);
}

/* ---- the end ---- */

/* One domain, three exchangers of one address each, two recipients. */
struct end {
	struct ip addresses[3];
	struct route_host hosts[3];
	struct route route;
	struct plan_domain domain, *domains[1];
	struct delivery delivery, *deliveries[1];
	struct recipient recipients[2];
	struct plan plan;
	struct probe_text p;
};

static const char *const places[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3"};
static const char *const names[] = {"mx1", "mx2", "mx3"};

static void end_begin(struct end *e)
{
	*e = (struct end){.route = {.hosts = e->hosts, .host_count = 3},
	                  .domain = {.name = "example.org", .shown = "example.org"},
	                  .domains = {&e->domain},
	                  .deliveries = {&e->delivery},
	                  .delivery = {.route = &e->route, .domains = e->domains, .domain_count = 1},
	                  .plan = {.recipients = e->recipients,
	                           .recipient_count = 2,
	                           .deliveries = e->deliveries,
	                           .delivery_count = 1}};
	for (size_t i = 0; i < 3; i++) {
		assert_true(ip_parse(places[i], &e->addresses[i]));
		e->hosts[i] = (struct route_host){.name = names[i],
		                                  .port = SMTP_PORT,
		                                  .addresses = &e->addresses[i],
		                                  .address_count = 1};
	}
}

static void end_visit(struct end *e, size_t host, bool served, const struct tls_facts *tls)
{
	const struct session_heard heard = {0};
	struct deliver_attempt attempt = attempt_of(&heard, tls);

	attempt.host = names[host];
	attempt.address = places[host];
	if (!served)
		attempt.status = status_of(FAULT_TLS, STAGE_TLS, &arena, "no");
	probe_text_keep(&e->p, &attempt, now);
}

static void check_end(struct end *e, enum stage stage, int exit, const char *wanted)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	probe_end(&e->p, &b, &e->plan, stage, exit);
	assert_string_equal(b.bytes, wanted);
	buf_free(&b);
}

static void what_it_comes_to(void **state)
{
	struct tls_facts tls = tls_with(now + 90 * DAY, "EC 256", "");
	struct end e;

	(void)state;
	end_begin(&e);
	e.recipients[0].status = status_good(STAGE_TLS, "ready", names[0], places[0]);
	e.recipients[1].status = status_good(STAGE_TLS, "ready", names[1], places[1]);
	end_visit(&e, 0, true, &tls);
	end_visit(&e, 1, true, &tls);
	end_visit(&e, 2, true, &tls);
	check_end(&e, STAGE_TLS, 0,
	          "a delivery now would, as far as STARTTLS can tell, find a server for 2 of 2\n"
	          "recipients\n");
	probe_text_free(&e.p);
	end_begin(&e);
	e.recipients[0].status = status_good(STAGE_RCPT, "ok", names[0], places[0]);
	e.recipients[1].status = status_of(FAULT_CONNECT, STAGE_CONNECT, &arena, "no");
	/* its TLS fails, and then it serves without */
	end_visit(&e, 0, false, NULL);
	end_visit(&e, 0, true, NULL);
	end_visit(&e, 1, false, NULL);
	end_visit(&e, 2, false, NULL);
	check_end(&e, STAGE_RCPT, 75,
	          "1 of 3 exchangers of example.org works; not so: mx2, mx3\n"
	          "a delivery now would, as far as RCPT can tell, reach 1 of 2 recipients, in\n"
	          "clear, and end with status 75\n");
	e.recipients[1].status = status_of(FAULT_CANCELLED, STAGE_CONNECT, &arena, "cancelled");
	e.p.count--; /* mx3 was not visited */
	check_end(&e, STAGE_RCPT, 75,
	          "1 of 3 exchangers of example.org works; not so: mx2; not known: mx3\n"
	          "the probe was cut short: what a delivery would come to is not known\n");
	e.plan.delivery_count = 0;
	check_end(&e, STAGE_TLS, 68,
	          "no server was asked: a delivery now would find none, and end with status 68\n");
	probe_text_free(&e.p);
}

/* ---- reach and advice ---- */

static struct racer racer_at(const char *ip, enum race_state state, enum dial_cause cause)
{
	struct racer r = {.port = SMTP_PORT, .state = state, .dial = {.cause = cause}};

	assert_true(ip_parse(ip, &r.ip));
	r.trouble = state == RACE_FAILED ? "it failed" : NULL;
	return r;
}

static const char *advice_on(const struct racer *racers, size_t count, enum fault fault)
{
	struct recipient recipient = {.status = status_of(fault, STAGE_CONNECT, &arena, "no")};
	const struct plan plan = {.recipients = &recipient, .recipient_count = 1};
	struct reach all = {0};

	/* Each as a delivery of its own */
	for (size_t i = 0; i < count; i++) {
		struct reach one = {0};

		reach_count(&one, &racers[i], 1);
		reach_join(&all, &one);
	}
	return advice_find(&arena, &all, &plan);
}

static void check_advice(const struct racer *racers, size_t count, const char *words)
{
	const char *advice = advice_on(racers, count, FAULT_CONNECT);

	if (!words)
		assert_null(advice);
	else
		assert_non_null(strstr(advice ? advice : "", words));
	assert_null(advice_on(racers, count, FAULT_DNS));
}

static void advice(void **state)
{
	struct racer silent[] = {racer_at("192.0.2.1", RACE_FAILED, DIAL_SILENT),
	                         racer_at("2001:db8::1", RACE_FAILED, DIAL_UNREACHABLE),
	                         racer_at("198.51.100.1", RACE_FAILED, DIAL_SILENT),
	                         racer_at("192.0.2.2", RACE_FAILED, DIAL_OTHER)};
	struct racer forbidden = racer_at("192.0.2.1", RACE_FAILED, DIAL_FORBIDDEN);
	struct racer nowhere = racer_at("192.0.2.1", RACE_FAILED, DIAL_UNREACHABLE);
	struct racer cut = racer_at("192.0.2.1", RACE_IDLE, DIAL_OTHER);

	(void)state;
	check_advice(silent, 1, "it is down there, or");
	check_advice(silent, 2, "it is down there, or");
	check_advice(silent, 3, "not one of 2 servers");
	check_advice(silent, 4, NULL); /* somebody refused: somebody was reached */
	check_advice(silent + 1, 1, "IPv6");
	check_advice(&forbidden, 1, "itself forbids");
	check_advice(&nowhere, 1, "no way to the network");
	check_advice(&cut, 1, NULL); /* never dialled */
	cut.ended = REACH_SILENT;
	check_advice(&cut, 1, "it is down there, or");
	silent[0].port = 587;
	check_advice(silent, 1, NULL);
	silent[0].port = SMTP_PORT;
	const struct racer twice[] = {silent[0], silent[0]};
	check_advice(twice, 2, "it is down there, or"); /* two domains, one dead server */
	silent[2].stood = true;
	check_advice(silent + 1, 2, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(certificates, forget),
		cmocka_unit_test_teardown(facts_of_tls, forget),
		cmocka_unit_test_teardown(in_clear, forget),
		cmocka_unit_test_teardown(floods, forget),
		cmocka_unit_test_teardown(table, forget),
		cmocka_unit_test_teardown(not_visited, forget),
		cmocka_unit_test_teardown(names_have_an_end, forget),
		cmocka_unit_test_teardown(nothing_is_told_twice, forget),
		cmocka_unit_test_teardown(notes_have_an_end, forget),
		cmocka_unit_test_teardown(what_it_comes_to, forget),
		cmocka_unit_test_teardown(advice, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
