/* What mail/encode.h promises. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/memory.h"
#include "mail/encode.h"

enum { ROUNDS = 200, TEXT_MAX = 20000 };

static uint32_t chance;

static size_t below(size_t most)
{
	chance = chance * 1664525 + 1013904223;
	return (chance >> 8) % most;
}

/* Sizes at which something ends: blocks of a processor, runs, lines of all kinds. */
static size_t random_size(size_t most)
{
	static const size_t edges[] = {1, 15, 16, 17, 74, 75, 76, 77, 997, 998, 999, 1023, 1024,
	                               1025};
	size_t size = below(3) ? edges[below(sizeof edges / sizeof *edges)] : 1 + below(200);

	return size < most ? size : most;
}

/* Runs of what is written alike; now and then a line ends. */
static void add_random_text(struct buf *b)
{
	static const char *const alphabets[] = {
		"x", "ab cd ", "-", "= .-", "\t ", "=3D", "AZaz09+/", ".", "--b", " ", "\x01\x7f~!",
		"\xc3\xa9", "\xff",
	};

	while (b->size < TEXT_MAX) {
		const char *alphabet = alphabets[below(sizeof alphabets / sizeof *alphabets)];
		size_t letters = strlen(alphabet);

		for (size_t i = 0, run = random_size(TEXT_MAX); i < run; i++)
			buf_add(b, &alphabet[below(4) ? i % letters : below(letters)], 1);
		if (!below(3))
			buf_text(b, below(4) ? "\r\n" : "\r\n-");
	}
	if (below(2))
		buf_text(b, "\r\n");
}

/* Pieces of random sizes, or of `fixed` bytes; nothing is to be read behind the end of one. */
static void encode(struct buf *out, enum coding coding, const struct buf *text, size_t fixed)
{
	struct encoder e;

	buf_init(out, 1 << 20);
	encode_begin(&e, coding);
	for (size_t at = 0, size; at < text->size; at += size) {
		size = fixed ? fixed : random_size(text->size - at);
		char *piece = memory_get(size, 1);

		memcpy(piece, text->bytes + at, size);
		encode_take(&e, out, piece, size);
		free(piece);
	}
	encode_end(&e, out);
	assert_false(out->failed);
}

static void each_way_of_cutting_gives_the_same(void **state)
{
	(void)state;
	for (chance = 0; chance < ROUNDS;) {
		uint32_t round = chance;
		struct buf text, whole, bytes, pieces;

		buf_init(&text, 2 * TEXT_MAX);
		add_random_text(&text);
		for (enum coding coding = CODING_NONE; coding <= CODING_FOLDED; coding++) {
			encode(&whole, coding, &text, text.size);
			encode(&bytes, coding, &text, 1);
			encode(&pieces, coding, &text, 0);
			assert_string_equal(whole.bytes, bytes.bytes);
			assert_string_equal(whole.bytes, pieces.bytes);
			buf_free(&whole);
			buf_free(&bytes);
			buf_free(&pieces);
		}
		buf_free(&text);
		chance = round + 1;
	}
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* RFC 2045 6.7, of what is well-formed. */
static void decode_quoted(struct buf *out, const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '=' && text[1] == '\r') {
			text += 2;
			continue;
		}
		if (c == '=') {
			c = (char)(digit(text[1]) << 4 | digit(text[2]));
			text += 2;
		}
		buf_add(out, &c, 1);
	}
}

/* No longer than most; no blank at the end; nothing that could be a boundary. */
static void check_lines(const struct buf *text, size_t most)
{
	const char *line = text->bytes, *end;

	for (; (end = strstr(line, "\r\n")); line = end + 2) {
		assert_in_range(end - line, 0, most);
		assert_true(end == line || (end[-1] != ' ' && end[-1] != '\t'));
		assert_int_not_equal(strncmp(line, "--", 2), 0);
	}
	assert_int_equal(*line, '\0');
}

static void what_was_encoded_can_be_read(void **state)
{
	(void)state;
	for (chance = 0; chance < ROUNDS;) {
		uint32_t round = chance;
		struct buf text, quoted, base64, read;

		buf_init(&text, 2 * TEXT_MAX);
		add_random_text(&text);
		encode(&quoted, CODING_QUOTED, &text, 0);
		check_lines(&quoted, 76);
		buf_init(&read, 1 << 20);
		decode_quoted(&read, quoted.bytes);
		assert_in_range(read.size, text.size, text.size + 2); /* the last line ends */
		assert_memory_equal(read.bytes, text.bytes, text.size);
		buf_clear(&read);
		encode(&base64, CODING_BASE64, &text, 0);
		check_lines(&base64, 76);
		assert_true(base64_read(&read, base64.bytes));
		assert_int_equal(read.size, text.size);
		assert_memory_equal(read.bytes, text.bytes, text.size);
		buf_free(&read);
		buf_free(&base64);
		buf_free(&quoted);
		buf_free(&text);
		chance = round + 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_of_cutting_gives_the_same),
		cmocka_unit_test(what_was_encoded_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
