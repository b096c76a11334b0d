/* What base/ip.h promises. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ip.h"

static struct ip parsed(const char *text)
{
	struct ip ip;

	if (!ip_parse(text, &ip))
		fail_msg("%s is an address", text);
	return ip;
}

static void addresses_print_as_they_were(void **state)
{
	static const char *const texts[] = {
		"192.0.2.1",
		"0.0.0.0",
		"255.255.255.255",
		"2001:db8::1",
		"::",
		"::1",
		"::ffff:192.0.2.1",
		"2001:db8:1111:2222:3333:4444:5555:6666",
		"fe80::1%4294967295",
		"fe80:1111:2222:3333:4444:5555:6666:7777%4294967295",
	};
	char text[IP_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct ip ip = parsed(texts[i]);

		assert_ptr_equal(ip_print(&ip, text), text);
		assert_string_equal(text, texts[i]);
	}
}

static void families_and_bytes(void **state)
{
	struct ip four = parsed("192.0.2.1"), six = parsed("2001:db8::1"),
		  link = parsed("fe80::1%7");

	(void)state;
	assert_int_equal(four.family, AF_INET);
	assert_memory_equal(four.bytes, "\xc0\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(six.family, AF_INET6);
	assert_memory_equal(six.bytes, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	assert_int_equal(six.scope, 0);
	assert_int_equal(link.scope, 7);
}

static void other_texts_are_no_addresses(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"192.0.2",
		"192.0.2.256",
		"192.0.2.1.",
		"192.0.2.1 ",
		" 192.0.2.1",
		"0300.0.2.1",
		"0xc0.0.2.1",
		"3221225985",
		"192.0.2.1%1",
		"[2001:db8::1]",
		"2001:db8::1::2",
		"2001:db8::12345",
		"2001:db8",
		":",
		"%1",
		"fe80::1%",
		"fe80::1%0",
		"fe80::1%4294967296",
		"fe80::1%no-such-interface",
		"fe80::1%1%1",
		"mx.example",
		"IPv6:2001:db8::1",
		"1111111111111111111111111111111111111111111111111111111111111111111111111111111",
	};
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (ip_parse(texts[i], &ip))
			fail_msg("\"%s\" is no address", texts[i]);
	}
}

static bool same(const char *one, const char *other)
{
	struct ip a = parsed(one), b = parsed(other);

	return ip_same(&a, &b);
}

static void same_addresses(void **state)
{
	(void)state;
	assert_true(same("192.0.2.1", "192.0.2.1"));
	assert_true(same("2001:db8::1", "2001:0DB8:0:0::0001"));
	assert_true(same("fe80::1%3", "fe80::1%3"));
	assert_false(same("192.0.2.1", "192.0.2.2"));
	assert_false(same("2001:db8::1", "2001:db8::2"));
	assert_false(same("fe80::1%3", "fe80::1%4"));
	assert_false(same("192.0.2.1", "::ffff:192.0.2.1"));
	assert_false(same("0.0.0.0", "::"));
}

/* Bytes behind the four of an IPv4 address mean nothing. */
static void same_whatever_stands_behind(void **state)
{
	struct ip a = parsed("192.0.2.1"), b = a;

	(void)state;
	b.bytes[4] = 1;
	assert_true(ip_same(&a, &b));
}

struct reason_case {
	const char *text, *reason;
};

static void reasons_not_to_go_there(void **state)
{
	static const struct reason_case cases[] = {
		{"127.0.0.1", "loopback address"},
		{"127.255.255.255", "loopback address"},
		{"::1", "loopback address"},
		{"::ffff:127.0.0.1", "loopback address"},
		{"126.255.255.255", NULL},
		{"128.0.0.0", NULL},
		{"::2", NULL},
		{"0.0.0.0", "unspecified address"},
		{"0.1.2.3", "unspecified address"},
		{"::", "unspecified address"},
		{"::ffff:0.0.0.0", "unspecified address"},
		{"1.0.0.0", NULL},
		{"169.254.0.1", "link-local address"},
		{"169.253.0.1", NULL},
		{"1.254.0.1", NULL},
		{"169.255.0.1", NULL},
		{"fe80::1%1", "link-local address"},
		{"febf:ffff::1", "link-local address"},
		{"fec0::1", NULL},
		{"fe7f::1", NULL},
		{"::ffff:169.254.0.1", "link-local address"},
		{"224.0.0.1", "multicast address"},
		{"239.255.255.255", "multicast address"},
		{"223.255.255.255", NULL},
		{"ff02::1", "multicast address"},
		{"240.0.0.1", "reserved address"},
		{"255.255.255.255", "reserved address"},
		{"::ffff:255.255.255.255", "reserved address"},
		{"192.0.2.1", NULL},
		{"10.0.0.1", NULL}, /* a company's own exchangers */
		{"2001:db8::1", NULL},
		{"fd00::1", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ip ip = parsed(cases[i].text);
		const char *reason = ip_unroutable(&ip), *wanted = cases[i].reason;

		if (!reason || !wanted ? reason != wanted : strcmp(reason, wanted) != 0)
			fail_msg("%s: %s", cases[i].text, reason ? reason : "no reason");
		assert_int_equal(ip_is_loopback(&ip), wanted && strstr(wanted, "loopback"));
	}
}

static void socket_addresses(void **state)
{
	struct sockaddr_storage address;
	const struct sockaddr_in *four = (struct sockaddr_in *)&address;
	const struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
	struct ip ip = parsed("192.0.2.1");

	(void)state;
	assert_int_equal(ip_sockaddr(&ip, 25, &address), sizeof *four);
	assert_int_equal(four->sin_family, AF_INET);
	assert_int_equal(ntohs(four->sin_port), 25);
	assert_int_equal(ntohl(four->sin_addr.s_addr), 0xc0000201);
	ip = parsed("fe80::1%7");
	assert_int_equal(ip_sockaddr(&ip, 65535, &address), sizeof *six);
	assert_int_equal(six->sin6_family, AF_INET6);
	assert_int_equal(ntohs(six->sin6_port), 65535);
	assert_int_equal(six->sin6_scope_id, 7);
	assert_int_equal(six->sin6_flowinfo, 0);
	assert_memory_equal(&six->sin6_addr, ip.bytes, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_print_as_they_were),
		cmocka_unit_test(families_and_bytes),
		cmocka_unit_test(other_texts_are_no_addresses),
		cmocka_unit_test(same_addresses),
		cmocka_unit_test(same_whatever_stands_behind),
		cmocka_unit_test(reasons_not_to_go_there),
		cmocka_unit_test(socket_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
