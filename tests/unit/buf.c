/* What base/buf.h promises. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void empty_buffer(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_null(b.bytes);
	assert_int_equal(b.size, 0);
	assert_false(b.failed);
	buf_drop(&b, 0);
	buf_clear(&b);
}

static void additions_stand_in_a_row(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_text(&b, "EHLO ");
	buf_add(&b, "mx\0test", 7);
	buf_printf(&b, " %d%s", 25, "\r\n");
	assert_int_equal(b.size, 17);
	assert_memory_equal(b.bytes, "EHLO mx\0test 25\r\n", 18);
	assert_false(b.failed);
	buf_free(&b);
}

/* Grows through many sizes, and is followed by a NUL after each step. */
static void growing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < 5000; i++) {
		buf_add(&b, "0123456789", i % 11);
		assert_true(!b.bytes || b.bytes[b.size] == '\0');
	}
	assert_false(b.failed);
	assert_memory_equal(b.bytes, "001012012301234", 15);
	buf_free(&b);
}

static void ceiling_is_reached_but_not_passed(void **state)
{
	struct buf b;

	(void)state;
	for (size_t ceiling = 0; ceiling < 600; ceiling += 3) {
		buf_init(&b, ceiling);
		for (size_t i = 0; i < ceiling; i++)
			buf_add(&b, "x", 1);
		assert_false(b.failed);
		assert_int_equal(b.size, ceiling);
		buf_add(&b, "y", 1);
		assert_true(b.failed);
		assert_int_equal(b.size, ceiling);
		buf_free(&b);
	}
}

static void nothing_is_added_after_a_failure(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_text(&b, "12345");
	buf_text(&b, "123456");
	assert_true(b.failed);
	buf_text(&b, "1");
	buf_printf(&b, "%d", 1);
	assert_null(buf_space(&b, 1));
	assert_string_equal(b.bytes, "12345");
	buf_free(&b);
}

static void format_past_the_ceiling(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_printf(&b, "%s", "1234567890");
	assert_false(b.failed);
	assert_string_equal(b.bytes, "1234567890");
	buf_printf(&b, "%s", "");
	assert_false(b.failed);
	buf_printf(&b, "%d", 1);
	assert_true(b.failed);
	assert_string_equal(b.bytes, "1234567890");
	buf_free(&b);
}

static void sizes_that_would_overflow(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_text(&b, "x");
	assert_null(buf_space(&b, SIZE_MAX));
	assert_true(b.failed);
	assert_int_equal(b.size, 1);
	buf_free(&b);
}

static void space_is_counted_when_taken(void **state)
{
	struct buf b;
	char *space;

	(void)state;
	buf_init(&b, 1000);
	buf_text(&b, "250");
	space = buf_space(&b, 500);
	assert_ptr_equal(space, b.bytes + 3);
	assert_int_equal(b.size, 3);
	memset(space, ' ', 500);
	buf_took(&b, 2);
	assert_string_equal(b.bytes, "250  ");
	assert_null(buf_space(&b, 996));
	assert_true(b.failed);
	buf_free(&b);
}

static void front_is_dropped(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 20);
	buf_text(&b, "220 ready\r\n");
	buf_drop(&b, 4);
	assert_string_equal(b.bytes, "ready\r\n");
	buf_drop(&b, 0);
	buf_drop(&b, 7);
	assert_int_equal(b.size, 0);
	assert_string_equal(b.bytes, "");
	buf_text(&b, "12345678901234567890");
	assert_false(b.failed);
	buf_free(&b);
}

static void clear_and_free_begin_anew(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_text(&b, "1234");
	buf_text(&b, "5");
	assert_true(b.failed);
	buf_clear(&b);
	assert_false(b.failed);
	assert_string_equal(b.bytes, "");
	buf_text(&b, "abcd");
	buf_text(&b, "e");
	buf_free(&b);
	assert_null(b.bytes);
	assert_false(b.failed);
	buf_text(&b, "abcd");
	assert_string_equal(b.bytes, "abcd");
	buf_text(&b, "e");
	assert_true(b.failed);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_buffer),
		cmocka_unit_test(additions_stand_in_a_row),
		cmocka_unit_test(growing),
		cmocka_unit_test(ceiling_is_reached_but_not_passed),
		cmocka_unit_test(nothing_is_added_after_a_failure),
		cmocka_unit_test(format_past_the_ceiling),
		cmocka_unit_test(sizes_that_would_overflow),
		cmocka_unit_test(space_is_counted_when_taken),
		cmocka_unit_test(front_is_dropped),
		cmocka_unit_test(clear_and_free_begin_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
