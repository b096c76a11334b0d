#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H
/* What a status means to a reader: one word, the same in text and JSON. */

#include "mail/status.h"

enum outcome {
	OUTCOME_DELIVERED,
	OUTCOME_WOULD_DELIVER, /* a shortened run found nothing against it */
	OUTCOME_DEFERRED,
	OUTCOME_FAILED,
	OUTCOME_UNCERTAIN,     /* lost after the end of data: it may have been delivered */
	OUTCOME_QUEUED,        /* never yet: there is no queue */
	OUTCOME_COUNT
};

enum outcome outcome_of(const struct status *s);

const char *outcome_name(enum outcome outcome);

#endif
