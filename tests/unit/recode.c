/* What mail/message.h promises of long lines (RULES.md D4), of 8-bit content (B9) and of the
   Received line. The decoder here shares nothing with the coder. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/crew.h"
#include "base/deadline.h"
#include "base/text.h"
#include "mail/message.h"

/* A header that needs nothing. */
#define FULL  "From: a@b.example\r\nDate: now\r\nMessage-ID: <x>\r\n"
#define PLAIN "MIME-Version: 1.0\r\nContent-Type: text/plain; charset="
#define CTE   "Content-Transfer-Encoding: "
#define MIXED FULL "Content-Type: multipart/mixed; boundary=b\r\n"

static struct arena arena;
static const struct deadline forever = {.at = DEADLINE_NEVER, .cancel_fd = -1};

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct message_want want_made(void)
{
	return (struct message_want){
		.ignore_dots = true,
		.sender = {.local = "a", .domain = "b.example", .kind = DOMAIN_NAME},
		.domain = "b.example",
		.now = 1795168800, /* 2026-11-20 10:00:00 UTC */
		.unique = 0xdeadbeef,
		.temporary_folder = "/tmp",
	};
}

static bool read_with(struct message *m, struct message_want want, const char *input, size_t size,
                      struct status *fault)
{
	want.fd = memfd_create("message", 0);
	assert_true(want.fd >= 0);
	assert_int_equal(write(want.fd, input, size), size);
	lseek(want.fd, 0, SEEK_SET);
	bool good = message_read(m, &want, &arena, forever, fault);
	close(want.fd);
	return good;
}

static void read_bytes(struct message *m, const char *input, size_t size)
{
	struct status fault;

	if (!read_with(m, want_made(), input, size, &fault))
		fail_msg("%s", fault.text);
}

/* All bytes of the message, by message_at. */
static char *bytes_of(const struct message *m)
{
	char *all = arena_get(&arena, m->size + 1);
	char *window = arena_get(&arena, MESSAGE_WINDOW);

	for (uint64_t at = 0; at < m->size;) {
		size_t size = 0;
		const char *piece = message_at(m, at, window, &size);

		assert_non_null(piece);
		memcpy(all + at, piece, size);
		at += size;
	}
	return all;
}

/* The facts that the struct states are those of its bytes, and lines have the form of the wire. */
static void check_facts(const struct message *m, const char *all)
{
	size_t longest = 0, length = 0;
	bool eight_bit = false, in_header = false;

	for (size_t i = 0; i < m->size; i++) {
		eight_bit = eight_bit || (unsigned char)all[i] > 127;
		in_header = in_header || (i < m->header_size && (unsigned char)all[i] > 127);
		length = all[i] == '\n' ? 0 : all[i] == '\r' ? length : length + 1;
		longest = length > longest ? length : longest;
		assert_true(all[i] != '\r' || all[i + 1] == '\n');
		assert_true(all[i] != '\n' || (i && all[i - 1] == '\r'));
	}
	assert_int_equal(m->eight_bit, eight_bit);
	assert_int_equal(m->eight_bit_header, in_header);
	assert_int_equal(m->longest_line, longest);
	assert_true(m->header_size >= 2 && m->header_size <= m->size);
	assert_memory_equal(all + m->header_size - 2, "\r\n", 2);
	assert_true(m->header_size == 2 || !memcmp(all + m->header_size - 4, "\r\n", 2));
}

static const struct message *seven_of(const struct message *m)
{
	struct status fault;
	const struct message *seven = message_seven_bit(m, &arena, &fault);

	if (!seven)
		fail_msg("%s", fault.text);
	assert_true(!seven->eight_bit || m->needs_utf8);
	return seven;
}

static void expect_read(const char *input, const char *output)
{
	struct message m;

	read_bytes(&m, input, strlen(input));
	char *all = bytes_of(&m);
	assert_string_equal(all, output);
	check_facts(&m, all);
	message_close(&m);
}

/* As it is for a server with 8BITMIME, and the other version. */
static void expect_seven(const char *input, const char *output)
{
	struct message m;

	read_bytes(&m, input, strlen(input));
	assert_string_equal(bytes_of(&m), input);
	check_facts(&m, bytes_of(&m));
	const struct message *seven = seven_of(&m);
	char *all = bytes_of(seven);
	assert_string_equal(all, output);
	check_facts(seven, all);
	message_close(&m);
}

/* One field, and what becomes of it. */
static void expect_field(const char *field, const char *output)
{
	expect_seven(arena_printf(&arena, FULL "%s\r\n\r\na\r\n", field),
	             arena_printf(&arena, FULL "%s\r\n\r\na\r\n", output));
}

static char *repeated(char c, size_t count)
{
	char *text = arena_get(&arena, count + 1);

	memset(text, c, count);
	return text;
}

/* ---- long lines ---- */

static void lines_of_998_stay(void **state)
{
	char *text = arena_printf(&arena, FULL "X: %s\r\n\r\n%s\r\n", repeated('x', 995),
	                          repeated('y', 998));

	(void)state;
	expect_read(text, text);
}

static void a_long_line_is_quoted(void **state)
{
	char *x = repeated('x', 75), *y = repeated('y', 924);

	(void)state;
	expect_read(arena_printf(&arena, FULL "\r\n%s%s\r\n=\r\n", x, repeated('x', 924)),
	            arena_printf(&arena,
	                         FULL PLAIN "us-ascii\r\n" CTE "quoted-printable\r\n\r\n"
	                                    "%s=\r\n%s=\r\n%s=\r\n%s=\r\n%s=\r\n%s=\r\n%s=\r\n"
	                                    "%s=\r\n%s=\r\n%s=\r\n%s=\r\n%s=\r\n%s=\r\n%s\r\n"
	                                    "=3D\r\n",
	                         x, x, x, x, x, x, x, x, x, x, x, x, x, repeated('x', 24)));
	struct message m;
	char *text = arena_printf(&arena, FULL "\r\n%s \xc3\xbc\r\n", y);
	text = arena_printf(&arena, "%s%s%s", text, y, y);
	read_bytes(&m, text, strlen(text));
	assert_non_null(strstr(bytes_of(&m), PLAIN "utf-8\r\n" CTE "quoted-printable\r\n\r\nyyy"));
	assert_false(m.eight_bit);
	message_close(&m);
	text[strlen(FULL) + 925] = '\xfc';
	read_bytes(&m, text, strlen(text));
	assert_non_null(strstr(bytes_of(&m), PLAIN "unknown-8bit\r\n" CTE));
	message_close(&m);
}

/* Where is what in the message made of this one? */
static void expect_in_read(const char *input, const char *wanted)
{
	struct message m;

	read_bytes(&m, input, strlen(input));
	char *all = bytes_of(&m);
	check_facts(&m, all);
	if (!strstr(all, wanted))
		fail_msg("\"%s\" is not in \"%s\"", wanted, all);
	message_close(&m);
}

static void the_coding_follows_the_content(void **state)
{
	const char *x = repeated('x', 999), *z = repeated('\x01', 999);

	(void)state;
	expect_in_read(arena_printf(&arena, FULL "\r\n%s\r\n", z), CTE "base64\r\n\r\nAQEB");
	expect_in_read(arena_printf(&arena, FULL "Content-Type: application/json\r\n\r\n%s\r\n", x),
	               "application/json\r\nMIME-Version: 1.0\r\n" CTE "base64\r\n\r\neHh4");
	expect_in_read(arena_printf(&arena, FULL "Content-Type: text/html\r\n" CTE "8bit\r\n\r\n%s",
	                            x),
	               "text/html\r\n" CTE "quoted-printable\r\nMIME-Version: 1.0\r\n\r\nxxx");
	/* Encoded already: only the lines become shorter. */
	expect_in_read(arena_printf(&arena, FULL CTE "base64\r\n\r\n%s\r\n", x),
	               arena_printf(&arena, FULL CTE "base64\r\n\r\n%.76s\r\n%.76s\r\nx", x, x));
	expect_in_read(arena_printf(&arena, FULL CTE "quoted-printable\r\n\r\n%.73s=3D%s\r\n", x, x),
	               arena_printf(&arena,
	                            FULL CTE "quoted-printable\r\n\r\n%.73s=\r\n=3D%.72s=\r\nx", x,
	                            x));
}

static void only_the_part_is_coded(void **state)
{
	const char *x = repeated('x', 999);
	const char *output = arena_printf(&arena,
	                                  MIXED "\r\npreamble\r\n--b\r\n\r\n\xc3\xbc\r\n"
	                                        "--b\r\nContent-Type: text/plain; charset=us-ascii"
	                                        "\r\n" CTE "quoted-printable\r\n\r\n");

	(void)state;
	expect_in_read(arena_printf(&arena,
	                            MIXED "\r\npreamble\r\n--b\r\n\r\n\xc3\xbc\r\n"
	                                  "--b\r\n\r\n%s\r\n--b--\r\n",
	                            x),
	               output);
	expect_in_read(arena_printf(&arena, MIXED "\r\n--b\r\nno header\r\n%s\r\n--b--\r\n", x),
	               MIXED "\r\n--b\r\nContent-Type: text/plain; charset=us-ascii\r\n" CTE
	                     "quoted-printable\r\n\r\nno header\r\nxxx");
	expect_in_read(arena_printf(&arena, MIXED "\r\n%.600s %.600s\r\n--b\r\n\r\na\r\n--b--\r\n", x,
	                            x),
	               arena_printf(&arena, MIXED "\r\n%.600s\r\n %.600s\r\n--b\r\n\r\na\r\n--b--\r\n",
	                            x, x));
}

static void what_must_not_be_coded(void **state)
{
	const char *x = repeated('x', 600);
	const char *text = arena_printf(
		&arena,
		FULL "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
		     "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: %s%s\r\n\r\n%s %s\r\n"
		     "--b--\r\n--s\r\n\r\nsignature\r\n--s--\r\n",
		x, x, x, x);

	(void)state;
	expect_read(text, text);
	expect_in_read(arena_printf(&arena,
	                            MIXED "\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
	                                  "Diagnostic-Code: %s %s\r\n--b--\r\n",
	                            x, x),
	               arena_printf(&arena, "\r\nDiagnostic-Code: %s\r\n %s\r\n--b--\r\n", x, x));
}

static void long_header_lines_are_folded(void **state)
{
	const char *x = repeated('x', 600);

	(void)state;
	expect_read(arena_printf(&arena, FULL "Subject: %s %s\r\n\r\n\xc3\xbc\r\n", x, x),
	            arena_printf(&arena, FULL "Subject: %s\r\n %s\r\n\r\n\xc3\xbc\r\n", x, x));
	expect_read(arena_printf(&arena, FULL "Subject:%s%s\r\n\r\n", x, x),
	            arena_printf(&arena, FULL "Subject:%s%.390s\r\n %.210s\r\n\r\n", x, x, x));
	/* Of an attached message and of its parts too. */
	expect_in_read(arena_printf(&arena,
	                            MIXED "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
	                                  "Subject: %s %s\r\n\r\na\r\n--b--\r\n",
	                            x, x),
	               arena_printf(&arena, "\r\nSubject: %s\r\n %s\r\n\r\na\r\n--b--\r\n", x, x));
}

/* fixtures/callers/cron2.4: a job that writes 200,000 bytes without a line end. */
static void cron(void **state)
{
	static const char header[] = "From: root@b.example (Cron Daemon)\r\nTo: alice@b.example\r\n"
				     "Subject: Cron <alice@lab> head -c 200000 /dev/zero\r\n"
				     "MIME-Version: 1.0\r\nDate: now\r\nMessage-ID: <x>\r\n"
				     "Content-Type: text/plain; charset=UTF-8\r\n";
	struct message m;

	(void)state;
	char *text = arena_printf(&arena, "%s" CTE "8bit\r\nX-Cron-Env: <LOGNAME=alice>\r\n\r\n%s\r\n",
	                          header, repeated('x', 200000));
	read_bytes(&m, text, strlen(text));
	char *all = bytes_of(&m);
	check_facts(&m, all);
	assert_int_equal(m.longest_line, 76);
	assert_memory_equal(all, header, strlen(header));
	assert_non_null(strstr(all, "\r\n" CTE "quoted-printable\r\nX-Cron-Env: <LOGNAME=alice>\r\n\r\nxxx"));
	message_close(&m);
}

/* ---- 8-bit header text ---- */

static void unstructured_fields(void **state)
{
	(void)state;
	/* fixtures/callers/php-mail */
	expect_field("Subject: Subject \xc3\xa9", "Subject: Subject =?utf-8?Q?=C3=A9?=");
	expect_field("Subject: \xc3\xa9 a \xc3\xa9", "Subject: =?utf-8?Q?=C3=A9?= a =?utf-8?Q?=C3=A9?=");
	expect_field("Subject: a_\xc3\xa9 \xc3\xbc?\r\n b", "Subject: =?utf-8?Q?a=5F=C3=A9_=C3=BC=3F?=\r\n b");
	expect_field("Subject: \xc3\xa9\r\n \xc3\xbc", "Subject: =?utf-8?B?w6kgw7w=?=");
	expect_field("Subject:\xc3\xa9", "Subject: =?utf-8?Q?=C3=A9?=");
	expect_field("Subject: J\xf6rg", "Subject: =?unknown-8bit?Q?J=F6rg?=");
	expect_field("Subject: \xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
	             "Subject: =?utf-8?B?0J/RgNC40LLQtdGC?=");
	expect_field("X-Any: (\xc3\xa9)", "X-Any: =?utf-8?Q?=28=C3=A9=29?=");
	/* Blanks between encoded words are not shown, so that ours hold them. */
	expect_field("Subject: =?utf-8?Q?a?= \xc3\xa9 =?utf-8?Q?b?=",
	             "Subject: =?utf-8?Q?a?= =?utf-8?Q?_=C3=A9_?= =?utf-8?Q?b?=");
}

static void long_text_is_folded(void **state)
{
	char field[1000] = "Subject: ";

	(void)state;
	for (int i = 0; i < 30; i++)
		snprintf(field + strlen(field), sizeof field - strlen(field), "%s\xe2\x82\xac",
		         i % 7 ? "aaaaa" : "aaaa ");
	struct message m;
	char *text = arena_printf(&arena, FULL "%s\r\n\r\n", field);
	read_bytes(&m, text, strlen(text));
	const struct message *seven = seven_of(&m);
	assert_in_range(seven->longest_line, 60, 76);
	char *at = strstr(bytes_of(seven), "Subject:");
	for (int words = 0; words < 5; words++) {
		at = strstr(at, "=?utf-8?Q?");
		assert_non_null(at);
		/* A character of three bytes is in one word. */
		at = strstr(at, "?=");
		assert_memory_equal(at + 2, "\r\n ", 3);
		assert_true(!strncmp(at - 9, "=E2=82=AC", 9) || *(at - 1) == 'a' || *(at - 1) == '_');
		at += 5;
	}
	message_close(&m);
}

static void address_fields(void **state)
{
	(void)state;
	expect_field("To: J\xc3\xb6rg M\xc3\xbcller <j@x.example>",
	             "To: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <j@x.example>");
	expect_field("To: \"M\xc3\xbcller, J.\" <j@x.example>, b@x.example",
	             "To: =?utf-8?Q?M=C3=BCller=2C_J=2E?= <j@x.example>, b@x.example");
	expect_field("To: Dr. J\xc3\xb6rg<j@x.example>",
	             "To: Dr. =?utf-8?Q?J=C3=B6rg?= <j@x.example>");
	expect_field("To: j@x.example (J\xc3\xb6rg \\(M.\\) (\xc3\xbc) x),\"\xc3\xa9\"<e@x.example>",
	             "To: j@x.example (=?utf-8?Q?J=C3=B6rg?= \\(M.\\) (=?utf-8?Q?=C3=BC?=) x),\r\n"
	             " =?utf-8?Q?=C3=A9?= <e@x.example>");
	expect_field("Cc: \xc3\x84rzte: a@x.example, B\xc3\xb6 <b@x.example>;, c@x.example",
	             "Cc: =?utf-8?Q?=C3=84rzte?= : a@x.example,\r\n"
	             " =?utf-8?Q?B=C3=B6?= <b@x.example>;, c@x.example");
	expect_field("Cc: \xc3\x84rzte:;", "Cc: =?utf-8?Q?=C3=84rzte?= :;");
	expect_field("Reply-To: \"a b\" <b@x.example> (\xc3\xbc)",
	             "Reply-To: \"a b\" <b@x.example> (=?utf-8?Q?=C3=BC?=)");
	expect_field("To: a@b\xc3\xbc" "cher.example, A (\xc3\xbc <) <b@B\xc3\xbc" "cher.example>",
	             "To: a@xn--bcher-kva.example, A (=?utf-8?Q?=C3=BC?= <) <b@xn--bcher-kva.example>");
	/* No list of addresses: text. */
	expect_field("To: J\xc3\xb6rg <", "To: =?utf-8?Q?J=C3=B6rg?= <");
	expect_field("To: J\xc3\xb6rg M. j@x.example", "To: =?utf-8?Q?J=C3=B6rg?= M. j@x.example");
}

static void parameters(void **state)
{
	(void)state;
	expect_field("Content-Disposition: attachment; filename=\"Pr\xc3\xbc" "fung \\\"1\\\".pdf\"",
	             "Content-Disposition: attachment;\r\n filename*=utf-8''Pr%C3%BCfung%20%221%22.pdf");
	expect_field("Content-Type: text/plain; a=\"b;c\"; name=\xfc; charset=x (\xc3\xbc)",
	             "Content-Type: text/plain; a=\"b;c\"; name*=unknown-8bit''%FC; charset=x\r\n"
	             " =?utf-8?Q?=28=C3=BC=29?=");
	expect_field("Content-Disposition: a; filename*=utf-8''a%20\xc3\xbc",
	             "Content-Disposition: a; filename*=utf-8''a%20%C3%BC");
	expect_field("Content-Disposition: a;\r\n filename*0=\"\xc3\xbc\";\r\n filename*1=\"b\xc3\xbc\"",
	             "Content-Disposition: a;\r\n filename*0*=utf-8''%C3%BC;\r\n filename*1*=b%C3%BC");
	expect_field("Content-Disposition: attachment; filename=\"\xd0\x9f\xd0\x9f\xd0\x9f\xd0\x9f\xd0"
	             "\x9f\xd0\x9f\xd0\x9f\xd0\x9f\xd0\x9f.pdf\"",
	             "Content-Disposition: attachment;\r\n"
	             " filename*0*=utf-8''%D0%9F%D0%9F%D0%9F%D0%9F%D0%9F%D0%9F%D0%9F%D0%9F;\r\n"
	             " filename*1*=%D0%9F.pdf");
}

static void only_a_local_part_needs_utf8(void **state)
{
	struct message m;
	static const struct {
		const char *field;
		bool needs;
	} rows[] = {
		{"Subject: \xc3\xbc", false},
		{"To: \xc3\xbc <u@x.example>", false},
		{"To: u@\xc3\xbc.example", false},
		{"To: \xc3\xbc a b", false},
		{"X-To: \xc3\xbc@x.example", false},
		{"To: \xc3\xbc@x.example", true},
		{"Resent-Cc: a, G: \"\xc3\xbc\" <\"\xc3\xbc b\"@x.example>;", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = arena_printf(&arena, FULL "%s\r\n\r\n", rows[i].field);
		read_bytes(&m, text, strlen(text));
		if (m.needs_utf8 != rows[i].needs)
			fail_msg("%s", rows[i].field);
		assert_true(m.eight_bit_header && m.eight_bit);
		const struct message *seven = seven_of(&m);
		assert_int_equal(seven->eight_bit, rows[i].needs);
		assert_int_equal(seven->eight_bit_header, rows[i].needs);
		assert_ptr_equal(seven_of(seven), seven);
		message_close(&m);
	}
	/* In an attached message it is text: it must not stop the message. */
	expect_seven(MIXED "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nTo: \xc3\xbc@x.example\r\n"
	                   "\r\n--b--\r\n",
	             MIXED "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
	                   "To: =?utf-8?B?w7xAeC5leGFtcGxl?=\r\n\r\n--b--\r\n");
}

/* ---- 8-bit bodies ---- */

static void ascii_has_no_other_version(void **state)
{
	struct message m;

	(void)state;
	read_bytes(&m, FULL CTE "8bit\r\n\r\na\r\n", strlen(FULL CTE "8bit\r\n\r\na\r\n"));
	assert_ptr_equal(seven_of(&m), &m);
	assert_null(m.seven);
	message_close(&m);
}

static void bodies(void **state)
{
	(void)state;
	expect_seven(FULL "\r\nJ\xc3\xb6rg\r\n",
	             FULL PLAIN "utf-8\r\n" CTE "quoted-printable\r\n\r\nJ=C3=B6rg\r\n");
	expect_seven(FULL "\r\n\xd0\x9f\xd1\x80\r\n",
	             FULL PLAIN "utf-8\r\n" CTE "base64\r\n\r\n0J/RgA0K\r\n");
	expect_seven(FULL "Content-Type: text/plain; charset=koi8-r\r\n" CTE "8bit\r\n"
	                  "MIME-Version: 1.0\r\n\r\nabcdef \xc0\r\n",
	             FULL "Content-Type: text/plain; charset=koi8-r\r\n" CTE "quoted-printable\r\n"
	                  "MIME-Version: 1.0\r\n\r\nabcdef =C0\r\n");
	expect_seven(FULL "Subject: \xc3\xbc\r\n" CTE "8bit\r\n\r\na\r\n",
	             FULL "Subject: =?utf-8?Q?=C3=BC?=\r\n" CTE "7bit\r\n\r\na\r\n");
	expect_seven(FULL CTE "base64\r\n\r\nYWJj\r\n\xc3\xbc footer\r\n",
	             FULL CTE "base64\r\n\r\nYWJj\r\n?? footer\r\n");
	expect_seven(FULL CTE "quoted-printable\r\n\r\na=3D\xc3\xbc\r\n",
	             FULL CTE "quoted-printable\r\n\r\na=3D=C3=BC\r\n");
}

static void parts(void **state)
{
	(void)state;
	expect_seven(
		MIXED CTE "8bit\r\n\r\npre\xc3\xbc\r\n--b\r\nContent-Type: image/png\r\n\r\n\xff\xd8\r\n"
		      "--b\r\n\r\nascii\r\n--b  \r\nContent-Type: text/plain\r\n\r\nJ\xc3\xb6rg M.\r\n"
		      "--b--\r\nepilogue\r\n",
		MIXED CTE "7bit\r\n\r\npre=C3=BC\r\n--b\r\nContent-Type: image/png\r\n" CTE
		          "base64\r\n\r\n/9g=\r\n--b\r\n\r\nascii\r\n--b  \r\nContent-Type: text/plain\r\n"
		          CTE "quoted-printable\r\n\r\nJ=C3=B6rg M.\r\n--b--\r\nepilogue\r\n");
	/* An outer boundary ends the inner multipart, and "--bc" is not "--b". */
	expect_seven(
		MIXED "\r\n--b\r\nContent-Type: multipart/digest; boundary=bc\r\n\r\n--bc\r\n\r\n"
		      "Subject: \xc3\xbc\r\n\r\nabcdef\xc3\xbc\r\n--b\r\n\r\nabcdef\xc3\xbc\r\n--bc\r\n",
		MIXED "\r\n--b\r\nContent-Type: multipart/digest; boundary=bc\r\n\r\n--bc\r\n\r\n"
		      "Subject: =?utf-8?Q?=C3=BC?=\r\n" PLAIN "utf-8\r\n" CTE "quoted-printable\r\n\r\n"
		      "abcdef=C3=BC\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n" CTE
		      "quoted-printable\r\n\r\nabcdef=C3=BC\r\n-=2Dbc\r\n");
	/* A signature over 8-bit bytes breaks: RFC 1847 2.1 does not allow it. */
	expect_seven(FULL "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nabcdef\xc3\xbc\r\n"
	                  "--s\r\n\r\nsignature\r\n--s--\r\n",
	             FULL "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
	                  "Content-Type: text/plain; charset=utf-8\r\n" CTE "quoted-printable\r\n\r\n"
	                  "abcdef=C3=BC\r\n--s\r\n\r\nsignature\r\n--s--\r\n");
}

static void odd_parts(void **state)
{
	(void)state;
	/* A mailbox's line before an attached message. */
	expect_seven(FULL "Content-Type: message/rfc822\r\n\r\nFrom x 10:00\r\nSubject: \xc3\xbc\r\n\r\nabc",
	             FULL "Content-Type: message/rfc822\r\n\r\nFrom x 10:00\r\n"
	                  "Subject: =?utf-8?Q?=C3=BC?=\r\n\r\nabc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lines_of_998_stay, forget),
		cmocka_unit_test_teardown(a_long_line_is_quoted, forget),
		cmocka_unit_test_teardown(the_coding_follows_the_content, forget),
		cmocka_unit_test_teardown(only_the_part_is_coded, forget),
		cmocka_unit_test_teardown(what_must_not_be_coded, forget),
		cmocka_unit_test_teardown(long_header_lines_are_folded, forget),
		cmocka_unit_test_teardown(cron, forget),
		cmocka_unit_test_teardown(unstructured_fields, forget),
		cmocka_unit_test_teardown(long_text_is_folded, forget),
		cmocka_unit_test_teardown(address_fields, forget),
		cmocka_unit_test_teardown(parameters, forget),
		cmocka_unit_test_teardown(only_a_local_part_needs_utf8, forget),
		cmocka_unit_test_teardown(ascii_has_no_other_version, forget),
		cmocka_unit_test_teardown(bodies, forget),
		cmocka_unit_test_teardown(parts, forget),
		cmocka_unit_test_teardown(odd_parts, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
