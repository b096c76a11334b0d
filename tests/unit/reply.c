/* What smtp/reply.h promises. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "smtp/reply.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* Parse from memory of the very size, so that a look beyond is seen. */
static enum reply_result parse(const char *bytes, size_t size, struct reply *reply, size_t *used,
                               const char **why)
{
	char *exact = malloc(size ? size : 1);
	enum reply_result result;

	assert_non_null(exact);
	memcpy(exact, bytes, size);
	result = reply_parse(&arena, exact, size, reply, used, why);
	free(exact);
	return result;
}

struct good_case {
	const char *bytes;
	unsigned code;
	size_t used, lines;
	const char *text;
};

static void good_replies(void **state)
{
	static const struct good_case cases[] = {
		{"220 hello\r\n", 220, 11, 1, "hello"},
		{"220\r\n", 220, 5, 1, ""},
		{"220 \r\n", 220, 6, 1, ""},
		{"354  two blanks\r\n", 354, 17, 1, " two blanks"},
		{"599 x\r\nmore", 599, 7, 1, "x"},
		{"250 a\r\n250 b\r\n", 250, 7, 1, "a"},
		{"250-a\r\n250 b\r\n", 250, 14, 2, "a b"},
		{"250-a\r\n250\r\n", 250, 12, 2, "a"},
		{"250-\r\n250-\r\n250 c\r\n", 250, 19, 3, "c"},
		{"550-5.1.1 no\r\n550-5.1.1 such\r\n550 5.1.1 user\r\n", 550, 46, 3,
	         "5.1.1 no such user"},
		{"550-5.1.1 no\r\n550 5.1.2 such\r\n", 550, 30, 2, "5.1.1 no 5.1.2 such"},
		{"550-5.1.1 no\r\n550 5.1.10 such\r\n", 550, 31, 2, "5.1.1 no 5.1.10 such"},
		{"550-no\r\n550 5.1.1 such user\r\n", 550, 29, 2, "no 5.1.1 such user"},
		{"550-5.1.1\r\n550 5.1.1\r\n", 550, 22, 2, "5.1.1"},
		{"550-5.7.1 a\r\n550 5.7.1\r\n", 550, 24, 2, "5.7.1 a"},
		{"299 \xc3\xa9\r\n", 299, 8, 1, "\xc3\xa9"},
		{"250 \x1b[2J\xff\r\n", 250, 11, 1, "\\x1b[2J\\xff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct good_case *c = &cases[i];
		struct reply reply;
		const char *why;
		size_t used;

		if (parse(c->bytes, strlen(c->bytes), &reply, &used, &why) != REPLY_WHOLE)
			fail_msg("case %zu: %s", i, why);
		assert_int_equal(reply.code, c->code);
		assert_int_equal(used, c->used);
		assert_int_equal(reply.line_count, c->lines);
		assert_string_equal(reply.text, c->text);
	}
}

static void lines_stand_as_they_came(void **state)
{
	static const char bytes[] = "250-mx\r\n250-SIZE 5\r\n250-\r\n250 2.0.0 x\r\n";
	static const char *const lines[] = {"mx", "SIZE 5", "", "2.0.0 x"};
	struct reply reply;
	const char *why;
	size_t used;

	(void)state;
	assert_int_equal(parse(bytes, sizeof bytes - 1, &reply, &used, &why), REPLY_WHOLE);
	assert_int_equal(reply.line_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(reply.lines[i], lines[i]);
}

struct bad_case {
	const char *bytes;
	size_t size;
	const char *why;
};

#define BYTES(text) text, sizeof text - 1

static void bad_replies(void **state)
{
	static const struct bad_case cases[] = {
		{BYTES("\r\n"), "code"},
		{BYTES("hello\r\n"), "code"},
		{BYTES("22 x\r\n"), "code"},
		{BYTES("22\r\n"), "code"},
		{BYTES("199 x\r\n"), "code"},
		{BYTES("600 x\r\n"), "code"},
		{BYTES("2a0 x\r\n"), "code"},
		{BYTES("20a x\r\n"), "code"},
		{BYTES("220x\r\n"), "code"},
		{BYTES("2200 x\r\n"), "code"},
		{BYTES("220\tx\r\n"), "code"},
		{BYTES(" 220 x\r\n"), "code"},
		{BYTES("220 x\n"), "bare LF"},
		{BYTES("\n"), "bare LF"},
		{BYTES("220 a\n220 b\r\n"), "bare LF"},
		{BYTES("220 a\rb\r\n"), "bare CR"},
		{BYTES("220 a\r\r\n"), "bare CR"},
		{BYTES("220 a\0\r\n"), "NUL"},
		{BYTES("\0\0\0\r\n"), "NUL"},
		{BYTES("250-a\r\n550 b\r\n"), "changes"},
		{BYTES("250-a\r\n251-b\r\n"), "changes"},
		{BYTES("250-a\r\n\r\n"), "code"},
		{BYTES("250-a\r\n b\r\n"), "code"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct reply reply;
		const char *why = NULL;
		size_t used;

		if (parse(cases[i].bytes, cases[i].size, &reply, &used, &why) != REPLY_BAD)
			fail_msg("case %zu is taken", i);
		if (!strstr(why, cases[i].why))
			fail_msg("case %zu: \"%s\" does not say \"%s\"", i, why, cases[i].why);
	}
}

static void every_beginning_wants_more(void **state)
{
	static const char bytes[] = "250-first\r\n250-\r\n250 last\r\n";
	struct reply reply;
	const char *why;
	size_t used;

	(void)state;
	for (size_t size = 0; size < sizeof bytes - 1; size++)
		assert_int_equal(parse(bytes, size, &reply, &used, &why), REPLY_MORE);
	assert_int_equal(parse(bytes, sizeof bytes - 1, &reply, &used, &why), REPLY_WHOLE);
}

/* A reply of one line that has this size with its CRLF. */
static char *line_of(size_t size, char after_code)
{
	char *line = malloc(size + 1);

	assert_non_null(line);
	memset(line, 'x', size);
	memcpy(line, "220", 3);
	line[3] = after_code;
	memcpy(line + size - 2, "\r\n", 3);
	return line;
}

static void lines_have_a_limit(void **state)
{
	char *fits = line_of(REPLY_LINE_MAX, ' '), *too_long = line_of(REPLY_LINE_MAX + 1, ' ');
	struct reply reply;
	const char *why;
	size_t used;

	(void)state;
	assert_int_equal(parse(fits, REPLY_LINE_MAX, &reply, &used, &why), REPLY_WHOLE);
	assert_int_equal(used, REPLY_LINE_MAX);
	assert_int_equal(parse(fits, REPLY_LINE_MAX - 1, &reply, &used, &why), REPLY_MORE);
	assert_int_equal(parse(too_long, REPLY_LINE_MAX + 1, &reply, &used, &why), REPLY_BAD);
	/* And it need not end for that. */
	assert_int_equal(parse(too_long, REPLY_LINE_MAX, &reply, &used, &why), REPLY_BAD);
	assert_non_null(strstr(why, "4,096"));
	free(fits);
	free(too_long);
}

static void replies_have_a_limit(void **state)
{
	enum { LINE = 1024 };
	char *line = line_of(LINE, '-'), *bytes = malloc(REPLY_MAX + 2 * LINE);
	struct reply reply;
	const char *why;
	size_t used;

	(void)state;
	assert_non_null(bytes);
	for (size_t at = 0; at < REPLY_MAX + LINE; at += LINE)
		memcpy(bytes + at, line, LINE);
	/* So far it may still end in time. */
	assert_int_equal(parse(bytes, REPLY_MAX - LINE, &reply, &used, &why), REPLY_MORE);
	bytes[REPLY_MAX - LINE + 3] = ' ';
	assert_int_equal(parse(bytes, REPLY_MAX, &reply, &used, &why), REPLY_WHOLE);
	assert_int_equal(used, REPLY_MAX);
	assert_int_equal(reply.line_count, REPLY_MAX / LINE);
	bytes[REPLY_MAX - LINE + 3] = '-';
	assert_int_equal(parse(bytes, REPLY_MAX + 1, &reply, &used, &why), REPLY_BAD);
	assert_int_equal(parse(bytes, REPLY_MAX + LINE, &reply, &used, &why), REPLY_BAD);
	assert_non_null(strstr(why, "65,536"));
	free(line);
	free(bytes);
}

/* What follows a reply is no part of it, however much it is. */
static void a_reply_before_many_others(void **state)
{
	enum { SIZE = 3 * REPLY_MAX };
	char *bytes = malloc(SIZE);
	struct reply reply;
	const char *why;
	size_t used;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', SIZE);
	memcpy(bytes, "250 ok\r\n", 8);
	assert_int_equal(parse(bytes, SIZE, &reply, &used, &why), REPLY_WHOLE);
	assert_int_equal(used, 8);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(good_replies, forget),
		cmocka_unit_test_teardown(lines_stand_as_they_came, forget),
		cmocka_unit_test_teardown(bad_replies, forget),
		cmocka_unit_test_teardown(every_beginning_wants_more, forget),
		cmocka_unit_test_teardown(lines_have_a_limit, forget),
		cmocka_unit_test_teardown(replies_have_a_limit, forget),
		cmocka_unit_test_teardown(a_reply_before_many_others, forget),
	};

	return cmocka_run_group_tests_name("smtp/reply", tests, NULL, NULL);
}
