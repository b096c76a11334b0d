#ifndef NET_DNSSEC_KEY_H
#define NET_DNSSEC_KEY_H
/* DNSKEY and DS records, and how one names the other. All views into data that live elsewhere. */

#include "net/dns_raw.h"
#include "net/dnssec_crypto.h"

struct dnssec_key {
	uint16_t tag;
	uint8_t algorithm;
	struct dnssec_bytes key;
};

struct dnssec_ds {
	uint16_t tag;
	uint8_t algorithm, type; /* of the key, of the digest */
	struct dnssec_bytes digest;
};

/* False when the record's key may not sign, or not for us: no zone key, another protocol, revoked
   (RFC 5011 2.1), an algorithm that we do not know. */
bool dnssec_key_read(struct dnssec_bytes data, struct dnssec_key *key);

/* False when the record is malformed. */
bool dnssec_ds_read(struct dnssec_bytes data, struct dnssec_ds *ds);

/* Do we know both its algorithms (RFC 4035 5.2: else it counts as if it were not there)? A digest
   of a wrong size does not count as unknown: it fits no key, and makes nothing unsigned. */
bool dnssec_ds_known(const struct dnssec_ds *ds);

/* Is it the digest of this DNSKEY record of this owner? */
bool dnssec_ds_fits(const struct dnssec_ds *ds, const uint8_t *owner, struct dnssec_bytes data);

/* RFC 4034 B. */
uint16_t dnssec_key_tag(struct dnssec_bytes data);

#endif
