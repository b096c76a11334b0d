/* The table: aliases, duplicates, askers. */

#include "unit/dns_server.h"

#include "base/deadline.h"
#include "net/dns.h"
#include "net/dns_raw.h"
#include "net/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONG = 20 * 1000 };

static struct server server;

static struct dns *open_server(void (*behave)(struct server *s, const struct query *q))
{
	struct dns_settings settings = {
		.server_count = 1, .timeout = LONG, .patience = LONG, .attempts = 1};

	server_start(&server, behave);
	settings.servers[0].port = server.port;
	assert_true(ip_parse("127.0.0.1", &settings.servers[0].ip));
	return dns_open(&settings);
}

static void shut(struct dns *d)
{
	dns_close(d);
	server_stop(&server);
}

static struct deadline in(int64_t milliseconds)
{
	return (struct deadline){.at = clock_now() + milliseconds, .cancel_fd = -1};
}

static const struct dns_answer *look_up(struct dns *d, const char *name, enum dns_type type)
{
	const struct dns_answer *answer;
	size_t asker;

	while (!(answer = dns_get(d, name, type, 42)))
		assert_true(dns_wait(d, in(LONG), &asker));
	assert_int_equal(answer->security, DNS_UNCHECKED);
	return answer;
}

static struct dns *open_facts(const char *text)
{
	char path[] = "/tmp/sendmx-facts-XXXXXX";
	struct dns_settings settings;
	struct machine machine;
	const char *why;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	dns_settings_default(&settings);
	machine_blank(&machine);
	struct dns *d = dns_open(&settings);
	assert_true(dns_facts(d, path, &machine, &why));
	machine_free(&machine);
	unlink(path);
	return d;
}

/* ---- aliases ---- */

/* a.test → b.test → c.test with its records, all in one packet and in an order of its own. */
static void whole_chain(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	packet_a(&s->packet, "c.test", "192.0.2.1");
	packet_cname(&s->packet, "b.test", "c.test");
	packet_a(&s->packet, "elsewhere.test", "192.0.2.66");
	packet_cname(&s->packet, "a.test", "B.test");
	packet_send(s, q, &s->packet);
}

static void chain_in_one_packet(void **state)
{
	(void)state;
	struct dns *d = open_server(whole_chain);
	const struct dns_answer *answer = look_up(d, "a.test", DNS_A);
	assert_int_equal(answer->outcome, DNS_FOUND);
	assert_string_equal(answer->name, "c.test");
	assert_int_equal(answer->alias_count, 2);
	assert_string_equal(answer->aliases[0], "b.test");
	assert_string_equal(answer->aliases[1], "c.test");
	assert_int_equal(answer->count, 1);
	assert_int_equal(answer->ttl, 100);
	assert_int_equal(atomic_load(&server.heard), 1);
	shut(d);
}

/* One alias at a time, and the next is for the asker to ask for: n0, n1, ... n7, which has
   records; loop0, loop1, loop2 and loop0 again. */
static void one_hop(struct server *s, const struct query *q)
{
	char next[32];
	int number = 0;

	packet_begin(&s->packet, q, 0);
	if (sscanf(q->name, "n%d", &number) == 1)
		snprintf(next, sizeof next, "n%d.test", number + 1);
	else if (sscanf(q->name, "loop%d", &number) == 1)
		snprintf(next, sizeof next, "loop%d.test", (number + 1) % 3);
	if (strcmp(q->name, "n7.test") == 0)
		packet_a(&s->packet, q->name, "192.0.2.7");
	else
		packet_cname(&s->packet, q->name, next);
	packet_send(s, q, &s->packet);
}

static void chain_is_asked_for(void **state)
{
	(void)state;
	struct dns *d = open_server(one_hop);
	const struct dns_answer *answer = look_up(d, "n0.test", DNS_A);
	assert_int_equal(answer->outcome, DNS_FOUND);
	assert_string_equal(answer->name, "n7.test");
	assert_int_equal(answer->alias_count, 7);
	assert_int_equal(dns_counts(d).questions, 8);
	/* What was learned on the way is known. */
	answer = dns_get(d, "n5.test", DNS_A, 1);
	assert_non_null(answer);
	assert_int_equal(answer->alias_count, 2);
	shut(d);
}

static void loop_is_found(void **state)
{
	(void)state;
	struct dns *d = open_server(one_hop);
	/* All three at once: none may wait for another. */
	assert_null(dns_get(d, "loop0.test", DNS_A, 1));
	assert_null(dns_get(d, "loop1.test", DNS_A, 1));
	const struct dns_answer *answer = look_up(d, "loop2.test", DNS_A);
	assert_int_equal(answer->outcome, DNS_LOOP);
	assert_string_equal(answer->trouble,
	                    "loop2.test is an alias that leads back to loop2.test");
	assert_int_equal(look_up(d, "loop0.test", DNS_A)->outcome, DNS_LOOP);
	assert_int_equal(look_up(d, "loop1.test", DNS_A)->outcome, DNS_LOOP);
	assert_int_equal(dns_counts(d).questions, 3);
	shut(d);
}

static void eight_aliases_and_no_more(void **state)
{
	(void)state;
	struct dns *d =
		open_facts("n0 CNAME n1\nn1 CNAME n2\nn2 CNAME n3\nn3 CNAME n4\nn4 CNAME n5\n"
	                   "n5 CNAME n6\nn6 CNAME n7\nn7 CNAME n8\nn8 CNAME n9\nn9 A 192.0.2.9\n");
	const struct dns_answer *answer = look_up(d, "n1", DNS_A);
	assert_int_equal(answer->outcome, DNS_FOUND);
	assert_int_equal(answer->alias_count, 8);
	answer = look_up(d, "n0", DNS_A);
	assert_int_equal(answer->outcome, DNS_LOOP);
	assert_string_equal(answer->trouble, "n0 leads through more than 8 aliases");
	dns_close(d);
}

static void alias_to_itself(void **state)
{
	(void)state;
	struct dns *d = open_facts("self CNAME self\n");
	assert_int_equal(look_up(d, "self", DNS_MX)->outcome, DNS_LOOP);
	dns_close(d);
}

/* The alias exists, its target does not: RFC 6604. */
static void dangling_alias(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 3);
	packet_cname(&s->packet, q->name, "gone.test");
	packet_send(s, q, &s->packet);
}

static void alias_to_nothing(void **state)
{
	(void)state;
	struct dns *d = open_server(dangling_alias);
	const struct dns_answer *answer = look_up(d, "a.test", DNS_MX);
	assert_int_equal(answer->outcome, DNS_NO_NAME);
	assert_string_equal(answer->name, "gone.test");
	shut(d);
}

static void alias_to_no_data(void **state)
{
	(void)state;
	struct dns *d = open_facts("a CNAME b\nb TXT x\n;! servfail c\nd CNAME c\n");
	const struct dns_answer *answer = look_up(d, "a", DNS_MX);
	assert_int_equal(answer->outcome, DNS_NO_DATA);
	assert_string_equal(answer->name, "b");
	assert_int_equal(look_up(d, "a", DNS_TXT)->outcome, DNS_FOUND);
	answer = look_up(d, "d", DNS_MX);
	assert_int_equal(answer->outcome, DNS_TROUBLE);
	assert_string_equal(answer->trouble, "facts answers SERVFAIL to MX c");
	answer = look_up(d, "a", DNS_CNAME);
	assert_int_equal(answer->count, 1);
	assert_string_equal(answer->txt[0], "b");
	assert_int_equal(answer->alias_count, 0);
	dns_close(d);
}

/* ---- records ---- */

static void duplicates_are_removed(void **state)
{
	(void)state;
	struct dns *d =
		open_facts("d 30 MX 10 b\nd 40 MX 10 a\nd 20 MX 10 B.\nd 50 MX 20 b\nd MX 10 A\n"
	                   "d A 192.0.2.2\nd A 192.0.2.1\nd A 192.0.2.2\nd TXT one\nd TXT one\n");
	const struct dns_answer *answer = look_up(d, "d", DNS_MX);
	assert_int_equal(answer->count, 3);
	assert_string_equal(answer->mx[0].exchanger, "b");
	assert_string_equal(answer->mx[1].exchanger, "a");
	assert_string_equal(answer->mx[2].exchanger, "b");
	assert_int_equal(answer->mx[2].preference, 20);
	assert_int_equal(answer->ttl, 30);
	assert_int_equal(look_up(d, "d", DNS_A)->count, 2);
	assert_int_equal(look_up(d, "d", DNS_TXT)->count, 1);
	dns_close(d);
}

static void exchangers_are_judged(void **state)
{
	(void)state;
	struct dns *d = open_facts(
		"d MX 1 .\nd MX 2 a_b-c.D9\nd MX 3 a\\032b\nd MX 4 a\\.b\nd MX 5 b\xc3\xbc\n"
		"d MX 6 192.0.2.1\nd MX 7 *.x\n");
	const struct dns_answer *answer = look_up(d, "d", DNS_MX);
	static const struct {
		const char *name;
		bool usable;
	} want[] = {{".", false},       {"a_b-c.d9", true},     {"a\\032b", false},
	            {"a\\046b", false}, {"b\\195\\188", false}, {"192.0.2.1", true},
	            {"\\042.x", false}};
	assert_int_equal(answer->count, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(answer->mx[i].exchanger, want[i].name);
		assert_int_equal(answer->mx[i].usable, want[i].usable);
	}
	dns_close(d);
}

/* RRSIGs come with what was asked for, as DO is set. */
static void with_signature(struct server *s, const struct query *q)
{
	static const uint8_t rrsig[] =
		"\0\17\15\2\0\0\1\54\152\0\0\0\151\0\0\0\60\71\4test\0signature";

	packet_begin(&s->packet, q, 0);
	packet_record(&s->packet, 6, q->name, 46, 5, rrsig, sizeof rrsig - 1);
	packet_mx(&s->packet, q->name, 10, "mx.test");
	packet_ede(&s->packet, 3, "");
	packet_send(s, q, &s->packet);
}

static void signatures_are_no_trouble(void **state)
{
	(void)state;
	struct dns *d = open_server(with_signature);
	const struct dns_answer *answer = look_up(d, "a.test", DNS_MX);
	assert_int_equal(answer->outcome, DNS_FOUND);
	assert_int_equal(answer->count, 1);
	assert_int_equal(answer->ttl, 300);
	shut(d);
}

static void nothing(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	packet_send(s, q, &s->packet);
}

static void nobody(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 3);
	packet_send(s, q, &s->packet);
}

static void nothing_and_nobody(void **state)
{
	(void)state;
	struct dns *d = open_server(nothing);
	assert_int_equal(look_up(d, "a.test", DNS_MX)->outcome, DNS_NO_DATA);
	shut(d);
	d = open_server(nobody);
	const struct dns_answer *answer = look_up(d, "a.test", DNS_MX);
	assert_int_equal(answer->outcome, DNS_NO_NAME);
	assert_null(answer->trouble);
	assert_int_equal(answer->count, 0);
	shut(d);
}

static void impossible_names_do_not_exist(void **state)
{
	char label[70] = "";

	(void)state;
	memset(label, 'a', 64);
	struct dns *d = open_facts("");
	assert_int_equal(look_up(d, "a..b", DNS_MX)->outcome, DNS_NO_NAME);
	assert_int_equal(look_up(d, ".a", DNS_MX)->outcome, DNS_NO_NAME);
	assert_int_equal(look_up(d, label, DNS_MX)->outcome, DNS_NO_NAME);
	assert_int_equal(look_up(d, ".", DNS_MX)->outcome, DNS_NO_DATA);
	dns_close(d);
}

/* ---- askers ---- */

static void good(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	packet_mx(&s->packet, q->name, 10, "mx.test");
	packet_send(s, q, &s->packet);
}

static void every_asker_is_named_once(void **state)
{
	enum { ASKERS = 500 };
	unsigned named[ASKERS] = {0};
	size_t asker;

	(void)state;
	struct dns *d = open_server(good);
	assert_false(dns_wait(d, in(LONG), &asker)); /* nobody has asked */
	for (int again = 0; again < 3; again++) {
		for (size_t i = 0; i < ASKERS; i++)
			assert_null(dns_get(d, "a.test", DNS_MX, i));
	}
	while (dns_wait(d, in(LONG), &asker)) {
		assert_true(asker < ASKERS);
		named[asker]++;
	}
	for (size_t i = 0; i < ASKERS; i++)
		assert_int_equal(named[i], 1);
	assert_int_equal(dns_counts(d).packets, 1);
	shut(d);
}

static void aliases_share_a_question(void **state)
{
	const struct dns_answer *answer;
	size_t asker;

	(void)state;
	struct dns *d = open_server(one_hop);
	assert_null(dns_get(d, "n6.test", DNS_A, 1));
	assert_null(dns_get(d, "n7.test", DNS_A, 2));
	assert_null(dns_get(d, "n5.test", DNS_A, 3));
	while (dns_wait(d, in(LONG), &asker))
		assert_true(asker >= 1 && asker <= 3);
	for (size_t i = 5; i <= 7; i++) {
		char name[32];

		snprintf(name, sizeof name, "n%zu.test", i % 10);
		answer = dns_get(d, name, DNS_A, 9);
		assert_non_null(answer);
		assert_string_equal(answer->name, "n7.test");
	}
	assert_int_equal(dns_counts(d).questions, 3);
	shut(d);
}

/* ---- the validator's questions ---- */

enum { BURST = 7 }; /* MX a.test, TXT b.test, and what the validator asks for their sake */

static struct query burst[BURST];
static atomic_bool burst_sent;
static atomic_uint guarded; /* asked without CD */

/* A key of the root that nobody knows: it will be asked for again, over TCP. */
static void answer_one(struct server *s, const struct query *q)
{
	uint8_t key[68] = {1, 1, 3, 13};

	packet_begin(&s->packet, q, 0);
	if (q->type == DNS_MX)
		packet_mx(&s->packet, q->name, 10, "mx.test");
	if (q->type == DNS_DNSKEY && !*q->name)
		packet_record(&s->packet, 6, "", DNS_DNSKEY, 300, key, sizeof key);
	packet_send(s, q, &s->packet);
}

static bool checking_disabled(const struct query *q)
{
	return q->bytes[3] & 0x10;
}

/* All replies at once, when all questions are there. */
static void answer_all(struct server *s, const struct query *q)
{
	if (q->tcp >= 0 || !checking_disabled(q)) {
		atomic_fetch_add(&guarded, !checking_disabled(q));
		answer_one(s, q);
		return;
	}
	burst[s->stage++] = *q;
	for (unsigned i = 0; s->stage == BURST && i < BURST; i++)
		answer_one(s, &burst[i]);
	if (s->stage == BURST)
		atomic_store(&burst_sent, true);
}

/* Who wants to validate, from a key of the root that nobody has. */
static struct dns *open_validating(void (*behave)(struct server *s, const struct query *q))
{
	char path[] = "/tmp/sendmx-anchor-XXXXXX";
	static const char anchor[] = ". IN DS 1 13 2 "
				     "0000000000000000000000000000000000000000000000000000000000000000\n";
	struct dns_settings settings = {
		.server_count = 1, .timeout = LONG, .patience = LONG, .attempts = 1};
	int fd = mkstemp(path);

	assert_int_equal(write(fd, anchor, sizeof anchor - 1), sizeof anchor - 1);
	close(fd);
	server_start(&server, behave);
	settings.servers[0].port = server.port;
	settings.trust_anchor = path;
	assert_true(ip_parse("127.0.0.1", &settings.servers[0].ip));
	struct dns *d = dns_open(&settings);
	unlink(path);
	return d;
}

/* A reply that is not believed goes out again while others are on their way in. And once nothing is
   validated here, what came so far is asked for again, so that a server that validates hides what
   is bogus; and with it what anybody will ask for who believes it. */
static void no_reply_is_lost(void **state)
{
	size_t asker, named = 0;

	(void)state;
	struct dns *d = open_validating(answer_all);
	assert_null(dns_get(d, "a.test", DNS_MX, 1));
	assert_null(dns_get(d, "b.test", DNS_TXT, 2));
	while (!atomic_load(&burst_sent))
		sched_yield();
	while (dns_wait(d, in(LONG), &asker))
		named += asker;
	assert_int_equal(named, 3);
	const struct dns_answer *answer = dns_get(d, "a.test", DNS_MX, 1);
	assert_int_equal(answer->outcome, DNS_FOUND);
	assert_int_equal(answer->security, DNS_UNCHECKED);
	assert_string_equal(answer->security_reason,
	                    "DNSSEC is not checked: no key of the root is a trust anchor");
	assert_string_equal(dns_security_warning(d), answer->security_reason);
	assert_non_null(dns_get(d, "b.test", DNS_TXT, 2));
	assert_int_equal(dns_counts(d).tcp, 1);
	assert_non_null(dns_get(d, "mx.test", DNS_A, 3));
	assert_non_null(dns_get(d, "mx.test", DNS_AAAA, 3));
	assert_int_equal(atomic_load(&guarded), 4);
	shut(d);
}

static atomic_uint guesses, unguarded;

static void count_all(struct server *s, const struct query *q)
{
	atomic_fetch_add(&guesses, q->type == DNS_DS);
	atomic_fetch_add(&unguarded, q->type == DNS_MX && checking_disabled(q));
	answer_one(s, q);
}

/* What the validator may need is asked for at once only where nobody has to wait for that; and what
   it does need, here the key of the root once more, ahead of all. */
static void validator_stands_in_no_line(void **state)
{
	size_t asker, named = 0;
	char name[64];

	(void)state;
	struct dns *d = open_validating(count_all);
	for (size_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "n%zu.test", i);
		assert_null(dns_get(d, name, DNS_MX, i));
	}
	while (dns_wait(d, in(LONG), &asker)) {
		snprintf(name, sizeof name, "n%zu.test", asker);
		named += dns_get(d, name, DNS_MX, asker) != NULL;
	}
	assert_int_equal(named, 1000);
	assert_in_range(atomic_load(&guesses), 2, DNS_FLIGHT_MAX / 2);
	assert_in_range(atomic_load(&unguarded), 1, 999);
	shut(d);
}

static void answer_guarded(struct server *s, const struct query *q)
{
	if (checking_disabled(q))
		return;
	packet_begin(&s->packet, q, 0);
	packet_mx(&s->packet, q->name, 10, "mx.test");
	packet_send(s, q, &s->packet);
}

/* Who does not validate does not tell the server to let it (RFC 4035 3.2.2: CD). */
static void who_does_not_validate_is_guarded(void **state)
{
	static const struct dns_settings modes[] = {
		{.security = DNSSEC_OFF, .trust_anchor = "/dev/null"},
		{.security = DNSSEC_TRUST_AD},
		{.security = DNSSEC_AUTO},
		{.security = DNSSEC_AUTO, .trust_anchor = "/nonexistent"},
	};
	size_t asker;

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct dns_settings settings = modes[i];

		server_start(&server, answer_guarded);
		settings.server_count = 1;
		settings.servers[0].port = server.port;
		settings.timeout = LONG;
		settings.patience = LONG;
		settings.attempts = 1;
		assert_true(ip_parse("127.0.0.1", &settings.servers[0].ip));
		struct dns *d = dns_open(&settings);
		assert_null(dns_get(d, "a.test", DNS_MX, 1));
		while (dns_wait(d, in(LONG), &asker))
			assert_int_equal(asker, 1);
		assert_int_equal(dns_get(d, "a.test", DNS_MX, 1)->outcome, DNS_FOUND);
		shut(d);
	}
}

static void missing_facts_are_named(void **state)
{
	struct dns_settings settings;
	const char *why = NULL;

	(void)state;
	dns_settings_default(&settings);
	struct dns *d = dns_open(&settings);
	assert_false(dns_facts(d, "/nonexistent/facts", NULL, &why));
	assert_string_equal(why, "cannot read /nonexistent/facts: No such file or directory");
	dns_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_in_one_packet),
		cmocka_unit_test(chain_is_asked_for),
		cmocka_unit_test(loop_is_found),
		cmocka_unit_test(eight_aliases_and_no_more),
		cmocka_unit_test(alias_to_itself),
		cmocka_unit_test(alias_to_nothing),
		cmocka_unit_test(alias_to_no_data),
		cmocka_unit_test(duplicates_are_removed),
		cmocka_unit_test(exchangers_are_judged),
		cmocka_unit_test(signatures_are_no_trouble),
		cmocka_unit_test(nothing_and_nobody),
		cmocka_unit_test(impossible_names_do_not_exist),
		cmocka_unit_test(every_asker_is_named_once),
		cmocka_unit_test(aliases_share_a_question),
		cmocka_unit_test(no_reply_is_lost),
		cmocka_unit_test(validator_stands_in_no_line),
		cmocka_unit_test(who_does_not_validate_is_guarded),
		cmocka_unit_test(missing_facts_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
