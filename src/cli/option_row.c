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
		{"message", STAGE_ROUTE},
		{"route", STAGE_ROUTE},
		{"connect", STAGE_CONNECT},
		{"tls", STAGE_TLS},
		{"rcpt", STAGE_RCPT},
	};

	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
		if (text_same(g->value, stages[i].name)) {
			g->options->stop_after = stages[i].stage;
			g->options->probe = false;
			g->options->show_message = text_same(g->value, "message");
			return true;
		}
	}
	return refuse_value(g, "message, route, connect, tls or rcpt");
}

static bool set_check_sender(struct option_given *g)
{
	g->options->task = TASK_CHECK_SENDER;
	g->options->check_address = *g->value ? g->value : NULL;
	return true;
}

static bool set_tlsrpt(struct option_given *g)
{
	g->options->task = TASK_TLSRPT;
	g->options->tlsrpt_day = g->value;
	return true;
}

/* -bv: whatever follows the letter has never meant anything. */
static bool set_verify(struct option_given *g)
{
	g->options->stop_after = STAGE_ROUTE;
	g->options->probe = false;
	g->options->show_message = false;
	return true;
}

static bool set_probe(struct option_given *g)
{
	bool rcpt = text_same(g->value, "rcpt");

	g->options->stop_after = rcpt ? STAGE_RCPT : STAGE_TLS;
	g->options->probe = true;
	g->options->show_message = false;
	return rcpt || !*g->value || text_same(g->value, "tls") || refuse_value(g, "tls or rcpt");
}

static bool set_seed(struct option_given *g)
{
	g->options->seeded = true;
	return text_number(g->value, UINT64_MAX, &g->options->seed) || refuse_value(g, "a number");
}

/* -q30m, -q1h30m: how often a daemon would look. */
static bool is_time(const char *value)
{
	if (!text_is_digit(*value))
		return false;
	while (text_is_alnum(*value))
		value++;
	return !*value;
}

/* There is no queue, so all that can be said is whether it makes sense. */
static bool set_queue_run(struct option_given *g)
{
	bool once = !*g->value || text_same(g->value, "f") || *g->value == 'I' || *g->value == 'R';

	if (!once && !is_time(g->value))
		return option_refuse(g, "wants nothing behind it, f, Iid, Rdomain or a time");
	g->options->queue_run = once ? QUEUE_RUN_ONCE : QUEUE_RUN_TIMED;
	return true;
}

static bool set_delivery_mode(struct option_given *g)
{
	g->options->delivery_mode = *g->value;
	return true;
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

static bool set_classic_dots(struct option_given *g, const char *value)
{
	g->options->ignore_dots = value_yes(value);
	return true;
}

static bool set_classic_delivery(struct option_given *g, const char *value)
{
	g->options->delivery_mode = *value;
	return true;
}

static bool set_classic_error(struct option_given *g, const char *value)
{
	g->options->error_mode = *value;
	return true;
}

static bool set_classic_aliases(struct option_given *g, const char *value)
{
	setting_add(g, "aliases", value, "-O AliasFile", EX_CONFIG);
	return true;
}

static bool set_classic_size(struct option_given *g, const char *value)
{
	setting_add(g, "size-max", value, "-O MaxMessageSize", EX_CONFIG);
	return true;
}

static bool set_require_tls(struct option_given *g, const char *value)
{
	g->options->require_tls = text_same(value, "yes");
	return text_same(value, "yes") || text_same(value, "no") ||
	       option_refuse(g, "requiretls wants yes or no");
}

/* Whether SMTPUTF8 is needed is seen in addresses and header: asked for in vain it would keep mail
   from servers that can take it, and mail that needs it cannot do without. */
static bool check_utf8(struct option_given *g, const char *value)
{
	return text_same(value, "yes") || text_same(value, "no") ||
	       option_refuse(g, "smtputf8 wants yes or no");
}

/* Long names of sendmail that mean something here, and two of Postfix 3.11. */
static const struct classic {
	const char *name;
	bool (*set)(struct option_given *g, const char *value);
} classics[] = {
	{"IgnoreDots", set_classic_dots},     {"DeliveryMode", set_classic_delivery},
	{"ErrorMode", set_classic_error},     {"AliasFile", set_classic_aliases},
	{"MaxMessageSize", set_classic_size}, {"requiretls", set_require_tls},
	{"smtputf8", check_utf8},
};

static const struct classic *classic_find(const char *name)
{
	for (size_t i = 0; i < sizeof classics / sizeof *classics; i++) {
		if (text_same(name, classics[i].name))
			return &classics[i];
	}
	return NULL;
}

/* Sendmail's other names begin with a capital; they steer a queue or a daemon. */
static bool set_any(struct option_given *g)
{
	const char *equals = strchr(g->value, '=');
	const char *value = equals ? equals + 1 : "";
	const char *key = arena_bytes(g->arena, g->value,
	                              equals ? (size_t)(equals - g->value) : strlen(g->value));
	const struct classic *classic = classic_find(key);

	if (classic)
		return classic->set(g, value);
	if (*key >= 'A' && *key <= 'Z')
		return true;
	if (!equals)
		return refuse_value(g, "key=value");
	setting_add(g, key, value, arena_printf(g->arena, "-O %s", key), EX_CONFIG);
	return true;
}

static bool set_notify(struct option_given *g)
{
	return dsn_notify(g->value, &g->options->notify) ||
	       refuse_value(g, "never, or a list of success, failure, delay");
}

static bool set_return(struct option_given *g)
{
	g->options->dsn_return = dsn_return(g->value);
	return g->options->dsn_return || refuse_value(g, "full or hdrs");
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

/* How errors are told. Here it is always standard error and the exit status. */
static bool set_error_mode(struct option_given *g)
{
	g->options->error_mode = *g->value;
	return (*g->value && strchr("mepqw", *g->value)) || refuse_value(g, "one of m e p q w");
}

/* -oe: of -o nothing is an error. */
static bool set_error_mode_if_any(struct option_given *g)
{
	if (*g->value && strchr("mepqw", *g->value))
		g->options->error_mode = *g->value;
	return true;
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

const struct option_row option_rows[] = {
	FLAG("t", ARGUMENT_NONE, header_recipients, "also send to the addresses in To, Cc, Bcc"),
	FLAG("i", ARGUMENT_NONE, ignore_dots, "a lone dot does not end the message"),
	FLAG("oi", ARGUMENT_GLUED, ignore_dots, "the same"),
	TEXT("f", sender, " ADDRESS", "envelope sender; \"\" or <> for none"),
	TEXT("r", sender, " ADDRESS", "the same"),
	TEXT("F", full_name, " NAME", "full name for a From line that is added"),
	FLAG("v", ARGUMENT_NONE, verbose, "show the conversation on standard output"),
	TASK("bm", ARGUMENT_GLUED, TASK_SEND, "send a message: what happens anyway"),
	TASK("bs", ARGUMENT_GLUED, TASK_SUBMISSION, "SMTP on standard input and output"),
	{"bv", ARGUMENT_GLUED, .set = set_verify,
	 .help = "print the plan only: the same as --dry-run"},
	TASK("bp", ARGUMENT_GLUED, TASK_MAILQ, "list the queue, which is always empty"),
	TASK("bi", ARGUMENT_GLUED, TASK_NEWALIASES, "check the aliases file"),
	TASK("bh", ARGUMENT_GLUED, TASK_NOTHING, "nothing: no host status is kept"),
	TASK("bH", ARGUMENT_GLUED, TASK_NOTHING, "the same"),
	{"q", ARGUMENT_GLUED, .set = set_queue_run, .value = "[TIME]",
	 .help = "nothing: there is no queue to run"},
	VALUE("B", accept_silently, " TYPE", "7BIT or 8BITMIME; sendmx looks for itself"),
	VALUE("N", set_notify, " WHEN", "reports: never, or success,failure,delay"),
	VALUE("R", set_return, " WHAT", "what comes back in a report: full or hdrs"),
	VALUE("V", set_envelope_id, " ID", "identifier for reports"),
	TEXT("C", config_file, " FILE", "configuration file"),
	VALUE("O", set_any, " KEY=VALUE", "one setting of sendmx.conf(5)"),

	{"--dry-run", ARGUMENT_GLUED, .set = set_stage, .value = "[=STAGE]",
	 .help = "go as far as message, route, connect, tls, rcpt"},
	{"--probe", ARGUMENT_GLUED, .set = set_probe, .value = "[=STAGE]",
	 .help = "visit every exchanger, as far as tls or rcpt"},
	{"--check-sender", ARGUMENT_GLUED, .set = set_check_sender, .value = "[=ADDRESS]",
	 .help = "what the world thinks of us as a sender"},
	TEXT("--dkim-selector", dkim_selector, " NAME", "also look at this key of DKIM"),
	VALUE("--tlsrpt", set_tlsrpt, " DATE", "send the reports on TLS of this day: RFC 8460"),
	TEXT("--facts", facts_file, " FILE", "answer DNS questions from this file"),
	TEXT("--save-facts", save_file, " FILE", "write the DNS answers of this run for --facts"),
	SETTING("resolver", " ADDRESS[:PORT]", "ask this name server"),
	SETTING("route", " DOMAIN=HOST[:PORT]", "this host instead of MX; repeatable"),
	SETTING("tls", " [DOMAIN=]LEVEL", "demand none, may, encrypt, verify, dane, dane-only"),
	SETTING("timeout", " SECONDS", "for the whole run"),
	SETTING("parallel", " N", "deliveries at once"),
	FLAG("--json", ARGUMENT_NONE, json, "report as one JSON object a line"),
	FLAG("--trace", ARGUMENT_NONE, trace, "as -v, with times and certificates"),
	VALUE("--seed", set_seed, " N", "fixed order of equal exchangers, for tests"),
	FLAG("--allow-loopback", ARGUMENT_NONE, allow_loopback,
	     "exchangers may be at 127.0.0.1, for tests"),
	TASK("--show-config", ARGUMENT_NONE, TASK_SHOW_CONFIG,
	     "print the settings and where they come from"),
	TASK("--check-resolver", ARGUMENT_NONE, TASK_CHECK_RESOLVER,
	     "say what each name server is worth"),
	TASK("--version", ARGUMENT_NONE, TASK_VERSION, "print the version"),
	TASK("--help", ARGUMENT_NONE, TASK_HELP, "print this"),

	ACCEPTED("o", ARGUMENT_JOINED, "ANY"),
	{"od", ARGUMENT_GLUED, .set = set_delivery_mode, .value = "MODE"},
	{"oe", ARGUMENT_GLUED, .set = set_error_mode_if_any, .value = "MODE"},
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

	{"b", ARGUMENT_JOINED, .set = refuse, .word = "wants one of the letters m s v p i"},
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
};

const size_t option_row_count = sizeof option_rows / sizeof *option_rows;

bool option_is_refused(const struct option_row *row)
{
	return row->set == refuse;
}
