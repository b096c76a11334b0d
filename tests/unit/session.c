/* What smtp/session.h promises beside what is said: that is in tests/talk. The servers follow scripts of the same form. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "smtp/session.h"

/* The Makefile makes one program of one file here. */
#include "talk/kit/clock.c"
#include "talk/kit/word.c"
#include "talk/kit/script.c"
#include "talk/kit/witness.c"
#include "talk/kit/shield.c"
#include "talk/kit/server.c"
#include "talk/kit/world.c"

/* A session with the one server of a script. */
struct scene {
	struct script script;
	struct variant variant;
	struct world world;
	struct session session;
	struct session_times times;
	struct talk_trace trace;
	struct arena texts;
	struct buf record;
};

static void on_line(void *context, const char *host, const char *address, char direction, const char *line)
{
	struct scene *s = context;

	assert_string_equal(host, "mx.test");
	assert_string_equal(address, "192.0.2.1");
	buf_printf(&s->record, "%c %s\n", direction, line);
}

static struct stream *reach(struct scene *s)
{
	struct dialer *d = &s->world.dialer;
	struct dial dial = d->ops->begin(d, &s->script.places[0].doors[0].ip, 25), *dials[] = {&dial};
	struct deadline never = {.at = DEADLINE_NEVER, .cancel_fd = -1};

	assert_int_equal(d->ops->wait(d, dials, 1, never), 1);
	return dial.stream;
}

/* The server's side is text; what is wanted beyond the usual is in want. */
static bool begin(struct scene *s, const char *server, struct session_want want)
{
	const char *why;
	char *text;

	*s = (struct scene){.variant = {.name = "unit", .whole = true}, .times = session_times_default, .trace = {on_line, s}};
	buf_init(&s->record, 1 << 20);
	assert_true(asprintf(&text, "# a unit test\nhost mx.test 10 192.0.2.1\nto bob@example.org\n--- 192.0.2.1\n%s", server) > 0);
	if (!script_read(&s->script, "script", text, &why))
		fail_msg("%s", why);
	free(text);
	world_open(&s->world, &s->script, &s->variant);
	want.host = "mx.test";
	want.address = "192.0.2.1";
	want.hello = "client.test";
	want.chunking = true;
	want.trace = &s->trace;
	want.texts = &s->texts;
	want.stop_after = want.stop_after ? want.stop_after : STAGE_DONE;
	want.times = want.times ? want.times : &s->times;
	if (!want.until.at)
		want.until = (struct deadline){.at = DEADLINE_NEVER, .cancel_fd = -1};
	return session_open(&s->session, reach(s), &want);
}

/* session_close has been called. */
static void clear(struct scene *s)
{
	world_check(&s->world);
	if (s->world.complaints.size)
		fail_msg("%s", s->world.complaints.bytes);
	world_close(&s->world);
	script_close(&s->script);
	arena_free(&s->texts);
	buf_free(&s->record);
}

static void end(struct scene *s)
{
	session_close(&s->session);
	clear(s);
}

static const char bob[] = "bob@example.org";

/* One transaction for one recipient. */
static struct status send_to_bob(struct scene *s, const struct message *message)
{
	struct slot slot = {.wire = bob};
	struct envelope e = {.sender = "", .slots = &slot, .count = 1, .message = message};

	session_send(&s->session, &e);
	return slot.status;
}

static void offers_are_read(void **state)
{
	struct scene s;

	(void)state;
	assert_true(begin(&s, "S: 220 hi\nC: EHLO client.test\nS: 250-mx\nS: 250-pipelining\nS: 250-CHUNKING\nS: 250-8BITMIME\n"
	                      "S: 250-SIZE 1234\nS: 250-STARTTLS\nS: 250 LIMITS MAILMAX=3 RCPTDOMAINMAX=1 rcptmax=50\nC: QUIT\n",
	                  (struct session_want){0}));
	assert_true(s.session.offers.pipelining && s.session.offers.chunking && s.session.offers.eight_bit);
	assert_true(s.session.offers.size && s.session.offers.starttls);
	assert_int_equal(s.session.offers.size_max, 1234);
	assert_int_equal(s.session.offers.mail_max, 3);
	assert_int_equal(s.session.offers.rcpt_max, 50);
	assert_false(s.session.secured);
	end(&s);
}

static void the_first_line_of_ehlo_offers_nothing(void **state)
{
	struct scene s;

	(void)state;
	assert_true(begin(&s, "S: 220 hi\nC: EHLO client.test\nS: 250-PIPELINING\nS: 250-PIPELININGX\nS: 250-XSIZE 5\nS: 250 HELP\nC: QUIT\n",
	                  (struct session_want){0}));
	assert_false(s.session.offers.pipelining);
	assert_false(s.session.offers.size);
	end(&s);
}

static void helo_offers_nothing(void **state)
{
	struct scene s;

	(void)state;
	assert_true(begin(&s, "S: 220 hi\nC: EHLO client.test\nS: 502-no\nS: 502-SIZE 5\nS: 502 PIPELINING\nC: HELO client.test\n"
	                      "S: 250-mx\nS: 250 CHUNKING\nC: QUIT\n",
	                  (struct session_want){0}));
	assert_false(s.session.offers.pipelining || s.session.offers.chunking || s.session.offers.size);
	end(&s);
}

static void it_stops_where_it_shall(void **state)
{
	static const struct {
		enum stage stop;
		const char *server;
	} cases[] = {
		{STAGE_CONNECT, "silent\n"},
		{STAGE_GREETING, "S: 220 hi\nC: QUIT\n"},
		{STAGE_HELLO, "S: 220 hi\nC: EHLO client.test\nS: 250 hi\nC: QUIT\n"},
		{STAGE_TLS, "S: 220 hi\nC: EHLO client.test\nS: 250 hi\nC: QUIT\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct scene s;

		assert_true(begin(&s, cases[i].server, (struct session_want){.stop_after = cases[i].stop}));
		assert_int_equal(s.session.stage, cases[i].stop);
		assert_int_equal(s.session.talk.fault.class, 0);
		if (cases[i].stop == STAGE_CONNECT) /* nobody has even listened: nobody came */
			s.variant.whole = false;
		end(&s);
	}
}

static void every_step_has_its_own_time(void **state)
{
	static const struct session_times times = {
		.greeting = 1000, .hello = 2000, .mail = 3000, .rcpt = 4000, .data = 5000, .block = 6000, .end = 7000,
	};
	static const struct {
		const char *server;
		int64_t took;
		enum stage stage;
	} cases[] = {
		{"silent\n", 1000, STAGE_GREETING},
		{"S: 220 hi\nC: EHLO client.test\nsilent\n", 2000, STAGE_HELLO},
		{"S: 220 hi\nC: EHLO client.test\nS: 500 what\nC: HELO client.test\nsilent\n", 2000, STAGE_HELLO},
		{"S: 220 hi\nC: EHLO client.test\nS: 250 hi\nC: MAIL FROM:<>\nsilent\n", 3000, STAGE_MAIL},
		{"S: 220 hi\nC: EHLO client.test\nS: 250 hi\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<bob@example.org>\nsilent\n",
		 4000, STAGE_RCPT},
		{"S: 220 hi\nC: EHLO client.test\nS: 250 hi\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<bob@example.org>\nS: 250 ok\n"
		 "C: DATA\nsilent\n", 5000, STAGE_DATA},
		{"S: 220 hi\nC: EHLO client.test\nS: 250 hi\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<bob@example.org>\nS: 250 ok\n"
		 "C: DATA\nS: 354 go\ndeaf\n", 6000, STAGE_DATA},
		{"S: 220 hi\nC: EHLO client.test\nS: 250 hi\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<bob@example.org>\nS: 250 ok\n"
		 "C: DATA\nS: 354 go\nC: <content>\nsilent\n", 7000, STAGE_DATA},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t begun = world_now();
		struct scene s;

		if (begin(&s, cases[i].server, (struct session_want){.times = &times}))
			send_to_bob(&s, &s.script.message);
		assert_int_equal(world_now() - begun, cases[i].took);
		assert_int_equal(s.session.talk.fault.fault, FAULT_SILENT);
		assert_int_equal(s.session.talk.fault.stage, cases[i].stage);
		assert_false(session_usable(&s.session));
		end(&s);
	}
}

static void the_run_is_above_all_times(void **state)
{
	struct deadline until = {.at = world_now() + 500, .cancel_fd = -1};
	struct scene s;

	(void)state;
	assert_false(begin(&s, "silent\n", (struct session_want){.until = until}));
	assert_int_equal(world_now(), until.at);
	assert_int_equal(s.session.talk.fault.fault, FAULT_EXPIRED);
	assert_non_null(s.session.talk.fault.text);
	assert_string_equal(s.session.talk.fault.host, "mx.test");
	end(&s);
}

static void the_record_has_all_but_the_message(void **state)
{
	struct scene s;

	(void)state;
	assert_true(begin(&s, "S: 220 hi\\x1b[m\nC: EHLO client.test\nS: 250-hi\nS: 250 PIPELINING\nC: MAIL FROM:<>\n"
	                      "C: RCPT TO:<bob@example.org>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: <content>\nS: 250 fine\nC: QUIT\n",
	                  (struct session_want){0}));
	assert_int_equal(send_to_bob(&s, &s.script.message).class, 2);
	assert_string_equal(s.record.bytes, "< 220 hi\\x1b[m\n> EHLO client.test\n< 250-hi\n< 250 PIPELINING\n> MAIL FROM:<>\n"
	                                    "> RCPT TO:<bob@example.org>\n> DATA\n< 250 ok\n< 250 ok\n< 354 go\n"
	                                    "* message, 28 bytes\n< 250 fine\n");
	end(&s);
}

static void who_is_undecided_has_class_0(void **state)
{
	struct slot slots[2] = {{.wire = "a@example.org"}, {.wire = "b@example.org"}};
	struct envelope e = {.sender = "x@y.test", .slots = slots, .count = 2};
	struct scene s;

	(void)state;
	assert_true(begin(&s, "S: 220 hi\nC: EHLO client.test\nS: 250-hi\nS: 250-PIPELINING\nS: 250 LIMITS MAILMAX=2\n"
	                      "C: MAIL FROM:<x@y.test>\nC: RCPT TO:<a@example.org>\nC: RCPT TO:<b@example.org>\nC: DATA\n"
	                      "S: 250 ok\nS: 250 ok\nS: 452 enough\nS: 354 go\nC: <content>\nS: 250 fine\n"
	                      "C: MAIL FROM:<x@y.test>\nC: RCPT TO:<b@example.org>\nC: DATA\n"
	                      "S: 250 ok\nS: 550 no\nS: 554 nobody\nC: QUIT\n",
	                  (struct session_want){0}));
	e.message = &s.script.message;
	session_send(&s.session, &e);
	assert_int_equal(slots[0].status.class, 2);
	assert_int_equal(slots[0].status.stage, STAGE_DONE);
	assert_int_equal(slots[1].status.class, 0);
	assert_true(session_usable(&s.session));
	session_send(&s.session, &e);
	assert_int_equal(slots[1].status.class, 5);
	assert_int_equal(slots[1].status.stage, STAGE_RCPT);
	assert_int_equal(s.session.transactions, 2);
	assert_false(session_usable(&s.session));
	end(&s);
}

static void too_large_is_said_before_anything_is_sent(void **state)
{
	struct scene s;
	struct status status;

	(void)state;
	assert_true(begin(&s, "S: 220 hi\nC: EHLO client.test\nS: 250-hi\nS: 250 SIZE 27\nC: QUIT\n", (struct session_want){0}));
	status = send_to_bob(&s, &s.script.message);
	assert_int_equal(status.fault, FAULT_TOO_LARGE);
	assert_int_equal(s.session.transactions, 0);
	assert_true(session_usable(&s.session));
	end(&s);
}

/* ---- a message in a file ---- */

enum { FILE_SIZE = 3 * MESSAGE_WINDOW + 1000 };

/* Lines such that a dot stands right behind each border of what is read at once. */
static char *file_text(void)
{
	char *text = memory_get(FILE_SIZE + 1, 1);

	memset(text, 'x', FILE_SIZE);
	for (size_t at = 500; at < FILE_SIZE; at += 500)
		memcpy(text + at - 2, "\r\n.", 3);
	for (size_t at = MESSAGE_WINDOW; at < FILE_SIZE; at += MESSAGE_WINDOW)
		memcpy(text + at - 2, "\r\n..", 4);
	memcpy(text + FILE_SIZE - 2, "\r\n", 2);
	return text;
}

static int file_of(const char *text, size_t size)
{
	char name[] = "/tmp/sendmx-session-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(write(fd, text, size), (ssize_t)size);
	return fd;
}

/* The script's message is what the server shall hear; ours is the same in a file. */
static void begin_with_file(struct scene *s, struct message *message, size_t size_of_file, const char *rest)
{
	char *text = file_text(), *server;

	assert_true(asprintf(&server, "S: 220 hi\nC: EHLO client.test\nS: 250-hi\nS: 250 PIPELINING\nC: MAIL FROM:<>\n"
	                              "C: RCPT TO:<bob@example.org>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\n%s", rest) > 0);
	assert_true(begin(s, server, (struct session_want){0}));
	*message = (struct message){.size = FILE_SIZE, .file = file_of(text, size_of_file)};
	free(server);
	free(text);
}

static void a_message_in_a_file_is_stuffed_across_its_windows(void **state)
{
	char *text = file_text(), *stuffed_text;
	struct message message, whole = {.size = FILE_SIZE, .memory = text, .file = -1};
	const struct buf *said;
	struct scene s;
	size_t size;

	(void)state;
	begin_with_file(&s, &message, FILE_SIZE, "silent\n");
	s.variant.whole = false;
	assert_true(send_to_bob(&s, &message).maybe_delivered);
	stuffed_text = stuffed(&s.script.arena, &whole, &size);
	said = &s.world.transcripts->said;
	assert_true(said->size > size);
	assert_memory_equal(said->bytes + said->size - size, stuffed_text, size);
	assert_memory_equal(said->bytes + said->size - size - 6, "DATA\r\n", 6);
	close(message.file);
	free(text);
	end(&s);
}

static void a_message_that_cannot_be_read_back_is_never_ended(void **state)
{
	struct message message;
	const struct buf *said;
	struct status status;
	struct scene s;

	(void)state;
	begin_with_file(&s, &message, MESSAGE_WINDOW + 77, "silent\n");
	s.variant.whole = false;
	status = send_to_bob(&s, &message);
	assert_int_equal(status.class, 0);
	assert_int_equal(s.session.talk.fault.fault, FAULT_SYSTEM);
	assert_false(session_usable(&s.session));
	close(message.file);
	session_close(&s.session);
	said = &s.world.transcripts->said;
	assert_null(memmem(said->bytes, said->size, "\r\n.\r\n", 5));
	assert_null(memmem(said->bytes, said->size, "QUIT", 4));
	clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers_are_read),
		cmocka_unit_test(the_first_line_of_ehlo_offers_nothing),
		cmocka_unit_test(helo_offers_nothing),
		cmocka_unit_test(it_stops_where_it_shall),
		cmocka_unit_test(every_step_has_its_own_time),
		cmocka_unit_test(the_run_is_above_all_times),
		cmocka_unit_test(the_record_has_all_but_the_message),
		cmocka_unit_test(who_is_undecided_has_class_0),
		cmocka_unit_test(too_large_is_said_before_anything_is_sent),
		cmocka_unit_test(a_message_in_a_file_is_stuffed_across_its_windows),
		cmocka_unit_test(a_message_that_cannot_be_read_back_is_never_ended),
	};

	return cmocka_run_group_tests_name("smtp/session", tests, NULL, NULL);
}
