#ifndef CLI_REPORT_H
#define CLI_REPORT_H
/* Telling the caller what happens, as it happens: in words or as JSON. Nothing else in the program
   prints. Every line leaves whole, in one write, so that a run that is killed leaves no half of
   one. */

#include "cli/probe_text.h"
#include "cli/report_json.h"
#include "delivery/deliver.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct report_want {
	bool json;      /* all that is said goes to standard output as JSON */
	bool verbose;   /* the conversation, and what went well */
	bool trace;     /* with times */
	enum stage probe; /* how far a probe goes; STAGE_ROUTE: this is none */
	bool plan;      /* in words: plan and visits to servers too; JSON always has them */
	bool colour;    /* out is a terminal where it is welcome */
	bool brief;     /* out and err are the same reader's: what err tells the plan leaves out */
	int out, err;   /* descriptors */
};

struct report {
	struct report_want want;
	struct deliver_report delivery; /* to be passed to deliver_plan */
	struct talk_trace trace;        /* the same; only wanted when verbose */
	pthread_mutex_t lock;           /* for what follows, and for the order of lines */
	int64_t begun;
	struct report_sums sums;
	struct probe_text probe;        /* what is to be printed of it at the end */
	bool holding;                   /* the plan was printed: verdicts come behind the probe */
	const char *advice;             /* set by the owner: what is told at the end; or NULL */
	bool broken;                    /* standard output took no more */
};

void report_open(struct report *r, const struct report_want *want);

/* Is the plan to be told? Then before anything else happens. */
bool report_wants_plan(const struct report *r);

void report_plan(struct report *r, const struct plan *plan);

/* Something that ends the run before anybody is asked; text is printable, without the program's
   name. */
void report_error(struct report *r, int exit, const char *text);

/* The end: who has the message when not all have it, the sums, figures of the DNS. plan: NULL when
   it did not come to one. */
void report_end(struct report *r, const struct plan *plan, int exit, const struct dns_counts *dns);

void report_close(struct report *r);

/* Text for standard output, as it is. */
void report_print(struct report *r, const char *text);

/* The same for bytes. False: it takes no more. */
bool report_bytes(struct report *r, const char *bytes, size_t size);

#endif
