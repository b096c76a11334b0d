/* Packets: what is sent, what is taken for a reply, and what crafted ones do. */

#include "unit/dns_server.h"

#include "base/arena.h"
#include "net/dns_name.h"
#include "net/dns_wire.h"

static struct arena arena;
static struct packet packet;
static struct query query;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void ask(const char *name, unsigned type)
{
	query.size = dns_wire_query(query.bytes, name, type, 0x1234, true);
	assert_int_not_equal(query.size, 0);
	query_read(&query);
	packet_begin(&packet, &query, 0);
}

/* The packet from memory of its exact size, so that ASan sees what is read behind it. */
static struct dns_packet decode_size(size_t size)
{
	uint8_t *copy = test_malloc(size);
	struct dns_packet result;

	memcpy(copy, packet.bytes, size);
	dns_wire_decode(&arena, copy, size, query.name, &result);
	test_free(copy);
	return result;
}

static struct dns_packet decode(void)
{
	return decode_size(packet.size);
}

static bool matches(void)
{
	return dns_wire_matches(query.bytes, query.size, packet.bytes, packet.size);
}

static void query_to_the_byte(void **state)
{
	static const uint8_t want[] = {0x12, 0x34, 0x01, 0x10, 0,   1,   0,    0, 0, 0,  0, 1, 2,
	                               'm',  'x',  4,    't',  'e', 's', 't',  0, 0, 15, 0, 1, 0,
	                               0,    41,   0x04, 0xd0, 0,   0,   0x80, 0, 0, 0};
	uint8_t bytes[DNS_QUERY_MAX];

	(void)state;
	assert_int_equal(dns_wire_query(bytes, "mx.test", DNS_MX, 0x1234, true), sizeof want);
	assert_memory_equal(bytes, want, sizeof want);
	assert_int_equal(dns_wire_query(bytes, "mx.test", DNS_MX, 0x1234, false), sizeof want - 11);
	assert_int_equal(bytes[11], 0);
	assert_int_equal(dns_wire_query(bytes, "mx..test", DNS_MX, 1, true), 0);
}

static void longest_name(void **state)
{
	char name[260];
	uint8_t bytes[DNS_QUERY_MAX];

	(void)state;
	memset(name, 'a', sizeof name);
	name[63] = name[127] = name[191] = '.';
	name[253] = '\0';
	assert_int_equal(dns_wire_query(bytes, name, DNS_MX, 1, true), DNS_QUERY_MAX);
	name[253] = 'a';
	name[254] = '\0';
	assert_int_equal(dns_wire_query(bytes, name, DNS_MX, 1, true), 0);
}

static void reply_is_known_by_id_and_question(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	assert_true(matches());
	for (size_t i = 0; i < 2; i++) { /* the id */
		packet.bytes[i] ^= 1;
		assert_false(matches());
		packet.bytes[i] ^= 1;
	}
	for (size_t i = 12; i < packet.size; i++) { /* the question */
		packet.bytes[i] ^= 1;
		assert_false(matches());
		packet.bytes[i] ^= 1;
	}
	for (size_t size = 0; size < packet.size; size++)
		assert_false(dns_wire_matches(query.bytes, query.size, packet.bytes, size));
	packet.bytes[2] ^= 0x80; /* QR */
	assert_false(matches());
	packet.bytes[2] ^= 0x80 | 0x28; /* opcode UPDATE */
	assert_false(matches());
}

static void question_may_be_missing_in_errors_only(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	packet.size = 12;
	packet.bytes[5] = 0;
	assert_false(matches());
	packet.bytes[3] |= 3; /* NXDOMAIN */
	assert_false(matches());
	packet.bytes[3] = 0x81; /* FORMERR */
	assert_true(matches());
	assert_int_equal(decode().rcode, 1);
}

static void records_of_all_types(void **state)
{
	static const uint8_t six[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};

	(void)state;
	ask("example.org", DNS_MX);
	packet_mx(&packet, "example.org", 513, "Mx.Example.org");
	packet_a(&packet, "example.org", "192.0.2.1");
	packet_record(&packet, 6, "example.org", 28, 70000, six, 16);
	packet_cname(&packet, "example.org", "target.example.org");
	packet_record(&packet, 6, "example.org", 16, 1, "\3a;b\0\4c\0 d", 10);
	struct dns_packet result = decode();
	assert_null(result.broken);
	assert_int_equal(result.reply.count, 5);
	const struct dns_record *r = result.reply.records;
	assert_int_equal(r[0].preference, 513);
	assert_string_equal(r[0].text, "mx.example.org");
	assert_string_equal(r[0].owner, "example.org");
	assert_int_equal(r[0].ttl, 300);
	assert_int_equal(r[1].ip.family, AF_INET);
	assert_memory_equal(r[1].ip.bytes, "\xc0\0\2\1", 4);
	assert_memory_equal(r[2].ip.bytes, six, 16);
	assert_int_equal(r[2].ttl, 70000);
	assert_string_equal(r[3].text, "target.example.org");
	assert_string_equal(r[4].text, "a;bc\x01 d");
}

static void compressed_names(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	/* owner: pointer to the question; exchanger: "mx" and a pointer to the question. */
	memcpy(packet.bytes + packet.size, "\xc0\x0c\0\17\0\1\0\0\0\5\0\7\0\12\2mx\xc0\x0c", 19);
	packet.size += 19;
	packet.bytes[7] = 1;
	struct dns_packet result = decode();
	assert_null(result.broken);
	assert_int_equal(result.reply.count, 1);
	assert_string_equal(result.reply.records[0].text, "mx.example.org");
}

static void pointers_in_a_circle(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	size_t at = packet.size;
	memcpy(packet.bytes + at, "\xc0\x00\0\17\0\1\0\0\0\5\0\4\0\12\xc0\x00", 16);
	packet.bytes[at + 1] = (uint8_t)at;
	packet.bytes[at + 15] = (uint8_t)(at + 14);
	packet.size += 16;
	packet.bytes[7] = 1;
	assert_non_null(decode().broken);
}

/* ldns decodes such records as good and aborts when they are looked at. */
static void short_records_are_garbage(void **state)
{
	static const struct {
		unsigned type;
		const char *data;
		size_t size;
	} cases[] = {
		{15, "", 0},          {15, "\0", 1},       {15, "\0\12", 2}, {15, "\0\12\2m", 4},
		{15, "\0\12\xc0", 3}, {1, "", 0},          {1, "\1\2\3", 3}, {1, "\1\2\3\4\5", 5},
		{28, "", 0},          {28, "\1\2\3\4", 4}, {5, "", 0},       {5, "\2ab", 3},
		{5, "\77", 1},        {16, "", 0},         {16, "\5ab", 3},  {5, "\0\0", 2},
		{15, "\0\12\0\0", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ask("example.org", DNS_MX);
		packet_record(&packet, 6, "example.org", cases[i].type, 5, cases[i].data,
		              cases[i].size);
		if (!decode().broken)
			fail_msg("case %zu is taken for good", i);
	}
}

static void every_cut_is_harmless(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	packet_mx(&packet, "example.org", 10, "mx.example.org");
	packet_a(&packet, "other.example.org", "192.0.2.1");
	packet_ede(&packet, 9, "why");
	assert_null(decode().broken);
	for (size_t size = 12; size < packet.size; size++)
		assert_non_null(decode_size(size).broken);
}

static void counts_that_lie(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	packet_mx(&packet, "example.org", 10, "mx.example.org");
	packet.bytes[7] = 2;
	assert_string_equal(decode().broken, "cut short");
	packet.bytes[6] = 0xff;
	assert_string_equal(decode().broken, "too many records");
	packet.bytes[6] = 0;
	packet.bytes[7] = 1;
	packet.bytes[8] = 0xff;
	assert_string_equal(decode().broken, "cut short");
}

static void six_hundred_records_and_no_more(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	for (unsigned i = 0; i < DNS_RECORD_MAX; i++)
		packet_mx(&packet, "example.org", i, "mx.example.org");
	assert_int_equal(decode().reply.count, DNS_RECORD_MAX);
	packet_mx(&packet, "example.org", 1, "mx.example.org");
	assert_string_equal(decode().broken, "too many records");
}

static void unasked_signature_is_garbage(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	packet_mx(&packet, "example.org", 10, "mx.example.org");
	packet_record(&packet, 10, "key", 250, 0, "\0\0\0\0\0\0\1\54\0\0\0\0\0\0\0\0", 16);
	assert_string_equal(decode().broken, "a signature that was not asked for");
}

static void answer_to_something_else(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	packet_mx(&packet, "example.net", 10, "mx.example.org");
	assert_string_equal(decode().broken, "an answer to something else");
}

static void other_classes_and_types_are_passed_over(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	packet_mx(&packet, "example.org", 10, "mx.example.org");
	packet_record(&packet, 6, "example.org", 46, 5, "junk", 4);
	packet_record(&packet, 6, "example.org", 65000, 5, "", 0);
	packet_mx(&packet, "example.org", 20, "chaos.example.org");
	packet.bytes[packet.size - 28] =
		3; /* class CH; behind it TTL, length, preference, 19 of name */
	struct dns_packet result = decode();
	assert_null(result.broken);
	assert_int_equal(result.reply.count, 1);
}

static void errors_in_words(void **state)
{
	struct dns_packet result;

	(void)state;
	ask("example.org", DNS_MX);
	packet.bytes[3] |= 2;
	packet_ede(&packet, 9, "no \x1b[31m key");
	result = decode();
	assert_int_equal(result.rcode, 2);
	assert_string_equal(dns_rcode_name(&arena, result.rcode), "SERVFAIL");
	assert_string_equal(result.extra, "EDE 9: DNSKEY Missing: no \\x1b[31m key");
	ask("example.org", DNS_MX);
	packet_ede(&packet, 4711, "");
	assert_string_equal(decode().extra, "EDE 4711: unknown code");
	assert_string_equal(dns_rcode_name(&arena, 23), "rcode 23");
}

/* RFC 2308 2.1: the SOA record beside a denial names the zone; one elsewhere says nothing. */
static void the_zone_that_denies(void **state)
{
	static const uint8_t soa[22] = {0};

	(void)state;
	ask("a.example.org", DNS_MX);
	packet.bytes[3] |= 3;
	packet_record(&packet, 10, "additional", 6, 60, soa, sizeof soa);
	assert_null(decode().reply.zone);
	ask("a.example.org", DNS_MX);
	packet.bytes[3] |= 3;
	packet_record(&packet, 8, "Example.ORG", 6, 60, soa, sizeof soa);
	packet_record(&packet, 8, "com", 6, 60, soa, sizeof soa);
	assert_string_equal(decode().reply.zone, "example.org");
	assert_true(decode().reply.no_name);
	ask("a.example.org", DNS_MX);
	packet_record(&packet, 8, "", 6, 60, soa, sizeof soa);
	assert_string_equal(decode().reply.zone, ".");
}

static void rcode_grows_with_edns(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	packet_record(&packet, 10, "", 41, 0x01000000, "", 0);
	struct dns_packet result = decode();
	assert_int_equal(result.rcode, 16);
	assert_string_equal(dns_rcode_name(&arena, result.rcode), "BADVERS");
	packet_record(&packet, 10, "", 41, 0, "", 0);
	assert_string_equal(decode().broken, "two OPT records");
}

static void options_that_lie(void **state)
{
	static const uint8_t longer[] = {0, 15, 0, 200, 0, 9}, shorter[] = {0, 15, 0, 1, 9},
			     half[] = {0, 15, 0};

	(void)state;
	ask("example.org", DNS_MX);
	packet_record(&packet, 10, "", 41, 0, longer, sizeof longer);
	assert_null(decode().extra);
	ask("example.org", DNS_MX);
	packet_record(&packet, 10, "", 41, 0, shorter, sizeof shorter);
	assert_null(decode().extra);
	ask("example.org", DNS_MX);
	packet_record(&packet, 10, "", 41, 0, half, sizeof half);
	assert_null(decode().extra);
}

static void referral_is_told_from_no_data(void **state)
{
	(void)state;
	ask("example.org", DNS_MX);
	assert_false(decode().referral);
	packet.bytes[3] = 0; /* RA clear */
	assert_true(decode().referral);
	packet.bytes[2] |= 4; /* AA */
	assert_false(decode().referral);
}

static void names_have_one_form(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"Example.ORG.", "example.org"},
		{".", "."},
		{"", "."},
		{"a_b-9", "a_b-9"},
		{"a\\.b.c", "a\\046b.c"},
		{"a\\065\\000", "aa\\000"},
		{"*.x", "\\042.x"},
		{"\xc3\xbc", "\\195\\188"},
		{"a..b", NULL},
		{".a", NULL},
		{"..", NULL},
		{"a\\", NULL},
		{"a\\25", NULL},
		{"a\\256", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *name = dns_name_canonical(&arena, cases[i].text);

		if (cases[i].want)
			assert_string_equal(name, cases[i].want);
		else
			assert_null(name);
	}
	assert_null(dns_name_text(&arena, (const uint8_t *)"\1a", 2));
	assert_null(dns_name_text(&arena, (const uint8_t *)"\1a\0x", 4));
	assert_null(dns_name_text(&arena, (const uint8_t *)"\100", 1));
	assert_null(dns_name_text(&arena, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(query_to_the_byte, forget),
		cmocka_unit_test_teardown(longest_name, forget),
		cmocka_unit_test_teardown(reply_is_known_by_id_and_question, forget),
		cmocka_unit_test_teardown(question_may_be_missing_in_errors_only, forget),
		cmocka_unit_test_teardown(records_of_all_types, forget),
		cmocka_unit_test_teardown(compressed_names, forget),
		cmocka_unit_test_teardown(pointers_in_a_circle, forget),
		cmocka_unit_test_teardown(short_records_are_garbage, forget),
		cmocka_unit_test_teardown(every_cut_is_harmless, forget),
		cmocka_unit_test_teardown(counts_that_lie, forget),
		cmocka_unit_test_teardown(six_hundred_records_and_no_more, forget),
		cmocka_unit_test_teardown(unasked_signature_is_garbage, forget),
		cmocka_unit_test_teardown(answer_to_something_else, forget),
		cmocka_unit_test_teardown(other_classes_and_types_are_passed_over, forget),
		cmocka_unit_test_teardown(errors_in_words, forget),
		cmocka_unit_test_teardown(the_zone_that_denies, forget),
		cmocka_unit_test_teardown(rcode_grows_with_edns, forget),
		cmocka_unit_test_teardown(options_that_lie, forget),
		cmocka_unit_test_teardown(referral_is_told_from_no_data, forget),
		cmocka_unit_test_teardown(names_have_one_form, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
