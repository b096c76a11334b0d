/* What cli/submission.h promises, with a post that only writes down what it is told. What the real
   one does is asked in tests/cli/submission.bats. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/content.h"
#include "cli/submission.h"

enum { TEXT_MAX = 4 << 20 };

/* What was posted: "from|to,to|content" a message. */
struct office {
	struct arena arena;
	struct buf posted;
	struct buf recipients;
	struct recipient *verdicts; /* NULL: all delivered */
	size_t verdict_count;
	struct status fault;
};

static void begin(void *context, struct submission_mail *mail)
{
	struct office *o = context;

	(void)mail;
	buf_clear(&o->recipients);
}

/* "no..." does not exist, "wait..." is put off. */
static struct status route(void *context, struct submission_mail *mail,
                           const struct smtp_command *rcpt)
{
	struct office *o = context;

	(void)mail;
	if (!strncmp(rcpt->address.local, "no", 2))
		return status_of(FAULT_NO_DOMAIN, STAGE_ROUTE, &o->arena,
		                 "there is no such domain");
	if (!strncmp(rcpt->address.local, "wait", 4))
		return status_of(FAULT_DNS, STAGE_ROUTE, &o->arena, "no answer");
	buf_printf(&o->recipients, "%s%s", o->recipients.size ? "," : "",
	           address_wire(&o->arena, &rcpt->address));
	return (struct status){.class = 2};
}

static void post_mail(void *context, struct submission_mail *mail, int fd,
                      struct submission_verdict *verdict)
{
	struct office *o = context;
	char content[4096];
	ssize_t size;

	buf_printf(&o->posted, "%s|%s|", address_wire(&o->arena, &mail->sender),
	           o->recipients.bytes);
	while ((size = read(fd, content, sizeof content)) > 0)
		buf_add(&o->posted, content, (size_t)size);
	verdict->fault = o->fault;
	verdict->recipients = o->verdicts;
	verdict->count = o->verdict_count;
}

static int file_with(const char *text, size_t size)
{
	int fd = memfd_create("input", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void read_all(int fd, struct buf *out)
{
	char bytes[4096];
	ssize_t size;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	while ((size = read(fd, bytes, sizeof bytes)) > 0)
		buf_add(out, bytes, (size_t)size);
	buf_add(out, "", 0);
}

/* ---- a session, its input all there from the beginning ---- */

struct session {
	struct office office;
	struct buf said;
	int exit;
};

static struct session session;
static const char *mail_name;
static uint64_t size_max;

static int fresh(void **state)
{
	(void)state;
	mail_name = "own.example";
	size_max = 0;
	memset(&session, 0, sizeof session);
	buf_init(&session.office.posted, TEXT_MAX);
	buf_init(&session.office.recipients, TEXT_MAX);
	buf_init(&session.said, TEXT_MAX);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	buf_free(&session.office.posted);
	buf_free(&session.office.recipients);
	buf_free(&session.said);
	arena_free(&session.office.arena);
	return 0;
}

static void run_bytes(const char *input, size_t size)
{
	int out = memfd_create("output", 0);
	const struct submission_want want = {
		.in = file_with(input, size),
		.out = out,
		.cancel_fd = -1,
		.name = "us.example",
		.mail_name = mail_name,
		.size_max = size_max,
		.temporary_folder = "/tmp",
		.post = {begin, route, post_mail, &session.office},
	};

	session.exit = submission_run(&want);
	read_all(out, &session.said);
	close(want.in);
	close(out);
}

static void run(const char *input)
{
	run_bytes(input, strlen(input));
}

/* The codes of the replies, each once. */
static const char *codes(void)
{
	static char text[4096];
	size_t at = 0;

	for (const char *line = session.said.bytes; *line; line = strchr(line, '\n') + 1) {
		assert_non_null(strstr(line, "\r\n"));
		if (line[3] == ' ' && at + 5 < sizeof text)
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%.3s", at ? " " : "",
			                       line);
	}
	return text;
}

static void heard(const char *text)
{
	if (!strstr(session.said.bytes, text))
		fail_msg("not said: %s\n%s", text, session.said.bytes);
}

static void posted(const char *text)
{
	assert_string_equal(session.office.posted.bytes ? session.office.posted.bytes : "", text);
}

#define MAIL       "MAIL FROM:<a@x.example>\r\n"
#define RCPT       "RCPT TO:<b@y.example>\r\n"
#define UP_TO_DATA MAIL RCPT "DATA\r\n"

/* ---- content ---- */

struct content_case {
	const char *in, *out;
	const char *rest; /* what is left behind the lone dot; NULL: it did not come */
};

/* One way to cut the input: at every byte, or all in one. */
static void check_content(const struct content_case *c, size_t step)
{
	struct content content;
	struct buf out;
	size_t size = strlen(c->in), taken = 0;

	content_open(&content, "/tmp", 0);
	while (taken < size && !content.ended)
		taken += content_take(&content, c->in + taken,
		                      step < size - taken ? step : size - taken);
	assert_int_equal(content.ended, c->rest != NULL);
	if (c->rest)
		assert_string_equal(c->in + taken, c->rest);
	buf_init(&out, TEXT_MAX);
	assert_true(content_rewind(&content));
	read_all(content.file, &out);
	assert_string_equal(out.bytes, c->out);
	buf_free(&out);
	content_close(&content);
}

static void dots_come_off(void **state)
{
	static const struct content_case cases[] = {
		{"a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n"},
		{"a\n.\nQUIT\n", "a\n", "QUIT\n"},
		{".\r\n", "", ""},
		{".\n", "", ""},
		{"..\r\n...a\r\n.b\r\n.\r\n", ".\r\n..a\r\nb\r\n", ""},
		{"..\n.\n", ".\n", ""},
		{"a.\r\n.\r\n", "a.\r\n", ""},
		{"\r\n.\r\n", "\r\n", ""},
		{"a", "a", NULL},
		{"a\r\n.", "a\r\n", NULL},
		{"a\r\n.\r", "a\r\n", NULL},
		{"a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", ""},
		{"a\r\n.\r\r\nb\r\n.\r\n", "a\r\n\r\r\nb\r\n", ""},
		/* The first line ends with CRLF: a bare LF is nobody's line end */
		{"a\r\nb\n.\nc\r\n.\r\n", "a\r\nb\n.\nc\r\n", ""},
		{"a\r\nb\n.\r\nc\r\n.\r\n", "a\r\nb\n.\r\nc\r\n", ""},
		{"a\r\n.\nc\r\n.\r\n", "a\r\n\nc\r\n", ""},
		{"a\r\nb\r.\rc\r\n.\r\n", "a\r\nb\r.\rc\r\n", ""},
		{"a\r\nb\r\r\n.\r\n", "a\r\nb\r\r\n", ""},
		/* ... with LF: both are */
		{"a\nb\r\n.\r\nQUIT", "a\nb\r\n", "QUIT"},
		{"a\nb\r\n.\nQUIT", "a\nb\r\n", "QUIT"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (size_t step = 1; step < 5; step++)
			check_content(&cases[i], step);
		check_content(&cases[i], 1000);
	}
}

static void large_content_moves_to_a_file(void **state)
{
	static char line[1024];
	struct content content;
	struct buf out;

	(void)state;
	memset(line, 'x', sizeof line);
	memcpy(line + sizeof line - 2, "\r\n", 2);
	content_open(&content, "/tmp", 0);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(content_take(&content, line, sizeof line), sizeof line);
	assert_false(content.in_memory);
	assert_true(content_rewind(&content));
	buf_init(&out, TEXT_MAX);
	read_all(content.file, &out);
	assert_int_equal(out.size, 3000 * sizeof line);
	buf_free(&out);
	content_close(&content);
}

static void trouble_does_not_lose_the_end(void **state)
{
	static char line[1 << 20];
	struct content content;

	(void)state;
	memset(line, 'x', sizeof line);
	content_open(&content, "/nowhere", 0);
	content_take(&content, line, sizeof line);
	content_take(&content, line, sizeof line);
	assert_string_equal(content.failed, "make");
	assert_int_equal(content_take(&content, "\r\n.\r\nQUIT", 9), 5);
	assert_true(content.ended);
	content_close(&content);

	content_open(&content, "/tmp", 10);
	content_take(&content, "0123456789", 10);
	assert_false(content.too_large);
	assert_int_equal(content_take(&content, "\r\n.\r\n", 5), 5);
	assert_true(content.too_large && content.ended);
	content_close(&content);
}

/* ---- sessions ---- */

static void a_message(void **state)
{
	(void)state;
	run("EHLO x\r\n" UP_TO_DATA "Subject: x\r\n\r\n..y\r\n.\r\nQUIT\r\nNOOP\r\n");
	assert_string_equal(codes(), "220 250 250 250 354 250 221");
	posted("a@x.example|b@y.example|Subject: x\r\n\r\n.y\r\n");
	assert_int_equal(session.exit, EX_OK);
}

static void several_messages(void **state)
{
	(void)state;
	run(UP_TO_DATA "1\r\n.\r\n" MAIL "RCPT TO:<c@y.example>\r\n" RCPT "DATA\r\n2\r\n.\r\n");
	assert_string_equal(codes(), "220 250 250 354 250 250 250 250 354 250");
	posted("a@x.example|b@y.example|1\r\na@x.example|c@y.example,b@y.example|2\r\n");
}

static void addresses_in_many_forms(void **state)
{
	(void)state;
	run("MAIL FROM:<root>\nRCPT TO:<root>\nRCPT TO: <b@y.example>\nRCPT TO:c@y.example\n"
	    "RCPT TO:<\"a > b\"@y.example>\nrcpt to:<@r.example:d@Y.example>\n"
	    "RCPT TO:<e@[192.0.2.1]>\n"
	    "DATA\n.\n");
	assert_string_equal(codes(), "220 250 250 250 250 250 250 250 354 250");
	posted("root@own.example|root,b@y.example,c@y.example,\"a > b\"@y.example,d@y.example,"
	       "e@[192.0.2.1]|");
}

static void no_mail_name(void **state)
{
	(void)state;
	mail_name = NULL;
	run("MAIL FROM:<root>\r\nMAIL FROM:<>\r\n" RCPT "DATA\r\nx\r\n.\r\n");
	assert_string_equal(codes(), "220 451 250 250 354 250");
	heard("451 4.3.5 ");
	posted("|b@y.example|x\r\n");
}

static void routes(void **state)
{
	(void)state;
	run(MAIL "RCPT TO:<no@y.example>\r\nRCPT TO:<wait@y.example>\r\nDATA\r\n" RCPT
	         "DATA\r\nx\r\n.\r\n");
	assert_string_equal(codes(), "220 250 550 450 554 250 354 250");
	heard("550 5.1.2 there is no such domain");
	heard("450 4.4.3 no answer");
	posted("a@x.example|b@y.example|x\r\n");
}

static struct recipient recipient_with(const char *name, struct status status)
{
	return (struct recipient){.wire = name, .shown = name, .status = status};
}

static void verdicts_as_replies(void **state)
{
	struct status good = {.class = 2, .stage = STAGE_DONE, .text = "ok"};
	struct status bad = status_of_reply(550, STAGE_RCPT, "5.1.1 no such user");
	struct status later = status_of_reply(450, STAGE_RCPT, "4.2.1 busy");
	struct recipient all[] = {
		recipient_with("a@x", good),
		recipient_with("b@x", bad),
		recipient_with("c@x", later),
	};

	(void)state;
	session.office.verdicts = all;
	session.office.verdict_count = 3;
	run(UP_TO_DATA ".\r\n");
	heard("451-4.2.1 delivered, so that sending again would repeat it, to a@x\r\n"
	      "451-4.2.1 b@x: 5.1.1 550 5.1.1 no such user\r\n"
	      "451 4.2.1 c@x: 4.2.1 450 4.2.1 busy\r\n");
	session.office.verdict_count = 2;
	run(UP_TO_DATA ".\r\n");
	heard("554 5.1.1 b@x: ");
	session.office.verdict_count = 1;
	run(UP_TO_DATA ".\r\n");
	heard("250 2.0.0 delivered to 1 recipient\r\n");
}

static void unicode_only_where_it_was_asked_for(void **state)
{
	struct recipient bad = recipient_with("b@xn--bcher-kva.example",
	                                      status_of_reply(550, STAGE_RCPT, "n\xc3\xb6"));

	(void)state;
	bad.shown = "b@b\xc3\xbc" "cher.example";
	session.office.verdicts = &bad;
	session.office.verdict_count = 1;
	run(UP_TO_DATA ".\r\n");
	heard("554 5.0.0 b@xn--bcher-kva.example: 5.0.0 550 n??\r\n");
	run("MAIL FROM:<a@x.example> SMTPUTF8\r\n" RCPT "DATA\r\n.\r\n");
	heard("554 5.0.0 b@b\xc3\xbc" "cher.example: 5.0.0 550 n\xc3\xb6\r\n");
}

static void what_is_said_of_the_message(void **state)
{
	(void)state;
	session.office.fault =
		status_of(FAULT_TOO_LARGE, STAGE_ROUTE, &session.office.arena, "big");
	run(UP_TO_DATA ".\r\n");
	heard("552 5.3.4 big; nothing was sent\r\n");
	session.office.fault = status_of(FAULT_SYSTEM, STAGE_ROUTE, &session.office.arena, "full");
	run(UP_TO_DATA ".\r\n");
	heard("452 4.3.0 full; nothing was sent\r\n");
	session.office.fault = status_of(FAULT_MESSAGE, STAGE_ROUTE, &session.office.arena, "NUL");
	run(UP_TO_DATA ".\r\n");
	heard("554 5.6.0 NUL; nothing was sent\r\n");
}

static void long_replies_are_cut_into_lines(void **state)
{
	static char text[2000];
	struct recipient bad;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	bad = recipient_with("b@x", status_of_reply(550, STAGE_RCPT, text));
	session.office.verdicts = &bad;
	session.office.verdict_count = 1;
	run(UP_TO_DATA ".\r\n");
	for (const char *line = session.said.bytes; *line; line = strchr(line, '\n') + 1)
		assert_in_range(strcspn(line, "\r"), 3, 510);
	assert_string_equal(codes(), "220 250 250 354 554");
}

static void many_recipients(void **state)
{
	struct recipient *all = arena_array(&session.office.arena, 1000, sizeof *all);

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		all[i] = recipient_with("b@x", status_of_reply(550, STAGE_RCPT, "no"));
	session.office.verdicts = all;
	session.office.verdict_count = 1000;
	run(UP_TO_DATA ".\r\n");
	heard("554 5.0.0 and 900 more\r\n");
}

static void too_many_recipients(void **state)
{
	struct buf input;

	(void)state;
	buf_init(&input, 16 << 20);
	buf_text(&input, MAIL);
	for (size_t i = 0; i <= SUBMISSION_RECIPIENTS_MAX; i++)
		buf_text(&input, RCPT);
	run_bytes(input.bytes, input.size);
	heard("452 4.5.3 too many recipients\r\n");
	assert_int_equal(session.said.size,
	                 strlen("220 us.example ESMTP sendmx\r\n250 2.1.0 sender ok\r\n"
	                        "452 4.5.3 too many recipients\r\n") +
	                         SUBMISSION_RECIPIENTS_MAX * strlen("250 2.1.5 recipient ok\r\n"));
	buf_free(&input);
}

static void order(void **state)
{
	(void)state;
	run(RCPT "DATA\r\n" MAIL MAIL "DATA\r\nRSET\r\nDATA\r\n");
	assert_string_equal(codes(), "220 503 503 250 503 503 250 503");
	posted("");
}

static void noise(void **state)
{
	(void)state;
	run_bytes(
		"NO\0OP\r\nNOOP\rX\r\n\r\n\x80\r\nEHLO\r\n"
		"MAILFROM:<a@b.c>\r\nMAIL FROM:\r\nNOOP\r\n",
		62);
	assert_string_equal(codes(), "220 500 500 500 500 501 500 501 250");
}

static void blind_callers(void **state)
{
	(void)state;
	/* Content follows: it is skipped, whatever stands in it */
	run(MAIL "RCPT TO:<no@y.example>\r\nDATA\r\nSubject: x\r\n\r\n" UP_TO_DATA
	         "evil\r\n.\r\nQUIT\r\n");
	assert_string_equal(codes(), "220 250 550 554 221");
	posted("");
	/* Commands follow: they are obeyed */
	buf_clear(&session.said);
	run("DATA\r\nQUIT\r\n");
	assert_string_equal(codes(), "220 503 221");
}

static void ceilings(void **state)
{
	(void)state;
	size_max = 10;
	run("EHLO x\r\nMAIL FROM:<a@x.example> SIZE=11\r\nMAIL FROM:<a@x.example> SIZE=10\r\n" RCPT
	    "DATA\r\n0123456789\r\n.\r\nNOOP\r\n");
	assert_string_equal(codes(), "220 250 552 250 250 354 552 250");
	heard("250-SIZE 10\r\n");
	posted("");
}

static void ends(void **state)
{
	(void)state;
	run(UP_TO_DATA "x\r\n");
	assert_int_equal(session.exit, EX_IOERR);
	run(UP_TO_DATA "x\r\n.");
	posted("");
	run(MAIL RCPT "QUI");
	assert_int_equal(session.exit, EX_OK);
	run("");
	assert_int_equal(session.exit, EX_OK);
}

/* A reply goes out before the next command is waited for, and is not waited for itself when the
   next command is there already. */
static void replies_of_a_flight(void **state)
{
	int ends[2];
	char said[4096];
	const struct submission_want want = {.cancel_fd = -1,
	                                     .name = "us",
	                                     .temporary_folder = "/tmp"};
	struct submission_want pair = want;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(write(ends[1], "NOOP\r\nNOOP\r\n", 12), 12);
	assert_int_equal(write(ends[1], "QUIT\r\n", 6), 6);
	pair.in = pair.out = ends[0];
	assert_int_equal(submission_run(&pair), EX_OK);
	/* SOCK_SEQPACKET keeps each write apart: the greeting, one flight, the farewell */
	assert_int_equal(read(ends[1], said, sizeof said), strlen("220 us ESMTP sendmx\r\n"));
	assert_int_equal(read(ends[1], said, sizeof said), 2 * strlen("250 2.0.0 ok\r\n"));
	assert_int_equal(read(ends[1], said, sizeof said), strlen("221 2.0.0 bye\r\n"));
	close(ends[0]);
	close(ends[1]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fresh, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dots_come_off),
		TEST(large_content_moves_to_a_file),
		TEST(trouble_does_not_lose_the_end),
		TEST(a_message),
		TEST(several_messages),
		TEST(addresses_in_many_forms),
		TEST(no_mail_name),
		TEST(routes),
		TEST(verdicts_as_replies),
		TEST(unicode_only_where_it_was_asked_for),
		TEST(what_is_said_of_the_message),
		TEST(long_replies_are_cut_into_lines),
		TEST(many_recipients),
		TEST(too_many_recipients),
		TEST(order),
		TEST(noise),
		TEST(blind_callers),
		TEST(ceilings),
		TEST(ends),
		TEST(replies_of_a_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
