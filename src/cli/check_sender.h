#ifndef CLI_CHECK_SENDER_H
#define CLI_CHECK_SENDER_H
/* --check-sender: which sender and which addresses are to be judged, and the judgement told. */

#include "cli/dispatch.h"
#include "cli/report.h"

/* The addresses are the operands, else those of the facts, else those with which this machine
   reaches the internet. Returns the exit status: 0, nothing speaks against sending; 69, something
   does; 75, it cannot be found out now; or a mistake that has been reported. For --save-facts the
   machine of d becomes the one that was judged. */
int check_sender(struct dispatch *d, struct report *report, struct arena *a);

#endif
