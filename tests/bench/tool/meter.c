/* meter: what a command costs, as one JSON object on standard output.

   usage: meter [-n RUNS] [-i FILE] [-p] [-o FILE] [-t SECONDS] COMMAND [WORD]...

   Runs the command -n times (default 1) with -i (default /dev/null) as standard input, -p through a
   pipe; its output goes to -o (default /dev/null). Reports for each run and as medians:
     start      clock reading (CLOCK_MONOTONIC, seconds) when the command was started
     wall_ms    start to end
     cpu_ms     user and system, of the command and of the children it has waited for
     rss_kb     the largest resident set of any one of these processes
     status     exit status, or 128 + signal
   A run longer than -t seconds (default 120) is killed: status 137. What fills the pipe of -p does
   not count.

   A daemon that works on after the command has ended is not seen. rss_kb is never below what meter
   itself has when it forks (1 MB; `meter true` shows it). */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 1000, PIECE = 65536 };

struct task {
	const char *input, *output;
	bool piped;
	double limit; /* seconds */
	char **command;
};

struct run {
	double start, wall_ms, cpu_ms;
	double rss_kb;
	int status;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double milliseconds(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static void feed(int from, int to)
{
	static char piece[PIECE];
	ssize_t size;
	while ((size = read(from, piece, sizeof piece)) > 0)
		for (ssize_t done = 0; done < size;) {
			ssize_t n = write(to, piece + done, (size_t)(size - done));
			if (n < 0)
				_exit(0); /* the command has read enough */
			done += n;
		}
	_exit(0);
}

/* The read end of a pipe that a child of ours fills from fd, which is closed here. */
static int piped(int fd, pid_t *feeder)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*feeder = fork();
	if (*feeder == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		feed(fd, ends[1]);
	}
	close(ends[1]);
	close(fd);
	return ends[0];
}

static void become(const struct task *t, int input)
{
	int output = open(t->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	if (input < 0 || output < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0)
		_exit(126);
	execvp(t->command[0], t->command);
	fprintf(stderr, "meter: %s: %s\n", t->command[0], strerror(errno));
	_exit(127);
}

/* Wait for the child; at the limit its process group is killed. */
static struct run attend(pid_t child, double start, double limit)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
	if (poll(&end, 1, (int)(limit * 1e3)) == 0)
		kill(-child, SIGKILL);
	int status;
	struct rusage usage;
	while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
		;
	double stop = now();
	if (end.fd >= 0)
		close(end.fd);
	return (struct run){
		.start = start,
		.wall_ms = (stop - start) * 1e3,
		.cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
		.rss_kb = (double)usage.ru_maxrss,
		.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	};
}

static bool run_once(const struct task *t, struct run *r)
{
	pid_t feeder = -1;
	int input = open(t->input, O_RDONLY | O_CLOEXEC);
	if (input >= 0 && t->piped)
		input = piped(input, &feeder);
	if (input < 0) {
		fprintf(stderr, "meter: %s: %s\n", t->input, strerror(errno));
		return false;
	}
	double start = now();
	/* Not vfork: the kernel counts the memory that exec leaves, and a fork's is small. */
	pid_t child = fork();
	if (child == 0)
		become(t, input);
	close(input);
	if (child > 0)
		*r = attend(child, start, t->limit);
	if (feeder > 0) {
		kill(feeder, SIGKILL);
		waitpid(feeder, NULL, 0);
	}
	return child > 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The median of one member of all runs, found at offset. */
static double median(const struct run *runs, size_t count, size_t offset)
{
	static double values[RUNS];
	for (size_t i = 0; i < count; i++)
		memcpy(&values[i], (const char *)&runs[i] + offset, sizeof values[i]);
	qsort(values, count, sizeof *values, compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static void report(const struct run *runs, size_t count)
{
	printf("{\"wall_ms\":%.3f,\"cpu_ms\":%.3f,\"rss_kb\":%.0f,\"runs\":[",
	       median(runs, count, offsetof(struct run, wall_ms)),
	       median(runs, count, offsetof(struct run, cpu_ms)),
	       median(runs, count, offsetof(struct run, rss_kb)));
	for (size_t i = 0; i < count; i++)
		printf("%s{\"start\":%.6f,\"wall_ms\":%.3f,\"cpu_ms\":%.3f,\"rss_kb\":%.0f,"
		       "\"status\":%d}",
		       i ? "," : "", runs[i].start, runs[i].wall_ms, runs[i].cpu_ms, runs[i].rss_kb,
		       runs[i].status);
	printf("]}\n");
}

static int usage(void)
{
	fputs("usage: meter [-n RUNS] [-i FILE] [-p] [-o FILE] [-t SECONDS] COMMAND [WORD]...\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct run runs[RUNS];
	struct task task = {.input = "/dev/null", .output = "/dev/null", .limit = 120};
	long count = 1;
	for (int option; (option = getopt(argc, argv, "+n:i:po:t:")) != -1;) {
		switch (option) {
		case 'n': count = strtol(optarg, NULL, 10); break;
		case 'i': task.input = optarg; break;
		case 'p': task.piped = true; break;
		case 'o': task.output = optarg; break;
		case 't': task.limit = strtod(optarg, NULL); break;
		default: return usage();
		}
	}
	if (optind == argc || count < 1 || count > RUNS || !(task.limit > 0 && task.limit <= 3600))
		return usage();
	task.command = argv + optind;
	for (long i = 0; i < count; i++)
		if (!run_once(&task, &runs[i]))
			return 1;
	report(runs, (size_t)count);
	return 0;
}
