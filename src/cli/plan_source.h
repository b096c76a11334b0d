#ifndef CLI_PLAN_SOURCE_H
#define CLI_PLAN_SOURCE_H
/* Where a route comes from, for a person: what was asked, what was answered, and whether that is
   proven. */

#include "route/plan.h"

struct buf;

/* The line "source", and the aliases that were followed. Nothing for a name that cannot be asked
   for. Says nothing of DNSSEC where nothing was checked: that is a fact of the run. */
void plan_source(struct buf *b, const struct plan_domain *domain);

/* Was the DNS asked about this domain, and nothing of what it said checked? */
bool plan_source_unchecked(const struct plan_domain *domain);

#endif
