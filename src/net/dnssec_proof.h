#ifndef NET_DNSSEC_PROOF_H
#define NET_DNSSEC_PROOF_H
/* All that a zone's signed NSEC and NSEC3 records in a reply prove together. */

#include "net/dnssec_nsec.h"
#include "net/dnssec_nsec3.h"

struct dnssec_proof {
	struct dnssec_nsecs nsec;
	struct dnssec_nsec3s nsec3;
	const char *why; /* a record could not be used, in words; NULL: none was in the way */
};

/* Take those of the reply that the zone has signed. */
void dnssec_proof_gather(struct dnssec_proof *p, struct arena *a, struct dnssec_clock *clock,
                         struct dnssec_work *work, struct dnssec_signer *zone,
                         struct dns_raws raws);

enum dnssec_denial dnssec_proof_deny(const struct dnssec_proof *p, struct dnssec_work *work,
                                     const uint8_t *name, unsigned type);

/* DNSSEC_NO_NAME when nothing exists at the name nor below it, wildcards aside. */
enum dnssec_denial dnssec_proof_absent(const struct dnssec_proof *p, struct dnssec_work *work,
                                       const uint8_t *name);

#endif
