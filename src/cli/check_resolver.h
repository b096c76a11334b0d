#ifndef CLI_CHECK_RESOLVER_H
#define CLI_CHECK_RESOLVER_H
/* --check-resolver: which name servers are to be judged, and the judgement told. */

#include "cli/dispatch.h"
#include "cli/report.h"

/* The operand, if there is one, is the name that shows whether a server looks beyond itself.
   Returns the exit status: 0, one server at least can be used; 75, none can; or a mistake that has
   been reported. */
int check_resolver(const struct dispatch *d, struct report *report, struct arena *a);

#endif
