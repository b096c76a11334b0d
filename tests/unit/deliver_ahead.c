/* What delivery/deliver.h promises of a plan that is carried out while it is still being made: the
   same as of one that is whole. Domains, exchangers and their tempers are drawn by lot, and so is
   the order in which the DNS answers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "delivery/deliver.h"
#include "dns_lot.h"

enum { ROUNDS = 300, EACH = 2, RECIPIENTS = DOMAINS * EACH };

/* ---- servers, by the last byte of their address ---- */

enum temper { FRIENDLY, FRIENDLY_TOO, UNKNOWN_USER, BUSY, UNWILLING, ABSENT, FAINTING, TEMPERS };

static enum temper tempers[HOSTS];
static atomic_int open_streams;
static atomic_uint taken[RECIPIENTS]; /* so often a server said that it has the message */

struct server {
	struct stream stream;
	enum temper temper;
	bool content, gone;
	bool named[RECIPIENTS];
	char line[2000], words[2000];
	size_t size, said; /* of these */
};

static void say(struct server *s, const char *words)
{
	size_t size = strlen(words);

	assert_true(s->said + size < sizeof s->words);
	memcpy(s->words + s->said, words, size);
	s->said += size;
}

static void hear_recipient(struct server *s)
{
	size_t number;

	assert_int_equal(sscanf(s->line, "RCPT TO:<u%zu@", &number), 1);
	assert_true(number < RECIPIENTS);
	if (s->temper == UNKNOWN_USER)
		say(s, "550 5.1.1 nobody here\r\n");
	else if (s->temper == BUSY)
		say(s, "451 4.3.0 later\r\n");
	else
		say(s, "250 ok\r\n");
	s->named[number] = s->temper != UNKNOWN_USER && s->temper != BUSY;
}

static void end_content(struct server *s)
{
	s->content = false;
	for (size_t i = 0; i < RECIPIENTS; i++)
		taken[i] += s->named[i];
	s->gone = s->temper == FAINTING;
	if (!s->gone)
		say(s, "250 taken\r\n");
}

static void hear_line(struct server *s)
{
	if (s->content && strcmp(s->line, ".\r\n") == 0)
		end_content(s);
	else if (s->content)
		;
	else if (strncmp(s->line, "RCPT", 4) == 0)
		hear_recipient(s);
	else if (strncmp(s->line, "DATA", 4) == 0)
		say(s, "354 go on\r\n");
	else
		say(s, "250 ok\r\n");
	s->content |= strcmp(s->line, "DATA\r\n") == 0;
}

static ssize_t server_write(struct stream *stream, const void *from, size_t size)
{
	struct server *s = (struct server *)stream;

	for (size_t i = 0; i < size; i++) {
		assert_true(s->size + 1 < sizeof s->line);
		s->line[s->size++] = ((const char *)from)[i];
		if (((const char *)from)[i] != '\n')
			continue;
		s->line[s->size] = '\0';
		s->size = 0;
		hear_line(s);
	}
	return (ssize_t)size;
}

static ssize_t server_read(struct stream *stream, void *into, size_t size)
{
	struct server *s = (struct server *)stream;

	if (s->gone)
		return STREAM_END;
	size = size < s->said ? size : s->said;
	if (!size)
		return STREAM_AGAIN;
	memcpy(into, s->words, size);
	memmove(s->words, s->words + size, s->said - size);
	s->said -= size;
	return (ssize_t)size;
}

/* Who has nothing to say now never will. */
static int server_wait(struct stream *stream, short events, struct deadline until)
{
	const struct server *s = (struct server *)stream;

	(void)events;
	if (deadline_cancelled(until))
		return DEADLINE_CANCELLED;
	return s->said > 0 || s->gone;
}

static void server_close(struct stream *stream)
{
	atomic_fetch_sub(&open_streams, 1);
	free(stream);
}

static struct dial dial_begin(struct dialer *d, const struct ip *ip, uint16_t port)
{
	static const struct stream_ops ops = {server_read, server_write, server_wait, server_close};
	enum temper temper = tempers[ip->bytes[3]];
	struct server *s;

	(void)d;
	(void)port;
	if (temper == ABSENT)
		return (struct dial){.state = DIAL_FAILED, .trouble = "connection refused"};
	s = memory_get(1, sizeof *s);
	*s = (struct server){.stream = {.ops = &ops}, .temper = temper};
	say(s, temper == UNWILLING ? "554 not you\r\n" : "220 hello\r\n");
	atomic_fetch_add(&open_streams, 1);
	return (struct dial){.stream = &s->stream, .state = DIAL_UP};
}

static int dial_wait(struct dialer *d, struct dial *dials[], size_t count, struct deadline until)
{
	(void)d;
	(void)dials;
	assert_int_equal(count, 0); /* none is ever pending or mute */
	return deadline_cancelled(until) ? DEADLINE_CANCELLED : 0;
}

static int64_t dial_now(struct dialer *d)
{
	(void)d;
	return clock_now();
}

/* ---- runs ---- */

struct run {
	struct plan plan;
	struct deliver *deliver;
	atomic_uint told[RECIPIENTS];
	size_t begun;
	size_t cut; /* cancelled when so many deliveries have begun; 0: never */
	int pipe[2];
};

static void on_result(void *context, const struct recipient *recipient, const char *tls)
{
	struct run *r = context;

	(void)tls;
	atomic_fetch_add(&r->told[recipient - r->plan.recipients], 1);
}

static void on_attempt(void *context, const struct deliver_attempt *attempt)
{
	(void)context;
	assert_true(attempt->status.class);
	assert_true(attempt->delivery->domain_count > 0);
	for (size_t i = 0; i < attempt->delivery->domain_count; i++)
		assert_int_equal(attempt->delivery->domains[i]->route.status.class, 2);
}

static void begin(void *context, struct delivery *delivery)
{
	struct run *r = context;

	r->begun++;
	deliver_begin(r->deliver, delivery);
	if (r->begun == r->cut)
		assert_int_equal(write(r->pipe[1], "", 1), 1);
}

static void open_plan(struct plan *plan)
{
	static char locals[RECIPIENTS][8];
	struct address addresses[RECIPIENTS];

	for (size_t i = 0; i < RECIPIENTS; i++) {
		snprintf(locals[i], sizeof locals[i], "u%zu", i);
		addresses[i] = (struct address){locals[i], domains[i % DOMAINS],
		                                domains[i % DOMAINS], .kind = DOMAIN_NAME};
	}
	plan_open(plan, addresses, RECIPIENTS);
}

static void carry_out(struct run *r, const struct deadline *until, bool ahead, size_t parallel)
{
	static const struct dialer_ops ops = {dial_begin, dial_wait, dial_now};
	static const struct machine machine = {.ipv4 = true, .ipv6 = true};
	static char text[] = "Subject: x\r\n\r\nx\r\n";
	const struct message message = {.memory = text, .size = sizeof text - 1, .file = -1};
	const struct facts facts = {.machine = &machine, .seed = 1};
	const struct deliver_report report = {on_result, on_attempt, r};
	const struct plan_watch watch = {begin, r};
	struct dialer dialer = {.ops = &ops};
	const struct deliver_want want = {
		.dialer = &dialer,
		.hello = "client.test",
		.sender = "alice@sender.test",
		.message = &message,
		.stop_after = STAGE_DONE,
		.parallel = parallel,
		.times = &session_times_default,
		.report = &report,
		.until = *until,
	};

	r->deliver = deliver_open(&r->plan, &want);
	plan_find(&r->plan, &facts, *until, ahead ? &watch : NULL);
	deliver_close(r->deliver);
}

static void run(struct run *r, uint64_t seed, bool ahead, size_t cut)
{
	static const size_t crews[] = {1, 2, 3, DOMAINS, 100};
	struct deadline until = {.at = DEADLINE_NEVER};

	*r = (struct run){.cut = cut};
	assert_int_equal(pipe(r->pipe), 0);
	until.cancel_fd = r->pipe[0];
	lot = seed;
	forget_questions();
	memset(taken, 0, sizeof taken);
	open_plan(&r->plan);
	carry_out(r, &until, ahead, crews[seed % 5]);
	close(r->pipe[0]);
	close(r->pipe[1]);
}

/* Everybody has a verdict, once, and it says what the servers did. */
static void check_verdicts(const struct run *r)
{
	assert_int_equal(open_streams, 0);
	for (size_t i = 0; i < RECIPIENTS; i++) {
		const struct status *s = &r->plan.recipients[i].status;

		assert_int_equal(r->told[i], 1);
		assert_true(s->class);
		assert_true(taken[i] <= 1);
		assert_int_equal(taken[i], s->class == 2 || s->maybe_delivered);
	}
}

static void check_same(const struct plan *one, const struct plan *other)
{
	for (size_t i = 0; i < RECIPIENTS; i++) {
		const struct status *a = &one->recipients[i].status;
		const struct status *b = &other->recipients[i].status;

		assert_int_equal(a->class, b->class);
		assert_int_equal(a->maybe_delivered, b->maybe_delivered);
		assert_string_equal(a->text, b->text);
	}
}

static void draw_servers(uint64_t seed)
{
	draw_world(seed);
	for (size_t i = 0; i < HOSTS; i++)
		tempers[i] = draw(TEMPERS);
}

static void whoever_begins_early_gets_the_same(void **state)
{
	static struct run early, late;
	size_t begun = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		draw_servers(seed);
		run(&early, seed, true, 0);
		check_verdicts(&early);
		run(&late, seed * 7919, false, 0);
		check_verdicts(&late);
		check_same(&early.plan, &late.plan);
		begun += early.begun;
		plan_free(&early.plan);
		plan_free(&late.plan);
	}
	assert_true(begun > ROUNDS / 4); /* or this was no test */
}

/* The signal comes while deliveries are at work and others are still being looked for. */
static void a_signal_between_loses_nobody(void **state)
{
	static struct run r;
	size_t cut = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		draw_servers(seed);
		run(&r, seed, true, 1 + seed % 3);
		check_verdicts(&r);
		cut += r.begun >= r.cut;
		plan_free(&r.plan);
	}
	assert_true(cut > ROUNDS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_begins_early_gets_the_same),
		cmocka_unit_test(a_signal_between_loses_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
