#ifndef NET_DNSSEC_CRYPTO_H
#define NET_DNSSEC_CRYPTO_H
/* The arithmetic of DNSSEC: does a signature fit, what is the hash. Knows no records; what was
   signed, and by whom, is the caller's business. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DNSSEC_SHA1_SIZE = 20,
	DNSSEC_DIGEST_MAX = 48 /* SHA-384 */
};

struct dnssec_bytes {
	const uint8_t *bytes;
	size_t size;
};

/* Is this an algorithm that we verify (RFC 8624: 8, 10, 13, 14, 15)? SHA-1 is none: RFC 9905; nor
   is one whose curve this machine's settings of GnuTLS forbid. */
bool dnssec_algorithm_known(unsigned algorithm);

/* The key is that of a DNSKEY record. False for a bad signature and for a bad key alike. */
bool dnssec_signature_fits(unsigned algorithm, struct dnssec_bytes key, struct dnssec_bytes data,
                           struct dnssec_bytes signature);

/* Is this a digest type of DS records that we compute? */
bool dnssec_digest_known(unsigned type);

/* The hash of a DS record's digest type into digest[DNSSEC_DIGEST_MAX]; its size, 0 when we do not
   know the type or the library cannot compute it. */
size_t dnssec_digest(unsigned type, struct dnssec_bytes data, uint8_t *digest);

#endif
