#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H
/* Time: when a wait ends at the latest, and the one poll of the program, so that everything that
   waits can be cancelled. */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline {
	int64_t at;    /* milliseconds of clock_now(); DEADLINE_NEVER for none */
	int cancel_fd; /* becomes readable, and stays so, when the run is cancelled; -1: cannot be
	                  */
};

enum { DEADLINE_CANCELLED = -1 };
#define DEADLINE_NEVER INT64_MAX

/* Milliseconds since some fixed moment; never goes back (CLOCK_MONOTONIC). */
int64_t clock_now(void);

/* The earlier of outer and milliseconds from now; cancelled with outer. */
struct deadline deadline_in(struct deadline outer, int64_t milliseconds);

/* The earlier of outer and a moment of clock_now(). */
struct deadline deadline_at(struct deadline outer, int64_t moment);

bool deadline_passed(struct deadline d);
bool deadline_cancelled(struct deadline d);

/* Milliseconds left, 0 when passed. */
int64_t deadline_left(struct deadline d);

/* poll(2) for count descriptors. The array has room for one more at its end, which this function
   uses for the cancel descriptor. Returns how many are ready, 0 when the deadline passed,
   DEADLINE_CANCELLED. EINTR is waited through. */
int deadline_poll(struct pollfd *fds, size_t count, struct deadline d);

#endif
