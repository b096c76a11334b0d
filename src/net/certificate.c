#include "net/certificate.h"

#include <stdio.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

/* Nobody has an RSA key above these but to keep us computing past every deadline (research: a
   modulus and an exponent of 64 kbit take seventeen seconds to check one signature): OpenSSL
   refuses them too. */
enum { RSA_MODULUS_MAX = 16384 / 8, RSA_EXPONENT_MAX = 64 / 8 };

/* Nobody has a certificate above it but to keep us reading: GnuTLS takes half a second for one of
   120 KB that is full of names. */
enum { CERTIFICATE_MAX = 32 * 1024 };

/* The ceiling for a list of names before it is cut to what is shown. */
enum { NAMES_MAX = 4096 };

/* NULL: not what GnuTLS takes for a certificate. */
static gnutls_x509_crt_t open_certificate(struct der d)
{
	const gnutls_datum_t bytes = {(unsigned char *)d.data, (unsigned)d.size};
	gnutls_x509_crt_t crt;

	if (d.size > CERTIFICATE_MAX || gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, &bytes, GNUTLS_X509_FMT_DER) >= 0)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

/* A hostile text, made printable and cut to the room there is. */
static void put_clean(char *into, size_t room, const void *bytes, size_t size)
{
	struct arena a = {NULL};

	text_fit(into, room, text_clean(&a, bytes, size));
	arena_free(&a);
}

static void put_dn(char *into, size_t room, gnutls_x509_crt_t crt,
                   int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned))
{
	gnutls_datum_t dn = {NULL, 0};

	if (get(crt, &dn, 0) >= 0)
		put_clean(into, room, dn.data, dn.size);
	gnutls_free(dn.data);
}

static void put_names(char *into, size_t room, struct der certificate)
{
	struct certificate_parts parts;
	struct der name;
	struct buf list;
	int tag;

	buf_init(&list, NAMES_MAX);
	if (!certificate_split(certificate, &parts))
		return;
	while ((tag = der_next(&parts.names, &name)) >= 0 && list.size < NAMES_MAX / 2) {
		name = der_content(name);
		if (tag != DER_DNS_NAME)
			continue;
		buf_add(&list, " ", list.size ? 1 : 0);
		buf_add(&list, name.data, name.size < room ? name.size : room);
	}
	put_clean(into, room, list.bytes ? list.bytes : "", list.size);
	buf_free(&list);
}

static void put_key(char *into, size_t room, gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int kind = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
	const char *name = kind < 0 ? NULL : gnutls_pk_get_name((gnutls_pk_algorithm_t)kind);

	switch (kind) {
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
		snprintf(into, room, "%s %u", kind == GNUTLS_PK_RSA ? "RSA" : "RSA-PSS", bits);
		break;
	case GNUTLS_PK_ECDSA: snprintf(into, room, "EC %u", bits); break;
	case GNUTLS_PK_EDDSA_ED25519: snprintf(into, room, "Ed25519"); break;
	case GNUTLS_PK_EDDSA_ED448: snprintf(into, room, "Ed448"); break;
	default: snprintf(into, room, "%s", name ? name : "unknown");
	}
}

bool certificate_read(struct der certificate, struct tls_certificate *facts)
{
	gnutls_x509_crt_t crt = open_certificate(certificate);

	*facts = (struct tls_certificate){.count = 0};
	if (!crt)
		return false;
	put_names(facts->names, sizeof facts->names, certificate);
	put_dn(facts->subject, sizeof facts->subject, crt, gnutls_x509_crt_get_dn3);
	put_dn(facts->issuer, sizeof facts->issuer, crt, gnutls_x509_crt_get_issuer_dn3);
	put_key(facts->key, sizeof facts->key, crt);
	facts->not_before = gnutls_x509_crt_get_activation_time(crt);
	facts->not_after = gnutls_x509_crt_get_expiration_time(crt);
	gnutls_x509_crt_deinit(crt);
	return true;
}

static bool same_label_text(const char *a, size_t size, const char *b)
{
	for (size_t i = 0; i < size; i++) {
		if (!b[i] || text_lower(a[i]) != text_lower(b[i]))
			return false;
	}
	return !b[size];
}

/* An IPv4 address ends in a label of digits, an IPv6 address has colons; no host name does. */
static bool is_address(const char *host)
{
	const char *dot = strrchr(host, '.');
	uint64_t number;

	return strchr(host, ':') || text_number(dot ? dot + 1 : host, UINT64_MAX, &number);
}

bool certificate_name_covers(const char *pattern, size_t size, const char *host)
{
	const char *dot = strchr(host, '.');

	if (!size || !*host || is_address(host))
		return false;
	if (size < 2 || pattern[0] != '*' || pattern[1] != '.')
		return same_label_text(pattern, size, host);
	/* "*.org" would be for everybody in a top level: at least two labels behind the star. */
	if (!memchr(pattern + 2, '.', size - 2) || !dot || dot == host)
		return false;
	return same_label_text(pattern + 1, size - 1, dot);
}

/* RFC 6125 6.4.4: the one CN of a subject. Which of two would count nobody has written down. */
static bool common_name_covers(struct der certificate, const char *host)
{
	gnutls_x509_crt_t crt = open_certificate(certificate);
	char name[256], second[1];
	size_t size = sizeof name, small = 0;
	bool covers;

	if (!crt)
		return false;
	covers = gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name,
	                                       &size) >= 0 &&
	         gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 1, 0, second,
	                                       &small) == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE &&
	         certificate_name_covers(name, size, host);
	gnutls_x509_crt_deinit(crt);
	return covers;
}

bool certificate_is_for(struct der certificate, const char *host, bool san_only)
{
	struct certificate_parts parts;
	struct der name;
	bool named = false;
	int tag;

	if (!certificate_split(certificate, &parts))
		return false;
	while ((tag = der_next(&parts.names, &name)) >= 0) {
		name = der_content(name);
		named |= tag == DER_DNS_NAME;
		if (tag == DER_DNS_NAME &&
		    certificate_name_covers((const char *)name.data, name.size, host))
			return true;
	}
	return !named && !san_only && common_name_covers(certificate, host);
}

bool certificate_key_bearable(struct der key)
{
	const gnutls_datum_t bytes = {(unsigned char *)key.data, (unsigned)key.size};
	gnutls_datum_t modulus = {NULL, 0}, exponent = {NULL, 0};
	gnutls_pubkey_t pubkey;
	bool good = true;

	if (gnutls_pubkey_init(&pubkey) < 0)
		return false;
	/* What is no key, or no RSA key, is for GnuTLS to judge. A modulus may have a sign byte. */
	if (gnutls_pubkey_import(pubkey, &bytes, GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_pubkey_export_rsa_raw(pubkey, &modulus, &exponent) >= 0)
		good = modulus.size <= RSA_MODULUS_MAX + 1 && exponent.size <= RSA_EXPONENT_MAX + 1;
	gnutls_free(modulus.data);
	gnutls_free(exponent.data);
	gnutls_pubkey_deinit(pubkey);
	return good;
}

bool certificate_bearable(struct der certificate)
{
	struct certificate_parts parts;

	return certificate.size <= CERTIFICATE_MAX && certificate_split(certificate, &parts) &&
	       certificate_key_bearable(parts.key);
}

static bool verify_with(gnutls_pubkey_t pubkey, int algorithm,
                        const struct certificate_parts *parts)
{
	const gnutls_datum_t body = {(unsigned char *)parts->body.data, (unsigned)parts->body.size};
	const gnutls_datum_t signature = {(unsigned char *)parts->signature.data,
	                                  (unsigned)parts->signature.size};
	unsigned bits = 0;
	int kind = gnutls_pubkey_get_pk_algorithm(pubkey, &bits);

	return algorithm > 0 && kind >= 0 &&
	       gnutls_sign_is_secure2((gnutls_sign_algorithm_t)algorithm,
	                              GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS) &&
	       gnutls_pk_bits_to_sec_param((gnutls_pk_algorithm_t)kind, bits) >=
	               GNUTLS_SEC_PARAM_MEDIUM &&
	       gnutls_pubkey_verify_data2(pubkey, (gnutls_sign_algorithm_t)algorithm, 0, &body,
	                                  &signature) >= 0;
}

bool certificate_signed_by(struct der certificate, struct der key)
{
	const gnutls_datum_t bytes = {(unsigned char *)key.data, (unsigned)key.size};
	struct certificate_parts parts;
	gnutls_x509_crt_t crt;
	gnutls_pubkey_t pubkey;
	bool good;

	if (!certificate_split(certificate, &parts) || !certificate_key_bearable(key) ||
	    gnutls_pubkey_init(&pubkey) < 0)
		return false;
	crt = open_certificate(certificate);
	good = crt && gnutls_pubkey_import(pubkey, &bytes, GNUTLS_X509_FMT_DER) >= 0 &&
	       verify_with(pubkey, gnutls_x509_crt_get_signature_algorithm(crt), &parts);
	if (crt)
		gnutls_x509_crt_deinit(crt);
	gnutls_pubkey_deinit(pubkey);
	return good;
}
