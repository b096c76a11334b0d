#ifndef CLI_PLAN_TEXT_H
#define CLI_PLAN_TEXT_H
/* The plan for a person to read at a glance: what the dry run prints. */

#include "route/plan.h"

struct buf;

/* One block for a domain: recipients, where the route comes from, hosts in the order of attempt,
   what was left out, and in words what would happen. */
void plan_text_domain(struct buf *b, const struct plan_domain *domain);

/* Which domains go over one connection, and how much there is to do; nothing for a single domain.
   */
void plan_text_end(struct buf *b, const struct plan *plan);

#endif
