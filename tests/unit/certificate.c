/* What certificates say, whom they are for, and whether a path leads to a root. */

#include "unit/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/certificate.h"
#include "net/certificate_path.h"
#include "net/tls_check.h"
#include "net/tls_failure.h"
#include "net/trust.h"

static struct issued root, inter, leaf, stranger;
static char roots[] = "/tmp/sendmx-roots-XXXXXX";

static void write_roots(const gnutls_x509_crt_t crt)
{
	static const char noise[] = "# a root\n-----BEGIN CERTIFICATE-----\nnone\n"
				    "-----END CERTIFICATE-----\n";
	gnutls_datum_t pem;
	int fd = mkstemp(roots);

	assert_true(fd >= 0);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), 0);
	assert_int_equal(write(fd, noise, sizeof noise - 1), sizeof noise - 1);
	assert_int_equal(write(fd, pem.data, pem.size), pem.size);
	gnutls_free(pem.data);
	close(fd);
}

static int make(void **state)
{
	(void)state;
	assert_int_equal(gnutls_global_init(), 0);
	issue(&root, &(struct wish){.subject = "CN=Root", .ca = 1});
	issue(&inter, &(struct wish){.subject = "CN=Inter", .ca = 1, .issuer = &root});
	issue(&leaf, &(struct wish){.issuer = &inter, .names = {"mx.test", "*.example.org"}});
	issue(&stranger, &(struct wish){.subject = "CN=Stranger", .ca = 1});
	write_roots(root.crt);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	unlink(roots);
	issued_free(&root);
	issued_free(&inter);
	issued_free(&leaf);
	issued_free(&stranger);
	gnutls_global_deinit();
	return 0;
}

/* Names. */

static void names_that_cover(void **state)
{
	static const struct {
		const char *pattern, *host;
		bool covers;
	} cases[] = {
		{"mx.example.org", "mx.example.org", true},
		{"MX.Example.ORG", "mx.example.org", true},
		{"mx.example.org", "MX.EXAMPLE.org", true},
		{"mx.example.org", "mx.example.or", false},
		{"mx.example.or", "mx.example.org", false},
		{"mx.example.org.", "mx.example.org", false},
		{"*.example.org", "mx.example.org", true},
		{"*.EXAMPLE.org", "mx.example.org", true},
		{"*.example.org", "a.mx.example.org", false},
		{"*.example.org", "example.org", false},
		{"*.example.org", ".example.org", false},
		{"*.org", "example.org", false},
		{"*", "example.org", false},
		{"*.", "org.", false},
		{"*.*.org", "mx.example.org", false},
		{"m*.example.org", "mx.example.org", false},
		{"*x.example.org", "mx.example.org", false},
		{"mx.*.org", "mx.example.org", false},
		{"xn--*.example.org", "xn--a.example.org", false},
		{"*.xn--bcher-kva.example", "mx.xn--bcher-kva.example", true},
		{"192.0.2.1", "192.0.2.1", false},
		{"*.0.2.1", "192.0.2.1", false},
		{"2001:db8::1", "2001:db8::1", false},
		{"", "", false},
		{"", "mx.example.org", false},
		{"localhost", "localhost", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (certificate_name_covers(cases[i].pattern, strlen(cases[i].pattern),
		                            cases[i].host) != cases[i].covers)
			fail_msg("%s for %s", cases[i].pattern, cases[i].host);
	}
	/* CVE-2009-2408: what is behind the NUL counts. */
	assert_false(certificate_name_covers("mx.test\0.evil.example", 21, "mx.test"));
}

static bool is_for(const struct wish *w, const char *host, bool san_only)
{
	struct issued i;
	bool answer;

	issue(&i, w);
	answer = certificate_is_for(der_of(&i), host, san_only);
	issued_free(&i);
	return answer;
}

static void whom_it_is_for(void **state)
{
	const struct wish alone = {.subject = "CN=mx.test"};
	const struct wish both = {.subject = "CN=mx.test", .names = {"www.test"}};
	const struct wish two = {.subject = "CN=mx.test,CN=www.test"};

	(void)state;
	assert_true(certificate_is_for(der_of(&leaf), "mx.test", true));
	assert_true(certificate_is_for(der_of(&leaf), "a.example.org", true));
	assert_false(certificate_is_for(der_of(&leaf), "www.test", false));
	assert_true(is_for(&alone, "mx.test", false));
	assert_false(is_for(&alone, "mx.test", true));
	assert_false(is_for(&both, "mx.test", false));
	assert_true(is_for(&both, "www.test", false));
	assert_false(is_for(&two, "mx.test", false));
	assert_false(is_for(&two, "www.test", false));
	assert_false(certificate_is_for((struct der){(const uint8_t *)"no", 2}, "no", false));
}

/* Facts. */

static void what_it_says(void **state)
{
	struct tls_certificate c;

	(void)state;
	assert_true(certificate_read(der_of(&leaf), &c));
	assert_string_equal(c.names, "mx.test *.example.org");
	assert_string_equal(c.subject, "CN=mx.test");
	assert_string_equal(c.issuer, "CN=Inter");
	assert_string_equal(c.key, "EC 256");
	assert_int_equal(c.not_before, 0);
	assert_int_equal(c.not_after, NEVER);
	assert_int_equal(c.count, 0);
	assert_false(certificate_read((struct der){(const uint8_t *)"no", 2}, &c));
	assert_string_equal(c.subject, "");
}

static void keys_by_name(void **state)
{
	static const struct {
		gnutls_pk_algorithm_t kind;
		unsigned bits;
		const char *name;
	} cases[] = {
		{GNUTLS_PK_RSA, 2048, "RSA 2048"},
		{GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), "EC 384"},
		{GNUTLS_PK_EDDSA_ED25519, 0, "Ed25519"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tls_certificate c;
		struct issued issued;
		/* Ed25519 cannot sign SHA-256. */
		const struct wish w = {.issuer = &root,
		                       .kind = cases[i].kind,
		                       .bits = cases[i].bits};

		issue(&issued, &w);
		assert_true(certificate_read(der_of(&issued), &c));
		assert_string_equal(c.key, cases[i].name);
		assert_true(certificate_bearable(der_of(&issued)));
		issued_free(&issued);
	}
}

static void hostile_texts(void **state)
{
	char longest[200];
	struct tls_certificate c;
	struct issued i;

	(void)state;
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	issue(&i, &(struct wish){.names = {"xyz.test", longest, longest, longest}});
	/* What GnuTLS would not put in. */
	memcpy(memmem(i.der.data, i.der.size, "xyz.test", 8), "\x1b[2", 3);
	assert_true(certificate_read(der_of(&i), &c));
	assert_int_equal(strncmp(c.names, "\\x1b[2.test aaa", 15), 0);
	assert_int_equal(strlen(c.names), sizeof c.names - 1);
	assert_string_equal(c.names + sizeof c.names - 4, "...");
	issued_free(&i);
}

/* It would keep GnuTLS busy for half a second, each time. */
static void too_large_to_bear(void **state)
{
	enum { SIZE = 120 * 1024 };
	struct issued i;
	struct tls_certificate c;
	gnutls_x509_crt_t crt;
	uint8_t *names = malloc(SIZE), *p = names;

	(void)state;
	issue(&i, &(struct wish){.subject = "CN=x"});
	crt = i.crt;
	*p++ = DER_SEQUENCE;
	*p++ = 0x83;
	*p++ = (SIZE - 5) / 3 * 3 >> 16;
	*p++ = (uint8_t)((SIZE - 5) / 3 * 3 >> 8);
	*p++ = (uint8_t)((SIZE - 5) / 3 * 3);
	while (p + 3 <= names + SIZE) {
		*p++ = DER_DNS_NAME;
		*p++ = 1;
		*p++ = 'a';
	}
	assert_int_equal(gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.17", names,
	                                                      (size_t)(p - names), 0),
	                 0);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, i.key, GNUTLS_DIG_SHA256, 0), 0);
	gnutls_free(i.der.data);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &i.der), 0);
	assert_false(certificate_bearable(der_of(&i)));
	assert_false(certificate_read(der_of(&i), &c));
	free(names);
	issued_free(&i);
}

/* Paths. */

static struct chain chain_of(const struct issued *a, const struct issued *b)
{
	struct chain chain = {.certificates = {der_of(a)}, .count = 1};

	if (b)
		chain.certificates[chain.count++] = der_of(b);
	return chain;
}

static void assert_judged(const struct chain *chain, enum tls_failure failure, const char *words)
{
	struct trust *t = trust_open(roots);
	char why[160];

	assert_int_equal(trust_verify(t, chain, why, sizeof why), failure);
	assert_string_equal(why, words);
	trust_close(t);
}

static void assert_issued(const struct wish *w, enum tls_failure failure, const char *words)
{
	struct issued i;
	struct chain chain;

	issue(&i, w);
	chain = chain_of(&i, &inter);
	assert_judged(&chain, failure, words);
	issued_free(&i);
}

static void paths_to_a_root(void **state)
{
	const struct chain good = chain_of(&leaf, &inter), gap = chain_of(&leaf, NULL);
	const struct chain itself = chain_of(&root, NULL), foreign = chain_of(&stranger, NULL);
	const struct chain twice = chain_of(&leaf, &leaf), none = {.count = 0};

	(void)state;
	assert_judged(&good, TLS_FINE, "");
	assert_judged(&itself, TLS_FINE, "");
	assert_judged(&gap, TLS_NOT_TRUSTED, "issuer not known");
	assert_judged(&twice, TLS_NOT_TRUSTED, "issuer not known");
	assert_judged(&foreign, TLS_NOT_TRUSTED, "self-signed");
	assert_judged(&none, TLS_NOT_TRUSTED, "a certificate of the chain cannot be read");
	assert_issued(&(struct wish){.issuer = &inter, .until = LONG_AGO}, TLS_EXPIRED,
	              "expired 2001-09-09");
	assert_issued(&(struct wish){.issuer = &inter, .from = NEVER - 1}, TLS_EXPIRED,
	              "not valid before 2038-01-19");
	assert_issued(&(struct wish){.issuer = &inter, .kind = GNUTLS_PK_RSA, .bits = 1024},
	              TLS_NOT_TRUSTED, "a key or signature is too weak");
	assert_issued(&(struct wish){.until = LONG_AGO}, TLS_EXPIRED,
	              "expired 2001-09-09, self-signed");
}

static void expired_issuer(void **state)
{
	struct issued old, below;
	struct chain chain;

	(void)state;
	issue(&old,
	      &(struct wish){.subject = "CN=Old", .ca = 1, .issuer = &root, .until = LONG_AGO});
	issue(&below, &(struct wish){.issuer = &old});
	chain = chain_of(&below, &old);
	assert_judged(&chain, TLS_EXPIRED, "issuer expired 2001-09-09");
	issued_free(&below);
	issued_free(&old);
}

static void no_roots(void **state)
{
	const struct chain good = chain_of(&leaf, &inter);
	struct trust *t = trust_open("/nonexistent/roots.pem");
	char why[160];

	(void)state;
	assert_int_equal(trust_verify(t, &good, why, sizeof why), TLS_NOT_TRUSTED);
	assert_string_equal(why, "no root certificates in /nonexistent/roots.pem");
	trust_close(t);
	trust_close(NULL);
}

/* Any byte of a certificate that is changed: no path, no crash. What is not signed is the wrapping
   of the body and the signature. */
static void changed_anywhere(void **state)
{
	const struct chain good = chain_of(&leaf, &inter);
	struct trust *t = trust_open(roots);
	struct certificate_parts parts;
	uint8_t *copy = malloc(leaf.der.size);
	size_t first, last;

	(void)state;
	assert_true(certificate_split(good.certificates[0], &parts));
	first = (size_t)(parts.body.data - leaf.der.data);
	last = first + parts.body.size;
	for (size_t i = first; i < last; i++) {
		struct chain chain = good;
		char why[160];

		memcpy(copy, leaf.der.data, leaf.der.size);
		copy[i] ^= (uint8_t)(1 + i % 255);
		chain.certificates[0].data = copy;
		assert_int_not_equal(trust_verify(t, &chain, why, sizeof why), TLS_FINE);
		assert_true(*why);
	}
	free(copy);
	trust_close(t);
}

/* To people: all that is against it. */

static void examined(void **state)
{
	const struct chain good = chain_of(&leaf, &inter), foreign = chain_of(&stranger, NULL);
	struct trust *t = trust_open(roots);
	struct tls_certificate c = {.count = 0};

	(void)state;
	tls_examine(t, &good, "mx.test", &c);
	assert_int_equal(c.count, 2);
	assert_string_equal(c.chain, "");
	tls_examine(t, &good, "www.test", &c);
	assert_string_equal(c.chain, "not for www.test, but for mx.test *.example.org");
	tls_examine(t, &foreign, "mx.test", &c);
	assert_string_equal(c.chain, "self-signed, not for mx.test, but for CN=Stranger");
	tls_examine(t, &foreign, NULL, &c);
	assert_string_equal(c.chain, "self-signed");
	trust_close(t);
}

static void failures_have_names(void **state)
{
	(void)state;
	assert_null(tls_failure_name(TLS_FINE));
	assert_string_equal(tls_failure_name(TLS_EXPIRED), "certificate-expired");
	assert_string_equal(tls_failure_name(TLS_STS_WEBPKI_INVALID), "sts-webpki-invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_cover),  cmocka_unit_test(whom_it_is_for),
		cmocka_unit_test(what_it_says),      cmocka_unit_test(keys_by_name),
		cmocka_unit_test(hostile_texts),     cmocka_unit_test(paths_to_a_root),
		cmocka_unit_test(too_large_to_bear), cmocka_unit_test(expired_issuer),
		cmocka_unit_test(no_roots),          cmocka_unit_test(changed_anywhere),
		cmocka_unit_test(examined),          cmocka_unit_test(failures_have_names),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
