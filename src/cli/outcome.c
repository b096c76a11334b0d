#include "cli/outcome.h"

enum outcome outcome_of(const struct status *s)
{
	if (s->class == 2)
		return s->stage == STAGE_DONE ? OUTCOME_DELIVERED : OUTCOME_WOULD_DELIVER;
	if (s->maybe_delivered)
		return OUTCOME_UNCERTAIN;
	return s->class == 5 ? OUTCOME_FAILED : OUTCOME_DEFERRED;
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[OUTCOME_COUNT] = {
		[OUTCOME_DELIVERED] = "delivered",
		[OUTCOME_WOULD_DELIVER] = "would-deliver",
		[OUTCOME_DEFERRED] = "deferred",
		[OUTCOME_FAILED] = "failed",
		[OUTCOME_UNCERTAIN] = "uncertain",
		[OUTCOME_QUEUED] = "queued",
	};

	return names[outcome];
}
