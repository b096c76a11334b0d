/* Signatures of all algorithms, whole and damaged; ldns, with OpenSSL behind it, is the second
   opinion. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/dnssec_crypto.h"

enum { ROOM = 700, TEXT_SIZE = 100, DAMAGES = 60 };

struct text {
	uint8_t bytes[ROOM];
	size_t size;
};

/* A key as a DNSKEY record has it, and what it has signed. */
struct sealed {
	unsigned algorithm;
	struct text key, data, signature;
};

static const struct kind {
	unsigned algorithm, bits;
	gnutls_pk_algorithm_t key;
	gnutls_sign_algorithm_t sign;
	size_t half; /* bytes of one of ECDSA's numbers */
} kinds[] = {
	{8, 1024, GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA256, 0},
	{8, 1280, GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA256, 0},
	{10, 1024, GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA512, 0},
	{13, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), GNUTLS_PK_ECDSA,
         GNUTLS_SIGN_ECDSA_SHA256, 32},
	{14, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), GNUTLS_PK_ECDSA,
         GNUTLS_SIGN_ECDSA_SHA384, 48},
	{15, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519), GNUTLS_PK_EDDSA_ED25519,
         GNUTLS_SIGN_EDDSA_ED25519, 0},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static struct sealed made[KINDS];

/* With zeros before it, or less of them, as wide as a field; width 0: as it is. */
static void add_number(struct text *t, gnutls_datum_t number, size_t width)
{
	const uint8_t *bytes = number.data;
	size_t size = number.size;

	for (; width && size > width; bytes++, size--)
		assert_int_equal(*bytes, 0);
	for (; size < width; width--)
		t->bytes[t->size++] = 0;
	memcpy(t->bytes + t->size, bytes, size);
	t->size += size;
}

static void add_key(const struct kind *kind, gnutls_pubkey_t public, struct text *key)
{
	enum { FLAGS = GNUTLS_EXPORT_FLAG_NO_LZ };
	gnutls_datum_t one, other = {0};
	gnutls_ecc_curve_t curve;

	if (kind->key == GNUTLS_PK_RSA) {
		assert_int_equal(gnutls_pubkey_export_rsa_raw2(public, &one, &other, FLAGS), 0);
		key->bytes[key->size++] = (uint8_t)other.size;
		add_number(key, other, 0);
		add_number(key, one, 0);
	} else {
		assert_int_equal(gnutls_pubkey_export_ecc_raw2(public, &curve, &one, &other, 0), 0);
		add_number(key, one, kind->half);
		if (kind->half)
			add_number(key, other, kind->half);
	}
	gnutls_free(one.data);
	gnutls_free(other.data);
}

static void add_signature(const struct kind *kind, gnutls_datum_t sealed, struct text *signature)
{
	gnutls_datum_t r, s;

	if (!kind->half) {
		add_number(signature, sealed, 0);
		return;
	}
	assert_int_equal(gnutls_decode_rs_value(&sealed, &r, &s), 0);
	add_number(signature, r, kind->half);
	add_number(signature, s, kind->half);
	gnutls_free(r.data);
	gnutls_free(s.data);
}

static void make(const struct kind *kind, struct sealed *s)
{
	gnutls_datum_t text = {s->data.bytes, TEXT_SIZE}, sealed;
	gnutls_privkey_t private;
	gnutls_pubkey_t public;

	s->algorithm = kind->algorithm;
	s->data.size = TEXT_SIZE;
	memset(s->data.bytes, 'x', TEXT_SIZE);
	assert_int_equal(gnutls_privkey_init(&private), 0);
	assert_int_equal(gnutls_pubkey_init(&public), 0);
	assert_int_equal(gnutls_privkey_generate(private, kind->key, kind->bits, 0), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(public, private, 0, 0), 0);
	assert_int_equal(gnutls_privkey_sign_data2(private, kind->sign, 0, &text, &sealed), 0);
	add_key(kind, public, &s->key);
	add_signature(kind, sealed, &s->signature);
	gnutls_free(sealed.data);
	gnutls_pubkey_deinit(public);
	gnutls_privkey_deinit(private);
}

static int make_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++)
		make(&kinds[i], &made[i]);
	return 0;
}

static struct dnssec_bytes bytes_of(const struct text *t)
{
	return (struct dnssec_bytes){t->bytes, t->size};
}

static bool fits(const struct sealed *s)
{
	return dnssec_signature_fits(s->algorithm, bytes_of(&s->key), bytes_of(&s->data),
	                             bytes_of(&s->signature));
}

static bool ldns_fits(struct sealed *s)
{
	ldns_buffer *data = ldns_buffer_new(ROOM), *signature = ldns_buffer_new(2 * ROOM);
	ldns_rdf *numbers =
		ldns_rdf_new_frm_data(LDNS_RDF_TYPE_B64, s->signature.size, s->signature.bytes);
	ldns_status status = LDNS_STATUS_OK;

	ldns_buffer_write(data, s->data.bytes, s->data.size);
	if (s->algorithm == 13 || s->algorithm == 14)
		status = ldns_convert_ecdsa_rrsig_rdf2asn1(signature, numbers);
	else
		ldns_buffer_write(signature, s->signature.bytes, s->signature.size);
	if (status == LDNS_STATUS_OK)
		status = ldns_verify_rrsig_buffers_raw(ldns_buffer_begin(signature),
		                                       ldns_buffer_position(signature), data,
		                                       s->key.bytes, s->key.size,
		                                       (uint8_t)s->algorithm);
	ldns_rdf_deep_free(numbers);
	ldns_buffer_free(signature);
	ldns_buffer_free(data);
	return status == LDNS_STATUS_OK;
}

static void whole_ones_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		assert_true(fits(&made[i]));
		assert_true(ldns_fits(&made[i]));
	}
}

/* One bit anywhere. */
static void damaged_ones_do_not(void **state)
{
	(void)state;
	srand(1);
	for (size_t i = 0; i < KINDS * DAMAGES; i++) {
		struct sealed s = made[i % KINDS];
		struct text *parts[] = {&s.key, &s.data, &s.signature};
		struct text *t = parts[rand() % 3];
		size_t at = (size_t)rand() % t->size;
		unsigned bit = 1u << rand() % 8;

		t->bytes[at] ^= (uint8_t)bit;
		if (fits(&s) || ldns_fits(&s))
			fail_msg("algorithm %u with bit %u at %zu", s.algorithm, bit, at);
	}
}

/* Numbers with which nobody should compute: all of a part's bytes, or its halves, are one byte. */
static void absurd_numbers(void **state)
{
	static const uint8_t values[] = {0, 1, 0x80, 0xff};

	(void)state;
	for (size_t i = 0; i < KINDS * sizeof values; i++) {
		struct sealed key = made[i % KINDS], half = key, signature = key, r = key, s = key;
		int value = values[i / KINDS];
		size_t from = kinds[i % KINDS].key == GNUTLS_PK_RSA ? 1u + key.key.bytes[0] : 0;

		memset(key.key.bytes + from, value, key.key.size - from);
		memset(half.key.bytes + half.key.size / 2, value, half.key.size / 2);
		memset(signature.signature.bytes, value, signature.signature.size);
		memset(r.signature.bytes, value, r.signature.size / 2);
		memset(s.signature.bytes + s.signature.size / 2, value, s.signature.size / 2);
		assert_false(fits(&key) || fits(&half) || fits(&signature) || fits(&r) || fits(&s));
	}
}

/* RFC 3110 3: a signature is as long as the modulus. */
static void longer_and_shorter_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct sealed longer = made[i], shorter = made[i];

		memmove(longer.signature.bytes + 1, longer.signature.bytes, longer.signature.size);
		longer.signature.bytes[0] = 0;
		longer.signature.size++;
		shorter.signature.size--;
		assert_false(fits(&longer) || ldns_fits(&longer));
		assert_false(fits(&shorter) || ldns_fits(&shorter));
	}
}

/* RFC 3110 2 wants none; some signers of old wrote one, and the number is the same. */
static void zero_before_the_modulus(void **state)
{
	struct sealed s = made[0];
	size_t at = 1u + s.key.bytes[0];

	(void)state;
	memmove(s.key.bytes + at + 1, s.key.bytes + at, s.key.size - at);
	s.key.bytes[at] = 0;
	s.key.size++;
	assert_true(fits(&s) == ldns_fits(&s));
}

static void exponents(void **state)
{
	struct sealed s = made[0];

	(void)state;
	s.key.bytes[0] = 0; /* its size stands in the next two bytes: of more than 255 */
	assert_false(fits(&s));
	for (uint8_t value = 0; value < 3; value++) {
		s = made[0];
		memset(s.key.bytes + 1, 0, s.key.bytes[0]);
		s.key.bytes[s.key.bytes[0]] = value;
		assert_false(fits(&s));
		assert_false(ldns_fits(&s));
	}
}

static void known_hashes(void **state)
{
	static const struct {
		unsigned type;
		const char *hash;
	} cases[] = {
		/* FIPS 180-2, of "abc" */
		{1,
	         "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d"},
		{2, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
	            "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad"},
		{4,
	         "\xcb\x00\x75\x3f\x45\xa3\x5e\x8b\xb5\xa0\x3d\x69\x9a\xc6\x50\x07\x27\x2c\x32\xab"
	         "\x0e\xde\xd1\x63\x1a\x8b\x60\x5a\x43\xff\x5b\xed\x80\x86\x07\x2b\xa1\xe7\xcc\x23"
	         "\x58\xba\xec\xa1\x34\xc8\x25\xa7"},
	};
	static const struct dnssec_bytes abc = {(const uint8_t *)"abc", 3};
	static const size_t sizes[] = {20, 32, 48};
	uint8_t digest[DNSSEC_DIGEST_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(dnssec_digest(cases[i].type, abc, digest), sizes[i]);
		assert_memory_equal(digest, cases[i].hash, sizes[i]);
	}
	assert_int_equal(dnssec_digest(3, abc, digest), 0); /* GOST, RFC 5933 */
	for (unsigned type = 0; type < 8; type++)
		assert_int_equal(dnssec_digest_known(type), dnssec_digest(type, abc, digest) > 0);
}

/* ---- on a machine whose administrator has a taste of his own ---- */

/* What of the root and of most zones, and what of hardly any. */
static const char taste[] = "[overrides]\n"
			    "insecure-hash = sha1\n"
			    "insecure-hash = sha256\n"
			    "insecure-sig = rsa-sha256\n"
			    "insecure-sig = rsa-sha512\n"
			    "min-verification-profile = high\n"
			    "disabled-curve = secp384r1\n"
			    "disabled-curve = ed25519\n";

static int read_all(void **state)
{
	(void)state;
	return read(0, made, sizeof made) == sizeof made ? 0 : -1;
}

static void taste_in_tls_is_none_in_dnssec(void **state)
{
	static const struct dnssec_bytes abc = {(const uint8_t *)"abc", 3};
	uint8_t digest[DNSSEC_DIGEST_MAX];

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		bool curve_forbidden = made[i].algorithm > 13;

		assert_int_equal(dnssec_algorithm_known(made[i].algorithm), !curve_forbidden);
		assert_int_equal(fits(&made[i]), !curve_forbidden);
		made[i].signature.bytes[made[i].signature.size / 3] ^= 1;
		assert_false(fits(&made[i]));
	}
	assert_int_equal(dnssec_digest(1, abc, digest), 20);
	assert_int_equal(dnssec_digest(2, abc, digest), 32);
}

static int taste_run(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(taste_in_tls_is_none_in_dnssec)};

	return cmocka_run_group_tests(tests, read_all, NULL);
}

/* GnuTLS reads its settings once. So this program is run again, with the signatures of this one on
   its standard input. */
static void taste_of_the_machine(void **state)
{
	char path[] = "/tmp/dnssec_crypto.XXXXXX";
	int file = mkstemp(path), made_here[2], status;

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(write(file, taste, sizeof taste - 1), sizeof taste - 1);
	assert_int_equal(pipe(made_here), 0);
	assert_int_equal(write(made_here[1], made, sizeof made), sizeof made); /* has room for it */
	pid_t child = fork();
	if (child == 0) {
		dup2(made_here[0], 0);
		dup2(open("/dev/null", O_WRONLY), 1); /* it is for the results of this one */
		setenv("GNUTLS_SYSTEM_PRIORITY_FILE", path, 1);
		execl("/proc/self/exe", "dnssec_crypto", "taste", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	close(made_here[0]);
	close(made_here[1]);
	close(file);
	unlink(path);
	assert_int_equal(status, 0);
}

int main(int count, char **words)
{
	(void)words;
	if (count > 1)
		return taste_run();
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_ones_fit),
		cmocka_unit_test(damaged_ones_do_not),
		cmocka_unit_test(absurd_numbers),
		cmocka_unit_test(longer_and_shorter_ones),
		cmocka_unit_test(zero_before_the_modulus),
		cmocka_unit_test(exponents),
		cmocka_unit_test(known_hashes),
		cmocka_unit_test(taste_of_the_machine),
	};

	return cmocka_run_group_tests(tests, make_all, NULL);
}
