#include "net/dane_record.h"

#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "net/certificate.h"

enum { MATCHINGS = 3, DIGEST_MAX = 64 };

static const struct {
	gnutls_digest_algorithm_t algorithm;
	size_t size; /* 0: the thing itself */
} digests[MATCHINGS] = {
	[DANE_FULL] = {GNUTLS_DIG_NULL, 0},
	[DANE_SHA256] = {GNUTLS_DIG_SHA256, 32},
	[DANE_SHA512] = {GNUTLS_DIG_SHA512, DIGEST_MAX},
};

static bool reads_as_key(struct der d)
{
	const gnutls_datum_t bytes = {(unsigned char *)d.data, (unsigned)d.size};
	gnutls_pubkey_t key;
	bool good;

	if (gnutls_pubkey_init(&key) < 0)
		return false;
	good = gnutls_pubkey_import(key, &bytes, GNUTLS_X509_FMT_DER) >= 0;
	gnutls_pubkey_deinit(key);
	return good;
}

/* A certificate is not read as a whole here: GnuTLS takes up to a tenth of a second for a bad one,
   and a domain has as many of them as it likes. */
static bool reads(struct der d, bool as_key)
{
	struct certificate_parts parts = {.key = d};
	bool good;

	/* Counted by GnuTLS: a second start is a step of the counter. */
	if (gnutls_global_init() < 0)
		return false;
	good = (as_key || (certificate_bearable(d) && certificate_split(d, &parts))) &&
	       reads_as_key(parts.key) && certificate_key_bearable(parts.key);
	gnutls_global_deinit();
	return good;
}

bool dane_usable(const struct dane_record *r)
{
	if ((r->usage != DANE_TA && r->usage != DANE_EE) || r->selector > DANE_KEY ||
	    r->matching >= MATCHINGS)
		return false;
	if (r->matching != DANE_FULL)
		return r->size == digests[r->matching].size;
	return reads((struct der){r->data, r->size}, r->selector == DANE_KEY);
}

/* RFC 7671 9: SHA2-512 before SHA2-256. DANE_FULL is no digest, and always counts. */
static bool outdone(const struct dane_record *r, const struct dane_record *const *usable,
                    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (r->matching != DANE_FULL && usable[i]->usage == r->usage &&
		    usable[i]->selector == r->selector && usable[i]->matching > r->matching)
			return true;
	}
	return false;
}

size_t dane_choose(const struct dane_record *records, size_t count,
                   const struct dane_record *chosen[DANE_RECORDS_MAX])
{
	const struct dane_record *usable[DANE_RECORDS_MAX];
	size_t found = 0, whole = 0, kept = 0;

	for (size_t i = 0; i < count && found < DANE_RECORDS_MAX; i++) {
		if ((records[i].matching == DANE_FULL && whole == DANE_FULL_MAX) ||
		    !dane_usable(&records[i]))
			continue;
		whole += records[i].matching == DANE_FULL;
		usable[found++] = &records[i];
	}
	for (size_t i = 0; i < found; i++) {
		if (!outdone(usable[i], usable, found))
			chosen[kept++] = usable[i];
	}
	return kept;
}

bool dane_matches(const struct dane_record *r, struct der certificate)
{
	struct certificate_parts parts;
	struct der part = certificate;
	uint8_t digest[DIGEST_MAX];

	if (!certificate_split(certificate, &parts))
		return false;
	if (r->selector == DANE_KEY)
		part = parts.key;
	if (r->matching == DANE_FULL)
		return der_same(part, (struct der){r->data, r->size});
	return gnutls_hash_fast(digests[r->matching].algorithm, part.data, part.size, digest) >=
	               0 &&
	       memcmp(digest, r->data, digests[r->matching].size) == 0;
}
