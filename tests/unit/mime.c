/* What mail/mime.h, mail/charset.h and mail/encode.h promise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/charset.h"
#include "mail/encode.h"
#include "mail/mime.h"

static struct mime read_mime(const char *header)
{
	struct mime mime;

	mime_read(&mime, header, strlen(header), false);
	return mime;
}

static void expect_boundary(const char *header, const char *boundary)
{
	struct mime mime = read_mime(header);

	assert_int_equal(mime.kind, MIME_MULTIPART);
	assert_int_equal(mime.boundary_size, strlen(boundary));
	assert_memory_equal(mime.boundary, boundary, mime.boundary_size);
}

static void kinds(void **state)
{
	static const struct {
		const char *header;
		enum mime_kind kind;
		bool text, rigid;
	} rows[] = {
		{"", MIME_LEAF, true, false},
		{"Content-Type: text/plain\r\n", MIME_LEAF, true, false},
		{"content-type :\r\n\tTEXT/html; charset=x\r\n", MIME_LEAF, true, false},
		{"Content-Type: text\r\n", MIME_LEAF, true, false},
		{"Content-Type: nonsense\r\n", MIME_LEAF, true, false},
		{"Content-Type: (c) image (d)/(e) png\r\n", MIME_LEAF, false, false},
		{"Content-Type: application/json\r\n", MIME_LEAF, false, false},
		{"Content-Type: message/rfc822\r\n", MIME_MESSAGE, true, false},
		{"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n", MIME_LEAF,
	         true, false},
		{"Content-Type: message/partial; id=x\r\n", MIME_LEAF, true, true},
		{"Content-Type: message/delivery-status\r\n", MIME_LEAF, true, true},
		{"Content-Type: message/global\r\n", MIME_LEAF, true, false},
		{"Content-Type: message/global-delivery-status\r\n", MIME_LEAF, true, false},
		{"Content-Type: multipart/mixed\r\n", MIME_LEAF, true, true},
		{"Content-Type: multipart/mixed; boundary=\"\"\r\n", MIME_LEAF, true, true},
		{"Content-Type: text/plain; boundary=b\r\n", MIME_LEAF, true, false},
		{"Content-Type:\r\nContent-Type: image/png\r\n", MIME_LEAF, false, false},
		{"Content-Type: image/png\r\nContent-Type: text/plain\r\n", MIME_LEAF, false,
	         false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mime mime = read_mime(rows[i].header);

		if (mime.kind != rows[i].kind || mime.text != rows[i].text ||
		    mime.rigid != rows[i].rigid)
			fail_msg("%s: kind %d, text %d, rigid %d", rows[i].header, mime.kind,
			         mime.text, mime.rigid);
	}
}

static void multiparts(void **state)
{
	char header[400] = "Content-Type: multipart/mixed; boundary=";
	size_t size = strlen(header);

	(void)state;
	expect_boundary("Content-Type: multipart/mixed; boundary=ab\r\n", "ab");
	expect_boundary("Content-Type: multipart/mixed;\r\n\tBOUNDARY = \"a b:=/?\"\r\n",
	                "a b:=/?");
	expect_boundary("Content-Type: multipart/mixed; boundary=----=_P/1_2.3; x=y\r\n",
	                "----=_P/1_2.3");
	expect_boundary("Content-Type: multipart/mixed; boundary=\"a\\\"b \"\r\n", "a\"b");
	expect_boundary("Content-Type: multipart/x; a=\"; boundary=no\"; (;) boundary=b (c)\r\n",
	                "b");
	expect_boundary("Content-Type: multipart/x; boundary*0=\"ab\";\r\n boundary*1=cd\r\n",
	                "abcd");
	expect_boundary("Content-Type: multipart/x; boundary=\"unclosed\r\n", "unclosed");
	assert_true(read_mime("Content-Type: multipart/signed; boundary=b\r\n").is_signed);
	assert_true(read_mime("Content-Type: Multipart/Digest; boundary=b\r\n").digest);
	memset(header + size, 'b', MIME_BOUNDARY_MAX);
	expect_boundary(header, header + size);
	header[size + MIME_BOUNDARY_MAX] = 'b';
	assert_int_equal(read_mime(header).kind, MIME_LEAF);
}

static void a_part_of_a_digest(void **state)
{
	struct mime mime;

	(void)state;
	mime_read(&mime, "", 0, true);
	assert_int_equal(mime.kind, MIME_MESSAGE);
	mime_read(&mime, "Content-Type: text/plain\r\n", 26, true);
	assert_int_equal(mime.kind, MIME_LEAF);
}

static void encodings(void **state)
{
	(void)state;
	assert_int_equal(read_mime("").encoding, MIME_IDENTITY);
	assert_int_equal(read_mime("Content-Transfer-Encoding: BASE64\r\n").encoding, MIME_BASE64);
	assert_int_equal(
		read_mime("Content-Transfer-Encoding:\r\n (c)Quoted-Printable;\r\n").encoding,
		MIME_QUOTED);
	assert_int_equal(read_mime("Content-Transfer-Encoding: x-uuencode\r\n").encoding,
	                 MIME_IDENTITY);
	assert_true(read_mime("Content-Transfer-Encoding: 8bit\r\n").wide);
	assert_true(read_mime("Content-Transfer-Encoding: Binary\r\n").wide);
	assert_false(read_mime("Content-Transfer-Encoding: 7bit\r\n").wide);
}

static void expect_label(const char *header, struct mime_label label, const char *output)
{
	struct buf out;

	buf_init(&out, 10000);
	mime_label(&out, header, strlen(header), &label);
	assert_string_equal(out.bytes, output);
	buf_free(&out);
}

static void labels(void **state)
{
	struct mime_label narrow = {.encoding = "7bit"};
	struct mime_label part = {.encoding = "base64", .charset = "utf-8"};
	struct mime_label whole = {.encoding = "base64", .charset = "utf-8", .version = true};

	(void)state;
	expect_label("", narrow, "Content-Transfer-Encoding: 7bit\r\n");
	expect_label("A: b\r\ncontent-transfer-encoding : x\r\n y\r\nC: d\r\n"
	             "Content-Transfer-Encoding: z\r\n",
	             narrow, "A: b\r\nContent-Transfer-Encoding: 7bit\r\nC: d\r\n");
	expect_label("A: b\r\n", part,
	             "A: b\r\nContent-Type: text/plain; charset=utf-8\r\n"
	             "Content-Transfer-Encoding: base64\r\n");
	expect_label("A: b\r\n", whole,
	             "A: b\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	             "Content-Transfer-Encoding: base64\r\n");
	expect_label("mime-version: 1.0\r\nContent-Type: a/b\r\n", whole,
	             "mime-version: 1.0\r\nContent-Type: a/b\r\n"
	             "Content-Transfer-Encoding: base64\r\n");
}

/* The name that the bytes get, the same when they come one at a time. */
static const char *name_of(const char *text)
{
	struct charset whole = {0}, crumbs = {0};

	charset_take(&whole, text, strlen(text));
	for (; *text; text++)
		charset_take(&crumbs, text, 1);
	assert_string_equal(charset_name(&whole), charset_name(&crumbs));
	return charset_name(&whole);
}

static void charsets(void **state)
{
	static const char *const broken[] = {"\xfc",         "\xc3",         "\xc3(",
	                                     "\x80",         "\xc0\x80",     "\xe0\x9f\xbf",
	                                     "\xed\xa0\x80", "\xf0\x8f\xbf", "\xf4\x90\x80",
	                                     "\xff",         "\xe2\x82",     "\xf5\x80\x80",
	                                     "a\xc3\xbc\xfc"};

	(void)state;
	assert_string_equal(name_of(""), "us-ascii");
	assert_string_equal(name_of("a\x1b\x7f"), "us-ascii");
	assert_string_equal(name_of("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf"), "utf-8");
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_string_equal(name_of(broken[i]), "unknown-8bit");
	assert_int_equal(charset_character("\xe2\x82\xac"
	                                   "a",
	                                   4),
	                 3);
	assert_int_equal(charset_character("\xe2\x82", 2), 1);
	assert_int_equal(charset_character("\xe2(", 2), 1);
	assert_int_equal(charset_character("ab", 2), 1);
}

static void encode_steps(struct buf *out, enum coding coding, const char *text, size_t size,
                         size_t step)
{
	struct encoder encoder;

	buf_init(out, 100000);
	encode_begin(&encoder, coding);
	for (size_t i = 0; i < size; i += step)
		encode_take(&encoder, out, text + i, size - i < step ? size - i : step);
	encode_end(&encoder, out);
	assert_false(out->failed);
}

static void expect_encoded(enum coding coding, const char *text, size_t size, const char *output)
{
	for (size_t step = 1; step <= size; step = 3 * step + 1) {
		struct buf out;

		encode_steps(&out, coding, text, size, step);
		assert_string_equal(out.bytes ? out.bytes : "", output);
		buf_free(&out);
	}
}

static void quoted_printable(void **state)
{
	static const char line76[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa--b";

	(void)state;
#define QUOTED(text, output) expect_encoded(CODING_QUOTED, text, sizeof(text) - 1, output)
	QUOTED("a\r\nb\r\n", "a\r\nb\r\n");
	QUOTED("\r\n\r\n", "\r\n\r\n");
	QUOTED("J\xc3\xb6rg = 1 \r\n\t\r\n", "J=C3=B6rg =3D 1=20\r\n=09\r\n");
	QUOTED("a \tb\x1b\x7f\r\n", "a \tb=1B=7F\r\n");
	QUOTED("a ", "a=20\r\n");
	/* Neither line may be taken for a boundary. */
	QUOTED("--b\r\n-b\r\n---\r\n", "-=2Db\r\n-b\r\n-=2D-\r\n");
	expect_encoded(
		CODING_QUOTED, line76, 77,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-=\r\n"
		"-b\r\n");
	expect_encoded(CODING_QUOTED, line76 + 74, 3, "-=2Db\r\n");
	expect_encoded(
		CODING_QUOTED_AGAIN, line76, 77,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-=\r\n"
		"-b\r\n");
	expect_encoded(CODING_QUOTED_AGAIN, "a=\r\n=3D\xfc \r\n", 12, "a=\r\n=3D=FC \r\n");
}

static void base64(void **state)
{
	char text[58];

	(void)state;
	expect_encoded(CODING_BASE64, "a", 1, "YQ==\r\n");
	expect_encoded(CODING_BASE64, "ab", 2, "YWI=\r\n");
	expect_encoded(CODING_BASE64, "abc", 3, "YWJj\r\n");
	expect_encoded(CODING_BASE64, "\xff\0\r\n", 4, "/wANCg==\r\n");
	memset(text, 0, sizeof text);
	expect_encoded(
		CODING_BASE64, text, 57,
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n");
	expect_encoded(
		CODING_BASE64, text, 58,
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
		"AA==\r\n");
	expect_encoded(CODING_BASE64_AGAIN, "YW\r\nJj\xfc\r\n", 9, "YW\r\nJj?\r\n");
}

/* Before, count times c, behind. */
static void text_make(char *text, const char *before, char c, size_t count, const char *behind)
{
	size_t size = strlen(before);

	memcpy(text, before, size);
	memset(text + size, c, count);
	memcpy(text + size + count, behind, strlen(behind) + 1);
}

/* What stands before and behind count times c, and the same in the output. */
static void expect_folded(const char *before, char c, size_t count, const char *behind,
                          const char *out_before, size_t out_count, const char *out_behind)
{
	char text[4000], wanted[4000];

	text_make(text, before, c, count, behind);
	text_make(wanted, out_before, c, out_count, out_behind);
	expect_encoded(CODING_FOLDED, text, strlen(text), wanted);
}

static void folding(void **state)
{
	(void)state;
	expect_folded("a b\r\n\r\n", 'c', 1, " \r\n", "a b\r\n\r\n", 1, " \r\n");
	expect_folded("", 'a', 998, "\r\n", "", 998, "\r\n");
	expect_folded("", 'a', 998, " b\r\n", "", 998, "\r\n b\r\n");
	expect_folded("aa bb ", 'c', 996, "\r\n", "aa bb\r\n ", 996, "\r\n");
	expect_folded("aa", ' ', 999, "b\r\n", "aa", 995, "\r\n b\r\n");
	/* Without a blank it is cut, but inside no character. */
	expect_folded("", 'a', 999, "\r\n", "", 998, "\r\n a\r\n");
	expect_folded("", 'a', 997, "\xc3\xbc\r\n", "", 997, "\r\n \xc3\xbc\r\n");
	expect_folded("", 'a', 995, "\xf0\x9f\x98\x80\r\n", "", 995, "\r\n \xf0\x9f\x98\x80\r\n");
	expect_folded("", '\xbf', 999, "\r\n", "", 998, "\r\n \xbf\r\n");
	/* No line of nothing but blanks is made. */
	expect_folded("", 'a', 998, "   \r\n", "", 998, "\r\n");
	expect_folded("a", ' ', 3000, "\r\n", "a", 997, "\r\n");
	expect_folded("A: ", 'b', 998, "\r\n", "A:\r\n ", 997, "\r\n b\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(multiparts),
		cmocka_unit_test(a_part_of_a_digest),
		cmocka_unit_test(encodings),
		cmocka_unit_test(labels),
		cmocka_unit_test(charsets),
		cmocka_unit_test(quoted_printable),
		cmocka_unit_test(base64),
		cmocka_unit_test(folding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
