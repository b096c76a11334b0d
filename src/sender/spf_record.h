#ifndef SENDER_SPF_RECORD_H
#define SENDER_SPF_RECORD_H
/* A record of RFC 7208: its text taken apart into terms. Knows what may be written and nothing of
   what is true. */

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* 2.6, from good to bad. */
enum spf_verdict {
	SPF_PASS,
	SPF_NEUTRAL,
	SPF_NONE,
	SPF_SOFTFAIL,
	SPF_FAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};

enum spf_mechanism {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_MECHANISMS
};

struct spf_term {
	enum spf_mechanism mechanism;
	enum spf_verdict verdict; /* of its qualifier, where it matches */
	const char *text;         /* as it was written, printable */
	const char *domain;       /* domain-spec, or NULL: the domain whose record it is */
	struct ip ip;             /* ip4, ip6 */
	unsigned prefix4, prefix6;
};

struct spf_record {
	struct spf_term *terms;
	size_t term_count;
	const char *redirect; /* domain-spec, or NULL */
};

/* All of the text behind "v=spf1" is read: a mistake anywhere is one of the record (4.6). False
   with the term and what is wrong with it in why. */
bool spf_record_parse(struct arena *a, const char *text, struct spf_record *record,
                      const char **why);

const char *spf_verdict_name(enum spf_verdict verdict);

#endif
