#ifndef ROUTE_RULE_H
#define ROUTE_RULE_H
/* Explicit routes (RULES.md A19): which of them holds for a domain. Reading one is route_rule_parse
   in route.h. */

#include "route/route.h"

/* The first rule that fits the domain (A-labels or "[literal]"), NULL when none does. */
const struct route_rule *route_rule_for(const struct facts *facts, const char *domain);

#endif
