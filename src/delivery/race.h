#ifndef DELIVERY_RACE_H
#define DELIVERY_RACE_H
/* Who is dialled when. Addresses of one preference are raced as in RFC 8305: 250 ms apart, at once
   when one fails; the next preference starts when the better one has been silent for RACE_TIER
   milliseconds or has failed altogether. The first that stands wins, and of two that stand at the
   same moment the better. */

#include "base/deadline.h"
#include "net/dial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RACE_STEP = 250,     /* RFC 8305 5: connection attempt delay */
	RACE_TIER = 3000,    /* head start of a better preference */
	RACE_DIAL = 30 * 1000 /* an address that has not answered a SYN by then is given up: two
	                         minutes of kernel retries help nobody who waits */
};

enum race_state { RACE_IDLE, RACE_DIALLING, RACE_UP, RACE_FAILED };

struct racer {
	struct ip ip;
	uint16_t port;
	unsigned tier;         /* rises along the array */
	enum race_state state;
	int64_t begun;         /* the latest dial, by the clock of the dialer */
	int64_t ended;         /* when it stood, failed or was given up */
	bool stood;            /* one of its dials did */
	const char *trouble;   /* when failed */
	struct dial dial;
};

/* The decision alone: given the racers' states and the clock, the index to dial next (RACE_NONE for
   none now), and *wake: the moment to ask again although nothing happened (DEADLINE_NEVER for
   none). A pure function. */
#define RACE_NONE ((size_t)-1)
size_t race_next(const struct racer *racers, size_t count, int64_t now, int64_t *wake);

/* Run the race over the racers that are RACE_IDLE (others have had their turn) and return the
   winner's index, whose dial.stream then belongs to the caller; RACE_NONE when all failed or the
   deadline passed (cancelled included). The winner stays RACE_UP. Losers that are still dialling
   are closed and go back to RACE_IDLE: they may run again. */
size_t race_run(struct dialer *dialer, struct racer *racers, size_t count, struct deadline until);

#endif
