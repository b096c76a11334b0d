#include "cli/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

enum {
	DESCRIPTORS_OF_OURS = 32,      /* standard ones, message, DNS questions over TCP */
	DESCRIPTORS_OF_A_DELIVERY = 4, /* a race seldom dials more hosts at once */
	DESCRIPTORS_UNKNOWN = 4096     /* how many to close where close_range is missing */
};

/* A handler can be given nothing, so the pipe that it writes to stands here. */
static int cancel_write = -1;

static void cancel(int number)
{
	ssize_t written = write(cancel_write, "", 1);

	(void)number;
	(void)written; /* a full pipe is readable, which is all that counts */
}

/* A file of ours must never become descriptor 0, 1 or 2. Standard input is opened for writing only:
   reading it then fails, for a closed one is not an empty message. */
static bool descriptors_open(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		/* The lowest number that is free is the one that we get */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_WRONLY) != fd)
			return false;
	}
	return true;
}

/* What leaked in is no business of ours, and the other end may wait for it to be closed. */
static void descriptors_close(void)
{
	if (!close_range(3, UINT32_MAX, 0))
		return;
	for (int fd = 3; fd < DESCRIPTORS_UNKNOWN; fd++)
		close(fd);
}

static bool cancel_pipe(int *readable)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return false;
	*readable = ends[0];
	cancel_write = ends[1];
	return true;
}

static void disposition(int number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static bool ignored(int number)
{
	struct sigaction action;

	return !sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN;
}

/* mailx, s-nail and alpine ignore SIGHUP and SIGINT for our sake: ^C at their prompt is not meant
   for a message on its way. A shell that ignores SIGINT alone, because of "&", has no such thing in
   mind. */
static void cancel_unless_spared(void)
{
	bool spared = ignored(SIGHUP);

	if (!spared)
		disposition(SIGHUP, cancel);
	if (!spared || !ignored(SIGINT))
		disposition(SIGINT, cancel);
}

static void signals_settle(void)
{
	sigset_t none;

	disposition(SIGPIPE, SIG_IGN);
	disposition(SIGCHLD, SIG_DFL);
	disposition(SIGTERM, cancel);
	cancel_unless_spared();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void limits_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int process_settle(void)
{
	int readable;

	umask(077);
	if (!descriptors_open())
		return -1;
	descriptors_close();
	if (!cancel_pipe(&readable))
		return -1;
	signals_settle();
	limits_raise();
	return readable;
}

bool process_trusts_caller(void)
{
#ifdef __linux__
	if (getauxval(AT_SECURE))
		return false;
#endif
	return geteuid() == getuid() && getegid() == getgid();
}

size_t process_parallel(size_t wanted, size_t others)
{
	const size_t taken = DESCRIPTORS_OF_OURS + others;
	struct rlimit limit;
	size_t possible = 1;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return wanted;
	if (limit.rlim_cur > taken + DESCRIPTORS_OF_A_DELIVERY)
		possible = (limit.rlim_cur - taken) / DESCRIPTORS_OF_A_DELIVERY;
	return possible < wanted ? possible : wanted;
}
