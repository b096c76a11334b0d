#ifndef CLI_SUBMISSION_ANSWER_H
#define CLI_SUBMISSION_ANSWER_H
/* Verdicts as replies of -bs. Private to submission.c. */

#include "cli/caller.h"
#include "cli/submission.h"

/* To RCPT. */
void answer_route(struct caller *c, struct arena *a, const struct status *s);

/* To the lone dot. Temporary if one recipient's verdict is, so that a caller who tries again loses
   nobody: whom he would mail twice is said. */
void answer_verdict(struct caller *c, struct arena *a, const struct submission_verdict *v);

#endif
