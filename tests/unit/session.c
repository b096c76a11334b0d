/* What smtp/session.h promises beside what is said: that is in tests/talk. The servers follow
   scripts of the same form. */

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

static const struct session_want usual; /* nothing beyond */

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

static void on_line(void *context, const char *host, const char *address, char direction,
                    const char *line)
{
	struct scene *s = context;

	assert_string_equal(host, "mx.test");
	assert_string_equal(address, "192.0.2.1");
	buf_printf(&s->record, "%c %s\n", direction, line);
}

static struct stream *reach(struct scene *s)
{
	struct dialer *d = &s->world.dialer;
	struct dial dial = d->ops->begin(d, &s->script.places[0].doors[0].ip, 25),
		    *dials[] = {&dial};
	struct deadline never = {.at = DEADLINE_NEVER, .cancel_fd = -1};

	assert_int_equal(d->ops->wait(d, dials, 1, never), 1);
	return dial.stream;
}

/* The server's side is text; what is wanted beyond the usual is in want. */
static bool begin(struct scene *s, struct session_want want, const char *server)
{
	const char *why;
	char *text;

	*s = (struct scene){.variant = {.name = "unit", .whole = true},
	                    .times = session_times_default,
	                    .trace = {on_line, s}};
	buf_init(&s->record, 1 << 20);
	assert_true(asprintf(&text, "# a unit test\n"
	                            "host mx.test 10 192.0.2.1\n"
	                            "to bob@example.org\n"
	                            "--- 192.0.2.1\n%s", server) > 0);
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
	struct slot slot = {.wire = bob, .domain = "example.org"};
	struct envelope e = {.sender = "", .slots = &slot, .count = 1, .message = message};

	session_send(&s->session, &e);
	return slot.status;
}

#define HI "S: 220 hi\nC: EHLO client.test\n"
#define TO_BOB "C: MAIL FROM:<>\nC: RCPT TO:<bob@example.org>\n"

static void offers_are_read(void **state)
{
	struct scene s;
	const struct session_offers *o = &s.session.offers;

	(void)state;
	assert_true(begin(&s, usual, HI "S: 250-mx\n"
	                                "S: 250-pipelining\n"
	                                "S: 250-CHUNKING\n"
	                                "S: 250-8BITMIME\n"
	                                "S: 250-SIZE 1234\n"
	                                "S: 250-STARTTLS\n"
	                                "S: 250 LIMITS MAILMAX=3 RCPTDOMAINMAX=1 rcptmax=50\n"
	                                "C: QUIT\n"));
	assert_true(o->pipelining && o->chunking && o->eight_bit && o->size && o->starttls);
	assert_int_equal(o->size_max, 1234);
	assert_int_equal(o->mail_max, 3);
	assert_int_equal(o->rcpt_max, 50);
	assert_false(s.session.secured);
	end(&s);
}

static void the_first_line_of_ehlo_offers_nothing(void **state)
{
	struct scene s;

	(void)state;
	assert_true(begin(&s, usual, HI "S: 250-PIPELINING\n"
	                                "S: 250-PIPELININGX\n"
	                                "S: 250-XSIZE 5\n"
	                                "S: 250 HELP\n"
	                                "C: QUIT\n"));
	assert_false(s.session.offers.pipelining);
	assert_false(s.session.offers.size);
	end(&s);
}

static void helo_offers_nothing(void **state)
{
	struct scene s;
	const struct session_offers *o = &s.session.offers;

	(void)state;
	assert_true(begin(&s, usual, HI "S: 502-no\n"
	                                "S: 502-SIZE 5\n"
	                                "S: 502 PIPELINING\n"
	                                "C: HELO client.test\n"
	                                "S: 250-mx\n"
	                                "S: 250 CHUNKING\n"
	                                "C: QUIT\n"));
	assert_false(o->pipelining || o->chunking || o->size);
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
		{STAGE_HELLO, HI "S: 250 hi\nC: QUIT\n"},
		{STAGE_TLS, HI "S: 250 hi\nC: QUIT\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct session_want want = {.stop_after = cases[i].stop};
		struct scene s;

		assert_true(begin(&s, want, cases[i].server));
		assert_int_equal(s.session.stage, cases[i].stop);
		assert_int_equal(s.session.talk.fault.class, 0);
		if (cases[i].stop == STAGE_CONNECT) /* nobody has even listened: nobody came */
			s.variant.whole = false;
		end(&s);
	}
}

#define PLAIN HI "S: 250 hi\nC: MAIL FROM:<>\n"
#define NAMED PLAIN "S: 250 ok\nC: RCPT TO:<bob@example.org>\n"
#define READY NAMED "S: 250 ok\nC: DATA\n"

static void every_step_has_its_own_time(void **state)
{
	static const struct session_times times = {
		.greeting = 1000,
		.hello = 2000,
		.mail = 3000,
		.rcpt = 4000,
		.data = 5000,
		.block = 6000,
		.end = 7000,
	};
	static const struct {
		int64_t took;
		enum stage stage;
		const char *server;
	} cases[] = {
		{1000, STAGE_GREETING, "silent\n"},
		{2000, STAGE_HELLO, HI "silent\n"},
		{2000, STAGE_HELLO, HI "S: 500 what\nC: HELO client.test\nsilent\n"},
		{3000, STAGE_MAIL, PLAIN "silent\n"},
		{4000, STAGE_RCPT, NAMED "silent\n"},
		{5000, STAGE_DATA, READY "silent\n"},
		{6000, STAGE_DATA, READY "S: 354 go\ndeaf\n"},
		{7000, STAGE_DATA, READY "S: 354 go\nC: <content>\nsilent\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t begun = world_now();
		struct scene s;

		if (begin(&s, (struct session_want){.times = &times}, cases[i].server))
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
	assert_false(begin(&s, (struct session_want){.until = until}, "silent\n"));
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
	assert_true(begin(&s, usual, "S: 220 hi\\x1b[m\n"
	                             "C: EHLO client.test\n"
	                             "S: 250-hi\n"
	                             "S: 250 PIPELINING\n"
	                             TO_BOB
	                             "C: DATA\n"
	                             "S: 250 ok\n"
	                             "S: 250 ok\n"
	                             "S: 354 go\n"
	                             "C: <content>\n"
	                             "S: 250 fine\n"
	                             "C: QUIT\n"));
	assert_int_equal(send_to_bob(&s, &s.script.message).class, 2);
	assert_string_equal(s.record.bytes, "< 220 hi\\x1b[m\n"
	                                    "> EHLO client.test\n"
	                                    "< 250-hi\n"
	                                    "< 250 PIPELINING\n"
	                                    "> MAIL FROM:<>\n"
	                                    "> RCPT TO:<bob@example.org>\n"
	                                    "> DATA\n"
	                                    "< 250 ok\n"
	                                    "< 250 ok\n"
	                                    "< 354 go\n"
	                                    "* message, 28 bytes\n"
	                                    "< 250 fine\n");
	end(&s);
}

static void who_is_undecided_has_class_0(void **state)
{
	struct slot slots[2] = {{.wire = "a@example.org", .domain = "example.org"},
	                         {.wire = "b@example.org", .domain = "example.org"}};
	struct envelope e = {.sender = "x@y.test", .slots = slots, .count = 2};
	struct scene s;

	(void)state;
	assert_true(begin(&s, usual, HI "S: 250-hi\n"
	                                "S: 250-PIPELINING\n"
	                                "S: 250 LIMITS MAILMAX=2\n"
	                                "C: MAIL FROM:<x@y.test>\n"
	                                "C: RCPT TO:<a@example.org>\n"
	                                "C: RCPT TO:<b@example.org>\n"
	                                "C: DATA\n"
	                                "S: 250 ok\n"
	                                "S: 250 ok\n"
	                                "S: 452 enough\n"
	                                "S: 354 go\n"
	                                "C: <content>\n"
	                                "S: 250 fine\n"
	                                "C: MAIL FROM:<x@y.test>\n"
	                                "C: RCPT TO:<b@example.org>\n"
	                                "C: DATA\n"
	                                "S: 250 ok\n"
	                                "S: 550 no\n"
	                                "S: 554 nobody\n"
	                                "C: QUIT\n"));
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
	assert_true(begin(&s, usual, HI "S: 250-hi\nS: 250 SIZE 27\nC: QUIT\n"));
	status = send_to_bob(&s, &s.script.message);
	assert_int_equal(status.fault, FAULT_TOO_LARGE);
	assert_int_equal(s.session.transactions, 0);
	assert_true(session_usable(&s.session));
	end(&s);
}

/* ---- a message in a file ---- */

enum { FILE_SIZE = 3 * MESSAGE_WINDOW + 1000 };

/* Dots in every place where one can stand. */
static void add_dots(char *text, size_t size)
{
	uint32_t chance = 1;

	for (size_t at = 0; at + 2 <= size; chance = chance * 1664525 + 1013904223) {
		unsigned which = chance >> 28;

		if (which < 4)
			memcpy(text + at++, "\r\n", 2);
		else
			text[at] = which < 10 ? '.' : 'x';
		at++;
	}
}

/* Lines such that a dot stands right behind each border of what is read at once. One such part is
   full of dots, one has no other. */
static char *file_text(void)
{
	char *text = memory_get(FILE_SIZE + 1, 1);

	memset(text, 'x', FILE_SIZE);
	for (size_t at = 500; at < MESSAGE_WINDOW; at += 500)
		memcpy(text + at - 2, "\r\n.", 3);
	add_dots(text + MESSAGE_WINDOW + 2, MESSAGE_WINDOW - 4);
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
static void begin_with_file(struct scene *s, struct message *message, size_t size_of_file,
                            const char *rest)
{
	char *text = file_text(), *server;

	assert_true(asprintf(&server, HI "S: 250-hi\n"
	                                 "S: 250 PIPELINING\n"
	                                 TO_BOB
	                                 "C: DATA\n"
	                                 "S: 250 ok\n"
	                                 "S: 250 ok\n"
	                                 "S: 354 go\n%s", rest) > 0);
	assert_true(begin(s, usual, server));
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
