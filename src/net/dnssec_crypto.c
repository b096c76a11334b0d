#include "net/dnssec_crypto.h"

#include <ldns/ldns.h>
#include <string.h>

/* Sizes of keys and signatures, in bytes, as the algorithms' RFCs have them: 5702, 6605, 8080. The
   rest is not shown to the library: an RSA key of any size would keep it computing as long as its
   owner likes. */
static const struct algorithm {
	unsigned number;
	size_t key_least, key_most, signature_least, signature_most;
} algorithms[] = {
	{8, 64, 520, 64, 512},   {10, 128, 520, 128, 512}, {13, 64, 64, 64, 64},
	{14, 96, 96, 96, 96},    {15, 32, 32, 64, 64},
};

enum { EXPONENT_MAX = 8 }; /* bytes; 65537 has three */

static const struct algorithm *algorithm_find(unsigned number)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		if (algorithms[i].number == number)
			return &algorithms[i];
	}
	return NULL;
}

bool dnssec_algorithm_known(unsigned algorithm)
{
	return algorithm_find(algorithm) != NULL;
}

static bool size_fits(size_t size, size_t least, size_t most)
{
	return size >= least && size <= most;
}

static bool is_rsa(const struct algorithm *a)
{
	return a->key_least != a->key_most;
}

/* RFC 3110 2: a long exponent makes verifying as slow as signing. */
static bool key_is_quick(const struct algorithm *a, struct dnssec_bytes key)
{
	return !is_rsa(a) || size_fits(key.bytes[0], 1, EXPONENT_MAX);
}

/* OpenSSL, behind ldns, wants ECDSA's two numbers in DER. */
static bool write_signature(const struct algorithm *a, struct dnssec_bytes signature,
                            ldns_buffer *out)
{
	if (a->number != LDNS_ECDSAP256SHA256 && a->number != LDNS_ECDSAP384SHA384) {
		ldns_buffer_write(out, signature.bytes, signature.size);
		return true;
	}
	ldns_rdf *numbers =
		ldns_rdf_new_frm_data(LDNS_RDF_TYPE_B64, signature.size, signature.bytes);
	bool ok = numbers && ldns_convert_ecdsa_rrsig_rdf2asn1(out, numbers) == LDNS_STATUS_OK;
	ldns_rdf_deep_free(numbers);
	return ok;
}

bool dnssec_signature_fits(unsigned algorithm, struct dnssec_bytes key, struct dnssec_bytes data,
                           struct dnssec_bytes signature)
{
	enum { DER_MORE = 64 };
	const struct algorithm *a = algorithm_find(algorithm);

	if (!a || !size_fits(key.size, a->key_least, a->key_most) || !key_is_quick(a, key) ||
	    !size_fits(signature.size, a->signature_least, a->signature_most))
		return false;
	ldns_buffer *sig = ldns_buffer_new(signature.size + DER_MORE);
	ldns_buffer *signed_data = ldns_buffer_new(data.size);
	bool ok = sig && signed_data && write_signature(a, signature, sig);
	if (ok) {
		/* Its prototypes want to write; it does not. */
		ldns_buffer_write(signed_data, data.bytes, data.size);
		ok = ldns_verify_rrsig_buffers_raw(
			     ldns_buffer_begin(sig), ldns_buffer_position(sig), signed_data,
			     (uint8_t *)key.bytes, key.size, (uint8_t)a->number) == LDNS_STATUS_OK;
	}
	ldns_buffer_free(sig);
	ldns_buffer_free(signed_data);
	return ok;
}

size_t dnssec_digest(unsigned type, struct dnssec_bytes data, uint8_t *digest)
{
	unsigned size = (unsigned)data.size;

	switch (type) {
	case LDNS_SHA1: ldns_sha1(data.bytes, size, digest); return LDNS_SHA1_DIGEST_LENGTH;
	case LDNS_SHA256: ldns_sha256(data.bytes, size, digest); return LDNS_SHA256_DIGEST_LENGTH;
	case LDNS_SHA384: ldns_sha384(data.bytes, size, digest); return LDNS_SHA384_DIGEST_LENGTH;
	default: return 0;
	}
}
