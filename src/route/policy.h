#ifndef ROUTE_POLICY_H
#define ROUTE_POLICY_H
/* MTA-STS policies as facts of a run: asked for like DNS answers, each found once. What needs
   HTTPS is collected and fetched side by side, when the DNS has nothing more to say. */

#include "route/sts_find.h"

struct policies;

/* The world must outlive them. */
struct policies *policies_open(struct dns *dns, const struct sts_world *world);

/* Begin: whoever needs the policy later has a round trip less to wait. */
void policy_ask(struct policies *p, const char *domain, size_t asker);

/* The policy of a domain (A-labels); NULL while it is still to come. The asker waits for DNS
   answers or for policies_fetch. Lives as long as the policies. */
const struct sts_finding *policy_get(struct policies *p, const char *domain, size_t asker);

/* Fetch all that is wanted. False: nothing is; else whoever waits is to ask again. */
bool policies_fetch(struct policies *p, struct deadline until);

/* All that have been found, in no order: the one after f, the first for NULL; NULL at the end. */
const struct sts_finding *policies_next(const struct policies *p, const struct sts_finding *f);

/* Does the policy oblige us? NULL is none. */
bool policy_enforced(const struct sts_finding *f);

/* Their owner closes the DNS after them. NULL is fine. */
void policies_close(struct policies *p);

#endif
