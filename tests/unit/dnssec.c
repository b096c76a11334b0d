/* The validator's parts, with the examples of the RFCs; tests/dnssec judges whole answers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "net/dns_name.h"
#include "net/dns_record.h"
#include "net/dnssec_anchor.h"
#include "net/dnssec_name.h"
#include "net/dnssec_nsec.h"
#include "net/dnssec_nsec3.h"
#include "net/dnssec_sign.h"

#include <string.h>

static struct arena arena;

static const uint8_t *name_of(const char *text)
{
	uint8_t wire[DNS_NAME_WIRE];
	size_t size = dns_name_wire(text, wire);

	assert_true(size > 0);
	return (uint8_t *)arena_bytes(&arena, wire, size);
}

/* A record of the answer section. */
static struct dns_raw record(const char *owner, unsigned type, const char *data)
{
	struct dns_raw raw = {.owner = name_of(owner), .type = (uint16_t)type, .answer = true};
	size_t size = 0;

	const char *word = type == DNS_RRSIG ? "RRSIG" : dns_type_name(&arena, type);

	raw.data = dns_record_data(&arena, word, data, &size);
	assert_non_null(raw.data);
	raw.size = (uint16_t)size;
	return raw;
}

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* ---- names ---- */

static void names_are_in_canonical_order(void **state)
{
	/* RFC 4034 6.1; "Z" stands there in upper case. */
	static const char *const order[] = {
		"example",       "a.example",         "yljkjljk.a.example",
		"z.a.example",   "zabc.a.example",    "z.example",
		"\\001.z.example", "*.z.example",     "\\200.z.example",
	};

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		for (size_t k = 0; k < 9; k++) {
			int got = dnssec_name_compare(name_of(order[i]), name_of(order[k]));

			assert_int_equal((got > 0) - (got < 0), (i > k) - (i < k));
		}
	}
	assert_true(dnssec_name_compare(name_of("."), name_of("example")) < 0);
}

static void names_are_above_and_below(void **state)
{
	uint8_t wildcard[DNS_NAME_WIRE];
	char longest[256] = "";

	(void)state;
	assert_true(dnssec_name_within(name_of("a.example"), name_of("example")));
	assert_true(dnssec_name_within(name_of("example"), name_of("example")));
	assert_true(dnssec_name_within(name_of("example"), name_of(".")));
	assert_false(dnssec_name_within(name_of("example"), name_of("a.example")));
	assert_false(dnssec_name_within(name_of("aexample"), name_of("example")));
	assert_int_equal(dnssec_name_common(name_of("a.b.c"), name_of("x.b.c")), 2);
	assert_int_equal(dnssec_name_common(name_of("a.b.c"), name_of("b.c")), 2);
	assert_int_equal(dnssec_name_common(name_of("a.b"), name_of("a.c")), 0);
	assert_true(dnssec_name_wildcard(name_of("b.c"), wildcard));
	assert_true(dnssec_name_same(wildcard, name_of("*.b.c")));
	assert_true(dnssec_name_is_wildcard(wildcard));
	assert_false(dnssec_name_is_wildcard(name_of("*a.b")));
	for (size_t i = 0; i < 127; i++)
		strcat(longest + 2 * i, "a.");
	assert_false(dnssec_name_wildcard(name_of(longest), wildcard));
}

/* ---- keys and signatures ---- */

/* RFC 6605 6.1 and 6.2, RFC 8080 6.1. */
static const struct example {
	const char *zone, *dnskey, *ds, *owner;
	unsigned type;
	const char *data, *rrsig;
	uint16_t tag;
	int64_t now;
} examples[] = {
	{"example.net",
         "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQ"
         "Lc8NAA==",
         "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
         "www.example.net", DNS_A, "192.0.2.1",
         "A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+"
         "KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
         55648, 1283000000},
	{"example.com", "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
         "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
         "example.com", DNS_MX, "10 mail.example.com.",
         "MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jP"
         "GrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
         3613, 1439000000},
};

static struct dnssec_bytes bytes_of(const struct dns_raw *raw)
{
	return (struct dnssec_bytes){raw->data, raw->size};
}

static void keys_are_named_by_ds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		const struct example *e = &examples[i];
		struct dns_raw key = record(e->zone, DNS_DNSKEY, e->dnskey);
		struct dns_raw raw = record(e->zone, DNS_DS, e->ds);
		struct dnssec_ds ds;

		assert_int_equal(dnssec_key_tag(bytes_of(&key)), e->tag);
		assert_true(dnssec_ds_read(bytes_of(&raw), &ds));
		assert_true(dnssec_ds_known(&ds));
		assert_true(dnssec_ds_fits(&ds, name_of(e->zone), bytes_of(&key)));
		assert_false(dnssec_ds_fits(&ds, name_of("example.org"), bytes_of(&key)));
		/* Too short it fits nothing, but is no excuse for calling the zone unsigned. */
		ds.digest.size--;
		assert_true(dnssec_ds_known(&ds));
		assert_false(dnssec_ds_fits(&ds, name_of(e->zone), bytes_of(&key)));
	}
}

static void ds_of_what_we_do_not_know(void **state)
{
	static const char *const unknown[] = {"1 13 9 00", "1 13 3 00", "1 200 2 00", "1 5 1 00"};
	struct dnssec_ds ds;

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		struct dns_raw raw = record("example", DNS_DS, unknown[i]);

		assert_true(dnssec_ds_read(bytes_of(&raw), &ds));
		assert_false(dnssec_ds_known(&ds));
	}
	assert_false(dnssec_ds_read((struct dnssec_bytes){(const uint8_t *)"\0\1\15\2", 4}, &ds));
}

static void keys_that_may_not_sign(void **state)
{
	/* No zone key, revoked, another protocol, an algorithm for which SHA-1 is enough. */
	static const char *const bad[] = {"0 3 13 AAAA", "385 3 13 AAAA", "257 2 13 AAAA",
	                                  "257 3 5 AAAA"};
	struct dnssec_key key;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct dns_raw raw = record("example", DNS_DNSKEY, bad[i]);

		assert_false(dnssec_key_read(bytes_of(&raw), &key));
	}
	struct dns_raw good = record("example", DNS_DNSKEY, "256 3 13 AAAA");
	assert_true(dnssec_key_read(bytes_of(&good), &key));
}

/* The example's records, to be changed by the test. */
struct scene {
	struct dns_raw records[3];
	struct dnssec_key key;
	struct dnssec_signer signer;
	struct dnssec_clock clock;
	struct dnssec_work work;
	struct dnssec_set set;
};

static void scene_open(struct scene *s, const struct example *e)
{
	static struct dns_raw key;

	*s = (struct scene){.clock.now = e->now};
	s->records[0] = record(e->owner, e->type, e->data);
	s->records[1] = record(e->owner, DNS_RRSIG, e->rrsig);
	key = record(e->zone, DNS_DNSKEY, e->dnskey);
	assert_true(dnssec_key_read(bytes_of(&key), &s->key));
	s->signer = (struct dnssec_signer){.name = name_of(e->zone), .keys = &s->key};
	s->signer.key_count = 1;
}

static struct dnssec_seal scene_check(struct scene *s, size_t count)
{
	struct dns_raws raws = {s->records, count};

	assert_true(dnssec_set_find(raws, s->records[0].owner, s->records[0].type, &s->set));
	return dnssec_sign_check(&s->clock, &s->work, &s->signer, raws, &s->set);
}

static void assert_fault(struct scene *s, size_t count, enum dnssec_fault fault, const char *words)
{
	struct dnssec_seal seal = scene_check(s, count);

	assert_false(seal.good);
	assert_int_equal(seal.fault, fault);
	assert_string_equal(dnssec_sign_words(&arena, &seal, &s->set), words);
}

static void signatures_of_the_rfcs(void **state)
{
	struct scene s;

	(void)state;
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		scene_open(&s, &examples[i]);
		struct dnssec_seal seal = scene_check(&s, 2);
		assert_true(seal.good);
		assert_int_equal(seal.labels, dnssec_name_labels(name_of(examples[i].owner)));
		/* A duplicate is no other set; one more record is. */
		s.records[2] = s.records[0];
		assert_true(scene_check(&s, 3).good);
		uint8_t *other = (uint8_t *)arena_bytes(&arena, s.records[0].data,
		                                        s.records[0].size);
		other[1] ^= 1;
		s.records[2].data = other;
		assert_false(scene_check(&s, 3).good);
	}
}

static void faults_are_told(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, &examples[1]);
	assert_fault(&s, 1, DNSSEC_NO_RRSIG,
	             "no RRSIG of MX example.com, though its zone is signed");
	s.clock.now = 1438000000;
	assert_fault(&s, 2, DNSSEC_EARLY,
	             "RRSIG of MX example.com by key 3613 is not valid before 2015-07-29");
	s.clock.now = 1441000000;
	assert_fault(&s, 2, DNSSEC_EXPIRED,
	             "RRSIG of MX example.com by key 3613 expired 2015-08-19");
	s.clock.now = examples[1].now;
	s.key.tag++;
	assert_fault(&s, 2, DNSSEC_NO_KEY,
	             "RRSIG of MX example.com is by key 3613, which its zone does not have");
	s.signer.name = name_of("com");
	assert_fault(&s, 2, DNSSEC_OTHER_SIGNER, "RRSIG of MX example.com is not its zone's");
	assert_int_equal(s.clock.verified, 0);
	scene_open(&s, &examples[1]);
	s.records[0] = record("example.com", DNS_MX, "11 mail.example.com.");
	assert_fault(&s, 2, DNSSEC_BAD_SIGNATURE,
	             "RRSIG of MX example.com by key 3613 does not verify");
	assert_int_equal(s.clock.failed, 1);
}

static void time_wraps(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, &examples[1]);
	s.clock.now += (int64_t)1 << 32;
	assert_true(scene_check(&s, 2).good);
}

static void strength_ends(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, &examples[1]);
	s.work.verified = DNSSEC_ANSWER_MAX;
	assert_true(scene_check(&s, 2).tired);
	s.work.verified = 0;
	s.signer.failed = DNSSEC_FAILED_MAX;
	assert_true(scene_check(&s, 2).tired);
	s.signer.failed = 0;
	/* What others have cost is not paid for by a zone that has cost nothing. */
	s.clock.failed = DNSSEC_RUN_FAILED_MAX;
	assert_true(scene_check(&s, 2).good);
	s.signer.failed = 1;
	assert_true(scene_check(&s, 2).tired);
	s.clock.failed = 0;
	assert_true(scene_check(&s, 2).good);
}

/* An exponent or a key as long as its owner likes would keep the machine busy. */
static void keys_of_any_size(void **state)
{
	static uint8_t large[2000];
	struct dnssec_bytes data = {large, 10}, signature = {large, 256};

	(void)state;
	memset(large, 0xff, sizeof large);
	large[0] = 255;
	assert_false(dnssec_signature_fits(8, (struct dnssec_bytes){large, 500}, data, signature));
	large[0] = 3;
	assert_false(dnssec_signature_fits(8, (struct dnssec_bytes){large, 2000}, data, signature));
	assert_false(dnssec_signature_fits(8, (struct dnssec_bytes){large, 0}, data, signature));
	assert_false(dnssec_signature_fits(13, (struct dnssec_bytes){large, 64}, data, signature));
	signature.size = 64;
	assert_false(dnssec_signature_fits(13, (struct dnssec_bytes){large, 64}, data, signature));
	assert_false(dnssec_signature_fits(77, (struct dnssec_bytes){large, 64}, data, signature));
}

/* ---- packets ---- */

/* An answer to A a.: a record with this owner and its data, then one of a. itself. */
static bool read_packet(const char *owner, size_t owner_size, struct dns_raws *raws)
{
	static const uint8_t head[] = "\0\0\x81\x80\0\1\0\2\0\0\0\0\1a\0\0\1\0\1";
	static const uint8_t rest[] = "\0\1\0\1\0\0\0\0\0\4\300\0\2\1";
	static const uint8_t last[] = "\1a\0\0\1\0\1\0\0\0\0\0\4\300\0\2\2";
	uint8_t packet[128], *end = packet;

	memcpy(end, head, sizeof head - 1);
	end += sizeof head - 1;
	memcpy(end, owner, owner_size);
	end += owner_size;
	memcpy(end, rest, sizeof rest - 1);
	end += sizeof rest - 1;
	memcpy(end, last, sizeof last - 1);
	end += sizeof last - 1;
	return dns_raw_read(&arena, packet, (size_t)(end - packet), raws);
}

/* ldns would understand it, so that its data were used and no signature held against them. */
static void names_that_point_ahead(void **state)
{
	struct dns_raws raws;

	(void)state;
	assert_true(read_packet("\300\14", 2, &raws));
	assert_int_equal(raws.count, 2);
	assert_true(dnssec_name_same(raws.list[0].owner, name_of("a")));
	assert_false(read_packet("\300\43", 2, &raws));
	assert_int_equal(raws.count, 0);
	assert_false(read_packet("\300\23", 2, &raws)); /* to itself */
}

/* ---- anchors ---- */

static bool parse(const char *text, struct dnssec_anchors *anchors, const char **why)
{
	return dnssec_anchors_parse(anchors, &arena, text, strlen(text), why);
}

static void anchors_of_both_forms(void **state)
{
	static const char key[] =
		"; the root\n.\t172800\tIN\tDNSKEY 257 3 15 ( l02Woi0iS8Aa25FQkUd9RMzZHJpBo\n"
		"RQwAQEX1SxZJA4= ) ; key\n";
	struct dnssec_anchors anchors, again;
	const char *why;

	(void)state;
	assert_true(parse(key, &anchors, &why));
	assert_int_equal(anchors.count, 1);
	struct dns_raw raw = record(".", DNS_DNSKEY, examples[1].dnskey);
	assert_true(dnssec_ds_fits(&anchors.list[0], name_of("."), bytes_of(&raw)));
	const char *hex = "";
	for (size_t i = 0; i < 32; i++)
		hex = arena_printf(&arena, "%s%02X", hex, anchors.list[0].digest.bytes[i]);
	const char *ds = arena_printf(&arena, ". IN DS 3613 15 2 %s\n%s", hex, key);
	assert_true(parse(ds, &again, &why));
	assert_int_equal(again.count, 2);
	assert_memory_equal(again.list[0].digest.bytes, anchors.list[0].digest.bytes, 32);
}

static void anchors_that_are_none(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"", "no key of the root"},
		{"; nothing\n", "no key of the root"},
		{". IN DS 1 200 2 00\n", "no key of the root"},
		{"example.org. IN DS 1 13 2 00\n", "line 1 is no DS or DNSKEY of the root"},
		{"\n. IN MX 10 mx.\n", "line 2 is no DS or DNSKEY of the root"},
		{". IN DS what\n", "line 1 is no DS or DNSKEY of the root"},
		{". IN DS\n", "line 1 is no DS or DNSKEY of the root"},
		{". IN DNSKEY ( 257 3 15\n", "line 1 is no DS or DNSKEY of the root"},
	};
	struct dnssec_anchors anchors;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(parse(bad[i].text, &anchors, &why));
		assert_string_equal(why, bad[i].why);
	}
	assert_false(dnssec_anchors_read(&anchors, &arena, "/nonexistent", &why));
	assert_string_equal(why, "/nonexistent: No such file or directory");
}

/* ---- denials ---- */

static void add_nsec(struct dnssec_nsecs *all, const char *owner, const char *data)
{
	struct dns_raw raw = record(owner, DNS_NSEC, data);

	assert_true(dnssec_nsecs_add(all, &raw));
}

static enum dnssec_denial denied(const struct dnssec_nsecs *all, const char *name, unsigned type)
{
	return dnssec_nsecs_deny(all, name_of(name), type);
}

/* The zone of RFC 4035 A, and its answers in B. */
static void denials_by_nsec(void **state)
{
	struct dnssec_nsecs all = {.zone = name_of("example")};

	(void)state;
	add_nsec(&all, "example", "A.example. NS SOA MX RRSIG NSEC DNSKEY");
	add_nsec(&all, "b.example", "ns1.example. NS RRSIG NSEC");
	add_nsec(&all, "ns1.example", "ns2.example. A RRSIG NSEC");
	add_nsec(&all, "x.y.w.example", "xx.example. MX RRSIG NSEC");
	add_nsec(&all, "o.example", "p.example. DNAME RRSIG NSEC");
	add_nsec(&all, "alias.example", "b.example. CNAME RRSIG NSEC");
	/* B.2: ml is covered, and so is the wildcard. */
	assert_int_equal(denied(&all, "ml.example", DNS_A), DNSSEC_NO_NAME);
	assert_int_equal(denied(&all, "ns1.example", DNS_MX), DNSSEC_NO_DATA); /* B.3 */
	assert_int_equal(denied(&all, "ns1.example", DNS_A), DNSSEC_NOT_DENIED);
	/* B.5: a delegation; but RFC 6840 4.1: nothing is said about what it has or holds. */
	assert_int_equal(denied(&all, "b.example", DNS_DS), DNSSEC_DELEGATED);
	assert_int_equal(denied(&all, "b.example", DNS_MX), DNSSEC_NOT_DENIED);
	assert_int_equal(denied(&all, "mc.b.example", DNS_MX), DNSSEC_NOT_DENIED);
	assert_int_equal(denied(&all, "mc.o.example", DNS_MX), DNSSEC_NOT_DENIED);
	assert_int_equal(denied(&all, "alias.example", DNS_MX), DNSSEC_NOT_DENIED);
	/* B.8: the apex of a child denies no DS; nor is anything beyond the zone denied. */
	assert_int_equal(denied(&all, "example", DNS_DS), DNSSEC_NOT_DENIED);
	assert_int_equal(denied(&all, "example", DNS_TXT), DNSSEC_NO_DATA);
	assert_int_equal(denied(&all, "exbmple", DNS_MX), DNSSEC_NOT_DENIED);
	/* No proof about the wildcard *.w.example, which would answer. */
	assert_int_equal(denied(&all, "x.z.w.example", DNS_MX), DNSSEC_NOT_DENIED);
	assert_int_equal(dnssec_nsecs_absent(&all, name_of("z.w.example")), DNSSEC_NO_NAME);
	assert_int_equal(denied(&all, "x.z.w.example", DNS_DS), DNSSEC_NO_NAME);
}

static void the_last_nsec_and_the_only_one(void **state)
{
	struct dnssec_nsecs all = {.zone = name_of("example")};

	(void)state;
	add_nsec(&all, "x.example", "example. A RRSIG NSEC");
	assert_int_equal(dnssec_nsecs_absent(&all, name_of("z.example")), DNSSEC_NO_NAME);
	assert_int_equal(dnssec_nsecs_absent(&all, name_of("a.example")), DNSSEC_NOT_DENIED);
	all.count = 0;
	add_nsec(&all, "example", "example. NS SOA RRSIG NSEC DNSKEY");
	assert_int_equal(denied(&all, "z.example", DNS_A), DNSSEC_NO_NAME);
	all.count = 0;
	add_nsec(&all, "example", "a.b.example. NS SOA RRSIG NSEC DNSKEY");
	assert_int_equal(denied(&all, "b.example", DNS_A), DNSSEC_NO_DATA);
	assert_int_equal(dnssec_nsecs_absent(&all, name_of("b.example")), DNSSEC_NOT_DENIED);
}

/* RFC 5155 A: salt aabbccdd, 12 iterations. */
static void denials_by_nsec3(void **state)
{
	static const struct {
		const char *owner, *rest;
	} zone[] = {
		/* example */
		{"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example",
	         "2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM"},
		/* x.w.example, from here to ai.example */
		{"b4um86eghhds6nea196smvmlo4ors995.example",
	         "gjeqe526plbf1g8mklp59enfd789njgi MX RRSIG"},
		/* a.example */
		{"35mthgpgcu1qg68fab165klnsnk3dpvl.example",
	         "b4um86eghhds6nea196smvmlo4ors995 NS DS RRSIG"},
	};
	struct dnssec_work work = {0};

	(void)state;
	for (int opt_out = 0; opt_out < 2; opt_out++) {
		struct dnssec_nsec3s all = {.zone = name_of("example")};

		for (size_t i = 0; i < 3; i++) {
			const char *data = arena_printf(&arena, "1 %d 12 aabbccdd %s", opt_out,
			                                zone[i].rest);
			struct dns_raw raw = record(zone[i].owner, DNS_NSEC3, data);

			dnssec_nsec3s_add(&all, &raw);
		}
		assert_int_equal(all.count, 3);
		/* B.1: a.c.x.w.example. */
		assert_int_equal(
			dnssec_nsec3s_deny(&all, &work, name_of("a.c.x.w.example"), DNS_A),
			opt_out ? DNSSEC_UNTOLD : DNSSEC_NO_NAME);
		/* The delegation a.example, and below it. */
		assert_int_equal(dnssec_nsec3s_deny(&all, &work, name_of("x.a.example"), DNS_A),
		                 DNSSEC_NOT_DENIED);
		assert_int_equal(dnssec_nsec3s_deny(&all, &work, name_of("a.example"), DNS_A),
		                 DNSSEC_NOT_DENIED);
		assert_int_equal(dnssec_nsec3s_deny(&all, &work, name_of("example"), DNS_TXT),
		                 DNSSEC_NO_DATA);
		assert_int_equal(dnssec_nsec3s_deny(&all, &work, name_of("example.org"), DNS_A),
		                 DNSSEC_NOT_DENIED);
		all.iterations = DNSSEC_ITERATIONS_MAX + 1;
		assert_int_equal(dnssec_nsec3s_deny(&all, &work, name_of("example"), DNS_TXT),
		                 DNSSEC_UNTOLD);
		all.iterations = 12;
		/* Three names might have to be hashed, 13 times each. */
		work.hashed = DNSSEC_HASHED_MAX - 38;
		assert_int_equal(dnssec_nsec3s_deny(&all, &work, name_of("example"), DNS_TXT),
		                 DNSSEC_DENIAL_TIRED);
		work.hashed = DNSSEC_HASHED_MAX - 39;
		assert_int_equal(dnssec_nsec3s_deny(&all, &work, name_of("example"), DNS_TXT),
		                 DNSSEC_NO_DATA);
		work.hashed = 0;
	}
}

static void nsec3_that_are_passed_over(void **state)
{
	static const char owner[] = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example";
	struct dnssec_nsec3s all = {.zone = name_of("example")};
	struct dns_raw raw = record(
		owner, DNS_NSEC3, "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA");
	uint8_t *data = (uint8_t *)arena_bytes(&arena, raw.data, raw.size);

	(void)state;
	raw.data = data;
	for (size_t size = 0; size < 26; size++) {
		raw.size = (uint16_t)size;
		dnssec_nsec3s_add(&all, &raw);
	}
	raw.size = 26;
	data[0] = 2; /* another hash */
	dnssec_nsec3s_add(&all, &raw);
	data[0] = 1;
	data[1] = 3; /* an unknown flag */
	dnssec_nsec3s_add(&all, &raw);
	data[1] = 0;
	raw.owner = name_of("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.other");
	dnssec_nsec3s_add(&all, &raw);
	raw.owner = name_of("zp9mhaveqvm6t7vbl5lop2u3t2rp3tom.example");
	dnssec_nsec3s_add(&all, &raw);
	raw.owner = name_of("0p_mhaveqvm6t7vbl5lop2u3t2rp3tom.example");
	dnssec_nsec3s_add(&all, &raw);
	assert_int_equal(all.count, 0);
	raw.owner = name_of(owner);
	dnssec_nsec3s_add(&all, &raw);
	assert_int_equal(all.count, 1);
	data[3] = 1; /* other parameters than the first */
	dnssec_nsec3s_add(&all, &raw);
	assert_int_equal(all.count, 1);
}

static void bitmaps_that_are_broken(void **state)
{
	static const uint8_t bitmap[] = {0, 2, 0x40, 0x01, 0, 0, 1, 1, 0x80};
	struct dnssec_bytes types = {bitmap, sizeof bitmap};

	(void)state;
	assert_true(dnssec_types_has(types, 1));
	assert_true(dnssec_types_has(types, 15));
	assert_false(dnssec_types_has(types, 2));
	assert_false(dnssec_types_has(types, 256)); /* behind a window of no length */
	for (size_t size = 0; size < 4; size++) {
		types.size = size;
		assert_false(dnssec_types_has(types, 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_in_canonical_order),
		cmocka_unit_test(names_are_above_and_below),
		cmocka_unit_test(keys_are_named_by_ds),
		cmocka_unit_test(ds_of_what_we_do_not_know),
		cmocka_unit_test(keys_that_may_not_sign),
		cmocka_unit_test(signatures_of_the_rfcs),
		cmocka_unit_test(faults_are_told),
		cmocka_unit_test(time_wraps),
		cmocka_unit_test(strength_ends),
		cmocka_unit_test(keys_of_any_size),
		cmocka_unit_test(names_that_point_ahead),
		cmocka_unit_test(anchors_of_both_forms),
		cmocka_unit_test(anchors_that_are_none),
		cmocka_unit_test(denials_by_nsec),
		cmocka_unit_test(the_last_nsec_and_the_only_one),
		cmocka_unit_test(denials_by_nsec3),
		cmocka_unit_test(nsec3_that_are_passed_over),
		cmocka_unit_test(bitmaps_that_are_broken),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
