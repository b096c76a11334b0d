/* The law, for the whole program: what a run that is cut short says to a server is the beginning of
   what the whole run says, and the plan printed is the plan carried out. Asked of every command of
   tests/facts, and of made-up domains with made-up servers. Prints TAP. An argument is the number
   of the first made-up case, for one that failed. */

#include "kit/contract.h"
#include "kit/trial.h"

#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The Makefile makes one program of one file here. */
#include "kit/beginning.c"
#include "kit/contract.c"
#include "kit/crowd.c"
#include "kit/trial.c"
#include "kit/zone.c"

/* A process of its own for each run is dear under sanitizers. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { CASES = 100 };
#else
enum { CASES = 500 };
#endif

enum {
	BATCH = 50,
	KEPT_OF = 10, /* the JSON of one made-up case in so many is held against its schema */
	RECIPIENTS_MAX = 8,
	WORDS_MAX = 40,
	COMPLAINTS_MAX = 20
};

/* The stages that a user can name, and the whole run. */
static const struct {
	const char *option;
	enum stage stage;
} stages[] = {
	{"--dry-run=connect", STAGE_CONNECT},
	{"--dry-run=tls", STAGE_TLS},
	{"--dry-run=rcpt", STAGE_RCPT},
};

struct law {
	const char *name;
	const char *facts;
	const char *words[WORDS_MAX]; /* of this case */
	uint64_t seed;
	bool honest;
	int kept; /* where its JSON goes, or -1 */
};

static struct {
	size_t points, failed, complaints, cases;
	size_t visits, compared; /* of shortened runs, and those that a whole one makes too */
} total;

static void complain(const struct law *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(const struct law *l, const char *format, ...)
{
	va_list values;

	if (++total.complaints > COMPLAINTS_MAX)
		return;
	printf("# %s", l->name);
	for (const char *const *word = l->words; *word; word++)
		printf(" %s", *word);
	printf("\n#     ");
	va_start(values, format);
	vprintf(format, values);
	va_end(values);
	printf("\n");
}

static void point(const char *name, size_t complaints_before)
{
	bool good = total.complaints == complaints_before;

	printf("%s %zu - %s\n", good ? "ok" : "not ok", ++total.points, name);
	total.failed += !good;
	fflush(stdout);
}

/* ---- a run ---- */

static void open_run(const struct law *l, const char *stage, bool deaf, struct trial *t)
{
	const char *words[WORDS_ROOM] = {"-C",         "/dev/null",
	                                 "-O",         "aliases=/dev/null",
	                                 "-f",         "alice@sender.example",
	                                 "--facts",    l->facts,
	                                 "--seed",     "1",
	                                 "--parallel", "1",
	                                 "--timeout",  "100",
	                                 "--json",     "-t"};
	size_t count = 16;

	if (stage)
		words[count++] = stage;
	for (const char *const *word = l->words; *word && count < WORDS_ROOM - 1; word++)
		words[count++] = *word;
	trial_open(t, l->seed, deaf, l->honest, words, l->kept);
	if (trial_crashed(t))
		complain(l, "%s: ended with %d", stage ? stage : "whole", t->exit);
	if (t->crowd->trouble)
		complain(l, "%s: %s", stage ? stage : "whole", t->crowd->trouble);
}

/* ---- the plan ---- */

static const char *text_of(const json_t *line, const char *key)
{
	const char *text = json_string_value(json_object_get(line, key));

	return text ? text : "";
}

static int number_of(const json_t *line, const char *key)
{
	return (int)json_integer_value(json_object_get(line, key));
}

/* Domains of one delivery share their dials. */
static bool seen_before(const json_t *routes, size_t index)
{
	int mine = number_of(json_array_get(routes, index), "delivery");

	for (size_t i = 0; i < index; i++) {
		if (number_of(json_array_get(routes, i), "delivery") == mine)
			return true;
	}
	return false;
}

static void dial_hosts(const struct law *l, const struct trial *t, const json_t *route, size_t *at)
{
	const json_t *host, *address;
	size_t i, j;

	json_array_foreach(json_object_get(route, "hosts"), i, host) {
		json_array_foreach(json_object_get(host, "addresses"), j, address) {
			const char *wanted = json_string_value(address);

			if (*at < t->crowd->dial_count && strcmp(t->crowd->dials[*at], wanted) == 0)
				++*at;
			else
				complain(l, "dial %zu is %s, in the plan it is %s", *at + 1,
				         t->crowd->dials[*at], wanted);
		}
	}
}

/* Where nobody answers, all that was printed is dialled, in that order. */
static void judge_dials(const struct law *l, const struct trial *plan, const struct trial *t)
{
	size_t at = 0, i;
	const json_t *route;

	json_array_foreach(plan->routes, i, route) {
		if (strcmp(text_of(route, "outcome"), "ok") == 0 && !seen_before(plan->routes, i))
			dial_hosts(l, t, route, &at);
	}
	if (at != t->crowd->dial_count)
		complain(l, "%zu dials, %zu in the plan", t->crowd->dial_count, at);
}

static const json_t *result_of(const struct trial *t, const char *recipient)
{
	const json_t *result;
	size_t i;

	json_array_foreach(t->results, i, result) {
		if (strcmp(text_of(result, "recipient"), recipient) == 0)
			return result;
	}
	return NULL;
}

/* What the plan knows to be in vain ends so in every run, in the same words. */
static void judge_lost(const struct law *l, const struct trial *plan, const struct trial *t)
{
	const json_t *result;
	size_t i;

	json_array_foreach(plan->results, i, result) {
		const char *recipient = text_of(result, "recipient");

		if (strcmp(text_of(result, "outcome"), "would-deliver") != 0 &&
		    !json_equal(result, result_of(t, recipient)))
			complain(l, "%s: another verdict than the plan's", recipient);
	}
}

static void judge_plan(const struct law *l, const struct trial *plan, const struct trial *t)
{
	if (!json_equal(plan->routes, t->routes))
		complain(l, "another plan than was printed");
	if (json_array_size(plan->results) != json_array_size(t->results))
		complain(l, "results for others than those of the plan");
	judge_lost(l, plan, t);
}

/* ---- what is said ---- */

/* The same visit in the whole run; NULL: there is none, or what servers did before it allows
   another. */
static const struct crowd_visit *counterpart(const struct crowd *whole,
                                             const struct crowd_visit *visit)
{
	size_t end = whole->broken ? whole->broken : whole->visit_count;

	for (size_t i = 0; i < end; i++) {
		const struct crowd_visit *other = &whole->visits[i];

		if (other->number == visit->number && strcmp(other->address, visit->address) == 0)
			return other;
	}
	return NULL;
}

static void show(const char *title, const char *said, size_t size)
{
	if (total.complaints > COMPLAINTS_MAX)
		return;
	printf("#     %s:\n", title);
	while (size) {
		const char *newline = memchr(said, '\n', size);
		size_t line = newline ? (size_t)(newline - said) + 1 : size;

		printf("#         %.*s\n", (int)(line - (newline != NULL)), said);
		said += line;
		size -= line;
	}
}

static void judge_visit(const struct law *l, const struct crowd *part,
                        const struct crowd_visit *visit, const struct crowd *whole,
                        enum stage stage)
{
	const struct crowd_visit *other = counterpart(whole, visit);
	const char *said = part->said + visit->from;
	const char *excess = beginning_excess(said, visit->size, stage);
	const char *all = other ? whole->said + other->from : "";
	size_t size = other ? other->size : 0;

	total.visits++;
	total.compared += other != NULL;
	if (excess)
		complain(l, "%s: \"%.*s\" is beyond the stage %s", visit->address,
		         (int)strcspn(excess, "\r"), excess, stage_name(stage));
	if ((other || !whole->broken) &&
	    !beginning_is(said, beginning_size(said, visit->size), all, size)) {
		complain(l, "%s, visit %u up to %s: not the beginning of what the whole run says",
		         visit->address, visit->number, stage_name(stage));
		show("it says", said, visit->size);
		show("the whole run says", all, size);
	}
}

/* A shortened run may have enough earlier, but goes nowhere else, unless servers make it. */
static void judge_way(const struct law *l, const struct crowd *part, const struct crowd *whole,
                      enum stage stage)
{
	size_t at = 0;

	for (size_t i = 0; i < part->dial_count; i++) {
		while (at < whole->dial_count && strcmp(part->dials[i], whole->dials[at]) != 0)
			at++;
		if (at++ < whole->dial_count || whole->broken)
			continue;
		complain(l, "up to %s: dial %zu, %s, is not where the whole run goes",
		         stage_name(stage), i + 1, part->dials[i]);
		return;
	}
}

static void judge_part(const struct law *l, const struct trial *part, const struct trial *whole,
                       enum stage stage)
{
	for (size_t i = 0; i < part->crowd->visit_count; i++)
		judge_visit(l, part->crowd, &part->crowd->visits[i], whole->crowd, stage);
	judge_way(l, part->crowd, whole->crowd, stage);
}

/* Where servers keep their word, a run up to RCPT knows what a delivery will bring. */
static void judge_forecast(const struct law *l, const struct trial *part, const struct trial *whole)
{
	const json_t *result;
	size_t i;

	json_array_foreach(part->results, i, result) {
		const char *recipient = text_of(result, "recipient");
		const json_t *real = result_of(whole, recipient);
		bool would = strcmp(text_of(result, "outcome"), "would-deliver") == 0;
		bool did = strcmp(text_of(real, "outcome"), "delivered") == 0;

		if (would != did ||
		    (!would && strcmp(text_of(result, "status"), text_of(real, "status")) != 0))
			complain(l, "%s: foretold %s %s, and it was %s %s", recipient,
			         text_of(result, "outcome"), text_of(result, "status"),
			         text_of(real, "outcome"), text_of(real, "status"));
	}
}

/* ---- a case ---- */

static void judge_stages(const struct law *l, const struct trial *plan)
{
	struct trial whole, part;

	open_run(l, NULL, false, &whole);
	judge_plan(l, plan, &whole);
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
		open_run(l, stages[i].option, false, &part);
		judge_plan(l, plan, &part);
		judge_part(l, &part, &whole, stages[i].stage);
		if (stages[i].stage == STAGE_RCPT && l->honest)
			judge_forecast(l, &part, &whole);
		trial_close(&part);
	}
	trial_close(&whole);
}

static void judge_case(const struct law *l)
{
	struct trial plan, deaf;

	total.cases++;
	open_run(l, "--dry-run=route", true, &plan);
	if (plan.crowd->dial_count)
		complain(l, "a run that stops at the route has dialled");
	open_run(l, NULL, true, &deaf);
	judge_plan(l, &plan, &deaf);
	judge_dials(l, &plan, &deaf);
	trial_close(&deaf);
	judge_stages(l, &plan);
	trial_close(&plan);
}

/* ---- the cases of tests/facts ---- */

/* The next word as a shell sees it, in place: blanks part, quotes join. */
static char *next_word(char **rest)
{
	char *from = *rest + strspn(*rest, " "), *to = from, *word = from;
	char quote = 0;

	if (!*from)
		return NULL;
	for (; *from && (quote || *from != ' '); from++) {
		if (quote ? *from == quote : *from == '\'' || *from == '"')
			quote = quote ? 0 : *from;
		else
			*to++ = *from;
	}
	*rest = from + (*from != '\0');
	*to = '\0';
	return word;
}

/* How far it goes is for us to say. */
static bool is_ours(const char *word)
{
	return strncmp(word, "--dry-run", 9) == 0 || strncmp(word, "--probe", 7) == 0 ||
	       strcmp(word, "-bv") == 0;
}

static void judge_command(struct law *l, char *text)
{
	size_t count = 0;
	char *word;

	while (count < WORDS_MAX - 1 && (word = next_word(&text))) {
		if (!is_ours(word))
			l->words[count++] = word;
	}
	l->words[count] = NULL;
	judge_case(l);
}

static void judge_facts(const char *path)
{
	static const char command[] = ";$ sendmx ";
	struct law l = {.name = strrchr(path, '/') + 1, .facts = path, .seed = 1, .kept = -1};
	size_t before = total.complaints, room = 0;
	FILE *file = fopen(path, "r");
	char *line = NULL;

	if (!file)
		abort();
	while (getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, command, sizeof command - 1) == 0)
			judge_command(&l, line + sizeof command - 1);
	}
	free(line);
	fclose(file);
	point(l.name, before);
}

static void judge_all_facts(const char *top)
{
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof pattern, "%s/tests/facts/*.facts", top);
	if (glob(pattern, 0, NULL, &found) != 0) {
		printf("Bail out! no %s\n", pattern);
		exit(1);
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		judge_facts(found.gl_pathv[i]);
	globfree(&found);
}

/* ---- made-up cases ---- */

static void write_zone(FILE *file, struct dice *dice)
{
	struct buf zone;

	buf_init(&zone, 1 << 16);
	zone_make(&zone, dice);
	rewind(file);
	if (ftruncate(fileno(file), 0) || fwrite(zone.bytes, 1, zone.size, file) != zone.size ||
	    fflush(file))
		abort();
	buf_free(&zone);
}

static void judge_made_up(FILE *file, const char *path, unsigned number, int kept)
{
	struct dice dice = {.state = number};
	char name[40], recipients[RECIPIENTS_MAX][40];
	struct law l = {.name = name, .facts = path, .kept = kept};
	unsigned count;

	write_zone(file, &dice);
	snprintf(name, sizeof name, "made-up case %u", number);
	l.seed = number;
	l.honest = dice_roll(&dice, 2);
	count = 1 + dice_roll(&dice, RECIPIENTS_MAX);
	for (unsigned i = 0; i < count; i++) {
		snprintf(recipients[i], sizeof recipients[i], "u%u@d%u.example",
		         dice_roll(&dice, 10), dice_roll(&dice, ZONE_DOMAINS));
		l.words[i] = recipients[i];
	}
	judge_case(&l);
}

static void judge_batches(unsigned first, int kept)
{
	char path[] = "/tmp/sendmx-law-XXXXXX", name[60];
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		abort();
	for (unsigned from = first; from < first + CASES; from += BATCH) {
		size_t before = total.complaints;

		for (unsigned i = from; i < from + BATCH; i++)
			judge_made_up(file, path, i, i % KEPT_OF == 0 ? kept : -1);
		snprintf(name, sizeof name, "made-up cases %u to %u", from, from + BATCH - 1);
		point(name, before);
	}
	fclose(file);
	unlink(path);
}

static void judge_json(FILE *kept)
{
	size_t before = total.complaints;
	enum contract contract = contract_judge(kept, false);

	total.complaints += contract == CONTRACT_BROKEN;
	point(contract == CONTRACT_UNKNOWN ? "JSON # SKIP no python3-jsonschema"
	                                   : "all JSON is what the manual says",
	      before);
}

int main(int argc, char **argv)
{
	const char *top = getenv("TOP");
	FILE *kept = tmpfile();

	if (!kept)
		abort();
	judge_all_facts(top ? top : ".");
	judge_batches(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1, fileno(kept));
	judge_json(kept);
	fclose(kept);
	printf("1..%zu\n# %zu cases, %zu visits of shortened runs, %zu compared\n", total.points,
	       total.cases, total.visits, total.compared);
	return total.failed > 0;
}
