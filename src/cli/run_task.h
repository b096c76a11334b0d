#ifndef CLI_RUN_TASK_H
#define CLI_RUN_TASK_H
/* What one run can be for, and the steps that several tasks have in common. Private to run*.c:
   run.c has the steps and the way of a message, run_task.c the other tasks. */

#include "base/draft.h"
#include "cli/dispatch.h"
#include "cli/report.h"

struct run {
	struct arena arena;
	struct report report;
	struct options options;
	struct config config;
	struct identity identity;
	struct dispatch dispatch;
	struct address sender;
	struct address_list recipients;
	struct dispatch_notice *notices; /* of each recipient */
	struct message message;
	bool have_message;
	struct plan plan;
	bool planned;
	bool judged; /* --check-sender had its answers */
	struct deadline until;
	struct draft facts; /* --save-facts */
	struct reach reach;
	int exit;
};

/* Do what the options ask for; the exit status is left in the run. */
void run_task(struct run *r);

/* The steps. False: the run is over, and its exit status is set. */
bool run_settings(struct run *r);
bool run_identity(struct run *r);
bool run_dispatch(struct run *r);
bool run_sender(struct run *r);
bool run_operands(struct run *r);
bool run_letter(struct run *r); /* the message, from standard input */
bool run_facts(struct run *r);  /* a place for --save-facts */

/* A message, or its plan. */
void run_send(struct run *r);

/* The run ends here, before anybody was asked. Returns false. */
bool run_stop(struct run *r, int exit, const char *text);

/* Tell the sums, and keep what was learned where that is wanted. */
void run_finish(struct run *r);

#endif
