#ifndef ROUTE_RULE_H
#define ROUTE_RULE_H
/* Explicit routes (RULES.md A19): which of them holds for a domain. Reading one is route_rule_parse
   in route.h. And the domains that rules of any kind are for. */

#include "route/route.h"

/* The first rule that fits the domain (A-labels or "[literal]"), NULL when none does. */
const struct route_rule *route_rule_for(const struct facts *facts, const char *domain);

/* "*" for all, ".example.org" for what is below it, "[192.0.2.1]", or a domain, into A-labels. */
bool rule_domain_parse(struct arena *a, const char *text, const char **domain, const char **why);
bool rule_domain_fits(const char *pattern, const char *domain);

#endif
