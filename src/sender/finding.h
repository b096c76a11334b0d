#ifndef SENDER_FINDING_H
#define SENDER_FINDING_H
/* From what was found out about a sender to sentences: what speaks against him, and what can be
   done about it. */

#include "sender/sender.h"

/* Fill the sender's findings from all else that is known of him. */
void findings_write(const struct sender_question *q, struct arena *a, struct sender *sender);

#endif
