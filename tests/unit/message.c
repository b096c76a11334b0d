/* What mail/message.h promises. */

#include <errno.h>
#include <fcntl.h>
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
#include "base/deadline.h"
#include "mail/message.h"

/* What is added to a message that has nothing. */
#define DATE  "Date: Fri, 20 Nov 2026 11:30:00 +0130\r\n"
#define ID    "Message-ID: <20261120100000.00000000deadbeef@d.example>\r\n"
#define FROM  "From: alice@example.org\r\n"
#define ADDED DATE ID FROM
/* A header that needs nothing. */
#define FULL  "From: a@b.example\r\nDate: now\r\nMessage-ID: <x>\r\n"

static struct arena arena;
static struct message message;
static struct status fault;
static const struct deadline forever = {.at = DEADLINE_NEVER, .cancel_fd = -1};

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct message_want want_with(bool ignore_dots)
{
	return (struct message_want){
		.fd = -1,
		.ignore_dots = ignore_dots,
		.sender = {.local = "alice",
	                   .domain = "example.org",
	                   .shown = "example.org",
	                   .kind = DOMAIN_NAME},
		.domain = "d.example",
		.now = 1795168800, /* 2026-11-20 10:00:00 UTC */
		.utc_offset = 5400,
		.unique = 0xdeadbeef,
		.temporary_folder = "/tmp",
	};
}

static bool read_file(const struct message_want *want, const char *input, size_t size)
{
	struct message_want w = *want;

	w.fd = memfd_create("message", 0);
	assert_true(w.fd >= 0);
	assert_int_equal(write(w.fd, input, size), size);
	lseek(w.fd, 0, SEEK_SET);
	bool good = message_read(&message, &w, &arena, forever, &fault);
	close(w.fd);
	return good;
}

/* From a pipe that hands over step bytes at a time. */
static bool read_crumbs(const struct message_want *want, const char *input, size_t size,
                        size_t step)
{
	struct message_want w = *want;
	int ends[2];

	assert_int_equal(pipe2(ends, O_DIRECT), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) > 0);
	for (size_t i = 0; i < size; i += step)
		assert_true(write(ends[1], input + i, size - i < step ? size - i : step) > 0);
	close(ends[1]);
	w.fd = ends[0];
	bool good = message_read(&message, &w, &arena, forever, &fault);
	close(ends[0]);
	return good;
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
		assert_in_range(size, 1, m->size - at);
		memcpy(all + at, piece, size);
		at += size;
	}
	return all;
}

static void check_facts(const char *all)
{
	bool eight_bit = false;

	for (size_t i = 0; i < message.size; i++)
		eight_bit = eight_bit || (unsigned char)all[i] > 127;
	assert_int_equal(message.eight_bit, eight_bit);
	assert_memory_equal(all + message.header_size - 2, "\r\n", 2);
}

static void expect_with(const struct message_want *want, const char *input, size_t size,
                        const char *output)
{
	if (!read_file(want, input, size))
		fail_msg("%s: %s", input, fault.text);
	assert_string_equal(bytes_of(&message), output);
	check_facts(bytes_of(&message));
	message_close(&message);
	for (size_t step = size / 200 + 1; step <= size && step < 8; step++) {
		assert_true(read_crumbs(want, input, size, step));
		assert_string_equal(bytes_of(&message), output);
		check_facts(bytes_of(&message));
		message_close(&message);
	}
}

static void expect(const char *input, const char *output)
{
	struct message_want want = want_with(true);

	expect_with(&want, input, strlen(input), output);
}

static void expect_fault(const struct message_want *want, const char *input, size_t size,
                         const char *code, const char *said)
{
	char text[16];

	assert_false(read_file(want, input, size));
	assert_string_equal(status_code(&fault, text), code);
	if (!strstr(fault.text, said))
		fail_msg("\"%s\" does not say \"%s\"", fault.text, said);
	assert_null(message.memory);
	assert_int_equal(message.file, -1);
}

static void line_ends_become_crlf(void **state)
{
	(void)state;
	expect(FULL "\r\na\nb\r\nc\n", FULL "\r\na\r\nb\r\nc\r\n");
	expect(FULL "\n\n\n", FULL "\r\n\r\n\r\n");
	expect(FULL "\na\r\r\nb\r\r\r\n\r\r\nc", FULL "\r\na\r\nb\r\n\r\nc\r\n");
	expect("From: a@b.example\nDate: now\nMessage-ID: <x>\n\na\n", FULL "\r\na\r\n");
	expect(FULL "\na", FULL "\r\na\r\n");
	expect(FULL "\na\r", FULL "\r\na\r\n");
	expect(FULL "\n\r", FULL "\r\n\r\n");
}

static void bare_cr_becomes_a_blank(void **state)
{
	(void)state;
	expect(FULL "\na\rb\n", FULL "\r\na b\r\n");
	expect(FULL "\n10%\r\r\r20%\r\n", FULL "\r\n10% 20%\r\n");
	expect(FULL "\n\ra\r", FULL "\r\n a\r\n");
	expect(FULL "Subject: t\rBcc: x\n\nb", FULL "Subject: t Bcc: x\r\n\r\nb\r\n");
	expect(FULL "Subject: t\n\rBcc: x\n\nb", FULL "Subject: t\r\n Bcc: x\r\n\r\nb\r\n");
}

static void nul_is_refused(void **state)
{
	struct message_want want = want_with(true);

	(void)state;
	expect_fault(&want, "A: b\n\nab\0c\n", 11, "5.6.0",
	             "NUL in line 3 of the message (byte 9)");
	expect_fault(&want, "\0", 1, "5.6.0", "NUL in line 1 of the message (byte 1)");
	assert_int_equal(status_exit(&fault), 65);
}

static void other_controls_pass(void **state)
{
	(void)state;
	expect(FULL "Subject: \x1b$B\t\x7f\x01\n\n\x1b[m\f\v\b\t\n",
	       FULL "Subject: \x1b$B\t\x7f\x01\r\n\r\n\x1b[m\f\v\b\t\r\n");
}

/* research/tls.md 7: what ends a message at one server or another. */
static void nothing_inside_ends_a_message(void **state)
{
	static const char *const sequences[] = {
		"\n.\n",   "\n.\r\n",     "\r\n.\n",  "\r\r\n.\r\r\n",  "\r.\r",
		"\r.\n",   "\r\n.\r",     "\r.\r\n",  "\r\n.\r\n",      "\r\n.\r\r\n",
		"\n\r.\n", "\r\n\r.\r\n", "\n.\r.\n", "\r\n.\r\n.\r\n",
	};
	struct message_want want = want_with(true);

	(void)state;
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
		char input[200];

		snprintf(input, sizeof input, FULL "\na%sMAIL FROM:<b@x>", sequences[i]);
		assert_true(read_file(&want, input, strlen(input)));
		const char *all = bytes_of(&message);
		for (size_t k = 0; k < message.size; k++) {
			assert_true(all[k] != '\r' || all[k + 1] == '\n');
			assert_true(all[k] != '\n' || all[k - 1] == '\r');
		}
		message_close(&message);
	}
}

static void lone_dots(void **state)
{
	struct message_want dots = want_with(false);
	static const char *const rows[][2] = {
		{FULL "\na\n.\n", FULL "\r\na\r\n"},
		{FULL "\na\n.\r\n", FULL "\r\na\r\n"},
		{FULL "\na\n.", FULL "\r\na\r\n"},
		{FULL "\na\n.\r", FULL "\r\na\r\n"},
		{FULL "\na\n.\n.\n", FULL "\r\na\r\n.\r\n"},
		{FULL "\na\n.\n.", FULL "\r\na\r\n.\r\n"},
		{FULL "\na\n.\nb", FULL "\r\na\r\n.\r\nb\r\n"},
		{FULL "\na\n.\n\n", FULL "\r\na\r\n.\r\n\r\n"},
		{FULL "\na\n.\r\nb", FULL "\r\na\r\n.\r\nb\r\n"},
		{FULL "\na\n.\n\r", FULL "\r\na\r\n.\r\n\r\n"},
		{FULL "\na\n..\n", FULL "\r\na\r\n..\r\n"},
		{FULL "\na\n.b\n", FULL "\r\na\r\n.b\r\n"},
		{FULL "\na\n.\rb\n", FULL "\r\na\r\n. b\r\n"},
		{FULL "\na\n\r.\n", FULL "\r\na\r\n .\r\n"},
		{FULL "\n.\n", FULL "\r\n"},
		{FULL ".\n\nb\n", FULL "\r\n.\r\n\r\nb\r\n"},
		{FULL ".\n", FULL "\r\n"},
		{".\n", ADDED "\r\n"},
		{".", ADDED "\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_with(&dots, rows[i][0], strlen(rows[i][0]), rows[i][1]);
	expect(FULL "\na\n.\n", FULL "\r\na\r\n.\r\n");
	expect(FULL "\na\n.", FULL "\r\na\r\n.\r\n");
	expect(".\n", ADDED "\r\n.\r\n");
}

static void a_terminal_ends_with_a_dot(void **state)
{
	struct message_want want = want_with(false);
	int user = posix_openpt(O_RDWR | O_NOCTTY);

	(void)state;
	assert_true(user >= 0);
	assert_int_equal(grantpt(user), 0);
	assert_int_equal(unlockpt(user), 0);
	want.fd = open(ptsname(user), O_RDWR | O_NOCTTY);
	assert_true(want.fd >= 0);
	assert_int_equal(write(user, "a\n.\nb\n", 6), 6);
	assert_true(message_read(&message, &want, &arena, forever, &fault));
	assert_string_equal(bytes_of(&message), ADDED "\r\na\r\n");
	message_close(&message);
	close(want.fd);
	close(user);
}

/* What a long first line of a body becomes, with a line behind it. */
static char *quoted(const char *line, size_t size)
{
	char *text = arena_text(&arena,
	                        ADDED "MIME-Version: 1.0\r\n"
	                              "Content-Type: text/plain; charset=us-ascii\r\n"
	                              "Content-Transfer-Encoding: quoted-printable\r\n\r\n");

	for (; size > 75; size -= 75, line += 75)
		text = arena_printf(&arena, "%s%.75s=\r\n", text, line);
	return arena_printf(&arena, "%s%.*s\r\nb: c\r\n", text, (int)size, line);
}

/* callers.md 5. */
static void where_the_header_ends(void **state)
{
	char text[3000] = "From ";

	(void)state;
	expect("", ADDED "\r\n");
	expect("\n", ADDED "\r\n");
	expect("\nbody\n", ADDED "\r\nbody\r\n");
	expect("plain text\nmore\n", ADDED "\r\nplain text\r\nmore\r\n");
	expect(" a\nSubject: t\n", ADDED "\r\n a\r\nSubject: t\r\n");
	expect("Subject: t\nb\n\nc\n", ADDED "Subject: t\r\n\r\nb\r\n\r\nc\r\n");
	expect("Subject: t", ADDED "Subject: t\r\n\r\n");
	expect("Subject: t\n", ADDED "Subject: t\r\n\r\n");
	expect("Subject : t\n\nb", ADDED "Subject: t\r\n\r\nb\r\n");
	expect("Subject\t :t\n\nb", ADDED "Subject:t\r\n\r\nb\r\n");
	expect("Subject: t\n \n u\n\nb", ADDED "Subject: t\r\n \r\n u\r\n\r\nb\r\n");
	expect(": t\n\nb", ADDED "\r\n: t\r\n\r\nb\r\n");
	expect("S\xc3\xbc: t\n", ADDED "\r\nS\xc3\xbc: t\r\n");
	memset(text + 5, 'a', sizeof text - 6);
	memcpy(text + 2000, "\nb: c\n", 7);
	expect(text, quoted(text, 2000));
	text[0] = ' ';
	expect(text, quoted(text, 2000));
	text[0] = 'F';
	text[4] = 'x';
	expect(text, quoted(text, 2000));
}

static void mbox_lines_are_dropped(void **state)
{
	(void)state;
	expect("From z@x.example Fri Nov 20 14:00:00 2026\n" FULL "\nb", FULL "\r\nb\r\n");
	expect(">From z@x.example Fri Nov 20 14:00:00 2026\n" FULL "\nb", FULL "\r\nb\r\n");
	expect("From z\n>From y\n" FULL "\nb", FULL "\r\nb\r\n");
	expect("From z Fri Nov 20 14:00:00 2026\n\nb", ADDED "\r\nb\r\n");
	expect(FULL "\nFrom z Fri Nov 20 14:00:00 2026\nb",
	       FULL "\r\nFrom z Fri Nov 20 14:00:00 2026\r\nb\r\n");
	expect(FULL "From z Fri Nov 20 14:00:00 2026\nb",
	       FULL "\r\nFrom z Fri Nov 20 14:00:00 2026\r\nb\r\n");
	expect("From me to you\n", ADDED "\r\nFrom me to you\r\n");
	expect("From me to you\n\nlove\n", ADDED "\r\nFrom me to you\r\n\r\nlove\r\n");
}

static void private_fields_are_removed(void **state)
{
	(void)state;
	expect("Bcc: x@y\n" FULL
	       "Resent-Bcc: x,\n y\nReturn-Path: <z>\nContent-Length: 5\n\nBcc: b",
	       FULL "\r\nBcc: b\r\n");
	expect(FULL "BCC : x\n\ty\n z\nSubject: t\n\nb", FULL "Subject: t\r\n\r\nb\r\n");
	expect(FULL "bcc:\n\nb", FULL "\r\nb\r\n");
	expect(FULL "Bcc-Not: x\nX-Bcc: y\n\n", FULL "Bcc-Not: x\r\nX-Bcc: y\r\n\r\n");
	expect(FULL "Bcc: \r\r\n x\r\n\r\nb", FULL "\r\nb\r\n");
	expect(FULL "Bcc: x", FULL "\r\n");
}

static void missing_fields_are_added(void **state)
{
	(void)state;
	expect("From: x@y.example\n\n", DATE ID "From: x@y.example\r\n\r\n");
	expect("date: now\n\n", ID FROM "date: now\r\n\r\n");
	expect("MESSAGE-ID: <x>\n\n", DATE FROM "MESSAGE-ID: <x>\r\n\r\n");
	expect("From: \nDate:\nMessage-ID: \n\t\nTo: x@y.example\n\n",
	       ADDED "To: x@y.example\r\n\r\n");
}

static void expect_from(const char *name, const char *from)
{
	struct message_want want = want_with(true);
	char output[2000];

	want.full_name = name;
	snprintf(output, sizeof output, DATE ID "From: %s\r\n\r\n", from);
	expect_with(&want, "", 0, output);
}

/* RFC 8689 5: one field, one word. */
static void tls_may_be_declared_optional(void **state)
{
	static const struct {
		const char *input;
		bool optional;
	} cases[] = {
		{FULL "TLS-Required: No\r\n\r\nx\r\n", true},
		{FULL "tls-required:\r\n no \r\n\r\nx\r\n", true},
		{FULL "TLS-Required: Yes\r\n\r\nx\r\n", false},
		{FULL "TLS-Required: No!\r\n\r\nx\r\n", false},
		{FULL "TLS-Required: No\r\nTLS-Required: No\r\n\r\nx\r\n", false},
		{FULL "X-TLS-Required: No\r\n\r\nx\r\n", false},
		{FULL "\r\nTLS-Required: No\r\n", false},
	};
	struct message_want want = want_with(true);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(read_file(&want, cases[i].input, strlen(cases[i].input)));
		assert_int_equal(message.tls_optional, cases[i].optional);
		message_close(&message);
	}
}

static void full_names(void **state)
{
	(void)state;
	expect_from("", "alice@example.org");
	expect_from(" \t", "alice@example.org");
	expect_from("Alice", "Alice <alice@example.org>");
	expect_from("Alice Liddell", "Alice Liddell <alice@example.org>");
	expect_from("Alice P. \"Al\" \\", "\"Alice P. \\\"Al\\\" \\\\\" <alice@example.org>");
	expect_from("\"Reminder Service\"", "Reminder Service <alice@example.org>");
	expect_from("Cron Daemon <x@y>, z", "\"Cron Daemon <x@y>, z\" <alice@example.org>");
	expect_from("=?x?q?y?=", "\"=?x?q?y?=\" <alice@example.org>");
	expect_from("Bob\r\nBcc: x@y", "\"Bob  Bcc: x@y\" <alice@example.org>");
	expect_from("J\xc3\xb6rg M.", "=?UTF-8?Q?J=C3=B6rg_M=2E?=\r\n <alice@example.org>");
	expect_from("J\xf6rg", "\"J\\\\xf6rg\" <alice@example.org>");
	expect_from(
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xb6"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"=?UTF-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=C3=B6?=\r\n"
		" =?UTF-8?Q?xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx?=\r\n <alice@example.org>");
}

static void null_sender(void **state)
{
	struct message_want want = want_with(true);

	(void)state;
	want.sender = (struct address){.local = "", .kind = DOMAIN_NONE};
	expect_with(&want, "", 0, DATE ID "From: MAILER-DAEMON@d.example\r\n\r\n");
	want.full_name = "Mail";
	expect_with(&want, "", 0, DATE ID "From: Mail <MAILER-DAEMON@d.example>\r\n\r\n");
}

static void dates(void **state)
{
	struct message_want want = want_with(true);

	(void)state;
	want.utc_offset = -12600;
	want.now = 0;
	expect_with(
		&want, "From: x@y.example\nMessage-ID: <x>\n\n", 34,
		"Date: Wed, 31 Dec 1969 20:30:00 -0330\r\n"
		"From: x@y.example\r\nMessage-ID: <x>\r\n\r\n");
}

static void local_names_are_qualified(void **state)
{
	(void)state;
	expect("From: root (Cron Daemon)\nDate: now\nMessage-ID: <x>\n"
	       "To: a,b@x.example, \"C, D\"\t<c> (c)\n"
	       "Cc: \"d e\" ;\nReply-To: f,\n g\nSender: <h>\nErrors-To: i\n\n",
	       "From: root@d.example (Cron Daemon)\r\nDate: now\r\nMessage-ID: <x>\r\n"
	       "To: a@d.example,b@x.example, \"C, D\"\t<c@d.example> (c)\r\nCc: \"d e\" ;\r\n"
	       "Reply-To: f@d.example,\r\n g@d.example\r\n"
	       "Sender: <h@d.example>\r\nErrors-To: i\r\n\r\n");
	expect(FULL "Resent-To: a\nResent-From: \"b c\"\nTo: G: x, y@z.example;, undisclosed:;\n\n",
	       FULL "Resent-To: a@d.example\r\nResent-From: \"b c\"@d.example\r\n"
	            "To: G: x@d.example, y@z.example;, undisclosed:;\r\n\r\n");
	expect(FULL "To: bad addr here, bob\nCc: <unclosed\nReply-To: <>\n\n",
	       FULL "To: bad addr here, bob\r\nCc: <unclosed\r\nReply-To: <>\r\n\r\n");
	expect(FULL "To: <@r:a>, b@x.example <b@x.example>\n\n",
	       FULL "To: <@r:a@d.example>, b@x.example <b@x.example>\r\n\r\n");
}

static void qualifying_makes_no_line_too_long(void **state)
{
	struct message_want want = want_with(true);
	char input[2000];
	size_t size = (size_t)snprintf(input, sizeof input, FULL "To: ");

	(void)state;
	for (int i = 0; i < 300; i++)
		size += (size_t)snprintf(input + size, sizeof input - size, i % 2 ? "ab," : " c,");
	size += (size_t)snprintf(input + size, sizeof input - size, "\n\nb");
	assert_true(read_file(&want, input, size));
	const char *at = strstr(bytes_of(&message), "To: ");
	assert_non_null(at);
	for (size_t line; *at != '\r'; at += line + 2) {
		line = strcspn(at, "\r");
		assert_in_range(line, 1, 998);
	}
	assert_non_null(strstr(bytes_of(&message), "ab@d.example,\r\n c@d.example,ab"));
	message_close(&message);
}

/* The recipients joined by blanks. */
static void expect_recipients(const char *input, const char *wires)
{
	struct message_want want = want_with(true);
	char all[1000] = "";

	want.header_recipients = true;
	if (!read_file(&want, input, strlen(input)))
		fail_msg("%s: %s", input, fault.text);
	for (size_t i = 0, end = 0; i < message.recipients.count; i++)
		end += (size_t)snprintf(all + end, sizeof all - end, "%s%s", i ? " " : "",
		                        address_wire(&arena, &message.recipients.items[i]));
	assert_string_equal(all, wires);
	message_close(&message);
}

static void recipients_from_the_header(void **state)
{
	struct message_want want = want_with(true);

	(void)state;
	expect_recipients("To: a@n\nCc: b@n, c\nBcc: d@n,\n a@n\nBCC : e@n\n\nTo: x",
	                  "a@n b@n c d@n a@n e@n");
	expect_recipients("From: x@n\nBcc:\nTo: undisclosed-recipients:;\n\n", "");
	expect_recipients("From: x@n\nSender: y@n\nReply-To: z@n\n\n", "");
	expect_recipients("To: Friends: a@n, \"B\" <b@n>;, c@n\n\n", "a@n b@n c@n");
	want.header_recipients = true;
	expect_fault(&want, "A: b\nTo: bad addr here, bob@n\n\n", 31, "5.1.3",
	             "To: no comma or \"@\" before the word at character 6, \"addr here");
	expect_fault(&want, "Bcc: <unclosed@n\n\n", 18, "5.1.3", "Bcc: \"<\" that is not closed");
	assert_int_equal(status_exit(&fault), 65);
	want.header_recipients = false;
	assert_true(read_file(&want, "To: a@n\n\n", 9));
	assert_int_equal(message.recipients.count, 0);
	message_close(&message);
}

static void recipients_of_a_resent_message(void **state)
{
	(void)state;
	expect_recipients(
		"Resent-From: a@n\nResent-To: r1@n\nResent-Cc: r2@n\nResent-Bcc: r3@n\n"
		"To: o@n\nBcc: p@n\n\n",
		"r1@n r2@n r3@n");
	expect_recipients(
		"Resent-From: a@n\nResent-To: r1@n\nResent-From: b@n\nResent-To: r2@n\nTo: o@n\n\n",
		"r1@n");
	expect_recipients("Resent-To: r1@n\nReceived: x\nResent-Cc: r2@n\nTo: o@n\n\n", "r1@n");
	expect_recipients("Received: y\nResent-To: r1@n\nSubject: t\nResent-Cc: r2@n\nTo: o@n\n\n",
	                  "r1@n r2@n");
	expect_recipients("Resent-From: a@n\nTo: o@n\n\n", "");
}

/* count fields of the same text, then the end of the header. */
static char *fields(const char *field, size_t count)
{
	size_t size = strlen(field);
	char *text = arena_get(&arena, size * count + 2);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * size, field, size);
	memcpy(text + size * count, "\n", 2);
	return text;
}

static void ceilings(void **state)
{
	struct message_want want = want_with(true);
	const char *text = fields("Received: x\n", MESSAGE_HOPS_MAX);

	(void)state;
	assert_true(read_file(&want, text, strlen(text)));
	message_close(&message);
	text = fields("Received: x\n", MESSAGE_HOPS_MAX + 1);
	expect_fault(&want, text, strlen(text), "5.4.6", "passed 101 hosts");
	text = fields("X: y\n", 170000);
	assert_true(read_file(&want, text, strlen(text)));
	message_close(&message);
	text = fields(
		"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n",
		20000);
	expect_fault(&want, text, strlen(text), "5.6.0", "the header is larger than 1048576 bytes");
	want.size_max = strlen(ADDED "\r\nab\r\n");
	assert_true(read_file(&want, "\nab\n", 4));
	message_close(&message);
	expect_fault(&want, "\nabc\n", 5, "5.3.4", "larger than");
	assert_int_equal(status_exit(&fault), 65);
}

/* Nearly 3 MB of lines of many lengths behind an empty header; an 8-bit byte at the very end. */
static char *large(size_t *size)
{
	char *text = arena_get(&arena, 3 << 20);
	size_t at = 0;

	text[at++] = '\n';
	for (size_t line = 0; at < (3 << 20) - 2000; line++) {
		memset(text + at, 'a' + (int)(line % 26), line % 990);
		at += line % 990;
		text[at++] = '\n';
	}
	text[at++] = '\xfc';
	text[at++] = '\n';
	*size = at;
	return text;
}

static void a_large_message_goes_to_a_file(void **state)
{
	struct message_want want = want_with(true);
	size_t size;
	char *text = large(&size);

	(void)state;
	assert_true(read_file(&want, text, size));
	assert_null(message.memory);
	assert_true(message.file >= 0);
	char *all = bytes_of(&message);
	check_facts(all);
	assert_true(message.eight_bit);
	/* Without the CRs it is the input. */
	size_t k = 1;
	for (size_t i = message.header_size; i < message.size; i++) {
		if (all[i] != '\r')
			assert_int_equal(all[i], text[k++]);
	}
	assert_int_equal(k, size);
	message_close(&message);
	assert_int_equal(message.file, -1);
}

static void trouble_with_the_file(void **state)
{
	struct message_want want = want_with(true);
	struct rlimit before, small = {.rlim_cur = 2 << 20};
	size_t size;
	char *text = large(&size);

	(void)state;
	want.temporary_folder = "/nowhere/at/all";
	expect_fault(&want, text, size, "4.3.0",
	             "cannot make a file in /nowhere/at/all: No such file or directory");
	want.temporary_folder = "/tmp";
	int fd = memfd_create("message", 0);
	assert_int_equal(write(fd, text, size), size);
	lseek(fd, 0, SEEK_SET);
	want.fd = fd;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
	assert_int_equal(sigaction(SIGXFSZ, &ignore, &old), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_false(message_read(&message, &want, &arena, forever, &fault));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(sigaction(SIGXFSZ, &old, NULL), 0);
	close(fd);
	assert_string_equal(fault.text, "cannot write to a file in /tmp: File too large");
	assert_int_equal(status_exit(&fault), 74);
}

static void trouble_with_the_input(void **state)
{
	struct message_want want = want_with(true);
	char text[16];

	(void)state;
	want.fd = open("/", O_RDONLY | O_DIRECTORY);
	assert_false(message_read(&message, &want, &arena, forever, &fault));
	assert_string_equal(status_code(&fault, text), "4.3.0");
	assert_string_equal(fault.text, "cannot read the message: Is a directory");
	assert_int_equal(status_exit(&fault), 74);
	close(want.fd);
	assert_false(message_read(&message, &want, &arena, forever, &fault));
	assert_string_equal(fault.text, "cannot read the message: Bad file descriptor");
	want.fd = open("/dev/null", O_RDONLY);
	assert_true(message_read(&message, &want, &arena, forever, &fault));
	assert_string_equal(bytes_of(&message), ADDED "\r\n");
	message_close(&message);
	close(want.fd);
}

static void waiting_ends(void **state)
{
	struct message_want want = want_with(true);
	int input[2], cancel[2];

	(void)state;
	assert_int_equal(pipe(input), 0);
	assert_int_equal(pipe(cancel), 0);
	want.fd = input[0];
	assert_int_equal(write(input[1], "a: b\n", 5), 5);
	assert_false(message_read(&message, &want, &arena, deadline_in(forever, 0), &fault));
	assert_int_equal(fault.fault, FAULT_EXPIRED);
	assert_int_equal(write(cancel[1], "", 1), 1);
	assert_false(message_read(&message, &want, &arena,
	                          (struct deadline){DEADLINE_NEVER, cancel[0]}, &fault));
	assert_int_equal(fault.fault, FAULT_CANCELLED);
	for (int i = 0; i < 2; i++) {
		close(input[i]);
		close(cancel[i]);
	}
}

/* xorshift: the same in each run. */
static uint32_t chance(uint32_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % below;
}

static size_t random_input(uint32_t *seed, char *input)
{
	static const char *const pieces[] = {
		"\r",
		"\n",
		"\r\n",
		".",
		"\n.\n",
		" ",
		"\t",
		":",
		"a",
		"\xc3\xbc",
		"\xff",
		"\n\n",
		"To: ",
		"From: ",
		"Bcc: x",
		"Bcc : ",
		"Subject: t",
		"From x 10:00",
		"\nDate:",
		"bob,",
		"<bob>",
		"\"a b\"",
		"(c)",
		"@x.org",
		"\nResent-To: ",
		";",
		"G: ",
		"\x1b",
		"\\",
	};
	size_t size = 0;

	for (uint32_t n = chance(seed, 40); n; n--) {
		const char *piece = pieces[chance(seed, sizeof pieces / sizeof *pieces)];

		memcpy(input + size, piece, strlen(piece));
		size += strlen(piece);
	}
	return size;
}

static void check_form(const char *all)
{
	assert_true(message.size >= 2);
	assert_memory_equal(all + message.size - 2, "\r\n", 2);
	for (size_t i = 0; i < message.size; i++) {
		assert_true(all[i] != '\r' || all[i + 1] == '\n');
		assert_true(all[i] != '\n' || (i && all[i - 1] == '\r'));
	}
	check_facts(all);
}

/* For any bytes: lines end with CRLF, in crumbs as in one piece, and what is rendered is rendered
   to itself. */
static void any_bytes(void **state)
{
	struct message_want twice = want_with(true);
	uint32_t seed = 2463534242;
	char input[1000];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct message_want once = want_with(i % 2);
		size_t size = random_input(&seed, input);

		assert_true(read_file(&once, input, size));
		char *all = bytes_of(&message);
		uint64_t all_size = message.size;
		check_form(all);
		message_close(&message);
		assert_true(read_crumbs(&once, input, size, 1 + size / 200 + chance(&seed, 5)));
		assert_int_equal(message.size, all_size);
		assert_memory_equal(bytes_of(&message), all, all_size);
		message_close(&message);
		assert_true(read_file(&twice, all, all_size));
		assert_int_equal(message.size, all_size);
		assert_memory_equal(bytes_of(&message), all, all_size);
		message_close(&message);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(line_ends_become_crlf, forget),
		cmocka_unit_test_teardown(bare_cr_becomes_a_blank, forget),
		cmocka_unit_test_teardown(nul_is_refused, forget),
		cmocka_unit_test_teardown(other_controls_pass, forget),
		cmocka_unit_test_teardown(nothing_inside_ends_a_message, forget),
		cmocka_unit_test_teardown(lone_dots, forget),
		cmocka_unit_test_teardown(a_terminal_ends_with_a_dot, forget),
		cmocka_unit_test_teardown(where_the_header_ends, forget),
		cmocka_unit_test_teardown(mbox_lines_are_dropped, forget),
		cmocka_unit_test_teardown(private_fields_are_removed, forget),
		cmocka_unit_test_teardown(missing_fields_are_added, forget),
		cmocka_unit_test_teardown(full_names, forget),
		cmocka_unit_test_teardown(tls_may_be_declared_optional, forget),
		cmocka_unit_test_teardown(tls_may_be_declared_optional, forget),
		cmocka_unit_test_teardown(null_sender, forget),
		cmocka_unit_test_teardown(dates, forget),
		cmocka_unit_test_teardown(local_names_are_qualified, forget),
		cmocka_unit_test_teardown(qualifying_makes_no_line_too_long, forget),
		cmocka_unit_test_teardown(recipients_from_the_header, forget),
		cmocka_unit_test_teardown(recipients_of_a_resent_message, forget),
		cmocka_unit_test_teardown(ceilings, forget),
		cmocka_unit_test_teardown(a_large_message_goes_to_a_file, forget),
		cmocka_unit_test_teardown(trouble_with_the_file, forget),
		cmocka_unit_test_teardown(trouble_with_the_input, forget),
		cmocka_unit_test_teardown(waiting_ends, forget),
		cmocka_unit_test_teardown(any_bytes, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
