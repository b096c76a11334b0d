#include "cli/option_row.h"

#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/text.h"

enum { ENVELOPE_ID_MAX = 100 }; /* RFC 3461 4.4 */

const char *option_dashes(const struct option_row *row)
{
	return row->name[0] == '-' ? "" : "-";
}

bool option_refuse(struct option_given *g, const char *sentence)
{
	g->why = arena_printf(g->arena, "%s%s %s", option_dashes(g->row), g->row->name, sentence);
	return false;
}

static bool refuse(struct option_given *g)
{
	return option_refuse(g, g->row->word);
}

static bool refuse_value(struct option_given *g, const char *wanted)
{
	const char *value = text_clean(g->arena, g->value, strlen(g->value));

	return option_refuse(g, arena_printf(g->arena, "wants %s, not \"%s\"", wanted, value));
}

static bool accept_silently(struct option_given *g)
{
	(void)g;
	return true;
}

static bool set_flag(struct option_given *g)
{
	*(bool *)((char *)g->options + g->row->target) = true;
	return true;
}

static bool set_text(struct option_given *g)
{
	*(const char **)((char *)g->options + g->row->target) = g->value;
	return true;
}

static bool set_task(struct option_given *g)
{
	g->options->task = (enum options_task)g->row->choice;
	return true;
}

static bool set_stage(struct option_given *g)
{
	static const struct {
		const char *name;
		enum stage stage;
	} stages[] = {
		{"", STAGE_ROUTE},
		{"route", STAGE_ROUTE},
		{"connect", STAGE_CONNECT},
		{"tls", STAGE_TLS},
		{"rcpt", STAGE_RCPT},
	};

	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
		if (text_same(g->value, stages[i].name)) {
			g->options->stop_after = stages[i].stage;
			return true;
		}
	}
	return refuse_value(g, "route, connect, tls or rcpt");
}

/* -bv: whatever follows the letter has never meant anything. */
static bool set_verify(struct option_given *g)
{
	g->options->stop_after = STAGE_ROUTE;
	return true;
}

static bool set_seed(struct option_given *g)
{
	g->options->seeded = true;
	return text_number(g->value, UINT64_MAX, &g->options->seed) || refuse_value(g, "a number");
}

static void setting_add(struct option_given *g, const char *key, const char *value,
                        const char *option, int exit)
{
	struct options *o = g->options;

	o->settings[o->setting_count++] = (struct options_setting){key, value, option, exit};
}

/* --timeout 5 is another spelling of -O timeout=5. */
static bool set_setting(struct option_given *g)
{
	setting_add(g, g->row->word, g->value, g->row->name, EX_USAGE);
	return true;
}

static bool value_yes(const char *value)
{
	return !*value || strchr("TtYy1", *value);
}

/* Sendmail's own long names begin with a capital. IgnoreDots means something here; the others steer
   a queue or a daemon. */
static bool set_classic(struct option_given *g, const char *key, const char *value)
{
	if (text_same(key, "IgnoreDots"))
		g->options->ignore_dots = value_yes(value);
	return true;
}

static bool set_any(struct option_given *g)
{
	const char *equals = strchr(g->value, '=');
	const char *value = equals ? equals + 1 : "";
	const char *key = arena_bytes(g->arena, g->value,
	                              equals ? (size_t)(equals - g->value) : strlen(g->value));

	if (*key >= 'A' && *key <= 'Z')
		return set_classic(g, key, value);
	if (!equals)
		return refuse_value(g, "key=value");
	setting_add(g, key, value, arena_printf(g->arena, "-O %s", key), EX_CONFIG);
	return true;
}

/* The bit of a word of -N, 0 for none. */
static unsigned notify_bit(const char *word, size_t size)
{
	static const char *const words[] = {"never", "success", "failure", "delay"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strlen(words[i]) == size && text_begins(word, words[i]))
			return 1u << i;
	}
	return 0;
}

/* Git passes "-N never" as one word, so that the value begins with a blank. RFC 3461 4.1: NEVER
   stands alone. */
static bool set_notify(struct option_given *g)
{
	const char *at = g->value + strspn(g->value, " ");
	unsigned bits = 0;

	for (;;) {
		size_t size = strcspn(at, ", ");
		unsigned bit = notify_bit(at, size);

		bits |= bit;
		if (!bit || (bits & NOTIFY_NEVER && bits != NOTIFY_NEVER))
			return refuse_value(g, "never, or a list of success, failure, delay");
		at += size;
		at += strspn(at, ", ");
		if (!*at)
			break;
	}
	g->options->notify = bits;
	return true;
}

static bool set_return(struct option_given *g)
{
	const char *value = g->value + strspn(g->value, " ");

	if (!text_same(value, "full") && !text_same(value, "hdrs"))
		return refuse_value(g, "full or hdrs");
	g->options->dsn_return = text_same(value, "full") ? "full" : "hdrs";
	return true;
}

static bool set_envelope_id(struct option_given *g)
{
	size_t size = strlen(g->value);

	for (size_t i = 0; i < size; i++) {
		if (g->value[i] < ' ' || g->value[i] > '~')
			return refuse_value(g, "printable ASCII");
	}
	if (!size || size > ENVELOPE_ID_MAX)
		return refuse_value(g, "1 to 100 characters");
	g->options->envelope_id = g->value;
	return true;
}

/* -em, -ee, -ep, -eq, -ew: how errors are told. Here it is always standard error and the exit
   status. */
static bool set_error_mode(struct option_given *g)
{
	return (*g->value && strchr("mepqw", *g->value)) || refuse_value(g, "one of m e p q w");
}

#define FLAG(name, argument, member, help) \
	{name, argument, 0, set_flag, offsetof(struct options, member), NULL, NULL, help}
#define TEXT(name, member, value, help) \
	{name, ARGUMENT_NEEDED, 0, set_text, offsetof(struct options, member), NULL, value, help}
#define VALUE(name, set, value, help) {name, ARGUMENT_NEEDED, 0, set, 0, NULL, value, help}
#define TASK(name, argument, task, help) {name, argument, task, set_task, 0, NULL, NULL, help}
#define SETTING(key, value, help) \
	{"--" key, ARGUMENT_NEEDED, 0, set_setting, 0, key, value, help}
#define ACCEPTED(name, argument, value) \
	{name, argument, 0, accept_silently, 0, NULL, value, NULL}
#define REFUSED(name, sentence) {name, ARGUMENT_GLUED, 0, refuse, 0, sentence, NULL, NULL}

#define NO_DAEMON "is not for sendmx, which has no daemon: it delivers while its caller waits"
#define NO_MODE "is no mode of sendmx"
#define NO_RUN "is no kind of queue run that sendmx knows"
#define NO_FILE "is refused: its argument is a file or a macro of sendmail's own"
#define ANCIENT "is an ancient option that sendmx does not have"
#define LATER "comes with a later version of sendmx"

const struct option_row option_rows[] = {
	FLAG("t", ARGUMENT_NONE, header_recipients, "also send to the addresses in To, Cc, Bcc"),
	FLAG("i", ARGUMENT_NONE, ignore_dots, "a lone dot does not end the message"),
	FLAG("oi", ARGUMENT_GLUED, ignore_dots, "the same"),
	TEXT("f", sender, " ADDRESS", "envelope sender; \"\" or <> for none"),
	TEXT("r", sender, " ADDRESS", "the same"),
	TEXT("F", full_name, " NAME", "full name for a From line that is added"),
	FLAG("v", ARGUMENT_NONE, verbose, "show the conversation on standard output"),
	TASK("bm", ARGUMENT_GLUED, TASK_SEND, "send a message: what happens anyway"),
	{"bv", ARGUMENT_GLUED, .set = set_verify, .help = "print the plan only: --dry-run=route"},
	TASK("bp", ARGUMENT_GLUED, TASK_MAILQ, "list the queue, which is always empty"),
	TASK("bi", ARGUMENT_GLUED, TASK_NEWALIASES, "nothing: there is no alias database"),
	TASK("bh", ARGUMENT_GLUED, TASK_NOTHING, "nothing: no host status is kept"),
	TASK("bH", ARGUMENT_GLUED, TASK_NOTHING, "the same"),
	TASK("q", ARGUMENT_GLUED, TASK_NOTHING, "nothing: there is no queue to run"),
	VALUE("B", accept_silently, " TYPE", "7BIT or 8BITMIME; sendmx looks for itself"),
	VALUE("N", set_notify, " WHEN", "never, or success,failure,delay; checked only"),
	VALUE("R", set_return, " WHAT", "full or hdrs; checked only"),
	VALUE("V", set_envelope_id, " ID", "envelope identifier; checked only"),
	TEXT("C", config_file, " FILE", "configuration file"),
	VALUE("O", set_any, " KEY=VALUE", "one setting of sendmx.conf(5)"),

	{"--dry-run", ARGUMENT_GLUED, .set = set_stage, .value = "[=STAGE]",
	 .help = "go as far as route, connect, tls or rcpt"},
	TEXT("--facts", facts_file, " FILE", "answer DNS questions from this file"),
	SETTING("resolver", " ADDRESS[:PORT]", "ask this name server"),
	SETTING("route", " DOMAIN=HOST[:PORT]", "this host instead of MX; repeatable"),
	SETTING("timeout", " SECONDS", "for the whole run"),
	SETTING("parallel", " N", "deliveries at once"),
	FLAG("--json", ARGUMENT_NONE, json, "report as one JSON object a line"),
	FLAG("--trace", ARGUMENT_NONE, trace, "as -v, with times"),
	VALUE("--seed", set_seed, " N", "fixed order of equal exchangers, for tests"),
	FLAG("--allow-loopback", ARGUMENT_NONE, allow_loopback,
	     "exchangers may be at 127.0.0.1, for tests"),
	TASK("--version", ARGUMENT_NONE, TASK_VERSION, "print the version"),
	TASK("--help", ARGUMENT_NONE, TASK_HELP, "print this"),

	ACCEPTED("o", ARGUMENT_JOINED, "ANY"),
	{"e", ARGUMENT_GLUED, .set = set_error_mode, .value = "MODE"},
	ACCEPTED("m", ARGUMENT_NONE, NULL),
	ACCEPTED("G", ARGUMENT_NONE, NULL),
	ACCEPTED("U", ARGUMENT_NONE, NULL),
	ACCEPTED("n", ARGUMENT_NONE, NULL),
	ACCEPTED("c", ARGUMENT_NONE, NULL),
	ACCEPTED("s", ARGUMENT_NONE, NULL),
	ACCEPTED("x", ARGUMENT_NONE, NULL),
	ACCEPTED("h", ARGUMENT_NEEDED, " HOPS"),
	ACCEPTED("L", ARGUMENT_NEEDED, " TAG"),
	ACCEPTED("p", ARGUMENT_NEEDED, " PROTOCOL"),
	ACCEPTED("A", ARGUMENT_NEEDED, " c|m"),
	ACCEPTED("d", ARGUMENT_GLUED, "LEVEL"),

	{"b", ARGUMENT_JOINED, .set = refuse, .word = "wants one of the letters m v p i"},
	REFUSED("bs", "(SMTP on standard input) " LATER),
	REFUSED("bd", NO_DAEMON),
	REFUSED("bD", NO_DAEMON),
	REFUSED("bl", NO_DAEMON),
	REFUSED("bt", NO_MODE),
	REFUSED("bP", NO_MODE),
	REFUSED("ba", NO_MODE),
	REFUSED("qS", NO_RUN),
	REFUSED("qG", NO_RUN),
	REFUSED("qp", NO_DAEMON),
	REFUSED("D", NO_FILE),
	REFUSED("X", NO_FILE),
	REFUSED("M", NO_FILE),
	REFUSED("Q", "is refused: there is no queue to quarantine in"),
	REFUSED("E", ANCIENT),
	REFUSED("J", ANCIENT),
	REFUSED("T", ANCIENT),
	REFUSED("--probe", LATER),
};

const size_t option_row_count = sizeof option_rows / sizeof *option_rows;

bool option_is_refused(const struct option_row *row)
{
	return row->set == refuse;
}
