#ifndef CLI_TLSRPT_LOG_H
#define CLI_TLSRPT_LOG_H
/* What became of each TLS session, kept for the daily reports of RFC 8460: one line of JSON for
   each in a file for each UTC day and user. Nobody waits for anybody: a line is one write at the
   end of the file. Who may write into the folder is the administrator's affair; each user's lines
   are his own, so that reports can be made from those of users who are trusted. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TLSRPT_LINE_MAX = 256 * 1024,       /* bytes */
	TLSRPT_FILE_MAX = 64 * 1024 * 1024, /* a day of a user; what comes after is not kept */
	TLSRPT_TEXT_MAX = 256,              /* bytes kept of a text from outside */
	TLSRPT_LIST_MAX = 50                /* texts kept of a list */
};

/* The policy by which a session was held (4.4). */
struct tlsrpt_policy {
	const char *type;   /* "tlsa", "sts" or "no-policy-found" */
	const char *domain; /* the recipients', in A-labels */
	const char *text;   /* lines: TLSA records or the MTA-STS policy; any bytes */
	size_t text_size;
	const char *const *mx; /* names and patterns of an MTA-STS policy */
	size_t mx_count;
};

/* NULL for what is not known. */
struct tlsrpt_session {
	struct tlsrpt_policy policy;
	const char *result; /* tls_failure_name: NULL for a session that was as it should be */
	const char *reason; /* failure-reason-code: in words */
	const char *sending_ip;
	const char *mx; /* receiving-mx-hostname */
	const char *receiving_ip;
};

/* Keep it. now: seconds since 1970. False with the error in errno's number: it is not kept, and
   nothing else is to follow from that. May be called by many threads. */
bool tlsrpt_log(const char *folder, int64_t now, const struct tlsrpt_session *session, int *error);

/* "2026-11-20" of the UTC day, into day[11]; and the day's first second, -1 for what is no day. */
void tlsrpt_day(int64_t now, char *day);
int64_t tlsrpt_day_begin(const char *day);

#endif
