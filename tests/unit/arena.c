/* What base/arena.h promises, and base/memory.h for when there is no memory. */

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"

/* Sanitizers shall let a request that cannot be met fail, as the C library does. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static int begin(void **state)
{
	*state = memory_get(1, sizeof(struct arena));
	return 0;
}

static int finish(void **state)
{
	arena_free(*state);
	free(*state);
	return 0;
}

static void assert_zeroes(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(bytes[i], 0);
}

static void memory_is_zeroed_aligned_and_separate(void **state)
{
	enum { PIECES = 3000 };
	static unsigned char *pieces[PIECES];
	struct arena *a = *state;

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = arena_get(a, i);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		assert_zeroes(pieces[i], i);
		memset(pieces[i], (int)(i % 251) + 1, i);
	}
	for (size_t i = 0; i < PIECES; i++) {
		for (size_t k = 0; k < i; k++)
			assert_int_equal(pieces[i][k], i % 251 + 1);
	}
}

static void large_pieces(void **state)
{
	struct arena *a = *state;
	char *small = arena_text(a, "small");
	unsigned char *large = arena_get(a, 10 << 20);

	assert_zeroes(large, 10 << 20);
	memset(large, 1, 10 << 20);
	assert_string_equal(arena_text(a, "behind"), "behind");
	assert_string_equal(small, "small");
}

static void arrays(void **state)
{
	struct arena *a = *state;
	uint64_t *numbers = arena_array(a, 1000, sizeof *numbers);

	assert_zeroes((unsigned char *)numbers, 1000 * sizeof *numbers);
	assert_non_null(arena_array(a, 0, 8));
	assert_non_null(arena_array(a, 8, 0));
}

static void texts_are_copies(void **state)
{
	struct arena *a = *state;
	char text[] = "a text";
	char *copy = arena_text(a, text);
	char *bytes = arena_bytes(a, "a\0b", 3);

	text[0] = 'X';
	assert_string_equal(copy, "a text");
	assert_memory_equal(bytes, "a\0b\0", 4);
	assert_string_equal(arena_bytes(a, "abc", 2), "ab");
	assert_string_equal(arena_bytes(a, NULL, 0), "");
	assert_string_equal(arena_text(a, ""), "");
}

static void formatted_texts(void **state)
{
	struct arena *a = *state;
	char *text = arena_printf(a, "%s %d %05000d", "mx.test", 25, 7);

	assert_int_equal(strlen(text), strlen("mx.test 25 ") + 5000);
	assert_memory_equal(text, "mx.test 25 000", 14);
	assert_int_equal(text[strlen(text) - 1], '7');
	assert_string_equal(arena_printf(a, "%s", ""), "");
}

static void arena_is_usable_again(void **state)
{
	struct arena *a = *state;

	for (int i = 0; i < 100; i++) {
		assert_zeroes(arena_get(a, 5000), 5000);
		memset(arena_get(a, 5000), 1, 5000);
		arena_free(a);
	}
	arena_free(a);
	assert_string_equal(arena_text(a, "again"), "again");
}

/* How a process ends that does this, and what it says on standard error. */
static int ends_with(void (*deed)(void), char *words, size_t room)
{
	int ends[2], status;
	ssize_t size;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		deed();
		_exit(0);
	}
	close(ends[1]);
	memset(words, 0, room);
	while (room > 1 && (size = read(ends[0], words, room - 1)) > 0) {
		words += size;
		room -= (size_t)size;
	}
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void array_that_overflows(void)
{
	struct arena a = {0};

	arena_array(&a, SIZE_MAX / 8 + 2, 8); /* 8 bytes, counted in 64 bits */
}

static void piece_too_large(void)
{
	struct arena a = {0};

	arena_get(&a, SIZE_MAX - 3);
}

static void count_that_overflows(void)
{
	memory_get(SIZE_MAX / 4, 8);
}

static void resize_that_overflows(void)
{
	memory_resize(NULL, SIZE_MAX / 4, 8);
}

static void no_memory_ends_the_program(void **state)
{
	void (*const deeds[])(void) = {array_that_overflows, piece_too_large, count_that_overflows,
	                               resize_that_overflows};
	char words[4096];

	(void)state;
	for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
		assert_int_equal(ends_with(deeds[i], words, sizeof words), EX_OSERR);
		assert_non_null(strstr(words, "sendmx: out of memory\n"));
	}
}

static void memory_is_never_null(void **state)
{
	char *bytes = memory_get(0, 0);

	(void)state;
	assert_non_null(bytes);
	bytes = memory_resize(bytes, 0, 0);
	assert_non_null(bytes);
	bytes = memory_resize(bytes, 10, 10);
	memset(bytes, 'a', 100);
	bytes = memory_resize(bytes, 10, 1000);
	assert_memory_equal(bytes, "aaaaaaaaaa", 10);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_is_zeroed_aligned_and_separate, begin,
	                                        finish),
		cmocka_unit_test_setup_teardown(large_pieces, begin, finish),
		cmocka_unit_test_setup_teardown(arrays, begin, finish),
		cmocka_unit_test_setup_teardown(texts_are_copies, begin, finish),
		cmocka_unit_test_setup_teardown(formatted_texts, begin, finish),
		cmocka_unit_test_setup_teardown(arena_is_usable_again, begin, finish),
		cmocka_unit_test(no_memory_ends_the_program),
		cmocka_unit_test(memory_is_never_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
