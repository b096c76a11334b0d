#ifndef NET_DNSSEC_NSEC3_H
#define NET_DNSSEC_NSEC3_H
/* What NSEC3 records prove (RFC 5155 8). Whether they are signed is the caller's business. */

#include "net/dns_raw.h"
#include "net/dnssec_sign.h"
#include "net/dnssec_types.h"

enum {
	DNSSEC_NSEC3_MAX = 8,        /* of a reply; three are enough for a proof */
	DNSSEC_ITERATIONS_MAX = 150, /* RFC 9276 3.2: a zone with more counts as unsigned */
	DNSSEC_HASHED_MAX = 10000    /* SHA-1 for an answer: CVE-2023-50868; 15 ms at most */
};

struct dnssec_nsec3 {
	uint8_t hash[DNSSEC_SHA1_SIZE], next[DNSSEC_SHA1_SIZE];
	bool opt_out;
	struct dnssec_bytes types;
};

/* NSEC3 records of one zone, all with the same parameters. */
struct dnssec_nsec3s {
	const uint8_t *zone;
	struct dnssec_bytes salt;
	unsigned iterations;
	struct dnssec_nsec3 list[DNSSEC_NSEC3_MAX];
	size_t count;
};

/* One more. One that is malformed, of an unknown hash or with unknown flags (RFC 5155 8.1, 8.2),
   with other parameters than those before it, or too many, is passed over. */
void dnssec_nsec3s_add(struct dnssec_nsec3s *all, const struct dns_raw *record);

/* As for NSEC; there is nothing to be told where there are too many iterations. */
enum dnssec_denial dnssec_nsec3s_deny(const struct dnssec_nsec3s *all, struct dnssec_work *work,
                                      const uint8_t *name, unsigned type);
enum dnssec_denial dnssec_nsec3s_absent(const struct dnssec_nsec3s *all, struct dnssec_work *work,
                                        const uint8_t *name);

#endif
