#ifndef CLI_RESOLVER_REPORT_H
#define CLI_RESOLVER_REPORT_H
/* What was found out about the name servers, as text or as JSON. */

#include "net/dns_check.h"

struct buf;

/* Of all servers together: one sentence, in the arena, and the exit status: 75 when none of them
   can be used. */
struct resolver_sum {
	const char *words;
	int exit;
};
struct resolver_sum resolver_sum(const struct dns_check *checks, size_t count, struct arena *a);

/* A table, a line of judgement for each server, and the sum. */
void resolver_report_text(const struct dns_check *checks, size_t count,
                          const struct resolver_sum *sum, struct arena *a, struct buf *b);

/* A line for each server and one for the sum. */
void resolver_report_json(const struct dns_check *checks, size_t count,
                          const struct resolver_sum *sum, struct buf *b);

#endif
