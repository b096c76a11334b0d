#ifndef CLI_TLSRPT_SENT_H
#define CLI_TLSRPT_SENT_H
/* Which reports of a day are settled, so that another run for that day sends only the others: a
   file beside those of tlsrpt_log, DAY.sent, with a line for each. */

#include "base/buf.h"

#include <stdbool.h>

struct arena;

struct tlsrpt_sent {
	const char *path;
	struct buf text;
};

/* What another user has put there does not count. folder and day as in tlsrpt_files.h. */
void tlsrpt_sent_open(struct tlsrpt_sent *s, struct arena *a, const char *folder, const char *day);

bool tlsrpt_sent_has(const struct tlsrpt_sent *s, const char *domain, const char *where);

/* At once in the file. Where it cannot be written another run will send the report again, which its
   reader knows by its report-id. */
void tlsrpt_sent_add(struct tlsrpt_sent *s, const char *domain, const char *where);

/* Remove the file, if there is one. */
void tlsrpt_sent_drop(const struct tlsrpt_sent *s);

void tlsrpt_sent_close(struct tlsrpt_sent *s);

#endif
