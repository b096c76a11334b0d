#include "net/dnssec_crypto.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

/* Sizes of keys and signatures, in bytes, as the algorithms' RFCs have them: 5702, 6605, 8080. The
   rest is not shown to the library: an RSA key of any size would keep it computing as long as its
   owner likes. */
static const struct algorithm {
	unsigned number;
	gnutls_sign_algorithm_t sign;
	gnutls_ecc_curve_t curve; /* RSA has none */
	size_t key_least, key_most, signature_least, signature_most;
} algorithms[] = {
	{8, GNUTLS_SIGN_RSA_SHA256, GNUTLS_ECC_CURVE_INVALID, 64, 520, 64, 512},
	{10, GNUTLS_SIGN_RSA_SHA512, GNUTLS_ECC_CURVE_INVALID, 128, 520, 128, 512},
	{13, GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_ECC_CURVE_SECP256R1, 64, 64, 64, 64},
	{14, GNUTLS_SIGN_ECDSA_SHA384, GNUTLS_ECC_CURVE_SECP384R1, 96, 96, 96, 96},
	{15, GNUTLS_SIGN_EDDSA_ED25519, GNUTLS_ECC_CURVE_ED25519, 32, 32, 64, 64},
};

/* The numbers of the hashes in DS records (RFC 3658, 4509, 6605). */
static const struct {
	unsigned type;
	gnutls_digest_algorithm_t algorithm;
	size_t size;
} digests[] = {
	{1, GNUTLS_DIG_SHA1, DNSSEC_SHA1_SIZE},
	{2, GNUTLS_DIG_SHA256, 32},
	{4, GNUTLS_DIG_SHA384, DNSSEC_DIGEST_MAX},
};

enum { EXPONENT_MAX = 8 }; /* bytes; 65537 has three */

/* GnuTLS does not start by itself (tls.c), but counts: it starts with the first call, and no other
   costs more than a step. It is not stopped, or it would start anew for each signature. */
static bool library_ready(void)
{
	return gnutls_global_init() >= 0;
}

/* An administrator may have forbidden a curve (config files of GnuTLS; Fedora's crypto-policies),
   and then nothing of it can be computed. Where the library does not start all are had: what cannot
   be verified then is bogus and not unsigned. */
static bool curve_is_had(gnutls_ecc_curve_t curve)
{
	return curve == GNUTLS_ECC_CURVE_INVALID || !library_ready() ||
	       gnutls_ecc_curve_get_id(gnutls_ecc_curve_get_name(curve)) == curve;
}

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
	const struct algorithm *a = algorithm_find(algorithm);

	return a && curve_is_had(a->curve);
}

static bool size_fits(size_t size, size_t least, size_t most)
{
	return size >= least && size <= most;
}

static bool is_rsa(const struct algorithm *a)
{
	return a->curve == GNUTLS_ECC_CURVE_INVALID;
}

/* RFC 3110 2: a long exponent makes verifying as slow as signing. */
static bool key_is_quick(const struct algorithm *a, struct dnssec_bytes key)
{
	return !is_rsa(a) || size_fits(key.bytes[0], 1, EXPONENT_MAX);
}

/* Some of the bytes, for the library, which only reads them. */
static gnutls_datum_t part(struct dnssec_bytes all, size_t at, size_t size)
{
	return (gnutls_datum_t){(unsigned char *)all.bytes + at, (unsigned)size};
}

/* RFC 3110 2: the exponent's size, the exponent, the modulus. RFC 6605 4: x and y, of equal size.
   RFC 8080 3: all is one number. */
static bool key_read(const struct algorithm *a, struct dnssec_bytes key, gnutls_pubkey_t out)
{
	if (is_rsa(a)) {
		size_t before = 1u + key.bytes[0];
		gnutls_datum_t exponent = part(key, 1, before - 1);
		gnutls_datum_t modulus = part(key, before, key.size - before);

		return gnutls_pubkey_import_rsa_raw(out, &modulus, &exponent) == 0;
	}
	bool pair = a->curve != GNUTLS_ECC_CURVE_ED25519;
	size_t size = pair ? key.size / 2 : key.size;
	gnutls_datum_t x = part(key, 0, size), y = part(key, size, size);

	return gnutls_pubkey_import_ecc_raw(out, a->curve, &x, pair ? &y : NULL) == 0;
}

/* GnuTLS wants ECDSA's two numbers in DER. It may call hashes and kinds of signatures "broken" that
   an administrator does not want to see in TLS: for some that is SHA-256, which the root is signed
   with. */
static bool verify(const struct algorithm *a, gnutls_pubkey_t key, struct dnssec_bytes data,
                   struct dnssec_bytes signature)
{
	gnutls_datum_t text = part(data, 0, data.size);
	gnutls_datum_t numbers = part(signature, 0, signature.size);
	bool pair = !is_rsa(a) && a->curve != GNUTLS_ECC_CURVE_ED25519;

	if (pair) {
		size_t half = signature.size / 2;
		gnutls_datum_t r = part(signature, 0, half), s = part(signature, half, half);

		if (gnutls_encode_rs_value(&numbers, &r, &s) < 0)
			return false;
	}
	bool fits = gnutls_pubkey_verify_data2(key, a->sign, GNUTLS_VERIFY_ALLOW_BROKEN, &text,
	                                       &numbers) >= 0;
	if (pair)
		gnutls_free(numbers.data);
	return fits;
}

bool dnssec_signature_fits(unsigned algorithm, struct dnssec_bytes key, struct dnssec_bytes data,
                           struct dnssec_bytes signature)
{
	const struct algorithm *a = algorithm_find(algorithm);
	gnutls_pubkey_t public;

	if (!a || !size_fits(key.size, a->key_least, a->key_most) || !key_is_quick(a, key) ||
	    !size_fits(signature.size, a->signature_least, a->signature_most))
		return false;
	if (!library_ready() || gnutls_pubkey_init(&public) < 0)
		return false;
	bool fits = key_read(a, key, public) && verify(a, public, data, signature);
	gnutls_pubkey_deinit(public);
	return fits;
}

bool dnssec_digest_known(unsigned type)
{
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		if (digests[i].type == type)
			return true;
	}
	return false;
}

size_t dnssec_digest(unsigned type, struct dnssec_bytes data, uint8_t *digest)
{
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		if (digests[i].type != type)
			continue;
		bool done = library_ready() && gnutls_hash_fast(digests[i].algorithm, data.bytes,
		                                                data.size, digest) >= 0;
		return done ? digests[i].size : 0;
	}
	return 0;
}
