#include "trial.h"

#include "cli/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SECONDS_MAX = 120,
	WORDS_ROOM = 64,
	SANITIZER = 99, /* the exit status of its findings, set by the Makefile */
	SIGNALLED = 128
};

/* Names nobody: with -t it is read in a dry run too, and says how large it is. */
static const char letter[] = "From: alice@sender.example\n"
			     "Date: Fri, 20 Nov 2026 12:00:00 +0000\n"
			     "Message-ID: <law@sender.example>\n\nDear Bob\n";

static FILE *scratch(const char *content)
{
	FILE *file = tmpfile();

	if (!file || fputs(content, file) < 0 || fflush(file) || fseek(file, 0, SEEK_SET))
		abort();
	return file;
}

static int run_words(FILE *in, FILE *out, FILE *err, const char *const *words)
{
	const char *argv[WORDS_ROOM] = {"sendmx"};
	int argc = 1;

	while (*words && argc < WORDS_ROOM - 1)
		argv[argc++] = *words++;
	alarm(SECONDS_MAX);
	if (dup2(fileno(in), 0) < 0 || dup2(fileno(out), 1) < 0 || dup2(fileno(err), 2) < 0)
		abort();
	return run(argc, (char **)argv);
}

static void add_line(struct trial *t, const char *text)
{
	json_t *line = json_loads(text, 0, NULL);
	const char *type = json_string_value(json_object_get(line, "type"));

	if (type && strcmp(type, "route") == 0)
		json_array_append(t->routes, line);
	else if (type && strcmp(type, "result") == 0)
		json_array_append(t->results, line);
	json_decref(line);
}

static void read_lines(struct trial *t, FILE *out, int kept)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	rewind(out);
	while ((size = getline(&line, &room, out)) > 0) {
		add_line(t, line);
		if (kept >= 0 && write(kept, line, (size_t)size) != size)
			abort();
	}
	free(line);
}

static void show_lines(FILE *file)
{
	char line[2000];

	rewind(file);
	while (fgets(line, sizeof line, file))
		printf("# %.*s\n", (int)strcspn(line, "\n"), line);
}

bool trial_crashed(const struct trial *t)
{
	return t->exit == SANITIZER || t->exit >= SIGNALLED;
}

void trial_open(struct trial *t, uint64_t seed, bool deaf, bool honest, const char *const *words,
                int kept)
{
	FILE *in = scratch(letter), *out = scratch(""), *err = scratch("");
	pid_t child;
	int end;

	*t = (struct trial){.routes = json_array(), .results = json_array()};
	crowd = mmap(NULL, sizeof *crowd, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	             0);
	if (crowd == MAP_FAILED)
		abort();
	t->crowd = crowd;
	crowd->seed = seed;
	crowd->deaf = deaf;
	crowd->honest = honest;
	fflush(NULL);
	child = fork();
	if (child == 0)
		exit(run_words(in, out, err, words));
	if (child < 0 || waitpid(child, &end, 0) != child)
		abort();
	t->exit = WIFEXITED(end) ? WEXITSTATUS(end) : SIGNALLED + WTERMSIG(end);
	read_lines(t, out, kept);
	/* Else it says nothing that JSON does not say. */
	if (trial_crashed(t))
		show_lines(err);
	fclose(in);
	fclose(out);
	fclose(err);
}

void trial_close(struct trial *t)
{
	munmap(t->crowd, sizeof *t->crowd);
	json_decref(t->routes);
	json_decref(t->results);
}
