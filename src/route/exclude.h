#ifndef ROUTE_EXCLUDE_H
#define ROUTE_EXCLUDE_H
/* What speaks against an exchanger or one of its addresses, each with its reason in plain words:
   RULES.md A5, A8, A12, A13 and A17. */

#include "route/exchanger.h"

/* Why an MX record's exchanger must not even be looked up, NULL when it may. */
const char *exclude_unfit(const struct dns_mx *mx);

/* Put the exchangers in the order of attempt (A1) and decide which of them, and which of their
   addresses, stand. */
void exclude_judge(struct exchangers *list);

#endif
