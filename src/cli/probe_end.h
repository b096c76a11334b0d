#ifndef CLI_PROBE_END_H
#define CLI_PROBE_END_H
/* What a probe comes to: which exchangers do not work, and what a delivery could expect. Claims no
   more than was asked. */

#include "cli/probe_text.h"

/* stop_after: how far the probe went. exit: of the run. */
void probe_end(struct probe_text *p, struct buf *b, const struct plan *plan, enum stage stop_after,
               int exit);

#endif
