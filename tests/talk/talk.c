/* Runs every tests/talk/scripts/NAME.talk through the real delivery and session, in a world that
   has no network and no clock but its own. First as it is written; then the same conversation in
   crumbs, in sips, cut at every byte, falling silent before every reply, and stopped after every
   stage. Prints TAP. Arguments, if any, are the scripts to run; -v shows the conversations. */

#include "kit/contract.h"
#include "kit/judge.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The Makefile makes one program of one file here. */
#include "kit/clock.c"
#include "kit/word.c"
#include "kit/script.c"
#include "kit/setting.c"
#include "kit/witness.c"
#include "kit/shield.c"
#include "kit/server.c"
#include "kit/world.c"
#include "kit/beginning.c"
#include "kit/contract.c"
#include "kit/judge.c"

/* Cuts of a dialogue are sampled when all of them would move more bytes than WORK_MAX. In this one
   thread ThreadSanitizer has nothing to find, and a hard time with large messages. */
#ifdef __SANITIZE_THREAD__
enum { WORK_MAX = 256 * 1024, CUTS_MIN = 4 };
#else
enum { WORK_MAX = 8 << 20, CUTS_MIN = 40 };
#endif

enum {
	HANDSHAKE = 40000, /* costs as much as so many bytes */
	JSON_KEPT = 16 * 1024, /* of a script */
	LINES_MAX = 100,   /* of what is shown of a failure */
	TAIL = 120,        /* the last bytes, where the verdict stands, are sampled more closely */
	TAIL_STEP = 5
};

struct test {
	struct script script;
	struct run whole;
	bool verbose;
	size_t runs;   /* of this point */
	char *trouble; /* the first complaints of this point, or NULL */
};

static struct {
	size_t points, failed, runs;
	FILE *json; /* of all scripts as written */
} total;

static void print_lines(const char *text, size_t most)
{
	while (text && *text && most--) {
		size_t size = strcspn(text, "\n");

		printf("# %.*s\n", (int)size, text);
		text += size + (text[size] == '\n');
	}
	if (text && *text)
		printf("# ...\n");
}

static void point(struct test *t, const char *name)
{
	bool good = !t->trouble;

	printf("%s %zu - %s: %s", good ? "ok" : "not ok", ++total.points, t->script.name, name);
	if (t->runs > 1)
		printf(" (%zu runs)", t->runs);
	printf("\n");
	print_lines(t->trouble, LINES_MAX);
	total.failed += !good;
	total.runs += t->runs;
	free(t->trouble);
	t->trouble = NULL;
	t->runs = 0;
	fflush(stdout);
}

static void note(struct test *t, struct run *r, const char *detail)
{
	t->runs++;
	if (r->world.complaints.size && !t->trouble &&
	    asprintf(&t->trouble, "%s%s", detail, r->world.complaints.bytes) < 0)
		abort();
}

/* ---- the script itself ---- */

/* Whole lines; thousands of the same kind say nothing new. */
static void keep_json(const struct buf *json)
{
	size_t size = json->size;

	if (size > JSON_KEPT) {
		const char *end = memrchr(json->bytes, '\n', JSON_KEPT);

		size = end ? (size_t)(end - json->bytes) + 1 : 0;
	}
	fwrite(json->bytes, 1, size, total.json);
}

static void run_whole(struct test *t)
{
	static struct variant variant = {.name = "as written", .whole = true};

	variant.stop_after = t->script.stop_after;
	run_open(&t->whole, &t->script, &variant);
	judge_always(&t->whole);
	judge_expected(&t->whole);
	note(t, &t->whole, "");
	keep_json(&t->whole.json);
	if ((t->trouble || t->verbose) && t->whole.record.size)
		print_lines(t->whole.record.bytes, t->verbose ? SIZE_MAX : LINES_MAX);
	point(t, variant.name);
}

/* ---- its variants ---- */

static void run_same(struct test *t, const struct variant *variant)
{
	struct run r;

	run_open(&r, &t->script, variant);
	judge_always(&r);
	judge_same(&r, &t->whole);
	note(t, &r, "");
	run_close(&r);
	point(t, variant->name);
}

static void run_changed(struct test *t, const struct variant *variant)
{
	static const char *const ends[] = {
		[CLOSE] = "closed", [RESET] = "reset", [SILENCE] = "silent"};
	char detail[80];
	struct run r;

	snprintf(detail, sizeof detail, "line %u, %s after %zu bytes: ", variant->changed->line,
	         ends[variant->end], variant->cut);
	run_open(&r, &t->script, variant);
	judge_always(&r);
	note(t, &r, detail);
	run_close(&r);
}

/* What the server of this dialogue says in the whole run, in bytes on the wire. */
static size_t said(const struct test *t, const struct dialogue *d)
{
	for (const struct transcript *s = t->whole.world.transcripts; s; s = s->next) {
		if (s->door == d->door && s->visit == d->visit)
			return s->heard;
	}
	return 0;
}

/* How far apart the cuts are, so that all of them together stay affordable. */
static size_t stride(const struct test *t, const struct dialogue *d)
{
	size_t bytes = t->script.tls ? HANDSHAKE : 2000, cuts;

	for (const struct transcript *s = t->whole.world.transcripts; s; s = s->next)
		bytes += s->said.size + s->heard;
	cuts = WORK_MAX / bytes;
	cuts = cuts > CUTS_MIN ? cuts : CUTS_MIN;
	return said(t, d) / cuts + 1;
}

static void run_cut(struct test *t)
{
	for (size_t i = 0; i < t->script.dialogue_count; i++) {
		const struct dialogue *d = &t->script.dialogues[i];
		struct variant variant = {.name = "cut",
		                          .stop_after = t->script.stop_after,
		                          .changed = d};
		size_t step = stride(t, d), last = said(t, d);

		while (variant.cut <= last) {
			variant.end = CLOSE;
			run_changed(t, &variant);
			variant.end = RESET;
			run_changed(t, &variant);
			if (step > TAIL_STEP && variant.cut + TAIL >= last)
				step = TAIL_STEP;
			variant.cut += step;
		}
	}
	point(t, "cut at every byte");
}

static void run_silent(struct test *t)
{
	for (size_t i = 0; i < t->script.dialogue_count; i++) {
		const struct dialogue *d = &t->script.dialogues[i];
		struct variant variant = {.name = "silent",
		                          .stop_after = t->script.stop_after,
		                          .changed = d,
		                          .end = SILENCE};
		size_t step = stride(t, d), next = 0;

		for (size_t j = 0; j < d->count; j++) {
			if (d->events[j].kind != SAY)
				continue;
			if (variant.cut >= next || j + 3 > d->count) {
				run_changed(t, &variant);
				next = variant.cut + step;
			}
			variant.cut += d->events[j].size;
		}
	}
	point(t, "silent before every reply");
}

static void run_stages(struct test *t)
{
	for (enum stage stage = STAGE_ROUTE; stage < t->script.stop_after; stage++) {
		struct variant variant = {.name = "stages", .stop_after = stage, .shortened = true};
		char detail[40];
		struct run r;

		snprintf(detail, sizeof detail, "stop after %s: ", stage_name(stage));
		run_open(&r, &t->script, &variant);
		judge_always(&r);
		judge_shortened(&r, &t->whole);
		note(t, &r, detail);
		run_close(&r);
	}
	point(t, "the law of stages");
}

static void run_script(const char *path, bool verbose)
{
	struct test t = {.verbose = verbose};
	struct variant crumbs = {.name = "in crumbs", .crumbs = true};
	struct variant sips = {.name = "in sips", .sips = true};
	const char *why;

	if (!script_open(&t.script, path, &why)) {
		printf("not ok %zu - %s\n# %s\n", ++total.points, t.script.name, why);
		total.failed++;
		script_close(&t.script);
		return;
	}
	crumbs.stop_after = sips.stop_after = t.script.stop_after;
	printf("# %s: %s\n", t.script.name, t.script.title);
	run_whole(&t);
	run_same(&t, &crumbs);
	run_same(&t, &sips);
	run_cut(&t);
	run_silent(&t);
	run_stages(&t);
	run_close(&t.whole);
	script_close(&t.script);
}

/* ---- all of them ---- */

static int is_script(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && strcmp(dot, ".talk") == 0;
}

static void run_all(void)
{
	const char *top = getenv("TOP");
	struct dirent **entries;
	char folder[2048], path[4096];
	int count;

	snprintf(folder, sizeof folder, "%s/tests/talk/scripts", top ? top : ".");
	count = scandir(folder, &entries, is_script, alphasort);
	if (count <= 0) {
		printf("Bail out! no scripts in %s\n", folder);
		exit(1);
	}
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		run_script(path, false);
		free(entries[i]);
	}
	free(entries);
}

static void judge_json(void)
{
	enum contract contract = contract_judge(total.json, true);

	printf("%s %zu - all JSON is what the manual says%s\n",
	       contract == CONTRACT_BROKEN ? "not ok" : "ok", ++total.points,
	       contract == CONTRACT_UNKNOWN ? " # SKIP no python3-jsonschema" : "");
	total.failed += contract == CONTRACT_BROKEN;
}

int main(int argc, char **argv)
{
	bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;

	total.json = tmpfile();
	if (!total.json)
		abort();
	for (int i = 1 + verbose; i < argc; i++)
		run_script(argv[i], verbose);
	if (argc == 1 + verbose)
		run_all();
	judge_json();
	fclose(total.json);
	printf("1..%zu\n# %zu runs\n", total.points, total.runs);
	return total.failed > 0;
}
