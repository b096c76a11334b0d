#ifndef CLI_TLSRPT_SUMS_H
#define CLI_TLSRPT_SUMS_H
/* The lines of a day added up, and the report for one domain made of them (RFC 8460 4.4). Lines may
   come from anybody: what is no line of tlsrpt_log is passed over. */

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct tlsrpt_sums;

enum {
	TLSRPT_DOMAIN_MAX = 100000, /* domains of a day */
	TLSRPT_POLICY_MAX = 20,     /* policies of a domain that are told apart */
	TLSRPT_DETAIL_MAX = 200,    /* kinds of failure under one policy that are told apart; of
	                               others only the number is kept */
	TLSRPT_REPORT_MAX = 4 * 1024 * 1024 /* bytes of JSON */
};

struct tlsrpt_reporter {
	const char *organization;
	const char *contact;   /* an address; NULL: none */
	const char *submitter; /* our name, in A-labels */
	int64_t begin;         /* first second of the day */
};

struct tlsrpt_sums *tlsrpt_sums_open(void);

/* False: this is no such line, or there is no room for what it says. */
bool tlsrpt_sums_take(struct tlsrpt_sums *sums, const char *line, size_t size);

/* All lines of a file's text. Returns how many were taken. */
size_t tlsrpt_sums_take_all(struct tlsrpt_sums *sums, const char *text, size_t size);

/* The domains that there is something to say about. */
const char *const *tlsrpt_sums_domains(const struct tlsrpt_sums *sums, struct arena *a,
                                       size_t *count);

/* The same for each attempt to report that day to this domain: "2026-11-20.example.org@submitter".
 */
const char *tlsrpt_report_id(struct arena *a, const struct tlsrpt_reporter *by, const char *domain);

/* The report for one of these domains, as JSON. */
void tlsrpt_report(const struct tlsrpt_sums *sums, const char *domain,
                   const struct tlsrpt_reporter *by, struct buf *out);

void tlsrpt_sums_close(struct tlsrpt_sums *sums);

#endif
