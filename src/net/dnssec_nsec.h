#ifndef NET_DNSSEC_NSEC_H
#define NET_DNSSEC_NSEC_H
/* What NSEC records prove (RFC 4035 5.4). Whether they are signed is the caller's business. */

#include "net/dns_name.h"
#include "net/dns_raw.h"
#include "net/dnssec_types.h"

enum { DNSSEC_NSEC_MAX = 8 }; /* of a reply; two are enough for a proof */

struct dnssec_nsec {
	const uint8_t *owner;
	uint8_t next[DNS_NAME_WIRE];
	struct dnssec_bytes types;
};

/* NSEC records of one zone. */
struct dnssec_nsecs {
	const uint8_t *zone;
	struct dnssec_nsec list[DNSSEC_NSEC_MAX];
	size_t count;
};

/* One more; false when there is no room. */
bool dnssec_nsecs_add(struct dnssec_nsecs *all, const struct dns_raw *record);

/* Do they deny that the name has this type? */
enum dnssec_denial dnssec_nsecs_deny(const struct dnssec_nsecs *all, const uint8_t *name,
                                     unsigned type);

/* DNSSEC_NO_NAME when nothing exists at the name nor below it, wildcards aside. */
enum dnssec_denial dnssec_nsecs_absent(const struct dnssec_nsecs *all, const uint8_t *name);

#endif
