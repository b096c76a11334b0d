#ifndef NET_HTTPS_WAIT_H
#define NET_HTTPS_WAIT_H
/* What libcurl waits for: some descriptors and one moment. Private to net/https. */

#include "base/deadline.h"

struct https_wait {
	struct pollfd *fds; /* with room for deadline_poll's own */
	size_t count, room;
	int64_t timer; /* of clock_now(); DEADLINE_NEVER for none */
};

void https_wait_open(struct https_wait *w);

/* Wait for these events of fd from now on; 0: no more. */
void https_wait_for(struct https_wait *w, int fd, short events);

/* As deadline_poll; also returns, with 0, at the moment of the timer. What is ready is in revents.
 */
int https_wait(struct https_wait *w, struct deadline until);

void https_wait_close(struct https_wait *w);

#endif
