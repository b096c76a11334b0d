#ifndef ROUTE_CLAIM_H
#define ROUTE_CLAIM_H
/* Which domains may have an exchanger in common. A route has no hosts but those whose names it
   claims, and these are known before any address is. So when all domains that claim the name of a
   route's best host have their routes, no other domain can have the same one (RULES.md A18). */

#include "net/dns_index.h"
#include "route/route.h"

/* Claims of zeroes are empty and ready. */
struct claims {
	struct dns_index names;
};

/* A domain, by number, that claims a name; and the next one. */
struct claimant {
	size_t number;
	struct claimant *next;
};

/* Is it known which names the route claims? */
bool claim_known(const struct route *route);

/* Enter what the route of this domain claims; domains come in ascending order. */
void claims_add(struct claims *claims, struct arena *a, const struct route *route, size_t number);

/* The route, which was entered, is found. settled is called for each name of which all claimants
   are found now, with all of them, in ascending order. */
void claims_found(struct claims *claims, const struct route *route,
                  void (*settled)(void *context, const char *name, const struct claimant *first),
                  void *context);

void claims_free(struct claims *claims);

#endif
