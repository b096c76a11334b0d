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

/* The facts that the struct states are those of its bytes, and lines have the form of the wire. The
   size of the longest. */
static size_t check_facts(const struct message *m, const char *all)
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
	assert_true(m->header_size >= 2 && m->header_size <= m->size);
	assert_memory_equal(all + m->header_size - 2, "\r\n", 2);
	assert_true(m->header_size == 2 || !memcmp(all + m->header_size - 4, "\r\n", 2));
	return longest;
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
	expect_in_read(arena_printf(&arena, FULL CTE "quoted-printable\r\n\r\n%.73s=3D%s\r\n", x,
	                            x),
	               arena_printf(&arena,
	                            FULL CTE "quoted-printable\r\n\r\n%.73s=\r\n=3D%.72s=\r\nx", x,
	                            x));
}

static void only_the_part_is_coded(void **state)
{
	const char *x = repeated('x', 999);
	const char *output =
		arena_printf(&arena, MIXED "\r\npreamble\r\n--b\r\n\r\n\xc3\xbc\r\n"
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
	expect_in_read(arena_printf(&arena, MIXED "\r\n%.600s %.600s\r\n--b\r\n\r\na\r\n--b--\r\n",
	                            x, x),
	               arena_printf(&arena,
	                            MIXED "\r\n%.600s\r\n %.600s\r\n--b\r\n\r\na\r\n--b--\r\n", x,
	                            x));
}

static void what_must_not_be_coded(void **state)
{
	const char *x = repeated('x', 600);
	const char *text = arena_printf(
		&arena,
		FULL
		"Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
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
	char *text =
		arena_printf(&arena, "%s" CTE "8bit\r\nX-Cron-Env: <LOGNAME=alice>\r\n\r\n%s\r\n",
	                     header, repeated('x', 200000));
	read_bytes(&m, text, strlen(text));
	char *all = bytes_of(&m);
	assert_int_equal(check_facts(&m, all), 76);
	assert_memory_equal(all, header, strlen(header));
	assert_non_null(strstr(all, "\r\n" CTE
	                            "quoted-printable\r\nX-Cron-Env: <LOGNAME=alice>\r\n\r\nxxx"));
	message_close(&m);
}

/* ---- 8-bit header text ---- */

static void unstructured_fields(void **state)
{
	(void)state;
	/* fixtures/callers/php-mail */
	expect_field("Subject: Subject \xc3\xa9", "Subject: Subject =?utf-8?Q?=C3=A9?=");
	expect_field("Subject: \xc3\xa9 a \xc3\xa9",
	             "Subject: =?utf-8?Q?=C3=A9?= a =?utf-8?Q?=C3=A9?=");
	expect_field("Subject: a_\xc3\xa9 \xc3\xbc?\r\n b",
	             "Subject: =?utf-8?Q?a=5F=C3=A9_=C3=BC=3F?=\r\n b");
	expect_field("Subject: \xc3\xa9\r\n \xc3\xbc", "Subject: =?utf-8?Q?=C3=A9_=C3=BC?=");
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
	assert_in_range(check_facts(seven, bytes_of(seven)), 60, 76);
	char *at = strstr(bytes_of(seven), "Subject:");
	for (int words = 0; words < 5; words++) {
		at = strstr(at, "=?utf-8?Q?");
		assert_non_null(at);
		/* A character of three bytes is in one word. */
		at = strstr(at, "?=\r\n ");
		assert_non_null(at);
		assert_true(!strncmp(at - 9, "=E2=82=AC", 9) || *(at - 1) == 'a' ||
		            *(at - 1) == '_');
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
	expect_field(
		"To: j@x.example (J\xc3\xb6rg \\(M.\\) (\xc3\xbc) x),\"\xc3\xa9\"<e@x.example>",
		"To: j@x.example (=?utf-8?Q?J=C3=B6rg?= \\(M.\\) (\r\n"
		" =?utf-8?Q?=C3=BC?=) x), =?utf-8?Q?=C3=A9?= <e@x.example>");
	expect_field("Cc: \xc3\x84rzte: a@x.example, B\xc3\xb6 <b@x.example>;, c@x.example",
	             "Cc: =?utf-8?Q?=C3=84rzte?= : a@x.example,\r\n"
	             " =?utf-8?Q?B=C3=B6?= <b@x.example>;, c@x.example");
	expect_field("Cc: \xc3\x84rzte:;", "Cc: =?utf-8?Q?=C3=84rzte?= :;");
	expect_field("Reply-To: \"a b\" <b@x.example> (\xc3\xbc)",
	             "Reply-To: \"a b\" <b@x.example> (=?utf-8?Q?=C3=BC?=)");
	expect_field(
		"To: a@b\xc3\xbc"
		"cher.example, A (\xc3\xbc <) <b@B\xc3\xbc"
		"cher.example>",
		"To: a@xn--bcher-kva.example, A (=?utf-8?Q?=C3=BC?= <) <b@xn--bcher-kva.example>");
	/* A domain that has no A-labels. */
	expect_field("To: A <a@\xc3\xbc%>, <b@x.example>", "To: A <a@invalid>, <b@x.example>");
	/* No list of addresses: text. */
	expect_field("To: J\xc3\xb6rg <", "To: =?utf-8?Q?J=C3=B6rg?= <");
	expect_field("To: J\xc3\xb6rg M. j@x.example", "To: =?utf-8?Q?J=C3=B6rg?= M. j@x.example");
}

static void parameters(void **state)
{
	(void)state;
	expect_field(
		"Content-Disposition: attachment; filename=\"Pr\xc3\xbc"
		"fung \\\"1\\\".pdf\"",
		"Content-Disposition: attachment; filename*=utf-8''Pr%C3%BCfung%20%221%22.pdf");
	expect_field("Content-Type: text/plain; a=\"b;c\"; name=\xfc; charset=x (\xc3\xbc)",
	             "Content-Type: text/plain; a=\"b;c\"; name*=unknown-8bit''%FC; charset=x\r\n"
	             " =?utf-8?Q?=28=C3=BC=29?=");
	expect_field("Content-Disposition: a; filename*=utf-8''a%20\xc3\xbc",
	             "Content-Disposition: a; filename*=utf-8''a%20%C3%BC");
	expect_field(
		"Content-Disposition: a;\r\n filename*0=\"\xc3\xbc\";\r\n filename*1=\"b\xc3\xbc\"",
		"Content-Disposition: a;\r\n filename*0*=utf-8''%C3%BC;\r\n filename*1*=b%C3%BC");
	expect_field(
		"Content-Disposition: attachment; filename=\"\xd0\x9f\xd0\x9f\xd0\x9f\xd0\x9f\xd0"
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
		{"To: u@\xc3\xbc%", false},
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
	expect_seven(MIXED
	             "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nTo: \xc3\xbc@x.example\r\n"
	             "\r\n--b--\r\n",
	             MIXED "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
	                   "To: =?utf-8?Q?=C3=BC=40x=2Eexample?=\r\n\r\n--b--\r\n");
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
		MIXED CTE
		"8bit\r\n\r\npre\xc3\xbc\r\n--b\r\nContent-Type: image/png\r\n\r\n\xff\xd8\r\n"
		"--b\r\n\r\nascii\r\n--b  \r\nContent-Type: text/plain\r\n\r\nJ\xc3\xb6rg M.\r\n"
		"--b--\r\nepilogue\r\n",
		MIXED CTE "7bit\r\n\r\npre=C3=BC\r\n--b\r\nContent-Type: image/png\r\n" CTE
			  "base64\r\n\r\n/9g=\r\n--b\r\n\r\nascii\r\n--b  \r\n"
			  "Content-Type: text/plain\r\n" CTE
			  "quoted-printable\r\n\r\nJ=C3=B6rg M.\r\n--b--\r\nepilogue\r\n");
	/* An outer boundary ends the inner multipart, and "--bc" is not "--b". */
	expect_seven(
		MIXED
		"\r\n--b\r\nContent-Type: multipart/digest; boundary=bc\r\n\r\n--bc\r\n\r\n"
		"Subject: \xc3\xbc\r\n\r\nabcdef\xc3\xbc\r\n--b\r\n\r\nabcdef\xc3\xbc\r\n--bc\r\n",
		MIXED "\r\n--b\r\nContent-Type: multipart/digest; boundary=bc\r\n\r\n--bc\r\n\r\n"
		      "Subject: =?utf-8?Q?=C3=BC?=\r\n" PLAIN "utf-8\r\n" CTE
		      "quoted-printable\r\n\r\n"
		      "abcdef=C3=BC\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n" CTE
		      "quoted-printable\r\n\r\nabcdef=C3=BC\r\n-=2Dbc\r\n");
	/* A signature over 8-bit bytes breaks: RFC 1847 2.1 does not allow it. */
	expect_seven(
		FULL
		"Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nabcdef\xc3\xbc\r\n"
		"--s\r\n\r\nsignature\r\n--s--\r\n",
		FULL "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
		     "Content-Type: text/plain; charset=utf-8\r\n" CTE "quoted-printable\r\n\r\n"
		     "abcdef=C3=BC\r\n--s\r\n\r\nsignature\r\n--s--\r\n");
}

static void odd_parts(void **state)
{
	(void)state;
	/* A mailbox's line before an attached message. */
	expect_seven(FULL "Content-Type: message/rfc822\r\n\r\n"
	                  "From x 10:00\r\nSubject: \xc3\xbc\r\n\r\nabc\r\n",
	             FULL "Content-Type: message/rfc822\r\n\r\n"
	                  "From x 10:00\r\nSubject: =?utf-8?Q?=C3=BC?=\r\n\r\nabc\r\n");
	/* A part that is all header, and one without. */
	expect_seven(MIXED "\r\n--b\r\n" CTE "8bit\r\n--b\r\nno field\xc3\xbc\r\n--b--\r\n",
	             MIXED "\r\n--b\r\n" CTE "7bit\r\n\r\n--b\r\n"
	                   "Content-Type: text/plain; charset=utf-8\r\n" CTE
	                   "quoted-printable\r\n\r\nno field=C3=BC\r\n--b--\r\n");
	/* Parts that nobody can tell apart. */
	expect_seven(FULL "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nabcdef\xc3\xbc\r\n",
	             FULL "Content-Type: multipart/mixed\r\nMIME-Version: 1.0\r\n" CTE
	                  "quoted-printable\r\n\r\n-=2Db\r\n\r\nabcdef=C3=BC\r\n");
}

/* Multiparts inside each other, more than anybody means: in ASCII all the same. */
static void deep_parts(void **state)
{
	char *text = repeated('\0', 100000);
	struct message m;
	size_t size = (size_t)snprintf(text, 100, FULL);

	(void)state;
	for (int i = 0; i < 300; i++)
		size += (size_t)snprintf(
			text + size, 200,
			"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	size += (size_t)snprintf(text + size, 200,
	                         "\r\n\xc3\xbc\r\n--b50--\r\n--b49\r\n\r\n\xff\r\n");
	read_bytes(&m, text, size);
	const struct message *seven = seven_of(&m);
	check_facts(seven, bytes_of(seven));
	assert_non_null(strstr(bytes_of(seven), "\r\n=C3=BC\r\n--b50--\r\n--b49\r\nContent-Type:"));
	message_close(&m);
}

/* ---- an independent reader ---- */

/* Bytes that grow in the arena of the test. */
struct text {
	char *bytes;
	size_t size, room;
};

static void add(struct text *t, const char *bytes, size_t size)
{
	if (t->size + size + 1 > t->room) {
		char *larger = arena_get(&arena, t->room = 2 * (t->size + size + 1));

		if (t->size)
			memcpy(larger, t->bytes, t->size);
		t->bytes = larger;
	}
	memcpy(t->bytes + t->size, bytes, size);
	t->bytes[t->size += size] = '\0';
}

static void add_text(struct text *t, const char *text)
{
	add(t, text, strlen(text));
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Lines lose the blanks at their end, "=" there joins two. underscore: RFC 2047 4.2. */
static void decode_quoted(struct text *t, const char *p, size_t size, bool underscore)
{
	for (size_t i = 0, blanks = 0; i < size; i++) {
		char c = p[i];

		if (c == ' ' || c == '\t') {
			blanks++;
			continue;
		}
		if (c == '\r')
			blanks = 0;
		add(t, p + i - blanks, blanks);
		blanks = 0;
		if (c == '=' && i + 2 < size && p[i + 1] == '\r') {
			i += 2;
			continue;
		}
		if (c == '=' && i + 2 < size && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			c = (char)(hex(p[i + 1]) << 4 | hex(p[i + 2]));
			i += 2;
		} else if (c == '_' && underscore) {
			c = ' ';
		}
		add(t, &c, 1);
	}
}

static void decode_base64(struct text *t, const char *p, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned held = 0, bits = 0;

	for (size_t i = 0; i < size; i++) {
		const char *digit = p[i] ? strchr(digits, p[i]) : NULL;

		if (!digit)
			continue;
		held = (held << 6 | (unsigned)(digit - digits)) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			char c = (char)(held >> (bits -= 8));
			add(t, &c, 1);
		}
	}
}

/* One encoded word at p; returns its size, 0 when there is none. */
static size_t decode_word(struct text *t, const char *p)
{
	const char *charset_end = strncmp(p, "=?", 2) == 0 ? strchr(p + 2, '?') : NULL;
	const char *end = charset_end ? strstr(charset_end + 3, "?=") : NULL;

	if (!end)
		return 0;
	assert_true(end + 2 - p <= 75);
	if (charset_end[1] == 'Q')
		decode_quoted(t, charset_end + 3, (size_t)(end - charset_end - 3), true);
	else
		decode_base64(t, charset_end + 3, (size_t)(end - charset_end - 3));
	return (size_t)(end + 2 - p);
}

/* Unfolded, blanks between encoded words gone. */
static void decode_text(struct text *t, const char *p, size_t size)
{
	struct text flat = {0};
	bool after_word = false;

	for (size_t i = 0; i < size; i++) {
		if (p[i] != '\r' && p[i] != '\n')
			add(&flat, p + i, 1);
	}
	for (size_t i = 0; i < flat.size;) {
		size_t blanks = strspn(flat.bytes + i, " \t");
		bool is_word = strncmp(flat.bytes + i + blanks, "=?", 2) == 0;

		if (!(after_word && is_word))
			add(t, flat.bytes + i, blanks);
		size_t word = decode_word(t, flat.bytes + i + blanks);
		after_word = word > 0;
		if (!word)
			add(t, flat.bytes + i + blanks, word = flat.bytes[i + blanks] ? 1 : 0);
		i += blanks + word;
	}
}

/* The value of the field in a header that ends with an empty line; NULL for none. */
static const char *field_value(const char *header, size_t size, const char *name)
{
	for (const char *line = header; line < header + size; line = strstr(line, "\r\n") + 2) {
		if (text_begins(line, name) && line[strlen(name)] == ':')
			return line + strlen(name) + 1 + strspn(line + strlen(name) + 1, " ");
	}
	return NULL;
}

static const char *find(const char *p, const char *end, const char *what)
{
	return memmem(p, (size_t)(end - p), what, strlen(what));
}

static void read_entity(struct text *t, const char *p, const char *end, const char *limit);

/* All parts, in brackets. p is the line end before the body. */
static void read_parts(struct text *t, const char *p, const char *end, const char *type)
{
	const char *name = strstr(type, "boundary=") + strlen("boundary=");
	const char *mark = arena_printf(&arena, "\r\n--%.*s", (int)strcspn(name, "\r;"), name);
	const char *part = NULL;

	while ((p = find(p, end, mark))) {
		const char *after = p + strlen(mark);

		if (strncmp(after, "\r\n", 2) == 0 || strncmp(after, "--\r\n", 4) == 0) {
			add_text(t, "[");
			if (part)
				read_entity(t, part, p, p + 2);
			add_text(t, "]");
			part = after + 2;
			if (*after == '-')
				return;
		}
		p++;
	}
	fail_msg("multipart without end");
}

/* What a message or part says, whatever its encodings: its subject, type and content. Behind that
   and before limit may be the line end that belongs to a delimiter. */
static void read_entity(struct text *t, const char *p, const char *end, const char *limit)
{
	const char *gap = strncmp(p, "\r\n", 2) == 0 ? p - 2 : find(p, limit, "\r\n\r\n");
	size_t header = (size_t)(gap + 2 - p);
	const char *type = field_value(p, header, "Content-Type");
	const char *encoding = field_value(p, header, "Content-Transfer-Encoding");
	const char *subject = field_value(p, header, "Subject");
	size_t size = end > gap + 4 ? (size_t)(end - gap - 4) : 0;

	if (subject)
		decode_text(t, subject, (size_t)(strstr(subject, "\r\nX-End") - subject));
	type = type ? type : "text/plain\r\n";
	add_text(t, "|");
	add(t, type, strcspn(type, ";\r"));
	add_text(t, "|");
	if (text_begins(type, "multipart/"))
		read_parts(t, gap + 2, limit, type);
	else if (text_begins(type, "message/rfc822"))
		read_entity(t, gap + 4, end, limit);
	else if (encoding && text_begins(encoding, "base64"))
		decode_base64(t, gap + 4, size);
	else if (encoding && text_begins(encoding, "quoted-printable"))
		decode_quoted(t, gap + 4, size, false);
	else
		add(t, gap + 4, size);
}

static struct text reading_of(const char *message)
{
	struct text t = {0};

	read_entity(&t, message, message + strlen(message), message + strlen(message));
	return t;
}

/* ---- any content ---- */

/* xorshift: the same in each run. */
static uint32_t seed = 2463534242;

static uint32_t chance(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

static void add_random_line(struct text *t, bool long_lines)
{
	static const char *const pieces[] = {"--",
	                                     "--b1x",
	                                     "--b2--x",
	                                     "a",
	                                     "word ",
	                                     "\xc3\xbc",
	                                     "\xe2\x82\xac",
	                                     "\xff",
	                                     "\x80",
	                                     "=",
	                                     "=3D",
	                                     "\t",
	                                     " ",
	                                     "From ",
	                                     ".",
	                                     "\x1b[",
	                                     "-",
	                                     "aaaaaaaaaaaaaaaa",
	                                     "J\xc3\xb6rg",
	                                     "\xd0\x9f\xd1\x80\xd0\xb8"};
	uint32_t kinds = 1 + chance(sizeof pieces / sizeof *pieces);
	size_t begin = t->size;
	size_t wanted = long_lines && !chance(4) ? 900 + chance(2500) : chance(120);

	while (t->size - begin < wanted)
		add_text(t, pieces[chance(kinds)]);
	add_text(t, "\r\n");
}

static void add_random_subject(struct text *t)
{
	static const char *const words[] = {"a",
	                                    "Re:",
	                                    "\xc3\xbc",
	                                    "J\xc3\xb6rg",
	                                    "x_y?",
	                                    "\xff",
	                                    "\xe2\x82\xac\xe2\x82\xac",
	                                    "\"q\"",
	                                    "x\r\n y",
	                                    "(\xc3\xa9)"};

	add_text(t, "Subject: s");
	for (uint32_t n = chance(30); n; n--) {
		add_text(t, chance(9) ? " " : " \t");
		add_text(t, words[chance(sizeof words / sizeof *words)]);
	}
	add_text(t, " e\r\nX-End: x\r\n");
}

static void add_random_leaf(struct text *t)
{
	static const char *const types[] = {"", "Content-Type: text/plain; charset=x\r\n",
	                                    "Content-Type: text/html\r\n",
	                                    "Content-Type: image/png\r\n",
	                                    "Content-Type: message/global\r\n"};
	static const char *const encodings[] = {"",
	                                        CTE "8bit\r\n",
	                                        CTE "binary\r\n",
	                                        CTE "7bit\r\n",
	                                        CTE "quoted-printable\r\n",
	                                        CTE "base64\r\n"};

	add_text(t, types[chance(sizeof types / sizeof *types)]);
	add_text(t, encodings[chance(sizeof encodings / sizeof *encodings)]);
	add_text(t, "\r\n");
	for (uint32_t n = chance(6); n; n--)
		add_random_line(t, true);
}

static void add_random_entity(struct text *t, int depth)
{
	uint32_t kind = chance(depth < 4 ? 4 : 2);

	if (kind == 2) {
		add_text(t, "Content-Type: message/rfc822\r\n\r\n");
		add_random_subject(t);
		add_random_entity(t, depth + 1);
	} else if (kind == 3) {
		char *mark = arena_printf(&arena, "--b%d", depth);

		add_text(t, arena_printf(&arena,
		                         "Content-Type: multipart/mixed; boundary=b%d\r\n%s\r\n",
		                         depth, chance(2) ? CTE "8bit\r\n" : ""));
		for (uint32_t n = 1 + chance(4); n; n--) {
			if (!chance(3))
				add_random_line(t, true);
			add_text(t, arena_printf(&arena, "%s\r\n", mark));
			add_random_entity(t, depth + 1);
		}
		add_text(t, arena_printf(&arena, "%s--\r\n", mark));
	} else {
		add_random_leaf(t);
	}
}

static void expect_same_reading(const char *one, const char *other)
{
	struct text a = reading_of(one), b = reading_of(other);

	if (a.size != b.size || memcmp(a.bytes, b.bytes, a.size) != 0)
		fail_msg("\"%s\" and \"%s\" read as \"%s\" and \"%s\"", one, other, a.bytes,
		         b.bytes);
}

/* Read it: the same content in short lines; without 8-bit bytes; and again: nothing changes any
   more. */
static void content_is_kept(void **state)
{
	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct text t = {0};
		struct message m, again;

		add_text(&t, FULL);
		add_random_subject(&t);
		add_random_entity(&t, 1);
		read_bytes(&m, t.bytes, t.size);
		char *all = bytes_of(&m);
		assert_in_range(check_facts(&m, all), 0, 998);
		expect_same_reading(t.bytes, all);
		const struct message *seven = seven_of(&m);
		char *ascii = bytes_of(seven);
		assert_in_range(check_facts(seven, ascii), 0, 998);
		assert_false(seven->eight_bit);
		expect_same_reading(t.bytes, ascii);
		read_bytes(&again, ascii, seven->size);
		assert_string_equal(bytes_of(&again), ascii);
		message_close(&again);
		message_close(&m);
		arena_free(&arena);
	}
}

/* ---- large, broken, shared ---- */

/* 3 MB, a tenth of them in no ASCII. */
static char *large(size_t *size)
{
	char *text = repeated('x', 3 << 20);

	memcpy(text, FULL "\r\n", strlen(FULL "\r\n"));
	for (size_t at = 700; at < (3 << 20) - 4; at += 20)
		memcpy(text + at, at % 700 ? "\xc3\xbcxx" : "\xc3\xbc\r\n", 4);
	text[ *size = (3 << 20) - 1] = '\0';
	return text;
}

/* The same size in ASCII: two thirds are one line, what comes then is to be encoded most often. */
static char *large_in_ascii(size_t *size)
{
	static const char rest[] = "=== --b \t\r\n--\r\n\x01.=\r\n";
	char *text = repeated('x', 3 << 20);

	memcpy(text, FULL "\r\n", strlen(FULL "\r\n"));
	for (size_t at = 2 << 20; at < (3 << 20) - sizeof rest; at += sizeof rest - 1)
		memcpy(text + at, rest, sizeof rest - 1);
	memcpy(text + (3 << 20) - 3, "\r\n", 3);
	*size = (3 << 20) - 1;
	return text;
}

static void a_large_message_is_judged_by_its_beginning(void **state)
{
	struct message m;
	size_t size;
	char *text = large_in_ascii(&size);

	(void)state;
	read_bytes(&m, text, size);
	assert_true(m.file >= 0);
	char *all = bytes_of(&m);
	assert_int_equal(check_facts(&m, all), 76);
	assert_non_null(strstr(all, CTE "quoted-printable\r\n"));
	expect_same_reading(text, all);
	message_close(&m);
}

static void a_large_message(void **state)
{
	struct message m;
	size_t size;
	char *text = large(&size);

	(void)state;
	read_bytes(&m, text, size);
	assert_true(m.file >= 0);
	const struct message *seven = seven_of(&m);
	assert_true(seven->file >= 0 && seven->file != m.file);
	check_facts(seven, bytes_of(seven));
	expect_same_reading(bytes_of(&m), bytes_of(seven));
	message_close(&m);
	/* The same in one line. */
	memset(text + 900, 'y', size - 900);
	read_bytes(&m, text, size);
	assert_true(m.file >= 0);
	check_facts(&m, bytes_of(&m));
	expect_same_reading(arena_printf(&arena, "%s\r\n", text), bytes_of(&m));
	message_close(&m);
}

static void trouble_with_the_file(void **state)
{
	struct message_want want = want_made();
	struct rlimit before, small = {.rlim_cur = 2 << 20};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
	struct status fault = {0};
	struct message m;
	size_t size;
	char *text = large(&size);

	(void)state;
	want.temporary_folder = "/nowhere/at/all";
	assert_true(read_with(&m, want, text, 1000 << 10, &fault));
	for (int i = 0; i < 2; i++) {
		fault = (struct status){0};
		assert_null(message_seven_bit(&m, &arena, &fault));
		assert_string_equal(
			fault.text,
			"cannot make a file in /nowhere/at/all: No such file or directory");
		assert_int_equal(status_exit(&fault), 74);
	}
	message_close(&m);
	memset(text + 900, 'y', size - 900);
	want.temporary_folder = "/tmp";
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	small.rlim_cur = size + 1000;
	assert_int_equal(sigaction(SIGXFSZ, &ignore, &old), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	bool good = read_with(&m, want, text, size, &fault);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(sigaction(SIGXFSZ, &old, NULL), 0);
	assert_false(good);
	assert_string_equal(fault.text, "cannot write to a file in /tmp: File too large");
	assert_null(m.memory);
	assert_int_equal(m.file, -1);
}

struct asking {
	const struct message *message;
	const struct message *answers[64];
};

static void ask(void *context, size_t job)
{
	struct asking *asking = context;
	struct arena texts = {0};
	struct status fault;

	asking->answers[job] = message_seven_bit(asking->message, &texts, &fault);
	arena_free(&texts);
}

static void many_threads_ask(void **state)
{
	struct message m;
	size_t size;
	char *text = large(&size);

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct asking asking = {.message = &m};

		read_bytes(&m, text, size);
		crew_run(8, 64, ask, &asking);
		for (int job = 0; job < 64; job++)
			assert_ptr_equal(asking.answers[job], asking.answers[0]);
		assert_non_null(asking.answers[0]);
		message_close(&m);
	}
}

static void received(void **state)
{
	struct message_want want = want_made();
	struct status fault;
	struct message m;

	(void)state;
	want.received_by = "mail.example";
	want.uid = 1000;
	want.utc_offset = 3600;
	assert_true(read_with(&m, want, "Received: x\n" FULL "\na",
	                      strlen("Received: x\n" FULL "\na"), &fault));
	assert_string_equal(bytes_of(&m),
	                    "Received: by mail.example (sendmx " PACKAGE_VERSION
	                    ", from uid 1000)\r\n"
	                    "\tid 00000000deadbeef; Fri, 20 Nov 2026 10:00:00 +0000\r\n"
	                    "Received: x\r\n" FULL "\r\na\r\n");
	check_facts(&m, bytes_of(&m));
	message_close(&m);
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
		cmocka_unit_test_teardown(deep_parts, forget),
		cmocka_unit_test_teardown(content_is_kept, forget),
		cmocka_unit_test_teardown(a_large_message, forget),
		cmocka_unit_test_teardown(a_large_message_is_judged_by_its_beginning, forget),
		cmocka_unit_test_teardown(trouble_with_the_file, forget),
		cmocka_unit_test_teardown(many_threads_ask, forget),
		cmocka_unit_test_teardown(received, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
