/* Facts from a file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "net/dns_file.h"
#include "net/machine.h"

static struct arena arena;
static struct dns_file *file;

static int forget(void **state)
{
	(void)state;
	dns_file_close(file);
	file = NULL;
	arena_free(&arena);
	return 0;
}

static void parse(const char *text)
{
	const char *why = NULL;

	dns_file_close(file);
	file = dns_file_parse(&arena, "facts", text, strlen(text), NULL, &why);
	if (!file)
		fail_msg("%s", why);
}

static void assert_error(const char *text, const char *words)
{
	const char *why = NULL;

	assert_null(dns_file_parse(&arena, "facts", text, strlen(text), NULL, &why));
	assert_string_equal(why, words);
}

static struct dns_reply ask(const char *name, unsigned type)
{
	return dns_file_answer(file, name, type);
}

static void assert_no_data(const char *name, unsigned type)
{
	struct dns_reply reply = ask(name, type);

	assert_null(reply.trouble);
	assert_false(reply.no_name);
	assert_int_equal(reply.count, 0);
}

static void assert_mx(const char *name, const char *exchanger)
{
	struct dns_reply reply = ask(name, DNS_MX);

	assert_null(reply.trouble);
	assert_int_equal(reply.count, 1);
	assert_string_equal(reply.records[0].owner, name);
	assert_string_equal(reply.records[0].text, exchanger);
}

static void zone_format(void **state)
{
	(void)state;
	parse("; comment\n"
	      "example.org MX 10 mx.example.org ; dots may be left out\n"
	      "\n"
	      "$ORIGIN Example.NET.\n"
	      "$TTL 1h30m\n"
	      "@ IN 60 MX 10 mx\n"
	      "mx 120 IN A 192.0.2.1\r\n"
	      "\tA 192.0.2.2\n"
	      "   ; comment of its own\n"
	      "   AAAA ( 2001:db8::1\n"
	      "   ) ; end\n"
	      "txt TXT \"a;b (c)\" d\n"
	      "$ORIGIN sub\n"
	      "x MX 1 @\n"
	      "y.example.com. MX 1 z");
	assert_mx("example.org", "mx.example.org");
	assert_mx("example.net", "mx.example.net");
	assert_int_equal(ask("example.net", DNS_MX).records[0].ttl, 60);
	struct dns_reply reply = ask("mx.example.net", DNS_A);
	assert_int_equal(reply.count, 2);
	assert_int_equal(reply.records[0].ttl, 120);
	assert_int_equal(reply.records[1].ttl, 5400);
	assert_int_equal(reply.records[0].ip.bytes[3], 1);
	assert_int_equal(reply.records[1].ip.bytes[3], 2);
	assert_int_equal(ask("mx.example.net", DNS_AAAA).count, 1);
	assert_string_equal(ask("txt.example.net", DNS_TXT).records[0].text, "a;b (c)d");
	assert_mx("x.sub.example.net", "sub.example.net");
	assert_mx("y.example.com", "z.sub.example.net");
}

static void other_types_make_a_name_exist(void **state)
{
	(void)state;
	parse("example.org. SOA ns host 1 2 3 4 5\nexample.org. NS ns\n"
	      "t.example.org TLSA 3 1 1 abcd\n"
	      "u TYPE65000 \\# 2 abcd\n");
	assert_no_data("example.org", DNS_MX);
	assert_no_data("t.example.org", DNS_A);
	assert_no_data("u", DNS_A);
}

/* The zone that denies a name is the nearest one above it whose beginning the file has. */
static void who_denies(void **state)
{
	(void)state;
	parse("org SOA ns hostmaster 1 2 3 4 5\nb.org SOA ns hostmaster 1 2 3 4 5\n"
	      "c.b.org A 192.0.2.1\n"
	      ";! reply x.com MX nxdomain com.\n;! reply x.net MX nxdomain\n");
	assert_string_equal(ask("a.org", DNS_MX).zone, "org");
	assert_string_equal(ask("a.d.b.org", DNS_MX).zone, "b.org");
	assert_null(ask("c.b.org", DNS_MX).zone); /* it is there */
	assert_null(ask("a.com", DNS_MX).zone);
	assert_string_equal(ask("x.com", DNS_MX).zone, "com");
	assert_null(ask("x.net", DNS_MX).zone);
	parse(". SOA ns hostmaster 1 2 3 4 5\n");
	assert_string_equal(ask("a.example", DNS_MX).zone, ".");
}

static void what_is_not_there(void **state)
{
	(void)state;
	parse("a.b.example.org A 192.0.2.1\n");
	assert_no_data("a.b.example.org", DNS_MX);
	assert_no_data("b.example.org", DNS_A); /* an empty non-terminal */
	assert_no_data("org", DNS_A);
	assert_no_data(".", DNS_A);
	assert_true(ask("x.b.example.org", DNS_A).no_name);
	assert_true(ask("b.a.b.example.org", DNS_A).no_name);
	assert_true(ask("com", DNS_A).no_name);
}

/* The examples of RFC 4592 2.2.1. */
static void wildcards(void **state)
{
	(void)state;
	parse("$ORIGIN example.\n"
	      "@ SOA ns host 1 2 3 4 5\n"
	      "@ NS ns.example.com.\n"
	      "@ NS ns.example.net.\n"
	      "* TXT \"this is a wild card\"\n"
	      "* MX 10 host1.example.\n"
	      "sub.* TXT \"this is not a wild card\"\n"
	      "host1 A 192.0.2.1\n"
	      "_ssh._tcp.host1 SRV 0 0 22 host1\n"
	      "subdel NS ns.example.com.\n");
	assert_mx("host3.example", "host1.example");
	assert_no_data("host3.example", DNS_A);
	assert_mx("foo.bar.example", "host1.example");
	assert_no_data("host1.example", DNS_MX);
	assert_no_data("sub.\\042.example", DNS_MX);
	assert_true(ask("_telnet._tcp.host1.example", DNS_MX).no_name);
	assert_true(ask("ghost.\\042.example", DNS_MX).no_name);
	assert_mx("\\042.example", "host1.example");
}

static void wildcard_of_the_root(void **state)
{
	(void)state;
	parse("* MX 10 relay\norg A 192.0.2.1\n");
	assert_mx("anything.at.all", "relay");
	assert_true(ask("example.org", DNS_MX).no_name);
}

static void aliases_come_with_any_type(void **state)
{
	(void)state;
	parse("www CNAME web\nweb A 192.0.2.1\n");
	struct dns_reply reply = ask("www", DNS_MX);
	assert_int_equal(reply.count, 1);
	assert_int_equal(reply.records[0].type, DNS_CNAME);
	assert_string_equal(reply.records[0].text, "web");
}

static void trouble_by_type_and_name(void **state)
{
	(void)state;
	parse("a MX 10 b\n;! servfail a A\n;! refused a AAAA\n$ORIGIN test.\n"
	      " ;! timeout slow ; any type\n;!servfail @ mx\n");
	assert_mx("a", "b");
	assert_string_equal(ask("a", DNS_A).trouble, "facts answers SERVFAIL to A a");
	assert_string_equal(ask("a", DNS_AAAA).trouble, "facts answers REFUSED to AAAA a");
	assert_string_equal(ask("slow.test", DNS_MX).trouble,
	                    "no answer from facts to MX slow.test within 5 s");
	assert_string_equal(ask("slow.test", DNS_A).trouble,
	                    "no answer from facts to A slow.test within 5 s");
	assert_string_equal(ask("test", DNS_MX).trouble, "facts answers SERVFAIL to MX test");
	assert_no_data("test", DNS_A);
}

static void self_is_this_machine(void **state)
{
	static const char text[] =
		";! self 192.0.2.1\n;! self 2001:db8::1\n;! self MX.example.org\n";
	struct machine machine;
	struct ip ip;
	const char *why;

	(void)state;
	machine_blank(&machine);
	file = dns_file_parse(&arena, "facts", text, strlen(text), &machine, &why);
	assert_non_null(file);
	assert_true(ip_parse("192.0.2.1", &ip) && machine_has_address(&machine, &ip));
	assert_true(ip_parse("2001:db8::1", &ip) && machine_has_address(&machine, &ip));
	assert_true(ip_parse("192.0.2.2", &ip) && !machine_has_address(&machine, &ip));
	assert_true(machine_has_name(&machine, "mx.example.ORG"));
	assert_false(machine_has_name(&machine, "mx.example.net"));
	machine_free(&machine);
}

static void the_file_may_name_a_seed(void **state)
{
	uint64_t seed;

	(void)state;
	parse("a A 192.0.2.1\n");
	assert_false(dns_file_seed(file, &seed));
	parse(";! seed 18446744073709551615\n");
	assert_true(dns_file_seed(file, &seed));
	assert_true(seed == UINT64_MAX);
}

static void assert_security(const char *name, unsigned type, enum dns_security security)
{
	assert_int_equal(ask(name, type).security, security);
}

static void the_nearest_verdict_counts(void **state)
{
	(void)state;
	parse(";! security secure *.org\n"
	      ";! security insecure .example.org \"no DS\"\n"
	      ";! security bogus example.org MX\n"
	      ";! security indeterminate *.example.org TXT\n"
	      ";! security secure mx.example.org\n"
	      ";! servfail sick.org\n");
	assert_security("org", DNS_MX, DNS_SECURE);
	assert_security("a.b.org", DNS_MX, DNS_SECURE);
	assert_security("net", DNS_MX, DNS_UNCHECKED);
	assert_security("example.org", DNS_MX, DNS_BOGUS);
	assert_security("example.org", DNS_A, DNS_INSECURE);
	assert_security("a.example.org", DNS_MX, DNS_INSECURE);
	assert_security("a.example.org", DNS_TXT, DNS_INDETERMINATE);
	assert_security("mx.example.org", DNS_TXT, DNS_SECURE);
	assert_security("a.mx.example.org", DNS_A, DNS_INSECURE);
	assert_security("sick.org", DNS_MX, DNS_SECURE);
	assert_string_equal(ask("a.example.org", DNS_A).security_reason, "no DS");
	parse(";! security secure .\n");
	assert_security("a.b", DNS_MX, DNS_SECURE);
	assert_security(".", DNS_MX, DNS_SECURE);
}

/* A reply is the answer to its question alone; its records are found by others all the same. */
static void replies_as_they_came(void **state)
{
	(void)state;
	parse("a A 192.0.2.1\n"
	      ";! reply a MX nxdomain\n"
	      ";! reply a AAAA\n"
	      "a CNAME b.\n"
	      "b 5 AAAA 2001:db8::1\n"
	      "b 5 AAAA 2001:db8::1\n"
	      ";! reply c A\n"
	      ";! servfail c\n");
	assert_true(ask("a", DNS_MX).no_name);
	struct dns_reply reply = ask("a", DNS_AAAA);
	assert_int_equal(reply.count, 3);
	assert_string_equal(reply.records[0].text, "b");
	assert_string_equal(reply.records[2].owner, "b");
	assert_int_equal(ask("b", DNS_AAAA).count, 2);
	assert_int_equal(ask("a", DNS_A).count, 2); /* the address, and the alias */
	assert_non_null(ask("c", DNS_A).trouble);
}

static void order_is_kept(void **state)
{
	(void)state;
	parse("d MX 30 c\nd MX 10 a\ne A 192.0.2.1\nd MX 20 b\n");
	struct dns_reply reply = ask("d", DNS_MX);
	assert_int_equal(reply.count, 3);
	assert_string_equal(reply.records[0].text, "c");
	assert_string_equal(reply.records[1].text, "a");
	assert_string_equal(reply.records[2].text, "b");
}

static void policies_byte_for_byte(void **state)
{
	const char *why;

	(void)state;
	parse(";! policy mta-sts.A.example \"version: STSv1\\013\" \"\" \"x\"\n"
	      ";! no-policy mta-sts.b.example \"not \\027[31m now\"\n");
	assert_string_equal(dns_file_policy(file, "mta-sts.a.example", &why),
	                    "version: STSv1\r\n\nx\n");
	assert_null(dns_file_policy(file, "mta-sts.b.example", &why));
	assert_string_equal(why, "not \\x1b[31m now");
	assert_null(dns_file_policy(file, "mta-sts.c.example", &why));
	assert_string_equal(why, "the file has none");
}

static void policies_that_are_remembered(void **state)
{
	const char *why, *id;
	bool stale;

	(void)state;
	parse(";! policy mta-sts.a.example \"new\"\n"
	      ";! cached-policy mta-sts.A.example \"7\" \"old\" \"older\"\n"
	      ";! cached-policy mta-sts.b.example \"\" \"old\"\n");
	assert_string_equal(dns_file_cached_policy(file, "mta-sts.a.example", &id, &stale),
	                    "old\nolder\n");
	assert_string_equal(id, "7");
	assert_true(stale);
	assert_string_equal(dns_file_policy(file, "mta-sts.a.example", &why), "new\n");
	assert_string_equal(dns_file_cached_policy(file, "mta-sts.b.example", &id, &stale), "old\n");
	assert_string_equal(id, "");
	assert_false(stale);
	assert_null(dns_file_policy(file, "mta-sts.b.example", &why));
	assert_null(dns_file_cached_policy(file, "mta-sts.c.example", &id, &stale));
}

/* A line of any length, in few bytes and little time. */
static void endless_policy(void **state)
{
	enum { WORDS = 100 * 1000 };
	static char text[64 + 4 * WORDS] = ";! policy a";
	char *end = text + strlen(text);

	(void)state;
	for (size_t i = 0; i < WORDS; i++, end += 4)
		memcpy(end, " \"a\"", 4);
	assert_error(text, "facts:1: too much data");
}

static void errors_have_file_and_line(void **state)
{
	(void)state;
	assert_error("a MX 10 b\n\na MX\n", "facts:3: data is missing");
	assert_error("a\n", "facts:1: the type is missing");
	assert_error("a (\n\nMX 10 b\n", "facts:1: \"(\" without \")\"");
	assert_error("a MX 10 b )\n", "facts:1: \")\" without \"(\"");
	assert_error("; x\n MX 10 b\n", "facts:2: no name before this record");
	assert_error("a XYZZY b\n", "facts:1: unknown type XYZZY");
	assert_error("a..b MX 10 b\n", "facts:1: not a domain name: a..b");
	assert_error("a TXT \"x\n", "facts:1: a quotation mark is missing");
	assert_error("\"x\n", "facts:1: a quotation mark is missing");
	assert_error("a 12x MX 10 b\n", "facts:1: not a time: 12x");
	assert_error("a MX 70000 b\n", "facts:1: MX not a preference from 0 to 65535");
	assert_error("$INCLUDE other\n", "facts:1: unknown directive $INCLUDE");
	assert_error("$TTL\n", "facts:1: $TTL without a time");
	assert_error("$ORIGIN\n", "facts:1: $ORIGIN without a name");
	assert_error("$ORIGIN a b\n", "facts:1: one word too many: b");
	assert_error(";! servfall a\n", "facts:1: unknown directive ;! servfall");
	assert_error(";!\n", "facts:1: unknown directive ;!");
	assert_error(";! servfail\n", "facts:1: a name is missing");
	assert_error(";! servfail a XYZZY\n", "facts:1: unknown type XYZZY");
	assert_error(";! servfail a MX b\n", "facts:1: one word too many: b");
	assert_error(";! servfail a \"b\"\n", "facts:1: one word too many: b");
	assert_error(";! trouble a MX\n", "facts:1: words in quotation marks are missing");
	assert_error(";! trouble a \"b\\999\"\n",
	             "facts:1: not a byte behind a backslash in \"b\\999\"");
	assert_error(";! without ipv5\n", "facts:1: neither ipv4 nor ipv6: ipv5");
	assert_error(";! seed x\n", "facts:1: not a number: x");
	assert_error(";! reply a\n", "facts:1: the type is missing");
	assert_error(";! reply a MX none\n", "facts:1: not nxdomain: none");
	assert_error(";! reply a MX\n;! reply A MX\n", "facts:2: there is a reply already for a");
	assert_error(";! security sure a\n",
	             "facts:1: not secure, insecure, bogus, indeterminate or unchecked: sure");
	assert_error(";! security secure\n", "facts:1: a name is missing");
	assert_error(";! security secure a\n;! security bogus A\n",
	             "facts:2: there is a verdict already for a");
	assert_error(";! policy a\n", "facts:1: a line is missing");
	assert_error(";! cached-policy a\n", "facts:1: an id is missing");
	assert_error(";! cached-policy a \"7\"\n", "facts:1: a line is missing");
	assert_error(";! cached-policy a 7 \"b\"\n", "facts:1: one word too many: 7");
	assert_error(";! policy a \"b\" c\n", "facts:1: one word too many: c");
	assert_error(";! policy a \"b\\999\"\n",
	             "facts:1: not a byte behind a backslash in \"b\\999\"");
	assert_error("a TXT b\\1\n", "facts:1: not a byte behind a backslash in b\\1");
	assert_error("a A (\n192.0.2.1 )\nb A 192.0.2\n",
	             "facts:3: A Syntax error, could not parse the RR's rdata");
}

static void bytes_that_are_no_text(void **state)
{
	static const char text[] = "a MX 10 b\n\0\n";
	const char *why = NULL;

	(void)state;
	assert_null(dns_file_parse(&arena, "facts", text, sizeof text - 1, NULL, &why));
	assert_string_equal(why, "facts:2: not a text file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(zone_format, forget),
		cmocka_unit_test_teardown(other_types_make_a_name_exist, forget),
		cmocka_unit_test_teardown(who_denies, forget),
		cmocka_unit_test_teardown(what_is_not_there, forget),
		cmocka_unit_test_teardown(wildcards, forget),
		cmocka_unit_test_teardown(wildcard_of_the_root, forget),
		cmocka_unit_test_teardown(aliases_come_with_any_type, forget),
		cmocka_unit_test_teardown(trouble_by_type_and_name, forget),
		cmocka_unit_test_teardown(self_is_this_machine, forget),
		cmocka_unit_test_teardown(the_file_may_name_a_seed, forget),
		cmocka_unit_test_teardown(the_nearest_verdict_counts, forget),
		cmocka_unit_test_teardown(replies_as_they_came, forget),
		cmocka_unit_test_teardown(order_is_kept, forget),
		cmocka_unit_test_teardown(policies_byte_for_byte, forget),
		cmocka_unit_test_teardown(policies_that_are_remembered, forget),
		cmocka_unit_test_teardown(endless_policy, forget),
		cmocka_unit_test_teardown(errors_have_file_and_line, forget),
		cmocka_unit_test_teardown(bytes_that_are_no_text, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
