/* TLSA records by themselves and as a set. Chains are judged in tests/dane, with OpenSSL's word. */

#include "unit/authority.h"

#include "net/dane.h"

static const uint8_t digest[64];
static struct issued self;

static int make(void **state)
{
	(void)state;
	assert_int_equal(gnutls_global_init(), 0);
	issue(&self, &(struct wish){.names = {"mx.test"}});
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	issued_free(&self);
	gnutls_global_deinit();
	return 0;
}

static struct der key_of(const struct issued *i)
{
	struct certificate_parts parts;

	assert_true(certificate_split(der_of(i), &parts));
	return parts.key;
}

static void usable(void **state)
{
	static const struct {
		uint8_t usage, selector, matching;
		size_t size;
		bool usable;
	} cases[] = {
		{3, 1, 1, 32, true},    {2, 0, 1, 32, true},    {3, 0, 2, 64, true},
		{2, 1, 2, 64, true},    {0, 1, 1, 32, false},   {1, 1, 1, 32, false},
		{4, 1, 1, 32, false},   {255, 1, 1, 32, false}, {3, 2, 1, 32, false},
		{3, 255, 1, 32, false}, {3, 1, 3, 32, false},   {3, 1, 255, 32, false},
		{3, 1, 1, 31, false},   {3, 1, 1, 33, false},   {3, 1, 1, 0, false},
		{3, 1, 2, 32, false},   {3, 0, 0, 0, false},    {3, 1, 0, 64, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct dane_record r = {cases[i].usage, cases[i].selector, cases[i].matching,
		                              digest, cases[i].size};

		if (dane_usable(&r) != cases[i].usable)
			fail_msg("%u %u %u, %zu bytes", r.usage, r.selector, r.matching, r.size);
	}
}

static void usable_in_full(void **state)
{
	struct dane_record whole = {3, 0, 0, self.der.data, self.der.size};
	struct dane_record key = {2, 1, 0, key_of(&self).data, key_of(&self).size};

	(void)state;
	assert_true(dane_usable(&whole));
	assert_true(dane_usable(&key));
	whole.selector = 1;
	key.selector = 0;
	assert_false(dane_usable(&whole));
	assert_false(dane_usable(&key));
	key.selector = 1;
	key.size--;
	assert_false(dane_usable(&key));
}

/* RFC 7671 9: of each usage and selector the strongest digest; what is no digest stays. */
static void chosen(void **state)
{
	const struct dane_record records[] = {
		{3, 1, 1, digest, 32},
		{3, 1, 2, digest, 64},
		{3, 0, 1, digest, 32},
		{2, 1, 1, digest, 32},
		{3, 0, 2, digest, 63},
		{1, 1, 2, digest, 64},
		{3, 1, 0, key_of(&self).data, key_of(&self).size},
	};
	const struct dane_record *kept[DANE_RECORDS_MAX];

	(void)state;
	assert_int_equal(dane_choose(records, 7, kept), 4);
	assert_ptr_equal(kept[0], &records[1]);
	assert_ptr_equal(kept[1], &records[2]);
	assert_ptr_equal(kept[2], &records[3]);
	assert_ptr_equal(kept[3], &records[6]);
	assert_int_equal(dane_choose(records, 0, kept), 0);
}

/* So many that it would be an attack. */
static void crowd(void **state)
{
	struct dane_record records[500];
	const struct dane_record *kept[DANE_RECORDS_MAX];

	(void)state;
	for (size_t i = 0; i < 500; i++)
		records[i] = (struct dane_record){2, 0, 0, self.der.data, self.der.size};
	assert_int_equal(dane_choose(records, 500, kept), DANE_FULL_MAX);
	for (size_t i = 100; i < 500; i++)
		records[i] = (struct dane_record){3, 1, 1, digest, 32};
	assert_int_equal(dane_choose(records, 500, kept), DANE_RECORDS_MAX);
	assert_ptr_equal(kept[DANE_FULL_MAX], &records[100]);
}

static void words(void **state)
{
	const char *const names[] = {"www.test"};
	const struct chain chain = {.certificates = {der_of(&self)}, .count = 1},
			   empty = {.count = 0};
	const struct dane_record match = {3, 0, 0, self.der.data, self.der.size};
	const struct dane_record signer = {2, 1, 0, key_of(&self).data, key_of(&self).size};
	const struct dane_record pkix = {1, 1, 1, digest, 32};
	struct dane_question q = {.records = &match,
	                          .record_count = 1,
	                          .names = names,
	                          .name_count = 1};
	char said[256], little[9];

	(void)state;
	assert_int_equal(dane_verify(&q, &chain, said, sizeof said), TLS_FINE);
	assert_string_equal(said, "3 0 0 matches the certificate");
	assert_int_equal(dane_verify(&q, &chain, little, sizeof little), TLS_FINE);
	assert_string_equal(little, "3 0 0 ma");
	assert_int_equal(dane_verify(&q, &empty, said, sizeof said), TLS_INVALID);
	q.records = &signer;
	assert_int_equal(dane_verify(&q, &chain, said, sizeof said), TLS_HOST_MISMATCH);
	assert_string_equal(said, "2 1 0 has signed the certificate, but the certificate is not for "
	                          "www.test, but for mx.test");
	q.name_count = 0;
	assert_int_equal(dane_verify(&q, &chain, said, sizeof said), TLS_HOST_MISMATCH);
	q.records = &pkix;
	assert_int_equal(dane_verify(&q, &chain, said, sizeof said), TLS_TLSA_INVALID);
	assert_string_equal(said, "no TLSA record is usable");
	q.record_count = 0;
	assert_int_equal(dane_verify(&q, &chain, said, sizeof said), TLS_TLSA_INVALID);
}

/* A key from DNS that would keep us computing: RSA with a public exponent of 600 bytes. */
static void key_too_large_to_bear(void **state)
{
	enum { MODULUS = 256, EXPONENT = 600 };
	static const uint8_t algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
	                                    0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
	uint8_t key[1024], *p = key;
	struct dane_record r = {2, 1, 0, key, 0};
	size_t numbers = 4 + MODULUS + 4 + EXPONENT, bits = 1 + 4 + numbers;
	size_t all = sizeof algorithm + 4 + bits;

	(void)state;
	memset(key, 0x55, sizeof key);
#define HEAD(tag, size) \
	(*p++ = (tag), *p++ = 0x82, *p++ = (uint8_t)((size) >> 8), *p++ = (uint8_t)(size))
	HEAD(0x30, all);
	memcpy(p, algorithm, sizeof algorithm);
	p += sizeof algorithm;
	HEAD(0x03, bits);
	*p++ = 0;
	HEAD(0x30, numbers);
	HEAD(0x02, MODULUS);
	p += MODULUS;
	HEAD(0x02, EXPONENT);
	p += EXPONENT;
	r.size = (size_t)(p - key);
	assert_false(dane_usable(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usable), cmocka_unit_test(usable_in_full),
		cmocka_unit_test(chosen), cmocka_unit_test(crowd),
		cmocka_unit_test(words),  cmocka_unit_test(key_too_large_to_bear),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
