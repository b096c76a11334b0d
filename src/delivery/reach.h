#ifndef DELIVERY_REACH_H
#define DELIVERY_REACH_H
/* What all dials of a run together say about this machine's way out, so that "nobody answers" can
   be told from "nobody gets through". Counts, and draws no conclusion. */

#include "delivery/race.h"

enum { REACH_SILENT = 3000 }; /* milliseconds: a dial that was cut off has heard nothing to its
                                 first two SYNs by then */

struct reach {
	size_t up;             /* connections that stood */
	size_t silent;         /* dials of the SMTP port that nobody answered */
	size_t forbidden;      /* by this machine */
	size_t unreachable[2]; /* this machine knows no way: over IPv4, over IPv6 */
	size_t other;          /* refused, say */
	size_t domains;        /* deliveries whose dials were silent */
	bool networks;         /* the silent ones are in different networks */
	struct ip first;       /* one of the silent ones */
};

/* Count the racers of one delivery, when it is done. */
void reach_count(struct reach *reach, const struct racer *racers, size_t count);

/* Put the counts of another delivery to these. */
void reach_join(struct reach *reach, const struct reach *other);

#endif
