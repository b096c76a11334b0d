#ifndef CLI_ADVICE_H
#define CLI_ADVICE_H
/* Where nobody could be connected to, and all for one reason that lies on this side: what it is,
   and what one can do about it. */

#include "delivery/reach.h"
#include "route/plan.h"

struct arena;

/* A sentence, or NULL where there is nothing to advise: somebody was reached or has refused, there
   are several reasons, or the DNS failed as well. */
const char *advice_find(struct arena *a, const struct reach *reach, const struct plan *plan);

/* What to do where the DNS gave no answer about a domain that may be used: no more than is certain.
   NULL: it was not so. */
const char *advice_dns(const struct route *route);

#endif
