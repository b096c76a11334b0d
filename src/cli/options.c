#include "cli/options.h"

#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_NEEDED, /* -fX, -f X; --facts=X, --facts X */
	ARGUMENT_GLUED,  /* only what is glued on, which may be nothing: -q30m; --dry-run=tls */
	ARGUMENT_JOINED  /* the next letter belongs to the name, even from the next word: -o i is -oi */
};

enum { ENVELOPE_ID_MAX = 100 }; /* RFC 3461 4.4 */

struct row;

/* An option as it was found. */
struct given {
	struct options *options;
	struct arena *arena;
	const struct row *row;
	const char *value; /* "" where the row takes none */
	const char *why;   /* set by a setter that says no */
};

struct row {
	const char *name;    /* letters as typed after "-", or "--long" */
	enum argument argument;
	bool (*set)(struct given *g);
	size_t target;       /* set_flag, set_text: offset in struct options */
	int choice;          /* set_task, set_stage: which */
	const char *word;    /* set_setting: the key; refuse: the end of the sentence */
	const char *value;   /* how --help writes the argument */
	const char *help;
};

static const char *dashes(const struct row *row)
{
	return row->name[0] == '-' ? "" : "-";
}

static bool refuse_with(struct given *g, const char *sentence)
{
	g->why = arena_printf(g->arena, "%s%s %s", dashes(g->row), g->row->name, sentence);
	return false;
}

static bool refuse(struct given *g)
{
	return refuse_with(g, g->row->word);
}

static bool refuse_value(struct given *g, const char *wanted)
{
	const char *value = text_clean(g->arena, g->value, strlen(g->value));

	return refuse_with(g, arena_printf(g->arena, "wants %s, not \"%s\"", wanted, value));
}

static bool accept_silently(struct given *g)
{
	(void)g;
	return true;
}

static bool set_flag(struct given *g)
{
	*(bool *)((char *)g->options + g->row->target) = true;
	return true;
}

static bool set_text(struct given *g)
{
	*(const char **)((char *)g->options + g->row->target) = g->value;
	return true;
}

static bool set_task(struct given *g)
{
	g->options->task = (enum options_task)g->row->choice;
	return true;
}

static bool set_stage(struct given *g)
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
static bool set_verify(struct given *g)
{
	g->options->stop_after = STAGE_ROUTE;
	return true;
}

static bool set_seed(struct given *g)
{
	g->options->seeded = true;
	return text_number(g->value, UINT64_MAX, &g->options->seed) || refuse_value(g, "a number");
}

static void setting_add(struct given *g, const char *key, const char *value, const char *option,
                        int exit)
{
	struct options *o = g->options;

	o->settings[o->setting_count++] = (struct options_setting){key, value, option, exit};
}

/* --timeout 5 is another spelling of -O timeout=5. */
static bool set_setting(struct given *g)
{
	setting_add(g, g->row->word, g->value, g->row->name, EX_USAGE);
	return true;
}

static bool value_yes(const char *value)
{
	return !*value || strchr("TtYy1", *value);
}

/* Sendmail's own long names begin with a capital. IgnoreDots means something here; the others steer a queue or a daemon. */
static bool set_classic(struct given *g, const char *key, const char *value)
{
	if (text_same(key, "IgnoreDots"))
		g->options->ignore_dots = value_yes(value);
	return true;
}

static bool set_any(struct given *g)
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

/* Git passes "-N never" as one word, so that the value begins with a blank. RFC 3461 4.1: NEVER stands alone. */
static bool set_notify(struct given *g)
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

static bool set_return(struct given *g)
{
	const char *value = g->value + strspn(g->value, " ");

	if (!text_same(value, "full") && !text_same(value, "hdrs"))
		return refuse_value(g, "full or hdrs");
	g->options->dsn_return = text_same(value, "full") ? "full" : "hdrs";
	return true;
}

static bool set_envelope_id(struct given *g)
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

/* -em, -ee, -ep, -eq, -ew: how errors are told. Here it is always standard error and the exit status. */
static bool set_error_mode(struct given *g)
{
	return (*g->value && strchr("mepqw", *g->value)) || refuse_value(g, "one of m e p q w");
}

#define FLAG(name, argument, member, help) \
	{name, argument, set_flag, offsetof(struct options, member), 0, NULL, NULL, help}
#define TEXT(name, member, value, help) \
	{name, ARGUMENT_NEEDED, set_text, offsetof(struct options, member), 0, NULL, value, help}
#define VALUE(name, set, value, help) {name, ARGUMENT_NEEDED, set, 0, 0, NULL, value, help}
#define TASK(name, argument, task, help) {name, argument, set_task, 0, task, NULL, NULL, help}
#define SETTING(key, value, help) \
	{"--" key, ARGUMENT_NEEDED, set_setting, 0, 0, key, value, help}
#define ACCEPTED(name, argument, value) \
	{name, argument, accept_silently, 0, 0, NULL, value, NULL}
#define REFUSED(name, sentence) {name, ARGUMENT_GLUED, refuse, 0, 0, sentence, NULL, NULL}

#define NO_DAEMON "is not for sendmx, which has no daemon: it delivers while its caller waits"
#define NO_MODE "is no mode of sendmx"
#define NO_RUN "is no kind of queue run that sendmx knows"
#define NO_FILE "is refused: its argument is a file or a macro of sendmail's own"
#define ANCIENT "is an ancient option that sendmx does not have"
#define LATER "comes with a later version of sendmx"

/* research/callers.md, section 3. The longest name that fits wins. */
static const struct row rows[] = {
	FLAG("t", ARGUMENT_NONE, header_recipients, "also send to the addresses in To, Cc, Bcc"),
	FLAG("i", ARGUMENT_NONE, ignore_dots, "a lone dot does not end the message"),
	FLAG("oi", ARGUMENT_GLUED, ignore_dots, "the same"),
	TEXT("f", sender, " ADDRESS", "envelope sender; \"\" or <> for none"),
	TEXT("r", sender, " ADDRESS", "the same"),
	TEXT("F", full_name, " NAME", "full name for a From line that is added"),
	FLAG("v", ARGUMENT_NONE, verbose, "show the conversation on standard output"),
	TASK("bm", ARGUMENT_GLUED, TASK_SEND, "send a message: what happens anyway"),
	{"bv", ARGUMENT_GLUED, set_verify, .help = "print the plan only: --dry-run=route"},
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

	{"--dry-run", ARGUMENT_GLUED, set_stage, .value = "[=STAGE]",
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
	{"e", ARGUMENT_GLUED, set_error_mode, .value = "MODE"},
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

	{"b", ARGUMENT_JOINED, refuse, .word = "wants one of the letters m v p i"},
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

enum { ROWS = sizeof rows / sizeof *rows };

/* The words of the command line that are still to be read. */
struct parser {
	struct given given;
	char **words;
	size_t count, next;
};

static bool parse_failed(struct parser *p, const char *word, const char *sentence)
{
	struct arena *a = p->given.arena;

	p->given.why = arena_printf(a, "%s %s", text_clean(a, word, strlen(word)), sentence);
	return false;
}

static bool parse_unknown(struct parser *p, const char *word)
{
	return parse_failed(p, word, "is an unknown option; see sendmx --help");
}

static bool parse_set(struct parser *p, const struct row *row, const char *value)
{
	p->given.row = row;
	p->given.value = value;
	return row->set(&p->given);
}

static bool parse_set_next(struct parser *p, const struct row *row)
{
	if (p->next == p->count) {
		p->given.row = row;
		return refuse_with(&p->given, "needs an argument");
	}
	return parse_set(p, row, p->words[p->next++]);
}

/* The row with the longest name that the letters begin with. */
static const struct row *row_of_letters(const char *letters)
{
	const struct row *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < ROWS; i++) {
		size_t size = strlen(rows[i].name);

		if (size > longest && *letters != '-' && !strncmp(letters, rows[i].name, size)) {
			best = &rows[i];
			longest = size;
		}
	}
	return best;
}

static const struct row *row_of_name(const char *name, size_t size)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strlen(rows[i].name) == size && !strncmp(name, rows[i].name, size))
			return &rows[i];
	}
	return NULL;
}

/* A cluster: letters that take no argument, up to one that takes the rest. */
static bool parse_letters(struct parser *p, const char *letters)
{
	while (*letters) {
		const struct row *row = row_of_letters(letters);

		if (!row)
			return parse_unknown(p, arena_printf(p->given.arena, "-%s", letters));
		letters += strlen(row->name);
		if (row->argument == ARGUMENT_NONE) {
			if (!parse_set(p, row, ""))
				return false;
			continue;
		}
		if (*letters || row->argument == ARGUMENT_GLUED)
			return parse_set(p, row, letters);
		if (row->argument == ARGUMENT_NEEDED || p->next == p->count)
			return parse_set_next(p, row);
		return parse_letters(p, arena_printf(p->given.arena, "%s%s", row->name,
		                                     p->words[p->next++]));
	}
	return true;
}

static bool parse_long(struct parser *p, const char *word)
{
	size_t size = strcspn(word, "=");
	const struct row *row = row_of_name(word, size);
	bool glued = word[size] == '=';

	if (!row)
		return parse_unknown(p, word);
	if (row->argument == ARGUMENT_NONE && glued)
		return parse_failed(p, row->name, "takes no argument");
	if (row->argument == ARGUMENT_NEEDED && !glued)
		return parse_set_next(p, row);
	return parse_set(p, row, glued ? word + size + 1 : "");
}

/* Options end at "--" or at the first word that is none: an address behind it may begin with a hyphen. */
static bool parse_words(struct parser *p)
{
	while (p->next < p->count) {
		const char *word = p->words[p->next];

		if (word[0] != '-' || !word[1])
			return true;
		p->next++;
		if (!strcmp(word, "--"))
			return true;
		if (!(word[1] == '-' ? parse_long(p, word) : parse_letters(p, word + 1)))
			return false;
	}
	return true;
}

/* mailq and newaliases are other names of the program; monitoring calls mailq with options of all kinds. */
static bool task_of_name(const char *path, enum options_task *task)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (!strcmp(name, "mailq"))
		*task = TASK_MAILQ;
	else if (!strcmp(name, "newaliases"))
		*task = TASK_NEWALIASES;
	else
		return false;
	return true;
}

bool options_parse(struct options *options, struct arena *a, int argc, char **argv, const char **why)
{
	struct parser p = {
		.given = {.options = options, .arena = a},
		.words = argv,
		.count = argc > 0 ? (size_t)argc : 0,
		.next = 1,
	};

	*options = (struct options){.stop_after = STAGE_DONE};
	if (argc < 1 || task_of_name(argv[0], &options->task))
		return true;
	options->settings = arena_array(a, p.count, sizeof *options->settings);
	if (!parse_words(&p)) {
		*why = p.given.why;
		return false;
	}
	options->operands = argv + p.next;
	options->operand_count = p.count - p.next;
	return true;
}

enum {
	HELP_COLUMN = 30, /* where the explanations begin */
	HELP_WIDTH = 64   /* a line of names that is longer takes no more */
};

static void help_row(struct buf *b, const struct row *row)
{
	size_t before = b->size;

	buf_printf(b, "  %s%s%s ", dashes(row), row->name, row->value ? row->value : "");
	while (b->size - before < HELP_COLUMN && !b->failed)
		buf_text(b, " ");
	buf_printf(b, "%s\n", row->help);
}

static void help_rows(struct buf *b, bool with_long_names)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].help && (rows[i].name[0] == '-') == with_long_names)
			help_row(b, &rows[i]);
	}
}

/* The rows that need no explanation. */
static void help_names(struct buf *b, bool refused)
{
	size_t line = b->size;

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].help || (rows[i].set == refuse) != refused)
			continue;
		if (b->size - line > HELP_WIDTH) {
			buf_text(b, "\n");
			line = b->size;
		}
		buf_printf(b, "  %s%s%s", dashes(&rows[i]), rows[i].name,
		           rows[i].value ? rows[i].value : "");
	}
	buf_text(b, "\n");
}

void options_help(struct buf *b)
{
	buf_text(b, "usage: sendmx [options] [--] [address ...] < message\n\n"
	            "Options of every sendmail:\n");
	help_rows(b, false);
	buf_text(b, "\nOptions of sendmx:\n");
	help_rows(b, true);
	buf_text(b, "\nAccepted without effect:\n");
	help_names(b, false);
	buf_text(b, "\nRefused:\n");
	help_names(b, true);
}
