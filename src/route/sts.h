#ifndef ROUTE_STS_H
#define ROUTE_STS_H
/* MTA-STS (RFC 8461): what a domain says of the TLS that its exchangers owe, as a TXT record that
   names a version of its policy and as the policy itself. Pure: knows neither DNS nor HTTPS nor
   files. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum {
	STS_ID_MAX = 32,            /* RFC 8461 3.1 */
	STS_AGE_MAX = 31557600,     /* seconds, 3.2 */
	STS_POLICY_MAX = 64 * 1024, /* bytes of a policy, 3.3 */
};

enum sts_record {
	STS_RECORD_FOUND,
	STS_RECORD_NONE, /* the domain publishes none */
	STS_RECORD_BAD /* more than one, or one that breaks the syntax: as if there were none (3.1)
	                */
};

enum sts_mode { STS_NONE, STS_TESTING, STS_ENFORCE };

struct sts_policy {
	enum sts_mode mode;
	uint32_t max_age;      /* seconds for which it may be kept */
	const char *const *mx; /* lower case, "mx.example.net" or "*.example.net" */
	size_t mx_count;
};

/* The record among the TXT records of _mta-sts.DOMAIN, each with its strings joined. Its id goes
   into id[STS_ID_MAX + 1], "" unless found; why (static) is set when it is bad. */
enum sts_record sts_record_parse(const char *const *txt, size_t count, char *id, const char **why);

/* Is this 1 to 32 letters and digits? */
bool sts_id_good(const char *id);

/* Read a policy. Texts live in the arena; false with why in words (in the arena or static). */
bool sts_policy_parse(struct arena *a, const char *text, size_t size, struct sts_policy *policy,
                      const char **why);

/* Does the policy name this exchanger (lower or upper case A-labels, no trailing dot), as its MX
   record does (4.1)? "*." stands for exactly one label. */
bool sts_match(const struct sts_policy *policy, const char *host);

const char *sts_mode_name(enum sts_mode mode); /* none, testing, enforce */

#endif
