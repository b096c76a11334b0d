#ifndef UNIT_AUTHORITY_H
#define UNIT_AUTHORITY_H
/* Certificates for tests, made on the spot with EC keys. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "net/der.h"

enum { NEVER = INT32_MAX, LONG_AGO = 1000000000 };

struct issued {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
	gnutls_datum_t der;
};

struct wish {
	const char *subject;         /* RFC 4514; NULL: "CN=mx.test" */
	const char *names[4];        /* dNSNames */
	const struct issued *issuer; /* NULL: itself */
	int ca;
	time_t from, until;         /* 0: for ever */
	gnutls_pk_algorithm_t kind; /* 0: EC */
	unsigned bits;
};

static inline gnutls_x509_privkey_t new_key(gnutls_pk_algorithm_t kind, unsigned bits)
{
	gnutls_x509_privkey_t key;

	if (!kind) {
		kind = GNUTLS_PK_ECDSA;
		bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	}
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, kind, bits, 0), 0);
	return key;
}

static inline void issue(struct issued *out, const struct wish *w)
{
	unsigned char serial = 1;

	out->key = new_key(w->kind, w->bits);
	assert_int_equal(gnutls_x509_crt_init(&out->crt), 0);
	assert_int_equal(gnutls_x509_crt_set_version(out->crt, 3), 0);
	assert_int_equal(gnutls_x509_crt_set_serial(out->crt, &serial, 1), 0);
	assert_int_equal(gnutls_x509_crt_set_dn(out->crt, w->subject ? w->subject : "CN=mx.test",
	                                        NULL),
	                 0);
	assert_int_equal(gnutls_x509_crt_set_activation_time(out->crt, w->from), 0);
	assert_int_equal(gnutls_x509_crt_set_expiration_time(out->crt, w->until ? w->until : NEVER),
	                 0);
	assert_int_equal(gnutls_x509_crt_set_basic_constraints(out->crt, w->ca ? 1 : 0, -1), 0);
	for (size_t i = 0; i < 4 && w->names[i]; i++)
		assert_int_equal(gnutls_x509_crt_set_subject_alt_name(out->crt, GNUTLS_SAN_DNSNAME,
		                                                      w->names[i],
		                                                      (unsigned)strlen(w->names[i]),
		                                                      GNUTLS_FSAN_APPEND),
		                 0);
	assert_int_equal(gnutls_x509_crt_set_key(out->crt, out->key), 0);
	assert_int_equal(gnutls_x509_crt_sign2(out->crt, w->issuer ? w->issuer->crt : out->crt,
	                                       w->issuer ? w->issuer->key : out->key,
	                                       GNUTLS_DIG_SHA256, 0),
	                 0);
	assert_int_equal(gnutls_x509_crt_export2(out->crt, GNUTLS_X509_FMT_DER, &out->der), 0);
}

static inline struct der der_of(const struct issued *i)
{
	return (struct der){i->der.data, i->der.size};
}

static inline void issued_free(struct issued *i)
{
	gnutls_free(i->der.data);
	gnutls_x509_crt_deinit(i->crt);
	gnutls_x509_privkey_deinit(i->key);
}

#endif
