#ifndef ROUTE_STS_FIND_H
#define ROUTE_STS_FIND_H
/* Which MTA-STS policy of a domain is in force: by its TXT record, by what is remembered, and by a
   fetch where one is due (RFC 8461 3.3, 5.1, 10.2). Nothing found here ever puts mail off: without
   a policy a domain is served as one that has none.

   First sts_look for every domain; for those that have `fetch` set, A and AAAA of mta_host are
   looked up; then one sts_fetch for all of them. */

#include "base/deadline.h"
#include "net/dns.h"
#include "net/https.h"
#include "net/tls_failure.h"
#include "route/sts_cache.h"

enum {
	STS_REFRESH = 24 * 3600,  /* seconds: a policy is asked for daily (10.2) */
	STS_RETRY = 300,          /* after a fetch that failed (3.3) */
	STS_REFRESH_RETRY = 3600, /* the same while the policy that DNS names is in force: all
	                             senders of a machine would wait for each try */
	STS_SHARE = 3,            /* fetching has so much of the time of the run: mail must not
	                             be put off by a host that never ends (3.3) */
	STS_HOST_SIZE = 264       /* "mta-sts." and a domain */
};

/* Where policies come from: https_run, or a test. */
struct sts_source {
	void (*run)(void *context, struct https_request *requests, size_t count,
	            struct deadline until);
	void *context;
	/* What is remembered, where that is not in files: the text of the policy of mta_host with
	   its id, or NULL; stale: a fetch is due. NULL: it is in files. */
	const char *(*recall)(void *context, const char *mta_host, const char **id, bool *stale);
};

struct sts_world {
	struct sts_cache cache;
	struct sts_source source;
	int64_t now;         /* seconds since 1970 */
	uint16_t port;       /* 0: 443 */
	bool allow_loopback; /* tests; else nobody's DNS makes us knock at our own doors (RULES.md
	                        A13) */
};

/* Points into itself: not to be copied once it is found. */
struct sts_finding {
	const char *domain;
	const struct sts_policy *policy; /* in force; its mode may be none. NULL: there is none */
	const char *id;                  /* of that policy, "" for none */
	const char *text;                /* as the domain wrote it, for reports; not for people */
	size_t text_size;
	const char *source;           /* "fetched" or "cached"; "" for none */
	const char *reason;           /* in words: why this policy, or why none; printable */
	const char *why;                 /* the fetch failed: why; NULL: it did not */
	enum tls_failure result;      /* of the fetch, for TLSRPT (RFC 8460 4.3.2.2): TLS_FINE,
	                                 TLS_STS_... */
	bool none;                    /* it has no record, and nothing is remembered */
	bool fetch;                   /* a fetch is due */
	char mta_host[STS_HOST_SIZE]; /* where from: mta-sts.DOMAIN */
	const struct ip *addresses;   /* of mta_host, set by the caller before sts_fetch */
	size_t address_count;
	char wanted[STS_ID_MAX + 1]; /* the id that DNS names, "" for none */
	struct sts_known known;
};

/* The answer to TXT _mta-sts.DOMAIN (A-labels), and what is remembered. What is found is complete
   unless `fetch` is set; then it is what holds if nobody fetches. Texts live in the arena. */
void sts_look(const struct sts_world *world, struct arena *a, const char *domain,
              const struct dns_answer *txt, struct sts_finding *f);

/* Fetch for all that want it, side by side, and remember what came of it. */
void sts_fetch(const struct sts_world *world, struct arena *a, struct sts_finding *const *findings,
               size_t count, struct deadline until);

#endif
