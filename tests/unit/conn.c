/* What net/conn.h promises. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "net/conn.h"

/* A stream of which a test says what comes next. */
struct fake {
	struct stream stream;
	struct buf in;        /* what the client will read */
	size_t read, at_once; /* at most so much in one read; 0: all */
	ssize_t end;          /* what read returns then */
	struct buf out;       /* what the client has written */
	size_t room;       /* it may write so much until it has read something; SIZE_MAX: always */
	size_t room_again; /* and so much each time it has */
	bool broken;       /* writing fails */
	int wait;          /* what wait returns when nothing is ready */
	unsigned writes, waits, closed;
};

static const struct deadline never = {.at = DEADLINE_NEVER, .cancel_fd = -1};

static struct fake *fake_of(struct stream *s)
{
	return (struct fake *)s;
}

static ssize_t fake_read(struct stream *s, void *into, size_t size)
{
	struct fake *f = fake_of(s);
	size_t left = f->in.size - f->read, part = left < size ? left : size;

	if (!left)
		return f->end;
	if (f->at_once && part > f->at_once)
		part = f->at_once;
	memcpy(into, f->in.bytes + f->read, part);
	f->read += part;
	if (f->room != SIZE_MAX)
		f->room += f->room_again;
	return (ssize_t)part;
}

static ssize_t fake_write(struct stream *s, const void *from, size_t size)
{
	struct fake *f = fake_of(s);
	size_t part = size < f->room ? size : f->room;

	if (f->broken) {
		s->trouble = "connection reset by the server";
		return STREAM_BROKEN;
	}
	if (!part)
		return STREAM_AGAIN;
	buf_add(&f->out, from, part);
	f->writes++;
	if (f->room != SIZE_MAX)
		f->room -= part;
	return (ssize_t)part;
}

static int fake_wait(struct stream *s, short events, struct deadline until)
{
	struct fake *f = fake_of(s);

	(void)until;
	f->waits++;
	if ((events & POLLOUT && f->room) ||
	    (events & POLLIN && (f->read < f->in.size || f->end != STREAM_AGAIN)))
		return 1;
	return f->wait;
}

static void fake_close(struct stream *s)
{
	fake_of(s)->closed++;
}

static const struct stream_ops fake_ops = {fake_read, fake_write, fake_wait, fake_close};

static void fake_init(struct fake *f, const char *in)
{
	*f = (struct fake){.stream = {.ops = &fake_ops}, .end = STREAM_AGAIN, .room = SIZE_MAX};
	buf_init(&f->in, 64 << 20);
	buf_init(&f->out, 64 << 20);
	buf_text(&f->in, in);
}

static void fake_free(struct fake *f)
{
	assert_int_equal(f->closed, 1);
	buf_free(&f->in);
	buf_free(&f->out);
}

static void check_heard(const struct conn *c, const char *words)
{
	size_t size;
	const char *bytes = conn_heard(c, &size);

	assert_int_equal(size, strlen(words));
	assert_memory_equal(bytes, words, size);
}

static void what_is_said_leaves_in_one_write(void **state)
{
	struct fake f;
	struct conn c;

	(void)state;
	fake_init(&f, "220 hello\r\n");
	conn_open(&c, &f.stream);
	assert_true(conn_say(&c, "MAIL\r\n", 6, never));
	assert_true(conn_say(&c, "RCPT\r\n", 6, never));
	assert_int_equal(f.writes, 0);
	assert_true(conn_hear(&c, never));
	assert_int_equal(f.writes, 1);
	assert_string_equal(f.out.bytes, "MAIL\r\nRCPT\r\n");
	check_heard(&c, "220 hello\r\n");
	conn_take(&c, 4);
	check_heard(&c, "hello\r\n");
	conn_take(&c, 7);
	check_heard(&c, "");
	conn_close(&c);
	fake_free(&f);
}

static void much_is_sent_on_the_way(void **state)
{
	enum { PART = 10 * 1000, PARTS = 100 };
	char *bytes = memory_get(PART, 1);
	struct fake f;
	struct conn c;

	(void)state;
	fake_init(&f, "");
	conn_open(&c, &f.stream);
	for (int i = 0; i < PARTS; i++)
		assert_true(conn_say(&c, bytes, PART, never));
	assert_true(f.out.size >= PART * PARTS - CONN_GATHER);
	assert_true(conn_flush(&c, never));
	assert_int_equal(f.out.size, PART * PARTS);
	assert_int_equal(f.waits, 0);
	assert_true(f.writes <= PART * PARTS / (CONN_GATHER - PART) + 1);
	assert_true(c.said.room <= CONN_GATHER + 1);
	conn_close(&c);
	fake_free(&f);
	free(bytes);
}

static void one_say_may_be_larger_than_all_buffers(void **state)
{
	enum { SIZE = 3 * 1024 * 1024 };
	char *bytes = memory_get(SIZE, 1);
	struct fake f;
	struct conn c;

	(void)state;
	memset(bytes, 'x', SIZE);
	fake_init(&f, "");
	conn_open(&c, &f.stream);
	assert_true(conn_say(&c, "BDAT\r\n", 6, never));
	assert_true(conn_say(&c, bytes, SIZE, never));
	assert_true(conn_say(&c, "MAIL\r\n", 6, never));
	assert_int_equal(f.writes, 2);
	assert_true(conn_flush(&c, never));
	assert_int_equal(f.out.size, 6 + SIZE + 6);
	assert_memory_equal(f.out.bytes, "BDAT\r\n", 6);
	assert_memory_equal(f.out.bytes + 6, bytes, SIZE);
	assert_memory_equal(f.out.bytes + 6 + SIZE, "MAIL\r\n", 6);
	assert_true(c.said.room <= CONN_GATHER + 1);
	conn_close(&c);
	fake_free(&f);
	free(bytes);
}

/* A server that takes nothing more until its answers are read. */
static void check_reading_while_writing(size_t size)
{
	char *bytes = memory_get(size, 1);
	struct fake f;
	struct conn c;

	memset(bytes, 'x', size);
	fake_init(&f, "");
	for (int i = 0; i < 2000; i++)
		buf_text(&f.in, "250 ok\r\n");
	f.at_once = 80;
	f.room = f.room_again = 1000;
	conn_open(&c, &f.stream);
	assert_true(conn_say(&c, bytes, size, never));
	assert_true(conn_flush(&c, never));
	assert_int_equal(f.out.size, size);
	assert_memory_equal(f.out.bytes, bytes, size);
	assert_int_equal(c.fault, CONN_FINE);
	conn_close(&c);
	fake_free(&f);
	free(bytes);
}

static void it_reads_while_it_writes(void **state)
{
	(void)state;
	check_reading_while_writing(CONN_GATHER - 1);
	check_reading_while_writing(2 * CONN_GATHER);
}

static void the_end_is_a_fault_for_who_needs_more(void **state)
{
	struct fake f;
	struct conn c;

	(void)state;
	fake_init(&f, "221 bye\r\n");
	f.end = STREAM_END;
	conn_open(&c, &f.stream);
	assert_true(conn_hear(&c, never));
	assert_int_equal(c.fault, CONN_FINE);
	assert_false(conn_hear(&c, never));
	assert_int_equal(c.fault, CONN_ENDED);
	assert_non_null(c.trouble);
	check_heard(&c, "221 bye\r\n");
	assert_false(conn_say(&c, "x", 1, never));
	assert_false(conn_flush(&c, never));
	conn_close(&c);
	assert_int_equal(f.out.size, 0);
	fake_free(&f);
}

static void the_last_words_are_heard(void **state)
{
	struct fake f;
	struct conn c;

	(void)state;
	fake_init(&f, "552 5.3.4 too much\r\n");
	f.at_once = 3;
	f.end = STREAM_END;
	f.broken = true;
	conn_open(&c, &f.stream);
	assert_true(conn_say(&c, "x", 1, never));
	assert_false(conn_flush(&c, never));
	assert_int_not_equal(c.fault, CONN_FINE);
	check_heard(&c, "552 5.3.4 too much\r\n");
	conn_close(&c);
	fake_free(&f);
}

static void words_of_a_fault_are_the_streams(void **state)
{
	struct fake f;
	struct conn c;

	(void)state;
	fake_init(&f, "");
	f.broken = true;
	conn_open(&c, &f.stream);
	conn_say(&c, "x", 1, never);
	assert_false(conn_flush(&c, never));
	assert_int_equal(c.fault, CONN_BROKEN);
	assert_string_equal(c.trouble, "connection reset by the server");
	conn_close(&c);
	fake_free(&f);
	fake_init(&f, "");
	f.end = STREAM_BROKEN;
	conn_open(&c, &f.stream);
	assert_false(conn_hear(&c, never));
	assert_int_equal(c.fault, CONN_BROKEN);
	assert_non_null(c.trouble);
	conn_close(&c);
	fake_free(&f);
}

static void silence_and_cancelling(void **state)
{
	static const struct {
		int wait;
		enum conn_fault fault;
	} cases[] = {{0, CONN_SILENT}, {DEADLINE_CANCELLED, CONN_CANCELLED}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int writing = 0; writing < 2; writing++) {
			struct fake f;
			struct conn c;

			fake_init(&f, "");
			f.wait = cases[i].wait;
			f.room = writing ? 0 : SIZE_MAX;
			conn_open(&c, &f.stream);
			conn_say(&c, "x", 1, never);
			assert_false(conn_hear(&c, never));
			assert_int_equal(c.fault, cases[i].fault);
			assert_int_equal(f.waits, 1);
			conn_close(&c);
			fake_free(&f);
		}
	}
}

static void who_says_too_much_is_at_fault(void **state)
{
	char line[1000];
	struct fake f;
	struct conn c;

	(void)state;
	memset(line, 'x', sizeof line);
	fake_init(&f, "");
	for (size_t i = 0; i <= CONN_HEARD_MAX / sizeof line; i++)
		buf_add(&f.in, line, sizeof line);
	conn_open(&c, &f.stream);
	while (conn_hear(&c, never))
		;
	assert_int_equal(c.fault, CONN_FLOODED);
	assert_true(c.heard.size <= CONN_HEARD_MAX);
	conn_close(&c);
	fake_free(&f);
}

/* What counts is what stands heard and not taken, however much was heard in all, and although there
   is always a rest. */
static void a_long_conversation_does_not_flood(void **state)
{
	enum { REPLY = 999, REPLIES = 10000 };
	char line[REPLY];
	struct fake f;
	struct conn c;
	size_t size, most = 0;

	(void)state;
	memset(line, 'x', sizeof line);
	fake_init(&f, "");
	for (size_t i = 0; i <= REPLIES; i++)
		buf_add(&f.in, line, sizeof line);
	conn_open(&c, &f.stream);
	for (size_t i = 0; i < REPLIES; i++) {
		while (conn_heard(&c, &size), size < REPLY + 1)
			assert_true(conn_hear(&c, never));
		conn_take(&c, REPLY);
		most = c.heard.room > most ? c.heard.room : most;
	}
	assert_int_equal(c.fault, CONN_FINE);
	assert_true(most < 256 * 1024);
	conn_close(&c);
	fake_free(&f);
}

static void closing_writes_what_it_can_and_never_waits(void **state)
{
	struct fake f;
	struct conn c;

	(void)state;
	fake_init(&f, "");
	f.room = 2;
	conn_open(&c, &f.stream);
	conn_say(&c, "QUIT\r\n", 6, never);
	conn_close(&c);
	assert_int_equal(f.out.size, 2);
	assert_int_equal(f.waits, 0);
	fake_free(&f);
}

static void a_layer_that_failed(void **state)
{
	struct fake f;
	struct conn c;

	(void)state;
	fake_init(&f, "");
	conn_open(&c, &f.stream);
	fake_close(&f.stream); /* as the layer does */
	conn_replace(&c, NULL);
	assert_int_equal(c.fault, CONN_BROKEN);
	assert_false(conn_say(&c, "x", 1, never));
	assert_false(conn_hear(&c, never));
	conn_close(&c);
	fake_free(&f);
}

static void a_layer_in_between(void **state)
{
	struct fake below, above;
	struct conn c;

	(void)state;
	fake_init(&below, "");
	fake_init(&above, "250 ok\r\n");
	conn_open(&c, &below.stream);
	conn_replace(&c, &above.stream);
	assert_true(conn_say(&c, "EHLO\r\n", 6, never));
	assert_true(conn_hear(&c, never));
	assert_int_equal(below.out.size, 0);
	assert_string_equal(above.out.bytes, "EHLO\r\n");
	conn_close(&c);
	assert_int_equal(below.closed, 0); /* that is the layer's affair */
	fake_free(&above);
	buf_free(&below.in);
	buf_free(&below.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_leaves_in_one_write),
		cmocka_unit_test(much_is_sent_on_the_way),
		cmocka_unit_test(one_say_may_be_larger_than_all_buffers),
		cmocka_unit_test(it_reads_while_it_writes),
		cmocka_unit_test(the_end_is_a_fault_for_who_needs_more),
		cmocka_unit_test(the_last_words_are_heard),
		cmocka_unit_test(words_of_a_fault_are_the_streams),
		cmocka_unit_test(silence_and_cancelling),
		cmocka_unit_test(who_says_too_much_is_at_fault),
		cmocka_unit_test(a_long_conversation_does_not_flood),
		cmocka_unit_test(closing_writes_what_it_can_and_never_waits),
		cmocka_unit_test(a_layer_that_failed),
		cmocka_unit_test(a_layer_in_between),
	};

	return cmocka_run_group_tests_name("net/conn", tests, NULL, NULL);
}
