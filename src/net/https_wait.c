#include "net/https_wait.h"

#include "base/memory.h"

#include <stdlib.h>

enum { ROOM = 64 }; /* to begin with */

void https_wait_open(struct https_wait *w)
{
	*w = (struct https_wait){.room = ROOM, .timer = DEADLINE_NEVER};
	w->fds = memory_get(ROOM, sizeof *w->fds);
}

static void grow(struct https_wait *w)
{
	if (w->count + 2 <= w->room)
		return;
	w->room *= 2;
	w->fds = memory_resize(w->fds, w->room, sizeof *w->fds);
}

void https_wait_for(struct https_wait *w, int fd, short events)
{
	size_t at = 0;

	while (at < w->count && w->fds[at].fd != fd)
		at++;
	if (at == w->count && !events)
		return;
	if (at == w->count) {
		grow(w);
		w->fds[w->count++].fd = fd;
	}
	w->fds[at].events = events;
	w->fds[at].revents = 0;
	if (!events)
		w->fds[at] = w->fds[--w->count];
}

int https_wait(struct https_wait *w, struct deadline until)
{
	return deadline_poll(w->fds, w->count, deadline_at(until, w->timer));
}

void https_wait_close(struct https_wait *w)
{
	free(w->fds);
}
