#ifndef NET_DNSSEC_SET_H
#define NET_DNSSEC_SET_H
/* RRsets among the raw records of a reply, and the bytes that a signature over one is made of. */

#include "net/dns.h"
#include "net/dns_raw.h"
#include "net/dnssec_crypto.h"

struct buf;

struct dnssec_set {
	const uint8_t *owner;
	unsigned type;
	size_t count; /* in canonical order (RFC 4034 6.3), without duplicates */
	const struct dns_raw *records[DNS_RECORD_MAX];
};

/* An RRSIG record's fields. */
struct dnssec_rrsig {
	unsigned type; /* that it covers */
	unsigned algorithm, labels;
	uint32_t expiration, inception;
	uint16_t tag;
	const uint8_t *signer;
	struct dnssec_bytes signature;
	struct dnssec_bytes fixed; /* the record without the signature: what is signed first */
};

/* The set of this owner and type in the answer section; false when there is none. */
bool dnssec_set_find(struct dns_raws raws, const uint8_t *owner, unsigned type,
                     struct dnssec_set *set);

/* The set that a record of the reply belongs to, in whichever section. */
void dnssec_set_around(struct dns_raws raws, const struct dns_raw *record, struct dnssec_set *set);

/* False when the record is no RRSIG. */
bool dnssec_rrsig_read(const struct dns_raw *record, struct dnssec_rrsig *rrsig);

/* Is the record a signature of this owner's records of this type? */
bool dnssec_rrsig_covers(const struct dns_raw *record, const uint8_t *owner, unsigned type,
                         struct dnssec_rrsig *rrsig);

/* Labels as RFC 4034 3.1.3 counts them for RRSIG: without the root and without a first "*". */
unsigned dnssec_rrsig_labels(const uint8_t *owner);

/* RFC 4034 3.1.8.1: what the signature was made over. Its labels are not more than the owner's. */
void dnssec_set_write(const struct dnssec_set *set, const struct dnssec_rrsig *rrsig,
                      struct buf *b);

#endif
