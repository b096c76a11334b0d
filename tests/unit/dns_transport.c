/* Name servers that misbehave: what dns_get makes of them. */

#include "unit/dns_server.h"

#include "base/arena.h"
#include "base/deadline.h"
#include "net/dns.h"
#include "net/dns_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
	LONG = 20 * 1000, /* never reached where the test passes */
	SHORT = 60        /* milliseconds for a server that says nothing */
};

static struct server one, two;

static struct dns_settings settings_for(const struct server *s[], size_t count, int64_t timeout)
{
	struct dns_settings settings = {
		.server_count = count, .timeout = timeout, .patience = timeout / 2, .attempts = 2};

	for (size_t i = 0; i < count; i++) {
		settings.servers[i].port = s[i]->port;
		assert_true(ip_parse("127.0.0.1", &settings.servers[i].ip));
	}
	return settings;
}

static struct dns *open_one(int64_t timeout)
{
	struct dns_settings settings = settings_for((const struct server *[]){&one}, 1, timeout);

	return dns_open(&settings);
}

static struct dns *open_both(int64_t timeout)
{
	struct dns_settings settings =
		settings_for((const struct server *[]){&one, &two}, 2, timeout);

	return dns_open(&settings);
}

/* Who is silent is not waited for, but has nearly no end of time to answer. */
static struct dns_settings impatient(size_t count)
{
	struct dns_settings settings =
		settings_for((const struct server *[]){&one, &two}, count, LONG);

	settings.patience = SHORT;
	return settings;
}

static struct dns *open_impatient(size_t count)
{
	struct dns_settings settings = impatient(count);

	return dns_open(&settings);
}

static struct deadline in(int64_t milliseconds)
{
	return (struct deadline){.at = clock_now() + milliseconds, .cancel_fd = -1};
}

static const struct dns_answer *look_up(struct dns *d, const char *name, enum dns_type type)
{
	const struct dns_answer *answer;
	struct deadline until = in(LONG);
	size_t asker;

	while (!(answer = dns_get(d, name, type, 42))) {
		assert_true(dns_wait(d, until, &asker));
		assert_int_equal(asker, 42);
	}
	return answer;
}

static void assert_good(const struct dns_answer *answer)
{
	if (answer->outcome != DNS_FOUND)
		print_message("%s\n", answer->trouble);
	assert_int_equal(answer->outcome, DNS_FOUND);
	assert_int_equal(answer->count, 1);
	assert_int_equal(answer->mx[0].preference, 10);
	assert_string_equal(answer->mx[0].exchanger, "mx.example.org");
	assert_true(answer->mx[0].usable);
	assert_int_equal(answer->ttl, 300);
}

/* The text with %u as this port. */
static void assert_words(const char *text, const char *pattern, const struct server *s)
{
	char port[16], words[512];
	const char *mark = strstr(pattern, "PORT");

	assert_non_null(text);
	snprintf(port, sizeof port, "port %u", s->port);
	snprintf(words, sizeof words, "%.*s%s%s", (int)(mark - pattern), pattern, port, mark + 4);
	assert_string_equal(text, words);
}

/* ---- behaviours ---- */

static void good(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	packet_mx(&s->packet, q->name, 10, "MX.example.org");
	packet_send(s, q, &s->packet);
}

static void silent(struct server *s, const struct query *q)
{
	(void)s, (void)q;
}

static void servfail(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 2);
	packet_ede(&s->packet, 22, "at delegation example.org");
	packet_send(s, q, &s->packet);
}

static void refused(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 5);
	packet_send(s, q, &s->packet);
}

/* What a forger would have us believe. */
static void forge(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	packet_mx(&s->packet, q->name, 1, "evil.example");
}

static void wrong_id(struct server *s, const struct query *q)
{
	forge(s, q);
	s->packet.bytes[0] ^= 1;
	packet_send(s, q, &s->packet);
	good(s, q);
}

static void wrong_question(struct server *s, const struct query *q)
{
	forge(s, q);
	s->packet.bytes[13] ^= 1;
	packet_send(s, q, &s->packet);
	forge(s, q);
	put16(s->packet.bytes + 12 + question_size(q) - 4, 16); /* TXT */
	packet_send(s, q, &s->packet);
	good(s, q);
}

static void garbage_first(struct server *s, const struct query *q)
{
	memset(s->packet.bytes, 0xff, 600);
	for (s->packet.size = 0; s->packet.size < 600; s->packet.size += 7)
		packet_send(s, q, &s->packet);
	good(s, q);
}

static void reflect(struct server *s, const struct query *q)
{
	memcpy(s->packet.bytes, q->bytes, q->size);
	s->packet.size = q->size;
	packet_send(s, q, &s->packet);
	good(s, q);
}

static void other_address(struct server *s, const struct query *q)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000009)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	forge(s, q);
	assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof here), 0);
	sendto(fd, s->packet.bytes, s->packet.size, 0, (const struct sockaddr *)&q->from,
	       sizeof q->from);
	close(fd);
	good(s, q);
}

static void upper_case(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	s->packet.bytes[13] -= 'a' - 'A';
	packet_mx(&s->packet, "EXAMPLE.Org", 10, "mx.EXAMPLE.org");
	packet_send(s, q, &s->packet);
}

static void hates_edns(struct server *s, const struct query *q)
{
	if (!q->edns) {
		good(s, q);
		return;
	}
	packet_begin(&s->packet, q, 1);
	packet_send(s, q, &s->packet);
}

/* A server of old repeats no question that it could not read. */
static void hates_edns_briefly(struct server *s, const struct query *q)
{
	if (!q->edns) {
		good(s, q);
		return;
	}
	packet_begin(&s->packet, q, 1);
	memset(s->packet.bytes + 4, 0, 8);
	s->packet.size = 12;
	packet_send(s, q, &s->packet);
}

static void formerr(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 1);
	packet_send(s, q, &s->packet);
}

static void referral(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	s->packet.bytes[3] = 0;
	packet_record(&s->packet, 8, "", 2, 300, "\1a\14root-servers\3net", 20);
	packet_send(s, q, &s->packet);
}

static void truncated(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	s->packet.bytes[2] |= 2;
	packet_mx(&s->packet, q->name, 1, "half.example.org");
	packet_send(s, q, &s->packet);
}

static void good_by_tcp(struct server *s, const struct query *q)
{
	if (q->tcp < 0)
		truncated(s, q);
	else
		good(s, q);
}

static void hangs_by_tcp(struct server *s, const struct query *q)
{
	if (q->tcp < 0)
		truncated(s, q);
	else if (s->held_count < HELD_MAX)
		s->held[s->held_count++] = q->tcp;
}

/* Closes the connection after half a reply. */
static void half_by_tcp(struct server *s, const struct query *q)
{
	if (q->tcp < 0)
		truncated(s, q);
	else
		send(q->tcp, "\0\144half", 6, MSG_NOSIGNAL);
}

static void bytewise_by_tcp(struct server *s, const struct query *q)
{
	uint8_t length[2];

	if (q->tcp < 0) {
		truncated(s, q);
		return;
	}
	packet_begin(&s->packet, q, 0);
	packet_mx(&s->packet, q->name, 10, "mx.example.org");
	put16(length, s->packet.size);
	send(q->tcp, length, 1, MSG_NOSIGNAL);
	send(q->tcp, length + 1, 1, MSG_NOSIGNAL);
	for (size_t i = 0; i < s->packet.size; i++)
		send(q->tcp, s->packet.bytes + i, 1, MSG_NOSIGNAL);
}

static void always_truncated(struct server *s, const struct query *q)
{
	truncated(s, q);
}

static void many_mx(struct server *s, const struct query *q, unsigned count)
{
	char name[64];

	if (q->tcp < 0) {
		truncated(s, q);
		return;
	}
	packet_begin(&s->packet, q, 0);
	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof name, "mx%u.example.org", i);
		packet_mx(&s->packet, q->name, i, name);
	}
	packet_send(s, q, &s->packet);
}

static void mx_512(struct server *s, const struct query *q)
{
	many_mx(s, q, 512);
}

static void mx_700(struct server *s, const struct query *q)
{
	many_mx(s, q, 700);
}

static void empty_mx(struct server *s, const struct query *q)
{
	packet_begin(&s->packet, q, 0);
	packet_record(&s->packet, 6, q->name, 15, 300, "", 0);
	packet_send(s, q, &s->packet);
}

/* ---- tests ---- */

static void assert_found_with(void (*behave)(struct server *s, const struct query *q))
{
	server_start(&one, behave);
	struct dns *d = open_one(LONG);
	assert_good(look_up(d, "example.org", DNS_MX));
	dns_close(d);
	server_stop(&one);
}

static void one_packet_does(void **state)
{
	(void)state;
	server_start(&one, good);
	struct dns *d = open_one(LONG);
	assert_good(look_up(d, "example.org", DNS_MX));
	assert_good(look_up(d, "EXAMPLE.ORG.", DNS_MX)); /* the same question */
	struct dns_counts counts = dns_counts(d);
	assert_int_equal(counts.questions, 1);
	assert_int_equal(counts.packets, 1);
	assert_int_equal(counts.tcp, 0);
	assert_int_equal(counts.retries, 0);
	assert_int_equal(counts.most_in_flight, 1);
	dns_close(d);
	server_stop(&one);
}

static void forged_replies_are_passed_over(void **state)
{
	(void)state;
	assert_found_with(wrong_id);
	assert_found_with(wrong_question);
	assert_found_with(garbage_first);
	assert_found_with(reflect);
	assert_found_with(other_address);
}

static void letter_case_does_not_matter(void **state)
{
	(void)state;
	assert_found_with(upper_case);
}

static void silence_has_an_end(void **state)
{
	(void)state;
	server_start(&one, silent);
	struct dns *d = open_one(SHORT);
	const struct dns_answer *answer = look_up(d, "example.org", DNS_MX);
	assert_int_equal(answer->outcome, DNS_TROUBLE);
	assert_words(answer->trouble,
	             "no answer from 127.0.0.1 PORT to MX example.org within 180 ms", &one);
	/* Two rounds, and a repetition in the first one. */
	assert_int_equal(dns_counts(d).packets, 3);
	assert_int_equal(dns_counts(d).retries, 2);
	dns_close(d);
	server_stop(&one);
}

static void closed_port_is_seen_at_once(void **state)
{
	(void)state;
	server_start(&one, silent);
	server_stop(&one);
	int64_t start = clock_now();
	struct dns *d = open_one(LONG);
	const struct dns_answer *answer = look_up(d, "example.org", DNS_A);
	assert_true(clock_now() - start < LONG / 2);
	assert_int_equal(answer->outcome, DNS_TROUBLE);
	assert_words(answer->trouble,
	             "127.0.0.1 PORT cannot be asked for A example.org: Connection refused", &one);
	dns_close(d);
}

static void dead_server_costs_one_time_out(void **state)
{
	char name[64];

	(void)state;
	server_start(&one, silent);
	server_start(&two, good);
	struct dns *d = open_both(SHORT);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "example%d.org", i);
		assert_good(look_up(d, name, DNS_MX));
	}
	assert_int_equal(atomic_load(&one.heard), 1);
	assert_int_equal(dns_counts(d).retries, 1);
	dns_close(d);
	server_stop(&one);
	server_stop(&two);
}

/* ---- two servers are asked, one beside the other ---- */

static void (*both_behave)(struct server *s, const struct query *q);

/* What each server was asked last, without an answer yet. */
static struct query asked[2];
static bool waits[2];

/* Either one may answer for the other. */
static void take_turns(struct server *s, const struct query *q)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&turn);
	both_behave(s, q);
	pthread_mutex_unlock(&turn);
}

static void start_both(void (*behave)(struct server *s, const struct query *q))
{
	waits[0] = waits[1] = false;
	both_behave = behave;
	server_start(&one, take_turns);
	server_start(&two, take_turns);
}

/* True when the other one has been asked, too. */
static bool is_second(struct server *s, const struct query *q)
{
	asked[s == &two] = *q;
	waits[s == &two] = true;
	if (!waits[0] || !waits[1])
		return false;
	waits[0] = waits[1] = false;
	return true;
}

static void first_answers_late(struct server *s, const struct query *q)
{
	if (is_second(s, q))
		good(&one, &asked[0]);
}

static void both_answer_at_once(struct server *s, const struct query *q)
{
	if (!is_second(s, q))
		return;
	good(&one, &asked[0]);
	good(&two, &asked[1]);
}

static void second_fails_before_first_answers(struct server *s, const struct query *q)
{
	if (!is_second(s, q))
		return;
	servfail(&two, &asked[1]);
	good(&one, &asked[0]);
}

/* And what was sent to the other one has got lost, so that either of them is asked once more. */
static void first_fails_late(struct server *s, const struct query *q)
{
	if (s == &one && s->stage++)
		good(&two, &asked[1]);
	else if (s == &two && s->stage++)
		good(s, q);
	else if (is_second(s, q))
		servfail(&one, &asked[0]);
}

static void loses_the_first(struct server *s, const struct query *q)
{
	if (s->stage++)
		good(s, q);
}

/* Found, and with so many packets. */
static unsigned long both_asked(void (*behave)(struct server *s, const struct query *q))
{
	start_both(behave);
	struct dns *d = open_impatient(2);
	int64_t start = clock_now();
	assert_good(look_up(d, "example.org", DNS_MX));
	assert_true(clock_now() - start < LONG / 2);
	unsigned long packets = dns_counts(d).packets;
	dns_close(d);
	server_stop(&one);
	server_stop(&two);
	return packets;
}

static void late_answer_counts(void **state)
{
	(void)state;
	/* A third one may have been sent just before there was an answer. */
	assert_in_range(both_asked(first_answers_late), 2, 3);
}

static void late_answer_counts_beside_an_error(void **state)
{
	(void)state;
	assert_in_range(both_asked(second_fails_before_first_answers), 2, 3);
}

static void late_error_leaves_the_other_its_time(void **state)
{
	(void)state;
	assert_int_equal(both_asked(first_fails_late), 3);
}

static void two_answers_are_one(void **state)
{
	char name[64];

	(void)state;
	start_both(both_answer_at_once);
	struct dns_settings settings = impatient(2);
	settings.patience = SHORT / 6;
	struct dns *d = dns_open(&settings);
	for (unsigned i = 1; i <= 20; i++) {
		snprintf(name, sizeof name, "example%u.org", i);
		assert_good(look_up(d, name, DNS_MX));
		assert_true(dns_counts(d).packets >= 2 * i);
	}
	dns_close(d);
	server_stop(&one);
	server_stop(&two);
}

static void lost_packet_is_sent_again_soon(void **state)
{
	(void)state;
	server_start(&one, loses_the_first);
	struct dns *d = open_impatient(1);
	int64_t start = clock_now();
	assert_good(look_up(d, "example.org", DNS_MX));
	assert_true(clock_now() - start < LONG / 2);
	assert_int_equal(dns_counts(d).packets, 2);
	dns_close(d);
	server_stop(&one);
}

static void fails_when_asked_twice(struct server *s, const struct query *q)
{
	static struct query first;

	if (s->stage++)
		servfail(s, &first);
	first = *q;
}

/* It will not say anything else to the question that was sent again. */
static void late_error_is_the_end(void **state)
{
	(void)state;
	server_start(&one, fails_when_asked_twice);
	struct dns *d = open_impatient(1);
	int64_t start = clock_now();
	const struct dns_answer *answer = look_up(d, "example.org", DNS_MX);
	assert_true(clock_now() - start < LONG / 2);
	assert_non_null(strstr(answer->trouble, "answers SERVFAIL to MX example.org"));
	dns_close(d);
	server_stop(&one);
}

/* Nobody has to find out for himself that a server is dead. */
static void all_leave_a_dead_server(void **state)
{
	struct dns_task tasks[2] = {{.name = "example.org", .type = DNS_MX},
	                            {.name = "example.net", .type = DNS_MX}};
	struct arena a = {0};

	(void)state;
	server_start(&one, silent);
	server_start(&two, silent);
	struct dns_settings settings = impatient(2);
	settings.patience = 4 * SHORT;
	struct dns_transport *t = dns_transport_open(&settings, &a);
	dns_transport_ask(t, &tasks[0]);
	dns_transport_step(t, in(2 * SHORT));
	dns_transport_ask(t, &tasks[1]);
	assert_int_equal(dns_transport_counts(t).packets, 2);
	while (dns_transport_counts(t).packets == 2)
		dns_transport_step(t, in(LONG));
	assert_int_equal(dns_transport_counts(t).packets, 4);
	dns_transport_close(t);
	arena_free(&a);
	server_stop(&one);
	server_stop(&two);
}

/* What was asked before nobody validated counts for that, whatever was asked since. */
static void late_answer_is_no_better_than_its_question(void **state)
{
	struct dns_task task = {.name = "example.org", .type = DNS_MX};
	struct arena a = {0};

	(void)state;
	start_both(first_answers_late);
	struct dns_settings settings = impatient(2);
	struct dns_transport *t = dns_transport_open(&settings, &a);
	dns_transport_ask(t, &task);
	dns_transport_guard(t);
	while (!task.done)
		dns_transport_step(t, in(LONG));
	assert_null(task.reply.trouble);
	assert_false(task.guarded);
	assert_true(dns_transport_counts(t).packets >= 2);
	dns_transport_close(t);
	arena_free(&a);
	server_stop(&one);
	server_stop(&two);
}

/* ---- failures ---- */

static void assert_second_server_asked(void (*first)(struct server *s, const struct query *q),
                                       int64_t timeout)
{
	server_start(&one, first);
	server_start(&two, good);
	struct dns *d = open_both(timeout);
	assert_good(look_up(d, "example.org", DNS_MX));
	assert_int_equal(atomic_load(&two.heard), 1);
	dns_close(d);
	server_stop(&one);
	server_stop(&two);
}

static void next_server_after_failure(void **state)
{
	(void)state;
	assert_second_server_asked(servfail, LONG);
	assert_second_server_asked(refused, LONG);
	assert_second_server_asked(formerr, LONG);
	assert_second_server_asked(referral, LONG);
	assert_second_server_asked(empty_mx, LONG);
	assert_second_server_asked(mx_700, LONG);
	assert_second_server_asked(half_by_tcp, LONG);
	assert_second_server_asked(always_truncated, LONG);
	assert_second_server_asked(hangs_by_tcp, 4 * SHORT);
}

static void assert_trouble(void (*behave)(struct server *s, const struct query *q),
                           const char *pattern)
{
	server_start(&one, behave);
	struct dns *d = open_one(LONG);
	const struct dns_answer *answer = look_up(d, "example.org", DNS_MX);
	assert_int_equal(answer->outcome, DNS_TROUBLE);
	assert_words(answer->trouble, pattern, &one);
	dns_close(d);
	server_stop(&one);
}

static void trouble_says_who_and_what(void **state)
{
	(void)state;
	assert_trouble(servfail, "127.0.0.1 PORT answers SERVFAIL to MX example.org "
	                         "(EDE 22: No Reachable Authority: at delegation example.org)");
	assert_trouble(refused, "127.0.0.1 PORT answers REFUSED to MX example.org");
	assert_trouble(formerr, "127.0.0.1 PORT answers FORMERR to MX example.org");
	assert_trouble(referral,
	               "127.0.0.1 PORT answers with a referral to other servers to MX example.org");
	assert_trouble(
		empty_mx,
		"127.0.0.1 PORT answers with a broken packet (a malformed record) "
		"to MX example.org");
	assert_trouble(
		mx_700,
		"127.0.0.1 PORT answers with a broken packet (too many records) to MX example.org");
	assert_trouble(half_by_tcp,
	               "127.0.0.1 PORT cuts its answer to MX example.org short, and over TCP: "
	               "Connection reset by peer");
	assert_trouble(always_truncated,
	               "127.0.0.1 PORT answers with a packet cut short over TCP to MX example.org");
}

/* An error is an answer: nobody waits for a server that has been silent for others. */
static void error_is_not_waited_past(void **state)
{
	(void)state;
	server_start(&one, silent);
	server_start(&two, servfail);
	struct dns *d = open_both(SHORT);
	const struct dns_answer *answer = look_up(d, "first.example", DNS_MX);
	assert_int_equal(answer->outcome, DNS_TROUBLE);
	assert_non_null(strstr(answer->trouble, "answers SERVFAIL to MX first.example"));
	assert_non_null(strstr(answer->trouble, "no answer from 127.0.0.1 port"));
	answer = look_up(d, "second.example", DNS_MX);
	assert_words(answer->trouble,
	             "127.0.0.1 PORT answers SERVFAIL to MX second.example "
	             "(EDE 22: No Reachable Authority: at delegation example.org)",
	             &two);
	assert_int_equal(atomic_load(&one.heard), 2); /* for the first name only */
	dns_close(d);
	server_stop(&one);
	server_stop(&two);
}

static void marked_only(struct server *s, const struct query *q)
{
	(strcmp(q->name, "marked.example") == 0 ? good : servfail)(s, q);
}

static void all_but_marked(struct server *s, const struct query *q)
{
	(strcmp(q->name, "marked.example") == 0 ? silent : good)(s, q);
}

/* A moment's silence does not make it a dead one: a name server waits for others. */
static void slow_server_is_asked_after_an_error(void **state)
{
	(void)state;
	server_start(&one, all_but_marked);
	server_start(&two, marked_only);
	struct dns *d = open_impatient(2);
	assert_good(look_up(d, "marked.example", DNS_MX));
	assert_good(look_up(d, "example.org", DNS_MX));
	dns_close(d);
	server_stop(&one);
	server_stop(&two);
}

static void edns_is_given_up(void **state)
{
	(void)state;
	assert_found_with(hates_edns_briefly);
	server_start(&one, hates_edns);
	struct dns *d = open_one(LONG);
	assert_good(look_up(d, "example.org", DNS_MX));
	assert_good(look_up(d, "example.net", DNS_MX));
	assert_int_equal(dns_counts(d).packets, 3); /* remembered for the second question */
	dns_close(d);
	server_stop(&one);
}

static void truncated_goes_to_tcp(void **state)
{
	(void)state;
	assert_found_with(good_by_tcp);
	assert_found_with(bytewise_by_tcp);
	server_start(&one, mx_512);
	struct dns *d = open_one(LONG);
	const struct dns_answer *answer = look_up(d, "example.org", DNS_MX);
	assert_int_equal(answer->outcome, DNS_FOUND);
	assert_int_equal(answer->count, 512);
	assert_string_equal(answer->mx[0].exchanger, "mx0.example.org");
	assert_string_equal(answer->mx[511].exchanger, "mx511.example.org");
	assert_int_equal(dns_counts(d).tcp, 1);
	dns_close(d);
	server_stop(&one);
}

static void hanging_tcp_has_an_end(void **state)
{
	(void)state;
	server_start(&one, hangs_by_tcp);
	struct dns *d = open_one(SHORT);
	const struct dns_answer *answer = look_up(d, "example.org", DNS_MX);
	assert_words(answer->trouble,
	             "no answer from 127.0.0.1 PORT to MX example.org within 180 ms", &one);
	dns_close(d);
	server_stop(&one);
}

/* Answers no one before two hundred wait, so that it sees how many are sent without an answer. */
static void in_batches(struct server *s, const struct query *q)
{
	static struct query kept[DNS_FLIGHT_MAX];

	kept[s->stage++] = *q;
	if (s->stage < DNS_FLIGHT_MAX)
		return;
	for (unsigned i = 0; i < DNS_FLIGHT_MAX; i++)
		good(s, &kept[i]);
	s->stage = 0;
}

static size_t ask_many(struct dns *d, size_t count)
{
	size_t found = 0, asker;
	char name[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof name, "n%zu.example.org", i);
		assert_null(dns_get(d, name, DNS_MX, i));
	}
	while (dns_wait(d, in(LONG), &asker)) {
		snprintf(name, sizeof name, "n%zu.example.org", asker);
		assert_good(dns_get(d, name, DNS_MX, asker));
		found++;
	}
	return found;
}

static void thousand_questions_two_hundred_at_once(void **state)
{
	(void)state;
	server_start(&one, in_batches);
	struct dns *d = open_one(LONG);
	assert_int_equal(ask_many(d, 1000), 1000);
	assert_int_equal(dns_counts(d).most_in_flight, DNS_FLIGHT_MAX);
	assert_int_equal(dns_counts(d).packets, 1000);
	dns_close(d);
	server_stop(&one);
}

static void assert_few_descriptors_suffice(struct dns_settings settings)
{
	struct rlimit before, few;
	int next = dup(0);

	close(next);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)next + 24;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	struct dns *d = dns_open(&settings);
	assert_int_equal(ask_many(d, 300), 300);
	assert_true(dns_counts(d).most_in_flight <= 24);
	dns_close(d);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void few_descriptors_suffice(void **state)
{
	(void)state;
	server_start(&one, good);
	assert_few_descriptors_suffice(
		settings_for((const struct server *[]){&one}, 1, LONG));
	server_stop(&one);
}

/* There are none left for a second server beside the first one. */
static void few_descriptors_suffice_past_a_dead_server(void **state)
{
	(void)state;
	server_start(&one, silent);
	server_start(&two, good);
	assert_few_descriptors_suffice(
		settings_for((const struct server *[]){&one, &two}, 2, 4 * SHORT));
	server_stop(&one);
	server_stop(&two);
}

/* From the second question on there are no descriptors, not even those that become free; it is then
   that the first one is refused. */
static void starving(struct server *s, const struct query *q)
{
	static struct query first;
	struct rlimit none;

	if (s->stage++ == 0)
		first = *q;
	if (s->stage != 2)
		return;
	getrlimit(RLIMIT_NOFILE, &none);
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	packet_begin(&s->packet, &first, 2);
	packet_send(s, &first, &s->packet);
}

/* The question that has to go back into the line leaves nothing behind, and has its end too. */
static void no_descriptor_for_the_next_server(void **state)
{
	struct rlimit before;
	size_t asker;

	(void)state;
	server_start(&one, starving);
	server_start(&two, good);
	getrlimit(RLIMIT_NOFILE, &before);
	struct dns *d = open_both(4 * SHORT);
	assert_null(dns_get(d, "a.example.org", DNS_MX, 0));
	assert_null(dns_get(d, "b.example.org", DNS_MX, 1));
	while (dns_wait(d, in(LONG), &asker))
		;
	assert_int_equal(dns_get(d, "a.example.org", DNS_MX, 0)->outcome, DNS_TROUBLE);
	assert_int_equal(dns_get(d, "b.example.org", DNS_MX, 1)->outcome, DNS_TROUBLE);
	assert_int_equal(dns_counts(d).packets, 2);
	dns_close(d);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	server_stop(&one);
	server_stop(&two);
}

static void deadline_ends_everything(void **state)
{
	const struct dns_answer *answer;
	size_t asker;

	(void)state;
	server_start(&one, silent);
	struct dns *d = open_one(LONG);
	assert_null(dns_get(d, "example.org", DNS_MX, 7));
	assert_true(dns_wait(d, in(SHORT), &asker));
	assert_int_equal(asker, 7);
	answer = dns_get(d, "example.org", DNS_MX, 7);
	assert_non_null(answer);
	assert_int_equal(answer->outcome, DNS_TROUBLE);
	assert_words(answer->trouble,
	             "no answer from 127.0.0.1 PORT to MX example.org before the time was over",
	             &one);
	answer = dns_get(d, "example.net", DNS_A, 7);
	assert_non_null(answer);
	assert_int_equal(answer->outcome, DNS_TROUBLE);
	assert_string_equal(answer->trouble,
	                    "no time to ask for A example.net before the time was over");
	assert_false(dns_wait(d, in(SHORT), &asker));
	dns_close(d);
	server_stop(&one);
}

static void queue_ends_with_the_deadline(void **state)
{
	size_t named = 0, asker;
	char name[64];

	(void)state;
	server_start(&one, silent);
	struct dns *d = open_one(LONG);
	for (size_t i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "n%zu.example.org", i);
		assert_null(dns_get(d, name, DNS_MX, i));
	}
	while (dns_wait(d, in(0), &asker)) {
		snprintf(name, sizeof name, "n%zu.example.org", asker);
		assert_int_equal(dns_get(d, name, DNS_MX, asker)->outcome, DNS_TROUBLE);
		named++;
	}
	assert_int_equal(named, 300);
	dns_close(d);
	server_stop(&one);
}

static void cancelling_ends_everything(void **state)
{
	int ends[2];
	size_t asker;

	(void)state;
	server_start(&one, silent);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "", 1), 1);
	struct dns *d = open_one(LONG);
	assert_null(dns_get(d, "example.org", DNS_MX, 7));
	struct deadline until = in(LONG);
	until.cancel_fd = ends[0];
	assert_true(dns_wait(d, until, &asker));
	assert_words(dns_get(d, "example.org", DNS_MX, 7)->trouble,
	             "no answer from 127.0.0.1 PORT to MX example.org before the run was cancelled",
	             &one);
	dns_close(d);
	close(ends[0]);
	close(ends[1]);
	server_stop(&one);
}

static void closing_leaves_nothing_open(void **state)
{
	char name[64];

	(void)state;
	server_start(&one, hangs_by_tcp);
	struct dns *d = open_one(LONG);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "n%d.example.org", i);
		assert_null(dns_get(d, name, DNS_MX, 0));
	}
	dns_close(d); /* valgrind and ASan say the rest */
	server_stop(&one);
}

static void no_server_is_trouble(void **state)
{
	struct dns_settings none = {.timeout = SHORT, .attempts = 1, .rotate = true};

	(void)state;
	struct dns *d = dns_open(&none);
	const struct dns_answer *answer = look_up(d, "example.org", DNS_MX);
	assert_string_equal(answer->trouble, "no name server to ask for MX example.org");
	dns_close(d);
}

static void rotate_spreads_questions(void **state)
{
	char name[64];

	(void)state;
	server_start(&one, good);
	server_start(&two, good);
	struct dns_settings settings = settings_for((const struct server *[]){&one, &two}, 2, LONG);
	settings.rotate = true;
	struct dns *d = dns_open(&settings);
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "n%d.example.org", i);
		assert_good(look_up(d, name, DNS_MX));
	}
	assert_int_equal(atomic_load(&one.heard), 5);
	assert_int_equal(atomic_load(&two.heard), 5);
	dns_close(d);
	server_stop(&one);
	server_stop(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_packet_does),
		cmocka_unit_test(forged_replies_are_passed_over),
		cmocka_unit_test(letter_case_does_not_matter),
		cmocka_unit_test(silence_has_an_end),
		cmocka_unit_test(closed_port_is_seen_at_once),
		cmocka_unit_test(dead_server_costs_one_time_out),
		cmocka_unit_test(late_answer_counts),
		cmocka_unit_test(late_answer_counts_beside_an_error),
		cmocka_unit_test(late_error_leaves_the_other_its_time),
		cmocka_unit_test(two_answers_are_one),
		cmocka_unit_test(lost_packet_is_sent_again_soon),
		cmocka_unit_test(late_error_is_the_end),
		cmocka_unit_test(all_leave_a_dead_server),
		cmocka_unit_test(late_answer_is_no_better_than_its_question),
		cmocka_unit_test(next_server_after_failure),
		cmocka_unit_test(trouble_says_who_and_what),
		cmocka_unit_test(error_is_not_waited_past),
		cmocka_unit_test(slow_server_is_asked_after_an_error),
		cmocka_unit_test(edns_is_given_up),
		cmocka_unit_test(truncated_goes_to_tcp),
		cmocka_unit_test(hanging_tcp_has_an_end),
		cmocka_unit_test(thousand_questions_two_hundred_at_once),
		cmocka_unit_test(few_descriptors_suffice),
		cmocka_unit_test(few_descriptors_suffice_past_a_dead_server),
		cmocka_unit_test(no_descriptor_for_the_next_server),
		cmocka_unit_test(deadline_ends_everything),
		cmocka_unit_test(queue_ends_with_the_deadline),
		cmocka_unit_test(cancelling_ends_everything),
		cmocka_unit_test(closing_leaves_nothing_open),
		cmocka_unit_test(no_server_is_trouble),
		cmocka_unit_test(rotate_spreads_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
