#ifndef NET_DNSSEC_ANCHOR_H
#define NET_DNSSEC_ANCHOR_H
/* The keys of the root that we begin with, from a file in zone format: DS records, DNSKEY records,
   or both. */

#include "net/dnssec_key.h"

enum { DNSSEC_ANCHOR_MAX = 16 };

struct dnssec_anchors {
	struct dnssec_ds list[DNSSEC_ANCHOR_MAX]; /* of a DNSKEY its SHA-256 */
	size_t count;
};

/* False with words in why: the file cannot be read, it is no such file, or none of its keys can be
   used. Digests live in the arena. */
bool dnssec_anchors_read(struct dnssec_anchors *anchors, struct arena *a, const char *path,
                         const char **why);
bool dnssec_anchors_parse(struct dnssec_anchors *anchors, struct arena *a, const char *text,
                          size_t size, const char **why);

#endif
