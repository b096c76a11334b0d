#ifndef CLI_POST_H
#define CLI_POST_H
/* Messages of -bs on their way: what cli/submission asks of cli/dispatch. */

#include "cli/dispatch.h"
#include "cli/submission.h"

struct post {
	struct dispatch *dispatch;
	/* Of the transaction at hand: */
	struct arena *arena;
	struct aliases *aliases;
	struct address_list recipients; /* aliases expanded, qualified */
	struct recipient *failed;       /* parts of aliases that nobody can mail to */
	size_t failed_count;
};

/* The two calls with post as their context. */
struct submission_post post_calls(struct post *post);

#endif
