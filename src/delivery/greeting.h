#ifndef DELIVERY_GREETING_H
#define DELIVERY_GREETING_H
/* Hosts that take the connection and say nothing. Some make strangers wait, some are broken, and
   the first word is all that tells them apart. So nobody is given up before the five minutes of RFC
   5321 4.5.3.2.1 are over, but others are tried meanwhile. Reads nothing. */

#include "delivery/work.h"

enum { GREETING_ALONE = 10 * 1000 }; /* milliseconds: Sendmail's and Postfix' delays for strangers
                                        are 5 and 6 s */

/* Is there anybody else to turn to, undialled or mute? */
bool greeting_others(const struct work *w);

/* Wait until candidate i, whose racer has won, says its first word. False: it has said nothing for
   GREETING_ALONE, and there are others; its racer is RACE_MUTE, connected, and wins a later race
   when it speaks or its five minutes are over. */
bool greeting_comes(const struct work *w, size_t i);

/* Nobody is waited for any more: tell of those that are mute, and hang up. A probe comes back to
   them, and tells then. */
void greeting_drop(struct work *w);

#endif
