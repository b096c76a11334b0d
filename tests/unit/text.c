/* What base/text.h promises. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void kinds_of_characters(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool upper = i >= 'A' && i <= 'Z', lower = i >= 'a' && i <= 'z';
		bool digit = i >= '0' && i <= '9';

		assert_int_equal(text_is_alpha(c), upper || lower);
		assert_int_equal(text_is_digit(c), digit);
		assert_int_equal(text_is_alnum(c), upper || lower || digit);
		assert_int_equal(text_is_blank(c), i == ' ' || i == '\t');
		assert_int_equal(text_lower(c), upper ? (char)(c + 32) : c);
	}
}

static void same_without_regard_to_case(void **state)
{
	(void)state;
	assert_true(text_same("", ""));
	assert_true(text_same("MX.Example", "mx.eXAMPLE"));
	assert_false(text_same("mx", "mx."));
	assert_false(text_same("mx.", "mx"));
	assert_false(text_same("a", "b"));
	assert_false(text_same("@", "`")); /* 32 apart, as A and a are */
	assert_false(text_same("[", "{"));
	assert_false(text_same("\xc3\x84", "\xc3\xa4"));
}

static void beginnings(void **state)
{
	(void)state;
	assert_true(text_begins("SIZE=100", "size="));
	assert_true(text_begins("size", "SIZE"));
	assert_true(text_begins("", ""));
	assert_true(text_begins("x", ""));
	assert_false(text_begins("siz", "size"));
	assert_false(text_begins("", "x"));
	assert_false(text_begins("resize", "size"));
}

struct number_case {
	const char *text;
	uint64_t max;
	bool good;
	uint64_t number;
};

static void numbers(void **state)
{
	static const struct number_case cases[] = {
		{"0", 0, true, 0},
		{"1", 0, false, 0},
		{"000", 0, true, 0},
		{"25", 65535, true, 25},
		{"0025", 25, true, 25},
		{"65535", 65535, true, 65535},
		{"65536", 65535, false, 0},
		{"7", 5, false, 0},
		{"10", 9, false, 0},
		{"99", 100, true, 99},
		{"101", 100, false, 0},
		{"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, false, 0},
		{"18446744073709551620", UINT64_MAX, false, 0},
		{"99999999999999999999999", UINT64_MAX, false, 0},
		{"", 10, false, 0},
		{" 1", 10, false, 0},
		{"1 ", 10, false, 0},
		{"+1", 10, false, 0},
		{"-1", 10, false, 0},
		{"0x1", 10, false, 0},
		{"1.0", 10, false, 0},
		{"\xd9\xa1", 10, false, 0}, /* ARABIC-INDIC DIGIT ONE */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct number_case *c = &cases[i];
		uint64_t number = 0;

		if (text_number(c->text, c->max, &number) != c->good || number != c->number)
			fail_msg("\"%s\" up to %ju", c->text, (uintmax_t)c->max);
	}
}

struct clean_case {
	const char *bytes, *shown;
};

static void assert_clean(const struct clean_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(text_clean(&arena, cases[i].bytes, strlen(cases[i].bytes)),
		                    cases[i].shown);
}

#define ASSERT_CLEAN(cases) assert_clean(cases, sizeof(cases) / sizeof *(cases))

static void good_text_is_kept(void **state)
{
	static const struct clean_case cases[] = {
		{"", ""},
		{"250 2.0.0 Ok: queued as \"4\"", "250 2.0.0 Ok: queued as \"4\""},
		{"b\xc3\xbc"
	         "cher \xe2\x82\xac \xf0\x9f\x93\xa7",
	         "b\xc3\xbc"
	         "cher \xe2\x82\xac \xf0\x9f\x93\xa7"},
		{"\xc2\xa0", "\xc2\xa0"},                         /* U+00A0, the first behind C1 */
		{"\xdf\xbf\xe0\xa0\x80", "\xdf\xbf\xe0\xa0\x80"}, /* U+07FF, U+0800 */
		{"\xed\x9f\xbf\xee\x80\x80",
	         "\xed\x9f\xbf\xee\x80\x80"}, /* around the surrogates */
		{"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	};

	(void)state;
	ASSERT_CLEAN(cases);
}

static void controls_are_escaped(void **state)
{
	static const struct clean_case cases[] = {
		{"a\r\nb", "a\\x0d\\x0ab"},
		{"\t\x1b[31m", "\\x09\\x1b[31m"},
		{"\x7f", "\\x7f"},
		{"\xc2\x80\xc2\x9f", "\\xc2\\x80\\xc2\\x9f"},
	};

	(void)state;
	ASSERT_CLEAN(cases);
	assert_string_equal(text_clean(&arena, "a\0b", 3), "a\\x00b");
}

static void bad_bytes_are_escaped(void **state)
{
	static const struct clean_case cases[] = {
		{"\xff", "\\xff"},
		{"a\x80z", "a\\x80z"},
		{"\xe4rger", "\\xe4rger"},
		{"\xe2\x82", "\\xe2\\x82"},
		{"\xc0\x80", "\\xc0\\x80"},
		{"\xc1\xbf", "\\xc1\\xbf"},
		{"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
		{"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
		{"\xe2\xe2\x82\xac", "\\xe2\xe2\x82\xac"},
	};

	(void)state;
	ASSERT_CLEAN(cases);
}

static void long_text_is_cut(void **state)
{
	char bytes[3000], *text;

	(void)state;
	memset(bytes, 'a', sizeof bytes);
	text = text_clean(&arena, bytes, 2000);
	assert_int_equal(strlen(text), 2000);
	text = text_clean(&arena, bytes, 2001);
	assert_int_equal(strlen(text), 2003);
	assert_string_equal(text + 1999, "a...");
	memset(bytes, 1, sizeof bytes);
	text = text_clean(&arena, bytes, sizeof bytes);
	assert_int_equal(strlen(text), 4 * 2000 + 3);
	assert_string_equal(text + 4 * 1999, "\\x01...");
}

/* Decodes one character by another road than text.c: -1 for what is not UTF-8. */
static long character(const unsigned char **p)
{
	static const unsigned char firsts[] = {0xf0, 0xe0, 0xc0};
	static const long least[] = {0x10000, 0x800, 0x80};
	long code = *(*p)++;
	size_t row = 0, more;

	if (code < 0x80)
		return code;
	while (row < 3 && code < firsts[row])
		row++;
	if (row == 3 || code >= 0xf8)
		return -1;
	code -= firsts[row];
	for (more = 3 - row; more; more--, (*p)++) {
		if (**p < 0x80 || **p > 0xbf)
			return -1;
		code = code * 64 + (**p - 0x80);
	}
	if (code < least[row] || code > 0x10ffff || code / 0x800 == 0xd800 / 0x800)
		return -1;
	return code;
}

/* Whatever comes in, what goes out is UTF-8 without controls. */
static void any_bytes_become_printable(void **state)
{
	uint32_t luck = 1;
	unsigned char bytes[64];

	(void)state;
	for (int turn = 0; turn < 20000; turn++) {
		const unsigned char *p;

		for (size_t i = 0; i < sizeof bytes; i++) {
			luck = luck * 1664525 + 1013904223;
			/* Half of them from where UTF-8 sequences begin. */
			bytes[i] = (unsigned char)(luck >> 24 | (luck & 0x10000 ? 0xc0 : 0));
		}
		p = (unsigned char *)text_clean(&arena, (char *)bytes, sizeof bytes);
		while (*p) {
			long code = character(&p);

			assert_true(code >= 0x20 && code != 0x7f && (code < 0x80 || code > 0x9f));
		}
		arena_free(&arena);
	}
}

static int by_value(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

static void hashes_differ(void **state)
{
	enum { COUNT = 200000 };
	uint64_t *hashes = arena_array(&arena, COUNT, sizeof *hashes);
	char name[64];

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof name, "mx%d.example.org", i);
		hashes[i] = text_hash(name, 0);
	}
	qsort(hashes, COUNT, sizeof *hashes, by_value);
	for (int i = 1; i < COUNT; i++)
		assert_true(hashes[i] != hashes[i - 1]);
}

/* Tables use the low bits: names that differ in one place must not gather in a few of 256 slots. */
static void hashes_spread_in_all_bits(void **state)
{
	char name[64];

	(void)state;
	for (int shift = 0; shift <= 56; shift += 8) {
		unsigned slots[256] = {0};

		for (int i = 0; i < 25600; i++) {
			snprintf(name, sizeof name, "%d.example", i);
			slots[text_hash(name, 0) >> shift & 255]++;
		}
		for (int i = 0; i < 256; i++)
			assert_in_range(slots[i], 50, 170);
	}
}

static void hashes_know_no_case_but_a_seed(void **state)
{
	(void)state;
	assert_true(text_hash("MX.Example", 7) == text_hash("mx.eXAMPLE", 7));
	assert_true(text_hash("mx.example", 7) != text_hash("mx.example", 8));
	assert_true(text_hash("", 1) != text_hash("", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_of_characters),
		cmocka_unit_test(same_without_regard_to_case),
		cmocka_unit_test(beginnings),
		cmocka_unit_test(numbers),
		cmocka_unit_test_teardown(good_text_is_kept, forget),
		cmocka_unit_test_teardown(controls_are_escaped, forget),
		cmocka_unit_test_teardown(bad_bytes_are_escaped, forget),
		cmocka_unit_test_teardown(long_text_is_cut, forget),
		cmocka_unit_test_teardown(any_bytes_become_printable, forget),
		cmocka_unit_test_teardown(hashes_differ, forget),
		cmocka_unit_test(hashes_spread_in_all_bits),
		cmocka_unit_test(hashes_know_no_case_but_a_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
