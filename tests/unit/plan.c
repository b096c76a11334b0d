/* What route/plan.h promises. */

#include "route_world.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "route/plan.h"

enum { MOST = 20 };

static void make(struct world *w, struct plan *plan, const char *const *to, size_t count)
{
	struct address addresses[MOST];

	assert_true(count <= MOST);
	for (size_t i = 0; i < count; i++)
		addresses[i] = world_address(w, to[i]);
	plan_open(plan, addresses, count);
	plan_find(plan, &w->facts, forever, NULL);
}

#define MAKE(w, plan, ...)                                                                         \
	make(w, plan, (const char *const[]){__VA_ARGS__},                                          \
	     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char zone[] = "red.example MX 10 m\ngreen.example MX 20 m\nblue.example MX 10 n\n"
			   "none.example MX 0 .\nsick.example TXT x\n;! servfail sick.example\n"
			   "m A 192.0.2.1\nn A 192.0.2.2\nxn--bcher-kva.example MX 10 n\n";

/* ---- recipients (A20) ---- */

static void a20_a_mailbox_once(void **state)
{
	struct world w;
	struct plan plan;

	(void)state;
	world_open(&w, zone);
	MAKE(&w, &plan, "bob@red.example", "Bob@red.example", "bob@RED.example", "bob@red.example",
	     "\"bob\"@red.example", "bob@green.example", "bob@[IPv6:2001:db8::1]",
	     "bob@[IPv6:2001:DB8:0::1]");
	/* the local part's case may matter (RFC 5321 2.4), quotes do not */
	assert_int_equal(plan.recipient_count, 4);
	assert_string_equal(plan.recipients[0].wire, "bob@red.example");
	assert_string_equal(plan.recipients[1].wire, "Bob@red.example");
	assert_string_equal(plan.recipients[2].wire, "bob@green.example");
	assert_string_equal(plan.recipients[3].shown, "bob@[IPv6:2001:db8::1]");
	plan_free(&plan);
	world_close(&w);
}

static void nobody(void **state)
{
	struct world w;
	struct plan plan;

	(void)state;
	world_open(&w, zone);
	plan_open(&plan, NULL, 0);
	plan_find(&plan, &w.facts, forever, NULL);
	assert_int_equal(plan.recipient_count, 0);
	assert_int_equal(plan.domain_count, 0);
	assert_int_equal(plan.delivery_count, 0);
	plan_free(&plan);
	world_close(&w);
}

/* ---- domains ---- */

static void domains_in_the_order_of_mention(void **state)
{
	struct world w;
	struct plan plan;

	(void)state;
	world_open(&w, zone);
	MAKE(&w, &plan, "a@blue.example", "b@red.example", "c@Blue.Example", "d@[192.0.2.9]",
	     "e@red.example");
	assert_int_equal(plan.domain_count, 3);
	assert_string_equal(plan.domains[0].name, "blue.example");
	assert_int_equal(plan.domains[0].recipient_count, 2);
	assert_ptr_equal(plan.domains[0].recipients[0], &plan.recipients[0]);
	assert_ptr_equal(plan.domains[0].recipients[1], &plan.recipients[2]);
	assert_string_equal(plan.domains[1].name, "red.example");
	assert_ptr_equal(plan.domains[1].recipients[1], &plan.recipients[4]);
	assert_string_equal(plan.domains[2].name, "[192.0.2.9]");
	plan_free(&plan);
	world_close(&w);
}

static void a16_a_domain_in_unicode(void **state)
{
	struct world w;
	struct plan plan;

	(void)state;
	world_open(&w, zone);
	MAKE(&w, &plan, "bob@b\xc3\xbc" "cher.example", "carol@xn--bcher-kva.example");
	assert_int_equal(plan.domain_count, 1);
	assert_string_equal(plan.domains[0].name, "xn--bcher-kva.example");
	assert_string_equal(plan.domains[0].shown, "b\xc3\xbc" "cher.example");
	assert_string_equal(plan.recipients[0].wire, "bob@xn--bcher-kva.example");
	assert_string_equal(plan.recipients[0].shown, "bob@b\xc3\xbc" "cher.example");
	plan_free(&plan);
	world_close(&w);
}

/* ---- deliveries (A18) ---- */

static void a18_one_delivery_for_the_same_exchangers(void **state)
{
	struct world w;
	struct plan plan;

	(void)state;
	world_open(&w, zone);
	MAKE(&w, &plan, "a@red.example", "b@blue.example", "c@green.example", "d@red.example");
	assert_int_equal(plan.delivery_count, 2);
	assert_ptr_equal(plan.deliveries[0]->route, &plan.domains[0].route);
	assert_int_equal(plan.deliveries[0]->domain_count, 2);
	assert_ptr_equal(plan.deliveries[0]->domains[0], &plan.domains[0]);
	assert_ptr_equal(plan.deliveries[0]->domains[1], &plan.domains[2]);
	assert_int_equal(plan.deliveries[0]->recipient_count, 3);
	assert_ptr_equal(plan.deliveries[1]->domains[0], &plan.domains[1]);
	assert_int_equal(plan.deliveries[1]->recipient_count, 1);
	for (size_t i = 0; i < plan.recipient_count; i++)
		assert_int_equal(plan.recipients[i].status.class, 0);
	plan_free(&plan);
	world_close(&w);
}

static void verdicts_without_a_delivery(void **state)
{
	struct world w;
	struct plan plan;

	(void)state;
	world_open(&w, zone);
	MAKE(&w, &plan, "a@none.example", "b@red.example", "c@sick.example", "d@typo.example",
	     "e@none.example");
	assert_int_equal(plan.delivery_count, 1);
	assert_int_equal(plan.deliveries[0]->recipient_count, 1);
	assert_int_equal(plan.recipients[0].status.fault, FAULT_NULL_MX);
	assert_int_equal(plan.recipients[1].status.class, 0);
	assert_int_equal(plan.recipients[2].status.fault, FAULT_DNS);
	assert_int_equal(plan.recipients[3].status.fault, FAULT_NO_DOMAIN);
	assert_int_equal(plan.recipients[4].status.fault, FAULT_NULL_MX);
	assert_string_equal(plan.recipients[4].status.text, plan.domains[0].route.status.text);
	plan_free(&plan);
	world_close(&w);
}

static void one_route_for_all(void **state)
{
	struct world w;
	struct plan plan;

	(void)state;
	world_open(&w, zone);
	world_rule(&w, "*=127.0.0.1:1025");
	MAKE(&w, &plan, "a@none.example", "b@red.example", "c@sick.example", "d@typo.example",
	     "e@[192.0.2.1]");
	assert_int_equal(plan.domain_count, 5);
	assert_int_equal(plan.delivery_count, 1);
	assert_int_equal(plan.deliveries[0]->recipient_count, 5);
	assert_int_equal(dns_counts(w.facts.dns).questions, 0);
	plan_free(&plan);
	world_close(&w);
}

/* ---- many ---- */

enum { MANY = 10000 };

static void make_many(struct world *w, struct plan *plan, unsigned each)
{
	struct address *addresses = calloc((size_t)MANY * each, sizeof *addresses);

	for (unsigned i = 0; i < MANY * each; i++) {
		const char *to = arena_printf(&w->arena, "u%u@d%u.example", i / MANY, i % MANY);

		addresses[i] = world_address(w, to);
	}
	plan_open(plan, addresses, (size_t)MANY * each);
	plan_find(plan, &w->facts, forever, NULL);
	free(addresses);
}

static void ten_thousand_domains(void **state)
{
	struct world w;
	struct plan plan;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 24);
	for (unsigned i = 0; i < MANY; i++)
		buf_printf(&text, "d%u.example MX 10 m%u\nm%u A 10.0.%u.%u\n", i, i, i, i / 250,
		           i % 250);
	world_open(&w, text.bytes);
	make_many(&w, &plan, 2);
	assert_int_equal(plan.recipient_count, 2 * MANY);
	assert_int_equal(plan.domain_count, MANY);
	assert_int_equal(plan.delivery_count, MANY);
	assert_int_equal(plan.deliveries[MANY - 1]->recipient_count, 2);
	/* MX, A and AAAA, each asked once */
	assert_int_equal(dns_counts(w.facts.dns).questions, 3 * MANY);
	plan_free(&plan);
	world_close(&w);
	buf_free(&text);
}

static void ten_thousand_domains_at_one_provider(void **state)
{
	struct world w;
	struct plan plan;

	(void)state;
	world_open(&w, "*.example MX 10 m\n*.example MX 10 n\nm A 192.0.2.1\nn A 192.0.2.2\n");
	make_many(&w, &plan, 1);
	assert_int_equal(plan.domain_count, MANY);
	assert_int_equal(plan.delivery_count, 1);
	assert_int_equal(plan.deliveries[0]->domain_count, MANY);
	assert_int_equal(dns_counts(w.facts.dns).questions, MANY + 4);
	plan_free(&plan);
	world_close(&w);
}

/* ---- time ---- */

/* A name server that hears and says nothing. */
static int open_silence(struct dns_server *server)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	assert_true(ip_parse("127.0.0.1", &server->ip));
	server->port = ntohs(at.sin_port);
	return fd;
}

static void check_all_deferred(struct world *w, struct deadline until)
{
	struct address addresses[3];
	struct plan plan;

	addresses[0] = world_address(w, "a@red.example");
	addresses[1] = world_address(w, "b@blue.example");
	addresses[2] = world_address(w, "c@[192.0.2.1]");
	plan_open(&plan, addresses, 3);
	plan_find(&plan, &w->facts, until, NULL);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(plan.recipients[i].status.fault, FAULT_DNS);
		assert_true(plan.recipients[i].status.text[0]);
	}
	assert_int_equal(plan.delivery_count, 1); /* the literal needs no DNS */
	plan_free(&plan);
}

static void check_in_silence(struct deadline until)
{
	struct dns_settings settings = {.server_count = 1, .timeout = 5000, .attempts = 2};
	int silence = open_silence(&settings.servers[0]);
	struct world w;

	world_open(&w, "");
	dns_close(w.facts.dns);
	w.facts.dns = dns_open(&settings);
	check_all_deferred(&w, until);
	world_close(&w);
	close(silence);
}

static void the_deadline_is_a_verdict(void **state)
{
	(void)state;
	check_in_silence((struct deadline){.at = clock_now(), .cancel_fd = -1});
}

static void the_end_of_the_run_is_a_verdict(void **state)
{
	int cancel[2];

	(void)state;
	assert_int_equal(pipe(cancel), 0);
	close(cancel[1]); /* readable for ever, as after a signal */
	check_in_silence((struct deadline){.at = DEADLINE_NEVER, .cancel_fd = cancel[0]});
	close(cancel[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a20_a_mailbox_once),
		cmocka_unit_test(nobody),
		cmocka_unit_test(domains_in_the_order_of_mention),
		cmocka_unit_test(a16_a_domain_in_unicode),
		cmocka_unit_test(a18_one_delivery_for_the_same_exchangers),
		cmocka_unit_test(verdicts_without_a_delivery),
		cmocka_unit_test(one_route_for_all),
		cmocka_unit_test(ten_thousand_domains),
		cmocka_unit_test(ten_thousand_domains_at_one_provider),
		cmocka_unit_test(the_deadline_is_a_verdict),
		cmocka_unit_test(the_end_of_the_run_is_a_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
