#ifndef DELIVERY_VISIT_H
#define DELIVERY_VISIT_H
/* One visit to one host: the session, the transactions for all whom it is due for, and what is
   learned for the rest of the delivery. */

#include "delivery/work.h"

/* Visit candidate i, whose racer has won the race and whose stream is taken over. Verdicts are with
   the recipients and told when this returns; the racer is RACE_IDLE if it may be visited again,
   else RACE_FAILED. */
void visit_host(struct work *w, size_t i);

/* For a probe: visit candidate i, whose stream is taken over, and ask for all recipients of the
   delivery; nothing follows from what is heard. Waits less long than a delivery does. Different
   candidates of one work may be looked at by different threads, each with texts of its own. */
void visit_look(const struct work *w, size_t i, struct arena *texts);

/* Tell of candidate i, whom nobody could talk to: its racer has failed, or reason says at which
   stage what kept us from it. */
void visit_none(const struct work *w, size_t i, const struct status *reason, struct arena *texts);

#endif
