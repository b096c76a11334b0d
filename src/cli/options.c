#include "cli/options.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/option_row.h"

/* The words of the command line that are still to be read. */
struct parser {
	struct option_given given;
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

static bool parse_set(struct parser *p, const struct option_row *row, const char *value)
{
	p->given.row = row;
	p->given.value = value;
	return row->set(&p->given);
}

static bool parse_set_next(struct parser *p, const struct option_row *row)
{
	if (p->next == p->count) {
		p->given.row = row;
		return option_refuse(&p->given, "needs an argument");
	}
	return parse_set(p, row, p->words[p->next++]);
}

/* The row with the longest name that the letters begin with. */
static const struct option_row *row_of_letters(const char *letters)
{
	const struct option_row *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < option_row_count; i++) {
		const char *name = option_rows[i].name;
		size_t size = strlen(name);

		if (*name != '-' && size > longest && !strncmp(letters, name, size)) {
			best = &option_rows[i];
			longest = size;
		}
	}
	return best;
}

/* A long name. */
static const struct option_row *row_of_name(const char *name, size_t size)
{
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (strlen(row->name) == size && !strncmp(name, row->name, size))
			return row;
	}
	return NULL;
}

/* A cluster: letters that take no argument, up to one that takes the rest. */
static bool parse_letters(struct parser *p, const char *letters)
{
	while (*letters) {
		const struct option_row *row = row_of_letters(letters);

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
		if (row->argument == ARGUMENT_NEEDED || p->next == p->count || !*p->words[p->next])
			return parse_set_next(p, row);
		return parse_letters(p, arena_printf(p->given.arena, "%s%s", row->name,
		                                     p->words[p->next++]));
	}
	return true;
}

static bool parse_long(struct parser *p, const char *word)
{
	size_t size = strcspn(word, "=");
	const struct option_row *row = row_of_name(word, size);
	bool glued = word[size] == '=';

	if (!row)
		return parse_unknown(p, word);
	if (row->argument == ARGUMENT_NONE && glued)
		return parse_failed(p, row->name, "takes no argument");
	if (row->argument == ARGUMENT_NEEDED && !glued)
		return parse_set_next(p, row);
	return parse_set(p, row, glued ? word + size + 1 : "");
}

/* One of our long options behind an address was meant as one: nobody has such a mailbox, and what
   it was to prevent must not happen. The letters of every sendmail may be meant as they stand. */
static bool check_operands(struct parser *p)
{
	for (size_t i = p->next; i < p->count; i++) {
		const char *word = p->words[i];

		if (text_begins(word, "--") && row_of_name(word, strcspn(word, "=")))
			return parse_failed(p, word,
			                    "stands behind an address: options come first");
	}
	return true;
}

/* Options end at "--" or at the first word that is none: an address behind it may begin with a
   hyphen. */
static bool parse_words(struct parser *p)
{
	while (p->next < p->count) {
		const char *word = p->words[p->next];

		if (word[0] != '-' || !word[1])
			return check_operands(p);
		p->next++;
		if (!strcmp(word, "--"))
			return true;
		if (!(word[1] == '-' ? parse_long(p, word) : parse_letters(p, word + 1)))
			return false;
	}
	return true;
}

/* mailq and newaliases are other names of the program; monitoring calls mailq with options of all
   kinds. */
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

/* A queue run among other words: who names recipients wants to send, and must not be told that all
   is well when nothing was. */
static bool settle_queue_run(struct options *o, const char **why)
{
	bool sends = o->operand_count || o->header_recipients;

	if (o->queue_run == QUEUE_RUN_ONCE && sends) {
		*why = "-q sends no message: leave out -q, or -t and the addresses";
		return false;
	}
	if (o->task == TASK_SEND && o->queue_run != QUEUE_RUN_NONE && !sends)
		o->task = TASK_NOTHING;
	return true;
}

/* The message is shown as it is, and nothing else may stand beside it. */
static bool settle_show_message(struct options *o, const char **why)
{
	if (o->task != TASK_SEND || !o->show_message)
		return true;
	*why = "--dry-run=message prints the message itself: leave out --json";
	o->task = TASK_SHOW_MESSAGE;
	return !o->json;
}

/* Who names a key wants it looked at, and not to send a message. */
static bool settle_selector(const struct options *o, const char **why)
{
	*why = "--dkim-selector goes with --check-sender only";
	return !o->dkim_selector || o->task == TASK_CHECK_SENDER;
}

/* Who reads JSON reads it of a mistake too, wherever among the words the mistake is. */
static bool json_is_asked(char **words, size_t count)
{
	for (size_t i = 1; i < count && strcmp(words[i], "--") != 0; i++) {
		if (!strcmp(words[i], "--json"))
			return true;
	}
	return false;
}

bool options_parse(struct options *options, struct arena *a, int argc, char **argv,
                   const char **why)
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
		options->json = json_is_asked(p.words, p.count);
		*why = p.given.why;
		return false;
	}
	options->operands = argv + p.next;
	options->operand_count = p.count - p.next;
	return settle_queue_run(options, why) && settle_show_message(options, why) &&
	       settle_selector(options, why);
}

enum {
	HELP_COLUMN = 30, /* where the explanations begin */
	HELP_WIDTH = 64   /* a line of names that is longer takes no more */
};

static void help_row(struct buf *b, const struct option_row *row)
{
	size_t before = b->size;

	buf_printf(b, "  %s%s%s ", option_dashes(row), row->name, row->value ? row->value : "");
	while (b->size - before < HELP_COLUMN && !b->failed)
		buf_text(b, " ");
	buf_printf(b, "%s\n", row->help);
}

static void help_rows(struct buf *b, bool with_long_names)
{
	for (size_t i = 0; i < option_row_count; i++) {
		if (option_rows[i].help && (option_rows[i].name[0] == '-') == with_long_names)
			help_row(b, &option_rows[i]);
	}
}

/* The rows that need no explanation. */
static void help_names(struct buf *b, bool refused)
{
	size_t line = b->size;

	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->help || option_is_refused(row) != refused)
			continue;
		if (b->size - line > HELP_WIDTH) {
			buf_text(b, "\n");
			line = b->size;
		}
		buf_printf(b, "  %s%s%s", option_dashes(row), row->name,
		           row->value ? row->value : "");
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
