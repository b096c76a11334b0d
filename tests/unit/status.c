/* What mail/status.h promises, and the exit statuses of RULES.md E. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "base/arena.h"
#include "mail/status.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void stages_have_names(void **state)
{
	static const char *const names[] = {"route", "connect", "greeting", "hello", "tls",
	                                    "mail",  "rcpt",    "data",     "done"};

	(void)state;
	assert_int_equal(sizeof names / sizeof *names, STAGE_DONE + 1);
	for (enum stage stage = STAGE_ROUTE; stage <= STAGE_DONE; stage++)
		assert_string_equal(stage_name(stage), names[stage]);
}

struct own_case {
	enum fault fault;
	const char *code;
	int exit;
};

static void verdicts_of_our_own(void **state)
{
	static const struct own_case cases[] = {
		{FAULT_ADDRESS, "5.1.3", EX_DATAERR},
		{FAULT_NO_DOMAIN, "5.1.2", EX_NOHOST},
		{FAULT_NULL_MX, "5.1.10", EX_NOHOST},
		{FAULT_DNS, "4.4.3", EX_TEMPFAIL},
		{FAULT_DANGLING, "5.4.4", EX_NOHOST},
		{FAULT_DANGLING_MAYBE, "4.4.4", EX_TEMPFAIL},
		{FAULT_NO_EXCHANGER, "5.4.4", EX_NOHOST},
		{FAULT_LOOP, "5.4.6", EX_UNAVAILABLE},
		{FAULT_CONNECT, "4.4.1", EX_TEMPFAIL},
		{FAULT_LOST, "4.4.2", EX_TEMPFAIL},
		{FAULT_SILENT, "4.4.2", EX_TEMPFAIL},
		{FAULT_UNCERTAIN, "4.4.2", EX_TEMPFAIL},
		{FAULT_EXPIRED, "4.4.7", EX_TEMPFAIL},
		{FAULT_CANCELLED, "4.4.7", EX_TEMPFAIL},
		{FAULT_PROTOCOL, "4.5.0", EX_TEMPFAIL},
		{FAULT_TLS, "4.7.5", EX_TEMPFAIL},
		{FAULT_REQUIRETLS, "5.7.30", EX_NOPERM},
		{FAULT_TOO_LARGE, "5.3.4", EX_DATAERR},
		{FAULT_MESSAGE, "5.6.0", EX_DATAERR},
		{FAULT_ALIAS, "5.3.5", EX_CONFIG},
		{FAULT_UTF8, "5.6.7", EX_DATAERR},
		{FAULT_SYSTEM, "4.3.0", EX_IOERR},
		{FAULT_CONFIG, "4.3.5", EX_CONFIG},
	};
	char code[16];

	(void)state;
	/* Every fault has its row here. */
	assert_int_equal(sizeof cases / sizeof *cases, FAULT_COUNT - 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum fault fault = cases[i].fault;
		struct status s = status_of(fault, STAGE_TLS, &arena, "%s says %d", "mx", 1);

		assert_string_equal(status_code(&s, code), cases[i].code);
		assert_int_equal(s.class, cases[i].code[0] - '0');
		assert_int_equal(status_exit(&s), cases[i].exit);
		assert_int_equal(s.fault, fault);
		assert_int_equal(s.stage, STAGE_TLS);
		assert_int_equal(s.maybe_delivered, fault == FAULT_UNCERTAIN);
		assert_int_equal(s.reply, 0);
		assert_string_equal(s.text, "mx says 1");
		assert_null(s.host);
	}
}

static void long_words_of_our_own(void **state)
{
	char words[5000];
	struct status s;

	(void)state;
	memset(words, 'a', sizeof words);
	words[sizeof words - 1] = '\0';
	s = status_of(FAULT_LOST, STAGE_DATA, &arena, "%s", words);
	assert_true(strlen(s.text) > 1000);
	assert_memory_equal(s.text, words, strlen(s.text));
}

struct reply_case {
	unsigned reply;
	const char *text, *code;
	int exit;
};

static void verdicts_of_a_server(void **state)
{
	static const struct reply_case cases[] = {
		{250, "2.0.0 Ok: queued", "2.0.0", EX_OK},
		{250, "2.1.5", "2.1.5", EX_OK},
		{251, "will forward", "2.0.0", EX_OK},
		{250, "5.1.1 says one thing and means another", "2.0.0", EX_OK},
		{450, "4.2.0 greylisted", "4.2.0", EX_TEMPFAIL},
		{421, "closing", "4.0.0", EX_TEMPFAIL},
		{452, "5.1.1 no", "4.0.0", EX_TEMPFAIL},
		{550, "5.1.1 no such user", "5.1.1", EX_NOUSER},
		{550, "5.1.10 null MX", "5.1.10", EX_NOHOST},
		{550, "5.1.2 no such host", "5.1.2", EX_NOHOST},
		{550, "5.4.4 no route", "5.4.4", EX_NOHOST},
		{553, "5.1.3 bad address", "5.1.3", EX_DATAERR},
		{552, "5.3.4 too large", "5.3.4", EX_DATAERR},
		{554, "5.6.0 bad content", "5.6.0", EX_DATAERR},
		{554, "5.6.7 no SMTPUTF8", "5.6.7", EX_DATAERR},
		{550, "5.7.1 policy", "5.7.1", EX_NOPERM},
		{554, "5.7.999 policy", "5.7.999", EX_NOPERM},
		{500, "5.5.2 what?", "5.5.2", EX_PROTOCOL},
		{552, "5.2.2 mailbox full", "5.2.2", EX_UNAVAILABLE},
		{554, "5.0.0 no", "5.0.0", EX_UNAVAILABLE},
		{550, "no", "5.0.0", EX_UNAVAILABLE},
		{550, "4.1.1 later", "5.0.0", EX_UNAVAILABLE},
		{550, "5.1", "5.0.0", EX_UNAVAILABLE},
		{550, "5.1.", "5.0.0", EX_UNAVAILABLE},
		{550, "5..1 x", "5.0.0", EX_UNAVAILABLE},
		{550, "5.1.1x", "5.0.0", EX_UNAVAILABLE},
		{550, "5.1.1.1 is an address", "5.0.0", EX_UNAVAILABLE},
		{550, "5.1.1000 x", "5.0.0", EX_UNAVAILABLE},
		{550, "5.1000.1 x", "5.0.0", EX_UNAVAILABLE},
		{550, " 5.1.1 x", "5.0.0", EX_UNAVAILABLE},
		{550, "55.1.1 x", "5.0.0", EX_UNAVAILABLE},
		{550, "5.-1.1 x", "5.0.0", EX_UNAVAILABLE},
		{550, "5.1.1\tx", "5.1.1", EX_NOUSER},
		{599, "5.999.999", "5.999.999", EX_UNAVAILABLE},
	};
	char code[16];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct reply_case *c = &cases[i];
		struct status s = status_of_reply(c->reply, STAGE_RCPT, c->text);

		if (strcmp(status_code(&s, code), c->code) != 0 || status_exit(&s) != c->exit)
			fail_msg("%u %s: %s, exit %d", c->reply, c->text, code, status_exit(&s));
		assert_int_equal(s.reply, c->reply);
		assert_int_equal(s.class, c->reply / 100);
		assert_int_equal(s.fault, FAULT_NONE);
		assert_int_equal(s.stage, STAGE_RCPT);
		assert_false(s.maybe_delivered);
		assert_string_equal(s.text, c->text);
	}
}

static void a_text_is_never_empty(void **state)
{
	struct status s = status_of_reply(550, STAGE_MAIL, "");

	(void)state;
	assert_true(*s.text);
}

static void undecided_is_temporary(void **state)
{
	struct status s = {0};

	(void)state;
	assert_int_equal(status_exit(&s), EX_TEMPFAIL);
}

static void codes_fit_their_room(void **state)
{
	struct status s = {.class = 255, .subject = 65535, .detail = 65535};
	char code[16];

	(void)state;
	assert_ptr_equal(status_code(&s, code), code);
	assert_true(strlen(code) < sizeof code);
}

static void two_exits_in_any_order(void **state)
{
	/* All that RULES.md E names, the worst first. */
	static const int exits[] = {75, 70, 71, 74, 78, 64, 65, 77, 76, 69, 68, 67, 0};
	const size_t count = sizeof exits / sizeof *exits;

	(void)state;
	for (size_t one = 0; one < count; one++) {
		for (size_t other = one; other < count; other++) {
			assert_int_equal(status_worse_exit(exits[one], exits[other]), exits[one]);
			assert_int_equal(status_worse_exit(exits[other], exits[one]), exits[one]);
		}
	}
	assert_int_equal(status_worse_exit(0, 99), 99);
	assert_int_equal(status_worse_exit(99, 0), 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_have_names),
		cmocka_unit_test_teardown(verdicts_of_our_own, forget),
		cmocka_unit_test_teardown(long_words_of_our_own, forget),
		cmocka_unit_test(verdicts_of_a_server),
		cmocka_unit_test(a_text_is_never_empty),
		cmocka_unit_test(undecided_is_temporary),
		cmocka_unit_test(codes_fit_their_room),
		cmocka_unit_test(two_exits_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
