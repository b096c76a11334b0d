#include "contract.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void validate(FILE *file, FILE *complaints, bool lines_only)
{
	const char *top = getenv("TOP");
	char program[4096];

	snprintf(program, sizeof program, "%s/tests/json/validate", top ? top : ".");
	if (lseek(fileno(file), 0, SEEK_SET) < 0 || dup2(fileno(file), 0) < 0 ||
	    dup2(fileno(complaints), 1) < 0)
		abort();
	execl(program, program, lines_only ? "--lines" : "-", (char *)NULL);
	_exit(77);
}

static void print_complaints(FILE *complaints)
{
	char line[2000];

	rewind(complaints);
	while (fgets(line, sizeof line, complaints))
		printf("# %.*s\n", (int)strcspn(line, "\n"), line);
}

enum contract contract_judge(FILE *file, bool lines_only)
{
	FILE *complaints = tmpfile();
	pid_t child;
	int end;

	if (!complaints || fflush(NULL))
		abort();
	child = fork();
	if (child == 0)
		validate(file, complaints, lines_only);
	if (child < 0 || waitpid(child, &end, 0) != child)
		abort();
	print_complaints(complaints);
	fclose(complaints);
	if (WIFEXITED(end) && WEXITSTATUS(end) == 77)
		return CONTRACT_UNKNOWN;
	return WIFEXITED(end) && WEXITSTATUS(end) == 0 ? CONTRACT_KEPT : CONTRACT_BROKEN;
}
