#ifndef TALK_SETTING_H
#define TALK_SETTING_H
/* A plan made by hand: the hosts of one route, and recipients whose domains all go there. */

#include "route/plan.h"

/* Recipients come as they go on the wire. Hosts stay the caller's; the rest lives in the plan. */
void setting_plan(struct plan *plan, struct route_host *hosts, size_t host_count,
                  const char *const *wires, size_t count);
void setting_free(struct plan *plan);

#endif
