#include "base/deadline.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct deadline deadline_at(struct deadline outer, int64_t moment)
{
	if (moment < outer.at)
		outer.at = moment;
	return outer;
}

struct deadline deadline_in(struct deadline outer, int64_t milliseconds)
{
	int64_t now = clock_now();

	return milliseconds < DEADLINE_NEVER - now ? deadline_at(outer, now + milliseconds) : outer;
}

int64_t deadline_left(struct deadline d)
{
	int64_t now;

	if (d.at == DEADLINE_NEVER)
		return DEADLINE_NEVER;
	now = clock_now();
	return d.at > now ? d.at - now : 0;
}

bool deadline_passed(struct deadline d)
{
	return deadline_left(d) == 0;
}

static int poll_timeout(struct deadline d)
{
	int64_t left = deadline_left(d);

	return d.at == DEADLINE_NEVER ? -1 : left > INT_MAX ? INT_MAX : (int)left;
}

int deadline_poll(struct pollfd *fds, size_t count, struct deadline d)
{
	nfds_t all = (nfds_t)count + (d.cancel_fd >= 0);
	int ready;

	if (d.cancel_fd >= 0)
		fds[count] = (struct pollfd){.fd = d.cancel_fd, .events = POLLIN};
	do
		ready = poll(fds, all, poll_timeout(d));
	while (ready < 0 && (errno == EINTR || errno == EAGAIN));
	if (d.cancel_fd >= 0 && fds[count].revents)
		return DEADLINE_CANCELLED;
	return ready < 0 ? 0 : ready;
}

bool deadline_cancelled(struct deadline d)
{
	struct pollfd none[1];

	d.at = 0;
	return deadline_poll(none, 0, d) == DEADLINE_CANCELLED;
}
