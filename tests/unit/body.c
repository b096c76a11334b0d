/* What smtp/body.h promises. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "smtp/body.h"

/* Time passes only where it is moved. */
#include "talk/kit/clock.c"

/* A server that takes so many bytes, and as many again after a second. */
struct slow {
	struct stream stream;
	size_t at_once, room;
	struct buf out;
};

static struct slow *slow_of(struct stream *s)
{
	return (struct slow *)s;
}

static ssize_t slow_read(struct stream *s, void *into, size_t size)
{
	(void)s;
	(void)into;
	(void)size;
	return STREAM_AGAIN;
}

static ssize_t slow_write(struct stream *s, const void *from, size_t size)
{
	struct slow *slow = slow_of(s);
	size_t part = size < slow->room ? size : slow->room;

	if (!part)
		return STREAM_AGAIN;
	buf_add(&slow->out, from, part);
	slow->room -= part;
	return (ssize_t)part;
}

static int slow_wait(struct stream *s, short events, struct deadline until)
{
	(void)events;
	if (world_now() + 1000 > until.at) {
		clock_move(until.at);
		return 0;
	}
	clock_move(world_now() + 1000);
	slow_of(s)->room = slow_of(s)->at_once;
	return 1;
}

static void slow_close(struct stream *s)
{
	(void)s;
}

/* Say m to a server that takes so much a second; what it has heard is in out. */
static bool say(const struct message *m, bool stuff, size_t at_once, int64_t block, struct buf *out)
{
	static const struct stream_ops ops = {slow_read, slow_write, slow_wait, slow_close};
	struct slow slow = {.stream.ops = &ops, .at_once = at_once, .room = at_once};
	struct arena texts = {0};
	struct talk talk = {
		.host = "mx.test",
		.address = "192.0.2.1",
		.until = {.at = DEADLINE_NEVER, .cancel_fd = -1},
		.texts = &texts,
	};

	buf_init(&slow.out, 1 << 24);
	talk_open(&talk, &slow.stream);
	bool good = body_say(&talk, m, stuff, block) && talk_flush(&talk, block);
	talk_close(&talk);
	arena_free(&texts);
	*out = slow.out;
	return good;
}

static void expect(char *text, bool stuff, const char *wire)
{
	struct message m = {.size = strlen(text), .memory = text, .file = -1};
	struct buf out;

	assert_true(say(&m, stuff, SIZE_MAX, 1000, &out));
	assert_string_equal(out.bytes, wire);
	buf_free(&out);
}

static void dots_that_begin_a_line_are_doubled(void **state)
{
	static const struct {
		const char *text, *wire;
	} rows[] = {
		{"a\r\n", "a\r\n"},
		{".\r\n", "..\r\n"},
		{"..\r\n", "...\r\n"},
		{".", ".."},
		{"a.\r\n.\r\n", "a.\r\n..\r\n"},
		{"a\r\n.\r\n.\r\n", "a\r\n..\r\n..\r\n"},
		{"a.b.\r\nc.d\r\n.e.\r\n..\r\n", "a.b.\r\nc.d\r\n..e.\r\n...\r\n"},
		{"a.b\r\nc\r\n.d\r\n", "a.b\r\nc\r\n..d\r\n"},
		{"a...\r\n\r\n...", "a...\r\n\r\n...."},
		{"a.\r\n.", "a.\r\n.."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = strdup(rows[i].text);

		expect(text, true, rows[i].wire);
		expect(text, false, rows[i].text);
		free(text);
	}
}

/* The whole text at once and byte by byte: RFC 5321 4.5.2. */
static void stuff_plainly(struct buf *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '.' && (!i || text[i - 1] == '\n'))
			buf_text(out, ".");
		buf_add(out, text + i, 1);
	}
}

/* Where one piece ends and the next begins a line end and dots may be cut anywhere. */
static void borders_of_pieces_change_nothing(void **state)
{
	static const char *const borders[] = {
		"\r\n.\r\n", "\r\n..\r\n", ".\r\n.x", "\r\n\r\n.", "...", "x.\r\n",
	};
	enum { SIZE = 2 * MESSAGE_WINDOW + 100 };
	char *text = memory_get(SIZE, 1);
	struct message m = {.size = SIZE, .memory = text, .file = -1};
	struct buf out, wire;

	(void)state;
	for (size_t shift = 0; shift < 8; shift++) {
		for (size_t i = 0; i < sizeof borders / sizeof *borders; i++) {
			size_t size = strlen(borders[i]);

			memset(text, 'x', SIZE);
			memcpy(text + MESSAGE_WINDOW - shift, borders[i], size);
			memcpy(text + 2 * MESSAGE_WINDOW - shift, borders[i], size);
			memcpy(text + SIZE - size, borders[i], size);
			buf_init(&wire, 2 * SIZE);
			stuff_plainly(&wire, text, SIZE);
			assert_true(say(&m, true, SIZE_MAX, 1000, &out));
			assert_int_equal(out.size, wire.size);
			assert_memory_equal(out.bytes, wire.bytes, wire.size);
			buf_free(&out);
			buf_free(&wire);
		}
	}
	free(text);
}

/* Three minutes are for a block of a message (RFC 5321 4.5.3.2.5), not for all of it, whether it
   stands in memory or not. */
static void each_part_has_its_own_time(void **state)
{
	enum { SIZE = 1024 * 1024, A_SECOND = 8 * 1024, BLOCK = 10 * 1000 };
	char *text = memory_get(SIZE, 1);
	struct message m = {.size = SIZE, .memory = text, .file = -1};
	int64_t begun = world_now();
	struct buf out;

	(void)state;
	memset(text, 'x', SIZE);
	assert_true(say(&m, true, A_SECOND, BLOCK, &out));
	assert_int_equal(out.size, SIZE);
	assert_memory_equal(out.bytes, text, SIZE);
	assert_in_range(world_now() - begun, 120 * 1000, 130 * 1000);
	buf_free(&out);
	begun = world_now();
	assert_false(say(&m, true, A_SECOND / 2, BLOCK, &out));
	assert_int_equal(world_now() - begun, BLOCK);
	assert_true(out.size < MESSAGE_WINDOW);
	buf_free(&out);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dots_that_begin_a_line_are_doubled),
		cmocka_unit_test(borders_of_pieces_change_nothing),
		cmocka_unit_test(each_part_has_its_own_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
