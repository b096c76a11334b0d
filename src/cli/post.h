#ifndef CLI_POST_H
#define CLI_POST_H
/* Messages of -bs on their way: what cli/submission asks of cli/dispatch. */

#include "cli/dispatch.h"
#include "cli/submission.h"

struct post {
	struct dispatch *dispatch; /* set by the owner, who closes it */
	/* Of the transaction at hand: */
	struct arena *arena;
	struct aliases *aliases;
	struct address_list recipients;  /* whom those asked for lead to, qualified */
	struct dispatch_notice *notices; /* of each recipient */
	size_t notice_room;
	struct recipient *failed; /* parts of aliases that nobody can mail to */
	size_t failed_count;
	struct plan plan;
	bool planned;
};

/* The calls with post as their context. */
struct submission_post post_calls(struct post *post);

void post_close(struct post *post);

#endif
