#ifndef DELIVERY_PROBE_H
#define DELIVERY_PROBE_H
/* The second half of a probe: visits to everybody who was not met on the way to the verdicts, for
   what they say. Changes no verdict. */

#include "delivery/work.h"

enum { PROBE_DIAL = 10 * 1000 }; /* the time for the first SYN and its repetitions after 1, 3 and 7
                                    seconds to be answered */

/* Every address of every work is told of, once: hosts side by side, the addresses of a host one
   after the other, so that it hears no more from us than in a delivery. Where nobody is named
   (stop_after is below STAGE_MAIL), an address that several deliveries share is visited once. */
void probe_rest(struct work *works, size_t count, const struct deliver_want *want);

#endif
