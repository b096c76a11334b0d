#ifndef DELIVERY_RACE_H
#define DELIVERY_RACE_H
/* Who is dialled when. Addresses of one preference are raced as in RFC 8305: RACE_STEP apart, at
   once when one fails. The next preference starts when the better ones have failed altogether, or
   have been silent for a while that gets shorter with each of them: see race_head_start. The first
   that stands wins, and of two that stand at the same moment the better. Whoever stood before and
   was left because he did not greet is listened to all the while. */

#include "base/deadline.h"
#include "net/dial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RACE_STEP = 200,     /* RFC 8305 5: connection attempt delay; it recommends 250 and allows
	                        100: this way fifty dead addresses take less than 15 s */
	RACE_DIAL = 30 * 1000 /* an address that has not answered a SYN by then is given up: two
	                         minutes of kernel retries help nobody who waits */
};

enum race_state {
	RACE_IDLE,
	RACE_DIALLING,
	RACE_UP,
	RACE_MUTE, /* it stands, its caller has tired of waiting for the greeting */
	RACE_FAILED
};

struct racer {
	struct ip ip;
	uint16_t port;
	unsigned tier;         /* rises along the array */
	enum race_state state;
	int64_t begun;         /* the latest dial, by the clock of the dialer */
	int64_t ended;         /* when it stood, failed or was given up */
	int64_t waited;        /* how long it was silent in earlier races, which others won */
	int64_t mute_until;    /* when mute: then the wait is over */
	bool stood;            /* one of its dials did */
	const char *trouble;   /* when failed */
	struct dial dial;
};

/* How long the next preference waits for the better ones when so many of them (1 or more) are
   silent: 3 s leave time for a second SYN, 1 s for a far country; when a third is silent, too, it
   is likelier that ours is a dead network than that each of them is slow. */
int64_t race_head_start(size_t silent);

/* The decision alone: given the racers' states and the clock, the index to dial next (RACE_NONE for
   none now), and *wake: the moment to ask again although nothing happened (DEADLINE_NEVER for
   none). A pure function. */
#define RACE_NONE ((size_t)-1)
size_t race_next(const struct racer *racers, size_t count, int64_t now, int64_t *wake);

/* Run the race over the racers that are RACE_IDLE or RACE_MUTE (others have had their turn) and
   return the winner's index, whose dial.stream then belongs to the caller; RACE_NONE when all
   failed or the deadline passed (cancelled included). The winner is RACE_UP. Losers that are still
   dialling are closed and go back to RACE_IDLE: they may run again, and what they have been silent
   counts against their head start. One that is mute wins when it says something, or when its
   time is over (dial.state shows which); until then it stays mute, and connected. Where this
   machine has no descriptor left a dial is repeated for RACE_DIAL at least: other deliveries may
   give theirs back. */
size_t race_run(struct dialer *dialer, struct racer *racers, size_t count, struct deadline until);

#endif
