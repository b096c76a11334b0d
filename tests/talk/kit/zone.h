#ifndef TALK_ZONE_H
#define TALK_ZONE_H
/* Domains made up by a number sequence, as a file of facts: d0 to d3, with exchangers h0 to h5,
   and whatever goes wrong with both. */

#include "base/buf.h"

#include <stdint.h>

enum { ZONE_DOMAINS = 4 };

struct dice {
	uint64_t state;
};

/* 0 to sides - 1 */
unsigned dice_roll(struct dice *d, unsigned sides);

void zone_make(struct buf *zone, struct dice *d);

#endif
