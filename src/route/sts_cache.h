#ifndef ROUTE_STS_CACHE_H
#define ROUTE_STS_CACHE_H
/* What is remembered of domains with MTA-STS (RFC 8461 3.3, 10.2), a file for each domain. A cache
   that is missing, damaged or not to be written costs a fetch and nothing else. */

#include "base/buf.h"
#include "route/sts.h"

#include <sys/types.h>

struct sts_known {
	const char *id;   /* of the policy that is remembered; NULL: none is */
	int64_t fetched;  /* seconds since 1970: when it was last seen at the domain */
	const char *text; /* as the domain wrote it, and what it says */
	size_t text_size;
	struct sts_policy policy;
	const char *failed_id; /* what DNS named when the last fetch failed, "" for nothing; NULL:
	                          it did not fail */
	int64_t failed;        /* when that was */
};

struct sts_folder {
	const char *path; /* is made where it is missing */
	mode_t mode;      /* of its files: 0600 or 0644 */
};

enum { STS_FOLDER_MAX = 2 }; /* a user's own, and the machine's */

struct sts_cache {
	struct sts_folder folders[STS_FOLDER_MAX];
	size_t count; /* the newest that any of them knows is read; the first that can be written is
	                 written */
};

/* domain: A-labels. Texts live in the arena. A file or folder that another user than root and we
   may write is not believed. */
void sts_cache_read(const struct sts_cache *cache, struct arena *a, const char *domain,
                    struct sts_known *known);

/* False: it is not remembered. */
bool sts_cache_write(const struct sts_cache *cache, const char *domain,
                     const struct sts_known *known);

/* The text of a file. Reading: false for what is not such a text, or of another domain. */
bool sts_known_parse(struct arena *a, const char *text, size_t size, const char *domain,
                     struct sts_known *known);
void sts_known_print(struct buf *b, const char *domain, const struct sts_known *known);

/* Is the policy that is remembered in force? */
bool sts_known_in_force(const struct sts_known *known, int64_t now);

#endif
