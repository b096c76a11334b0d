#ifndef CLI_REPORT_JSON_H
#define CLI_REPORT_JSON_H
/* The report for programs: each function adds one line, one JSON object with "type", to a buffer.
   Keys are a contract (the manual's section JSON): they may be added, never changed. Strings are
   valid UTF-8 whatever a server sent. */

#include "cli/outcome.h"
#include "delivery/deliver.h"
#include "net/dns.h"

struct buf;

struct report_sums {
	size_t outcomes[OUTCOME_COUNT];
	int exit;
	int64_t ms;
	struct dns_counts dns;
};

void report_json_route(struct buf *b, const struct plan_domain *domain);
void report_json_attempt(struct buf *b, const struct deliver_attempt *attempt);

/* tls: as told by deliver_report. */
void report_json_result(struct buf *b, const struct recipient *recipient, const char *tls);
void report_json_line(struct buf *b, const char *host, const char *address, char direction,
                      const char *line, int64_t ms);

/* Of --show-config; without a value it is not set. */
void report_json_setting(struct buf *b, const char *key, const char *value, const char *source);

/* What ended the run before anybody was asked. */
void report_json_error(struct buf *b, int exit, const char *text);

/* advice: NULL where there is none. */
void report_json_summary(struct buf *b, const struct report_sums *sums, const char *advice);

#endif
