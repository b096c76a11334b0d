/* What cli/options.h promises: every row of the table, and how words become options. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/options.h"

enum { WORDS_MAX = 8 };

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* What was understood, as one line: only what differs from an empty command line. */
static void add_text(struct buf *b, const char *name, const char *value)
{
	if (value)
		buf_printf(b, "%s=%s ", name, value);
}

static void add_flag(struct buf *b, const char *name, bool flag)
{
	if (flag)
		buf_printf(b, "%s ", name);
}

static void add_letter(struct buf *b, const char *name, char letter)
{
	if (letter)
		buf_printf(b, "%s=%c ", name, letter);
}

static void add_lists(struct buf *b, const struct options *o)
{
	for (size_t i = 0; i < o->setting_count; i++)
		buf_printf(b, "%s(%d):%s=%s ", o->settings[i].option, o->settings[i].exit,
		           o->settings[i].key, o->settings[i].value);
	for (size_t i = 0; i < o->operand_count; i++)
		buf_printf(b, "to:%s ", o->operands[i]);
}

static const char *understood(const struct options *o)
{
	static const char *const tasks[] = {
		[TASK_SEND] = "send",       [TASK_SUBMISSION] = "submission",
		[TASK_HELP] = "help",       [TASK_VERSION] = "version",
		[TASK_MAILQ] = "mailq",     [TASK_NEWALIASES] = "newaliases",
		[TASK_NOTHING] = "nothing", [TASK_SHOW_CONFIG] = "show",
		[TASK_SHOW_MESSAGE] = "show-message", [TASK_CHECK_SENDER] = "check-sender",
		[TASK_TLSRPT] = "tlsrpt",
	};
	struct buf b;
	const char *text;

	buf_init(&b, 4096);
	add_flag(&b, tasks[o->task], o->task != TASK_SEND);
	add_flag(&b, "t", o->header_recipients);
	add_flag(&b, "i", o->ignore_dots);
	add_text(&b, "f", o->sender);
	add_text(&b, "F", o->full_name);
	add_text(&b, "stop", o->stop_after == STAGE_DONE ? NULL : stage_name(o->stop_after));
	add_flag(&b, "probe", o->probe);
	add_flag(&b, "verbose", o->verbose);
	add_flag(&b, "trace", o->trace);
	add_flag(&b, "json", o->json);
	add_text(&b, "C", o->config_file);
	add_text(&b, "facts", o->facts_file);
	add_text(&b, "author", o->check_address);
	add_text(&b, "selector", o->dkim_selector);
	add_text(&b, "day", o->tlsrpt_day);
	add_flag(&b, "loopback", o->allow_loopback);
	if (o->seeded)
		buf_printf(&b, "seed=%llu ", (unsigned long long)o->seed);
	add_letter(&b, "od", o->delivery_mode);
	add_letter(&b, "oe", o->error_mode);
	add_flag(&b, "requiretls", o->require_tls);
	if (o->notify)
		buf_printf(&b, "notify=%u ", o->notify);
	add_text(&b, "return", o->dsn_return);
	add_text(&b, "id", o->envelope_id);
	add_lists(&b, o);
	text = arena_bytes(&arena, b.bytes, b.size ? b.size - 1 : 0);
	buf_free(&b);
	return text;
}

/* Words behind the program's name, and what is understood, or with a "!" in front a piece of what
   is said against it. */
struct words_case {
	const char *words[WORDS_MAX];
	const char *wanted;
};

static void check(const char *name, const struct words_case *c)
{
	char *argv[WORDS_MAX + 2] = {(char *)name};
	struct options o;
	const char *why = NULL;
	int argc = 1;

	while (argc <= WORDS_MAX && c->words[argc - 1]) {
		argv[argc] = (char *)c->words[argc - 1];
		argc++;
	}
	bool good = options_parse(&o, &arena, argc, argv, &why);
	const char *got = good ? understood(&o) : why;

	if (good != (c->wanted[0] != '!'))
		fail_msg("%s %s: %s", argv[1], argc > 2 ? argv[2] : "", got);
	if (good)
		assert_string_equal(got, c->wanted);
	else if (!strstr(got, c->wanted + 1))
		fail_msg("%s: \"%s\" does not say \"%s\"", argv[1], got, c->wanted + 1);
}

static void check_all(const struct words_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check("/usr/sbin/sendmail", &cases[i]);
}

#define CHECK_ALL(cases) check_all(cases, sizeof cases / sizeof *cases)

static void classic_options(void **state)
{
	static const struct words_case cases[] = {
		{{"bob"}, "to:bob"},
		{{"-t"}, "t"},
		{{"-i"}, "i"},
		{{"-oi"}, "i"},
		{{"-f", "bob", "carol"}, "f=bob to:carol"},
		{{"-fbob"}, "f=bob"},
		{{"-r", "bob"}, "f=bob"},
		{{"-FCronDaemon"}, "F=CronDaemon"},
		{{"-F", "\"Reminder Service\""}, "F=\"Reminder Service\""},
		{{"-v"}, "verbose"},
		{{"-bm", "bob"}, "to:bob"},
		{{"-bv", "bob"}, "stop=route to:bob"},
		{{"-bv", "-bm"}, "stop=route"},
		{{"-bs"}, "submission"},
		{{"-bs", "-odb", "-oem", "-om"}, "submission od=b oe=m"},
		{{"-bs", "-i"}, "submission i"},
		{{"-bs", "-bv"}, "submission stop=route"},
		{{"-bp"}, "mailq"},
		{{"-bp", "-Ac", "bob"}, "mailq to:bob"},
		{{"-bi"}, "newaliases"},
		{{"-bh"}, "nothing"},
		{{"-bH"}, "nothing"},
		{{"-B8BITMIME", "bob"}, "to:bob"},
		{{"-B", "7BIT", "bob"}, "to:bob"},
		{{"-B", "nonsense"}, ""},
		{{"-C", "/etc/x"}, "C=/etc/x"},
	};

	(void)state;
	CHECK_ALL(cases);
}

/* There is no queue; but who names recipients wants to send. */
static void queue_options(void **state)
{
	static const struct words_case cases[] = {
		{{"-q"}, "nothing"},
		{{"-q30m"}, "nothing"},
		{{"-q1h30m"}, "nothing"},
		{{"-qf"}, "nothing"},
		{{"-qIabc"}, "nothing"},
		{{"-qRexample.org"}, "nothing"},
		{{"-v", "-q"}, "nothing verbose"},
		{{"-q30m", "bob"}, "to:bob"},
		{{"-q30m", "-t"}, "t"},
		{{"-bm", "-q30m"}, "nothing"},
		{{"-bs", "-q30m"}, "submission"},
		{{"-bp", "-q"}, "mailq"},
		{{"-q", "bob"}, "!-q sends no message"},
		{{"-qf", "-t"}, "!-q sends no message"},
		{{"-bd", "-q30m"}, "!no daemon"},
		{{"-qSx"}, "!-qS is no kind of queue run"},
		{{"-qGx"}, "!-qG is no kind of queue run"},
		{{"-qp1m"}, "!-qp is not for sendmx"},
		{{"-qLx"}, "!-q wants nothing behind it"},
		{{"-q!I5"}, "!-q wants nothing behind it"},
		{{"-q30 m"}, "!-q wants nothing behind it"},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void delivery_status_options(void **state)
{
	static const struct words_case cases[] = {
		{{"-N", "never"}, "notify=1"},
		{{"-N never"}, "notify=1"},
		{{"-Nsuccess,failure,delay"}, "notify=14"},
		{{"-N", "SUCCESS, delay"}, "notify=10"},
		{{"-N", "never,delay"}, "!-N wants"},
		{{"-N", "sometimes"}, "!\"sometimes\""},
		{{"-N", ""}, "!-N wants"},
		{{"-R", "full"}, "return=FULL"},
		{{"-RHDRS"}, "return=HDRS"},
		{{"-R", "half"}, "!-R wants full or hdrs"},
		{{"-V00000123"}, "id=00000123"},
		{{"-V", "x y"}, "id=x y"},
		{{"-V", ""}, "!-V wants"},
		{{"-V", "a\nb"}, "!\"a\\x0ab\""},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void accepted_in_silence(void **state)
{
	static const struct words_case cases[] = {
		{{"-om"}, ""},
		{{"-o7"}, ""},
		{{"-odi"}, "od=i"},
		{{"-odb"}, "od=b"},
		{{"-odq"}, "od=q"},
		{{"-odd"}, "od=d"},
		{{"-odf"}, "od=f"},
		{{"-oem"}, "oe=m"},
		{{"-oee"}, "oe=e"},
		{{"-oep"}, "oe=p"},
		{{"-oeq"}, "oe=q"},
		{{"-oew"}, "oe=w"},
		{{"-oez"}, ""},
		{{"-oT5d"}, ""},
		{{"-oo"}, ""},
		{{"-oL9"}, ""},
		{{"-o8"}, ""},
		{{"-oMsSMTP"}, ""},
		{{"-oee", "-odi", "-oi", "-G", "-f", "a", "bob"}, "i f=a od=i oe=e to:bob"},
		{{"-oQ/tmp"}, ""},
		{{"-os"}, ""},
		{{"-o", "em", "bob"}, "oe=m to:bob"},
		{{"-o", "", "bob"}, "to:bob"},
		{{"-o", "i", "bob"}, "i to:bob"},
		{{"-em"}, "oe=m"},
		{{"-ee"}, "oe=e"},
		{{"-ep"}, "oe=p"},
		{{"-eq"}, "oe=q"},
		{{"-ew"}, "oe=w"},
		{{"-m"}, ""},
		{{"-G"}, ""},
		{{"-U"}, ""},
		{{"-n"}, ""},
		{{"-c"}, ""},
		{{"-s"}, ""},
		{{"-x"}, ""},
		{{"-h", "3", "bob"}, "to:bob"},
		{{"-h3", "bob"}, "to:bob"},
		{{"-L", "tag", "bob"}, "to:bob"},
		{{"-p", "bob", "carol"}, "to:carol"},
		{{"-Ac"}, ""},
		{{"-A", "m", "bob"}, "to:bob"},
		{{"-d"}, ""},
		{{"-d0.1"}, ""},
		{{"-OIgnoreDots=True"}, "i"},
		{{"-i", "-O", "IgnoreDots=False"}, ""},
		{{"-ODeliveryMode=b", "-OErrorMode=m"}, "od=b oe=m"},
		{{"-O", "ignoredots"}, "i"},
		{{"-O", "AliasFile=/x"}, "-O AliasFile(78):aliases=/x"},
		{{"-O", "MaxMessageSize=9"}, "-O MaxMessageSize(78):size-max=9"},
		{{"-O", "requiretls=yes"}, "requiretls"},
		{{"-O", "requiretls=no"}, ""},
		{{"-O", "smtputf8=yes"}, ""},
		{{"-Osmtputf8=no"}, ""},
		{{"-OQueueDirectory=/x"}, ""},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void refused_with_a_sentence(void **state)
{
	static const struct words_case cases[] = {
		{{"-O", "requiretls=maybe"}, "!-O requiretls wants yes or no"},
		{{"-O", "smtputf8"}, "!-O smtputf8 wants yes or no"},
		{{"-bd"}, "!-bd is not for sendmx, which has no daemon"},
		{{"-bD"}, "!no daemon"},
		{{"-bl"}, "!no daemon"},
		{{"-bt"}, "!-bt is no mode"},
		{{"-bP"}, "!-bP"},
		{{"-ba"}, "!-ba"},
		{{"-bZ"}, "!-b wants one of"},
		{{"-b"}, "!-b needs an argument"},
		{{"-b", "d"}, "!-bd"},
		{{"-Dx"}, "!-D is refused"},
		{{"-X", "/tmp/log"}, "!-X is refused"},
		{{"-MxY"}, "!-M is refused"},
		{{"-Qwhy"}, "!-Q is refused"},
		{{"-E"}, "!-E is an ancient"},
		{{"-J"}, "!-J"},
		{{"-T1h"}, "!-T"},
		{{"-e"}, "!-e wants"},
		{{"-ez"}, "!-e wants"},
		{{"a@b", "--dry-run"}, "!--dry-run stands behind an address: options come first"},
		{{"-t", "a@b", "--route=x=y"}, "!--route=x=y stands behind an address"},
		{{"-Z"}, "!-Z is an unknown option"},
		{{"-tZ"}, "!-Z is an unknown option"},
		{{"-t--json"}, "!unknown option"},
		{{"--nonsense"}, "!--nonsense is an unknown option"},
		{{"--t"}, "!--t is an unknown option"},
		{{"-\x1b[2J"}, "!-\\x1b[2J is an unknown option"},
		{{"-f"}, "!-f needs an argument"},
		{{"-t", "-i", "-f"},
	         "!-f needs an argument"}, /* -f'' in a shell, as PHP users write */
		{{"-r"}, "!-r needs an argument"},
		{{"-F"}, "!-F needs an argument"},
		{{"-N"}, "!-N needs an argument"},
		{{"-h"}, "!-h needs an argument"},
		{{"-L"}, "!-L needs an argument"},
		{{"-O", "timeout"}, "!-O wants key=value"},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void our_options(void **state)
{
	static const struct words_case cases[] = {
		{{"--dry-run", "bob"}, "stop=route to:bob"},
		{{"--dry-run=route"}, "stop=route"},
		{{"--dry-run=connect"}, "stop=connect"},
		{{"--dry-run=tls"}, "stop=tls"},
		{{"--dry-run=rcpt"}, "stop=rcpt"},
		{{"--dry-run=data"}, "!--dry-run wants message, route, connect, tls or rcpt, not \"data\""},
		{{"--dry-run", "--dry-run=tls"}, "stop=tls"},
		{{"--probe", "bob"}, "stop=tls probe to:bob"},
		{{"--probe=tls"}, "stop=tls probe"},
		{{"--probe=RCPT"}, "stop=rcpt probe"},
		{{"--probe=connect"}, "!--probe wants tls or rcpt, not \"connect\""},
		{{"--probe", "--dry-run=tls"}, "stop=tls"},
		{{"--probe", "-bv"}, "stop=route"},
		{{"--dry-run=message", "--probe"}, "stop=tls probe"},
		{{"--dry-run=message", "-i"}, "show-message i stop=route"},
		{{"--dry-run=message", "-bm", "bob"}, "show-message stop=route to:bob"},
		{{"--dry-run=message", "--dry-run=tls"}, "stop=tls"},
		{{"--dry-run=message", "-bv"}, "stop=route"},
		{{"--dry-run=message", "--json"}, "!--dry-run=message prints the message itself"},
		{{"--json", "--dry-run=message", "-bv"}, "stop=route json"},
		{{"--json"}, "json"},
		{{"--json=yes"}, "!--json takes no argument"},
		{{"--trace"}, "trace"},
		{{"--facts", "file"}, "facts=file"},
		{{"--facts=file"}, "facts=file"},
		{{"--facts="}, "facts="},
		{{"--facts"}, "!--facts needs an argument"},
		{{"--allow-loopback"}, "loopback"},
		{{"--seed", "7"}, "seed=7"},
		{{"--seed=-7"}, "!--seed wants a number"},
		{{"--route", "a=b", "--route=c=d"}, "--route(64):route=a=b --route(64):route=c=d"},
		{{"--resolver", "[::1]:5353"}, "--resolver(64):resolver=[::1]:5353"},
		{{"--timeout=5"}, "--timeout(64):timeout=5"},
		{{"--parallel", "3"}, "--parallel(64):parallel=3"},
		{{"-O", "timeout=5"}, "-O timeout(78):timeout=5"},
		{{"-Oroute=a=b"}, "-O route(78):route=a=b"},
		{{"--check-sender"}, "check-sender"},
		{{"--check-sender=a@b", "--dkim-selector", "s1", "192.0.2.1"},
	         "check-sender author=a@b selector=s1 to:192.0.2.1"},
		{{"--tlsrpt", "yesterday", "--dry-run"}, "tlsrpt stop=route day=yesterday"},
		{{"--tlsrpt"}, "!--tlsrpt needs an argument"},
		{{"--show-config"}, "show"},
		{{"--version"}, "version"},
		{{"--help"}, "help"},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void words_and_clusters(void **state)
{
	static const struct words_case cases[] = {
		{{"-it"}, "t i"},
		{{"-ti"}, "t i"},
		{{"-tfbob"}, "t f=bob"},
		{{"-tf", "bob"}, "t f=bob"},
		{{"-toi", "bob"}, "t i to:bob"},
		{{"-oit"}, "i"}, /* getopt: all of "it" is the value of -o */
		{{"-t", "-i", "-oi", "-fX", "-t"}, "t i f=X"},
		{{"-f", "one", "-ftwo"}, "f=two"},
		{{"-f", ""}, "f="},
		{{"-f", "<>"}, "f=<>"},
		{{"-f", "-t", "bob"}, "f=-t to:bob"},
		{{"--", "-x@example.org", "-t"}, "to:-x@example.org to:-t"},
		{{"--", "bob", "--json"}, "to:bob to:--json"},
		{{"bob", "--jsonny"}, "to:bob to:--jsonny"},
		{{"-i", "bob", "-t", "--", "x"}, "i to:bob to:-t to:-- to:x"},
		{{"-f", "a", "-", "-t"}, "f=a to:- to:-t"},
		{{"", "bob"}, "to: to:bob"},
		{{"-o", "e"}, ""},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void other_names_of_the_program(void **state)
{
	static const struct words_case any = {{"-Ac", "-Z", "bob"}, "mailq"};
	static const struct words_case none = {{NULL}, "newaliases"};
	struct options o;
	const char *why;

	(void)state;
	check("/usr/bin/mailq", &any);
	check("mailq", &any);
	check("newaliases", &none);
	assert_true(options_parse(&o, &arena, 0, NULL, &why));
	assert_int_equal(o.operand_count, 0);
}

static void help_fits_a_terminal(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	options_help(&b);
	for (const char *line = b.bytes; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 0, 80);
	assert_non_null(strstr(b.bytes, "  --dry-run[=STAGE] "));
	assert_non_null(strstr(b.bytes, "  -f ADDRESS "));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(classic_options, forget),
		cmocka_unit_test_teardown(queue_options, forget),
		cmocka_unit_test_teardown(delivery_status_options, forget),
		cmocka_unit_test_teardown(accepted_in_silence, forget),
		cmocka_unit_test_teardown(refused_with_a_sentence, forget),
		cmocka_unit_test_teardown(our_options, forget),
		cmocka_unit_test_teardown(words_and_clusters, forget),
		cmocka_unit_test_teardown(other_names_of_the_program, forget),
		cmocka_unit_test_teardown(help_fits_a_terminal, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
