#ifndef CLI_TLSRPT_RECORD_H
#define CLI_TLSRPT_RECORD_H
/* What a delivery has to say to tlsrpt_log: each visit that came to TLS or should have, each host
   that may not be used, and each MTA-STS policy that could not be had. It listens where the report
   of the delivery listens, and passes all on. Decides which result of RFC 8460 4.3 a thing is,
   where the lower floors left that open. */

#include "delivery/deliver.h"

#include <pthread.h>

struct tlsrpt_record {
	const char *folder;
	const struct deliver_report *inner; /* where all is passed on to */
	struct deliver_report report;       /* to be given to deliver_plan instead */
	pthread_mutex_t lock;               /* for the error; lines need none */
	int error;                          /* errno's number: something was not kept; else 0 */
};

void tlsrpt_record_open(struct tlsrpt_record *r, const char *folder,
                        const struct deliver_report *inner);

/* What the plan has decided, which is whole. Some visits may be over. */
void tlsrpt_record_plan(struct tlsrpt_record *r, const struct plan *plan);

void tlsrpt_record_close(struct tlsrpt_record *r);

#endif
