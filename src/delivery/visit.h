#ifndef DELIVERY_VISIT_H
#define DELIVERY_VISIT_H
/* One visit to one host: the session, the transactions for all whom it is due for, and what is
   learned for the rest of the delivery. */

#include "delivery/work.h"

/* Visit candidate i, whose racer has won the race that began at begun (the dialer's clock) and
   whose stream is taken over. Verdicts are with the recipients and told when this returns; the
   racer is RACE_IDLE if it may be visited again, else RACE_FAILED. */
void visit_host(struct work *w, size_t i, int64_t begun);

#endif
