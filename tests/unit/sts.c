/* MTA-STS: records, policies and their patterns, and the mistakes that others make with them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "route/sts.h"

enum { TXT_MAX = 3 };

static void records_are_told_apart(void **state)
{
	static const struct {
		const char *txt[TXT_MAX];
		enum sts_record record;
		const char *id;
	} rows[] = {
		{{"v=STSv1; id=20160831085700Z;"}, STS_RECORD_FOUND, "20160831085700Z"},
		{{"v=STSv1;id=a"}, STS_RECORD_FOUND, "a"},
		{{"v=STSv1 ;\tid=a ; "}, STS_RECORD_FOUND, "a"},
		{{"v=STSv1; x-y.z=1!; id=a; id=b"}, STS_RECORD_FOUND, "a"},
		{{"v=STSv1; id=12345678901234567890123456789012"},
		 STS_RECORD_FOUND, "12345678901234567890123456789012"},
		{{"v=spf1 -all", "v=STSv1; id=a", "hello"}, STS_RECORD_FOUND, "a"},
		{{"v=STSv11; id=a", "v=STSv1; id=b"}, STS_RECORD_FOUND, "b"},
		{{NULL}, STS_RECORD_NONE, ""},
		{{"v=STSv2; id=a"}, STS_RECORD_NONE, ""},
		{{"v=stsv1; id=a"}, STS_RECORD_NONE, ""},
		{{" v=STSv1; id=a"}, STS_RECORD_NONE, ""},
		{{"v=STSv1"}, STS_RECORD_NONE, ""},
		{{"id=a; v=STSv1"}, STS_RECORD_NONE, ""},
		{{"v=STSv1; id=a", "v=STSv1; id=a"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=a", "v=STSv1; id="}, STS_RECORD_BAD, ""},
		{{"v=STSv1;"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id="}, STS_RECORD_BAD, ""},
		{{"v=STSv1; ID=a"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=a-b"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=a b"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=a=b"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=\xc3\xa4"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=a;; x=y"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=123456789012345678901234567890123"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=a; nonsense"}, STS_RECORD_BAD, ""},
		{{"v=STSv1; id=a; -x=y"}, STS_RECORD_BAD, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char id[STS_ID_MAX + 1];
		const char *why = NULL;
		size_t count = 0;

		while (count < TXT_MAX && rows[i].txt[count])
			count++;
		print_message("# %s\n", count ? rows[i].txt[0] : "no record");
		assert_int_equal(sts_record_parse(rows[i].txt, count, id, &why), rows[i].record);
		assert_string_equal(id, rows[i].id);
		assert_int_equal(rows[i].record == STS_RECORD_BAD, why != NULL && !id[0]);
	}
}

/* "enforce 86400 mx1.example *.example", or why there is no policy. */
static const char *read_as(struct arena *a, const char *text, size_t size)
{
	char *copy = malloc(size ? size : 1); /* of its exact size, for ASan */
	struct sts_policy policy;
	const char *why = NULL, *words;

	assert_non_null(copy);
	memcpy(copy, text, size);
	if (sts_policy_parse(a, copy, size, &policy, &why)) {
		words = arena_printf(a, "%s %u", sts_mode_name(policy.mode), policy.max_age);
		for (size_t i = 0; i < policy.mx_count; i++)
			words = arena_printf(a, "%s %s", words, policy.mx[i]);
	} else {
		assert_true(why && why[0]);
		words = why;
	}
	free(copy);
	return words;
}

#define V "version: STSv1\n"
#define E "mode: enforce\n"
#define M "mx: mx.example\n"
#define A "max_age: 86400\n"
#define GOOD "enforce 86400 mx.example"
#define NO_LINE "it has a line that is no field"
#define NO_MX "one of its mx is neither a host name nor \"*.\" and a domain"
#define NO_AGE "its max_age is not a number from 0 to 31557600"
#define NO_MODE "its mode is not enforce, testing or none"

static void policies_are_read(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{V E M A, GOOD},
		{"version: STSv1\r\nmode: enforce\r\nmx: mx.example\r\nmax_age: 86400\r\n", GOOD},
		{"version: STSv1\r\n" E M "max_age: 86400", GOOD},
		{A M E V, GOOD},
		{"version:STSv1\nmode:\t enforce \t\nmx:mx.example \nmax_age:86400", GOOD},
		{V E M A "\n\r\n  \n", GOOD},
		{V E M A "x-y_z.1: \xc3\xa4 what: ever; =\n", GOOD},
		{V E "mx: MX.Example\nmx: *.EXAMPLE.net\n" A,
		 "enforce 86400 mx.example *.example.net"},
		{V E "mx: mx.example\nmx: mx.example\n" A, GOOD " mx.example"},
		{V "mode: testing\n" M "max_age: 0\n", "testing 0 mx.example"},
		{V "mode: none\nmax_age: 31557600\n", "none 31557600"},
		{V E "mode: none\n" M A "max_age: never\nversion: STSv9\n", GOOD},
		{V "mode: none\nmode: enforce\n" M A, "none 86400 mx.example"},
		{"", "it has no version"},
		{E M A, "it has no version"},
		{V M A, "it has no mode"},
		{V E M, "it has no max_age"},
		{V E A, "it names no mx"},
		{V "mode: testing\n" A, "it names no mx"},
		{"version: STSv2\n" E M A, "its version is not STSv1"},
		{"version: stsv1\n" E M A, "its version is not STSv1"},
		{"Version: STSv1\n" E M A, "it has no version"},
		{V "mode: Enforce\n" M A, NO_MODE},
		{V "mode: enforced\n" M A, NO_MODE},
		{V "mode:\n" M A, NO_MODE},
		{V E M "max_age: 31557601\n", NO_AGE},
		{V E M "max_age: -1\n", NO_AGE},
		{V E M "max_age: 1e3\n", NO_AGE},
		{V E M "max_age: 99999999999999999999999\n", NO_AGE},
		{V E M "max_age:\n", NO_AGE},
		{V E "mx: .example.net\n" A, NO_MX},
		{V E "mx: *\n" A, NO_MX},
		{V E "mx: *.\n" A, NO_MX},
		{V E "mx: foo*.example\n" A, NO_MX},
		{V E "mx: *.*.example\n" A, NO_MX},
		{V E "mx: mx.*.example\n" A, NO_MX},
		{V E "mx: mx.example.\n" A, NO_MX},
		{V E "mx: mx..example\n" A, NO_MX},
		{V E "mx: \n" A, NO_MX},
		{V E "mx: mx.example mx2.example\n" A, NO_MX},
		{V E "mx: [192.0.2.1]\n" A, NO_MX},
		{V E "mx: 192.0.2.1\n" A, NO_MX},
		{V E "mx: b\xc3\xbc" "cher.example\n" A, NO_MX},
		{V E M A "nonsense\n", NO_LINE},
		{V E M A "a b: c\n", NO_LINE},
		{V E M A ": c\n", NO_LINE},
		{V E M A " mode: none\n", NO_LINE},
		{"\xef\xbb\xbf" V E M A, NO_LINE},
		{V E M "x: a\rmax_age: 86400\n", NO_LINE},
		{"version: STSv1\rmode: enforce\rmx: mx.example\rmax_age: 86400\r", NO_LINE},
		{"<html><body>Not found</body></html>", NO_LINE},
	};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		print_message("# row %zu: %s\n", i, rows[i].words);
		assert_string_equal(read_as(&a, rows[i].text, strlen(rows[i].text)), rows[i].words);
	}
	arena_free(&a);
}

static void bytes_beyond_text_are_refused(void **state)
{
	static const char nul[] = V E M A "x: a\0b\n", ends[] = V E M A;
	static char large[STS_POLICY_MAX + 1];
	struct arena a = {0};

	(void)state;
	assert_string_equal(read_as(&a, nul, sizeof nul - 1), "it has a NUL byte");
	assert_string_equal(read_as(&a, ends, sizeof ends), "it has a NUL byte");
	memset(large, '\n', sizeof large);
	memcpy(large, ends, sizeof ends - 1);
	assert_string_equal(read_as(&a, large, sizeof large - 1), GOOD);
	assert_string_equal(read_as(&a, large, sizeof large), "it is larger than 64 KiB");
	arena_free(&a);
}

static void as_many_mx_as_fit(void **state)
{
	static const char head[] = V E A;
	char text[STS_POLICY_MAX];
	size_t size = sizeof head - 1, count = 0;
	struct sts_policy policy;
	struct arena a = {0};
	const char *why;

	(void)state;
	memcpy(text, head, size);
	for (; size + 5 <= sizeof text; size += 5, count++)
		memcpy(text + size, "mx:a\n", 5);
	assert_true(sts_policy_parse(&a, text, size, &policy, &why));
	assert_int_equal(policy.mx_count, count);
	assert_true(sts_match(&policy, "a"));
	assert_false(sts_match(&policy, "b"));
	arena_free(&a);
}

static void patterns_name_hosts(void **state)
{
	static const struct {
		const char *pattern, *host;
		bool fits;
	} rows[] = {
		{"mx.example", "mx.example", true},
		{"mx.example", "MX.Example", true},
		{"mx.example", "mx.example.net", false},
		{"mx.example", "a.mx.example", false},
		{"*.example", "mx.example", true},
		{"*.example", "MX.EXAMPLE", true},
		{"*.example", "a.mx.example", false},
		{"*.example", "example", false},
		{"*.example", ".example", false},
		{"*.example", "mxexample", false},
		{"*.mx.example", "a.mx.example", true},
		{"*.mx.example", "mx.example", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sts_policy policy = {.mx = &rows[i].pattern, .mx_count = 1};

		assert_int_equal(sts_match(&policy, rows[i].host), rows[i].fits);
	}
	assert_false(sts_match(&(struct sts_policy){.mode = STS_ENFORCE}, "mx.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_told_apart),
		cmocka_unit_test(policies_are_read),
		cmocka_unit_test(bytes_beyond_text_are_refused),
		cmocka_unit_test(as_many_mx_as_fit),
		cmocka_unit_test(patterns_name_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
