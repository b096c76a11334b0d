#ifndef TALK_JUDGE_H
#define TALK_JUDGE_H
/* One run of a script through deliver_plan, and what is to be said about it. Complaints gather in
   run.world.complaints. */

#include "delivery/deliver.h"
#include "setting.h"
#include "world.h"

struct told {
	size_t times;
	const char *tls;
};

struct seen {
	struct deliver_attempt attempt;
	struct seen *next;
};

struct run {
	struct world world;
	struct plan plan;
	struct told *told; /* beside the plan's recipients */
	struct seen *seen, **last;
	int64_t took;      /* milliseconds */
	struct buf record; /* of the run as written: the conversation, for people */
	struct buf json;   /* the same: what --json would print of it */
};

/* Deliver. The run holds all that came of it until run_close. */
void run_open(struct run *r, const struct script *script, const struct variant *variant);
void run_close(struct run *r);

/* Whatever happened: everybody has one verdict, with words, that the witness can bear. */
void judge_always(struct run *r);

/* As the script expects. */
void judge_expected(struct run *r);

/* The same verdicts and the same words to the servers as in the other run. */
void judge_same(struct run *r, const struct run *other);

/* The law of stages: nothing is said beyond the stage, and what is said is the beginning of what
   the whole run says, QUIT apart; where there are several transactions, the beginning of each. */
void judge_shortened(struct run *r, const struct run *whole);

#endif
