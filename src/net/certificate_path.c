#include "net/certificate_path.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/buf.h"
#include "base/memory.h"
#include "net/certificate.h"

enum { STRENGTH = GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM), WHY_MAX = 512 };

struct anchors {
	gnutls_x509_trust_list_t list;
};

static gnutls_x509_crt_t open_certificate(struct der d)
{
	const gnutls_datum_t bytes = {(unsigned char *)d.data, (unsigned)d.size};
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (certificate_bearable(d) &&
	    gnutls_x509_crt_import(crt, &bytes, GNUTLS_X509_FMT_DER) >= 0)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

struct anchors *anchors_new(void)
{
	struct anchors *a = memory_get(1, sizeof *a);

	if (gnutls_x509_trust_list_init(&a->list, 0) < 0)
		a->list = NULL;
	return a;
}

void anchors_free(struct anchors *a)
{
	if (!a)
		return;
	if (a->list)
		gnutls_x509_trust_list_deinit(a->list, 1);
	free(a);
}

bool anchors_add(struct anchors *a, struct der certificate)
{
	gnutls_x509_crt_t crt = open_certificate(certificate);

	if (!crt)
		return false;
	if (a->list && gnutls_x509_trust_list_add_cas(a->list, &crt, 1, 0) == 1)
		return true;
	gnutls_x509_crt_deinit(crt);
	return false;
}

int anchors_add_file(struct anchors *a, const char *path)
{
	return a->list ? gnutls_x509_trust_list_add_trust_file(a->list, path, NULL,
	                                                       GNUTLS_X509_FMT_PEM, 0, 0)
	               : 0;
}

int anchors_add_system(struct anchors *a)
{
	return a->list ? gnutls_x509_trust_list_add_system_trust(a->list, 0, 0) : 0;
}

/* What is against a chain: GnuTLS' flags in the order in which they count. */
struct objection {
	unsigned flag;
	enum tls_failure failure;
	const char *words;
};

static const struct objection objections[] = {
	{GNUTLS_CERT_EXPIRED, TLS_EXPIRED, "expired"},
	{GNUTLS_CERT_NOT_ACTIVATED, TLS_EXPIRED, "not yet valid"},
	{GNUTLS_CERT_REVOKED, TLS_NOT_TRUSTED, "revoked"},
	{GNUTLS_CERT_SIGNATURE_FAILURE, TLS_NOT_TRUSTED, "a signature is wrong"},
	{GNUTLS_CERT_SIGNER_NOT_CA, TLS_NOT_TRUSTED, "the issuer is no CA"},
	{GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, TLS_NOT_TRUSTED,
         "the issuer may not sign for this"},
	{GNUTLS_CERT_INSECURE_ALGORITHM, TLS_NOT_TRUSTED, "a key or signature is too weak"},
	{GNUTLS_CERT_PURPOSE_MISMATCH, TLS_NOT_TRUSTED, "not for TLS servers"},
	{GNUTLS_CERT_SIGNER_NOT_FOUND, TLS_NOT_TRUSTED, "issuer not known"},
};

enum { OBJECTIONS = sizeof objections / sizeof *objections };

static void add_day(struct buf *words, const char *what, int64_t at)
{
	time_t seconds = (time_t)at;
	struct tm day;

	if (gmtime_r(&seconds, &day))
		buf_printf(words, "%s %04d-%02d-%02d", what, day.tm_year + 1900, day.tm_mon + 1,
		           day.tm_mday);
	else
		buf_text(words, what);
}

/* When: by the first certificate of the chain of which it is true; else it is the anchor. */
static void add_time(struct buf *words, const struct chain *chain, bool expired)
{
	const int64_t now = time(NULL);

	for (size_t i = 0; i < chain->count; i++) {
		struct tls_certificate facts;

		if (!certificate_read(chain->certificates[i], &facts) ||
		    !(expired ? facts.not_after < now : facts.not_before > now))
			continue;
		buf_text(words, i ? "issuer " : "");
		add_day(words, expired ? "expired" : "not valid before",
		        expired ? facts.not_after : facts.not_before);
		return;
	}
	buf_text(words, expired ? "root expired" : "root not yet valid");
}

static const char *unknown_signer(const struct chain *chain)
{
	struct certificate_parts parts;

	if (certificate_split(chain->certificates[0], &parts) &&
	    der_same(parts.issuer, parts.subject))
		return "self-signed";
	return "issuer not known";
}

static void add_words(struct buf *words, const struct objection *o, const struct chain *chain)
{
	buf_text(words, words->size ? ", " : "");
	if (o->flag & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
		add_time(words, chain, o->flag == GNUTLS_CERT_EXPIRED);
	else if (o->flag == GNUTLS_CERT_SIGNER_NOT_FOUND)
		buf_text(words, unknown_signer(chain));
	else
		buf_text(words, o->words);
}

static enum tls_failure explain(unsigned status, const struct chain *chain, char *why, size_t room)
{
	enum tls_failure failure = TLS_FINE;
	struct buf words;

	*why = '\0';
	if (!status)
		return TLS_FINE;
	buf_init(&words, WHY_MAX);
	for (size_t i = 0; i < OBJECTIONS; i++) {
		if (!(status & objections[i].flag))
			continue;
		failure = failure ? failure : objections[i].failure;
		add_words(&words, &objections[i], chain);
	}
	snprintf(why, room, "%s", words.size ? words.bytes : "not valid");
	buf_free(&words);
	return failure ? failure : TLS_NOT_TRUSTED;
}

static void close_all(gnutls_x509_crt_t *crts, size_t count)
{
	while (count)
		gnutls_x509_crt_deinit(crts[--count]);
}

/* The whole chain, or nothing. */
static bool open_all(const struct chain *chain, gnutls_x509_crt_t *crts)
{
	for (size_t i = 0; i < chain->count; i++) {
		crts[i] = open_certificate(chain->certificates[i]);
		if (crts[i])
			continue;
		close_all(crts, i);
		return false;
	}
	return chain->count > 0;
}

static unsigned time_status(gnutls_x509_crt_t crt)
{
	const time_t now = time(NULL);
	unsigned status = 0;

	if (gnutls_x509_crt_get_expiration_time(crt) < now)
		status |= GNUTLS_CERT_EXPIRED;
	if (gnutls_x509_crt_get_activation_time(crt) > now)
		status |= GNUTLS_CERT_NOT_ACTIVATED;
	return status;
}

enum tls_failure path_verify(struct anchors *a, const struct chain *chain, enum path_kind kind,
                             char *why, size_t room)
{
	const unsigned flags =
		STRENGTH | (kind == PATH_ABOVE ? GNUTLS_VERIFY_DO_NOT_ALLOW_SAME : 0);
	gnutls_typed_vdata_st purpose = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER,
	};
	gnutls_x509_crt_t crts[CHAIN_MAX];
	unsigned status = GNUTLS_CERT_INVALID;
	int code;

	if (!open_all(chain, crts)) {
		snprintf(why, room, "a certificate of the chain cannot be read");
		return TLS_NOT_TRUSTED;
	}
	code = a->list ? gnutls_x509_trust_list_verify_crt2(a->list, crts, (unsigned)chain->count,
	                                                    &purpose, 1, flags, &status, NULL)
	               : GNUTLS_E_MEMORY_ERROR;
	if (code < 0)
		status |= GNUTLS_CERT_INVALID;
	if (status) /* without an issuer, GnuTLS looks at no date */
		status |= time_status(crts[0]);
	close_all(crts, chain->count);
	return explain(status, chain, why, room);
}

static unsigned end_status(gnutls_x509_crt_t crt)
{
	unsigned bits = 0, status = time_status(crt);
	int kind = gnutls_x509_crt_get_pk_algorithm(crt, &bits);

	if (!gnutls_x509_crt_check_key_purpose(crt, GNUTLS_KP_TLS_WWW_SERVER, 0))
		status |= GNUTLS_CERT_PURPOSE_MISMATCH;
	if (kind < 0 || gnutls_pk_bits_to_sec_param((gnutls_pk_algorithm_t)kind, bits) <
	                        GNUTLS_SEC_PARAM_MEDIUM)
		status |= GNUTLS_CERT_INSECURE_ALGORITHM;
	return status;
}

enum tls_failure path_verify_end(struct der certificate, char *why, size_t room)
{
	const struct chain chain = {.certificates = {certificate}, .count = 1};
	gnutls_x509_crt_t crt = open_certificate(certificate);
	unsigned status = GNUTLS_CERT_INVALID;

	if (crt) {
		status = end_status(crt);
		gnutls_x509_crt_deinit(crt);
	}
	return explain(status, &chain, why, room);
}
