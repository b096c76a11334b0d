#ifndef CLI_TLSRPT_RUN_H
#define CLI_TLSRPT_RUN_H
/* --tlsrpt DATE: the reports of a day, made from what deliveries have kept, and sent to the domains
   that ask for them, or only shown (RFC 8460). A report by mail goes the way of every message of
   ours. */

#include "cli/dispatch.h"
#include "cli/report.h"

/* Returns the exit status. */
int tlsrpt_run(struct dispatch *d, struct report *report, struct arena *a);

#endif
