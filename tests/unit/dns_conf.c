/* resolv.conf(5): the lines that others stumble over. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/dns.h"

static struct dns_settings parse(const char *text)
{
	struct dns_settings s;

	memset(&s, 0xff, sizeof s);
	dns_settings_parse(&s, text, strlen(text));
	return s;
}

static void assert_servers(const char *text, const char *servers)
{
	struct dns_settings s = parse(text);
	char all[DNS_SERVER_MAX * (IP_TEXT + 1)] = "", one[IP_TEXT];

	for (size_t i = 0; i < s.server_count; i++) {
		size_t size = strlen(all);

		assert_int_equal(s.servers[i].port, 53);
		snprintf(all + size, sizeof all - size, "%s%s", i ? " " : "",
		         ip_print(&s.servers[i].ip, one));
	}
	assert_string_equal(all, servers);
}

static void assert_patience(const char *text, int64_t timeout, unsigned attempts, bool rotate)
{
	struct dns_settings s = parse(text);

	assert_int_equal(s.timeout, timeout);
	assert_int_equal(s.attempts, attempts);
	assert_int_equal(s.rotate, rotate);
}

static void servers_are_listed(void **state)
{
	(void)state;
	assert_servers("nameserver 192.0.2.1\nnameserver 2001:db8::1\n", "192.0.2.1 2001:db8::1");
	assert_servers("nameserver\t192.0.2.1  \nnameserver 192.0.2.2", "192.0.2.1 192.0.2.2");
	assert_servers("nameserver 192.0.2.1\r\nnameserver 192.0.2.2\r\n", "192.0.2.1 192.0.2.2");
	assert_servers("nameserver 192.0.2.1 # the first\n", "192.0.2.1");
}

static void no_server_is_this_machine(void **state)
{
	struct dns_settings s;

	(void)state;
	assert_servers("", "127.0.0.1");
	assert_servers("# nothing\nsearch example.org\n", "127.0.0.1");
	assert_servers("nameserver\n", "127.0.0.1");
	dns_settings_read(&s, "/nonexistent/resolv.conf");
	assert_int_equal(s.server_count, 1);
	assert_int_equal(s.timeout, 5000);
	assert_int_equal(s.attempts, 2);
	dns_settings_read(&s, "/");
	assert_int_equal(s.server_count, 1);
}

static void comments_are_comments(void **state)
{
	(void)state;
	/* ldns takes the second one for a server. */
	assert_servers("# x\n\n# nameserver 192.0.2.8\nnameserver 192.0.2.1\n", "192.0.2.1");
	assert_servers(";nameserver 192.0.2.8\n#nameserver 192.0.2.9\nnameserver 192.0.2.1\n",
	               "192.0.2.1");
}

static void nonsense_is_passed_over(void **state)
{
	(void)state;
	assert_servers(
		"nameserver bogus\nnameserver 192.0.2.300\nnameserver 192.0.2.1:53\n"
		"nameserver 192.0.2.1\n",
		"192.0.2.1");
	assert_servers("search x..y\nnameserver 192.0.2.1\n", "192.0.2.1");
	assert_servers("nameservers 192.0.2.9\nnameserver 192.0.2.1\nwhatever\n \n\t\n",
	               "192.0.2.1");
	assert_servers(" nameserver 192.0.2.9\nnameserver 192.0.2.1\n", "192.0.2.1");
	assert_servers("NAMESERVER 192.0.2.9\nnameserver 192.0.2.1\n", "192.0.2.1");
}

static void empty_lines_swallow_nothing(void **state)
{
	(void)state;
	assert_servers("search\nnameserver 192.0.2.1\n", "192.0.2.1");
	assert_servers("options\nnameserver 192.0.2.1\n", "192.0.2.1");
	assert_servers("nameserver\nnameserver 192.0.2.1\n", "192.0.2.1");
}

static void scopes_are_kept(void **state)
{
	(void)state;
	struct dns_settings s = parse("nameserver fe80::1%lo\n");
	assert_int_equal(s.server_count, 1);
	assert_int_equal(s.servers[0].ip.family, AF_INET6);
	assert_int_not_equal(s.servers[0].ip.scope, 0);
}

static void eight_servers_at_most(void **state)
{
	char text[1024] = "";

	(void)state;
	for (int i = 1; i <= 10; i++) {
		size_t size = strlen(text);

		snprintf(text + size, sizeof text - size, "nameserver 192.0.2.%d\n", i);
	}
	struct dns_settings s = parse(text);
	assert_int_equal(s.server_count, DNS_SERVER_MAX);
	assert_int_equal(s.servers[DNS_SERVER_MAX - 1].ip.bytes[3], DNS_SERVER_MAX);
}

static void options_are_honoured(void **state)
{
	(void)state;
	assert_patience("", 5000, 2, false);
	assert_patience("options timeout:1 attempts:3 rotate\n", 1000, 3, true);
	assert_patience("options edns0\toptions:x timeout:3 trust-ad\noptions rotate\n", 3000, 2,
	                true);
	assert_patience("options timeout:99 attempts:99\n", 30000, 5, false);
	assert_patience("options timeout:0 attempts:0\n", 5000, 2, false);
	assert_patience("options timeout:x attempts:-1 timeout attempts: rotated\n", 5000, 2,
	                false);
	assert_patience("options timeout:99999999999999999999\n", 5000, 2, false);
	assert_patience("# options timeout:1\n", 5000, 2, false);
}

static void any_bytes_will_do(void **state)
{
	static const char text[] =
		"nameserver 192.0.2.7\0\nnameserver 192.0.2.1\n\0\xff\nnameserver";
	char line[5000] = "nameserver ";
	struct dns_settings s;

	(void)state;
	dns_settings_parse(&s, text, sizeof text - 1);
	assert_int_equal(s.servers[s.server_count - 1].ip.bytes[3], 1);
	memset(line + 11, '1', sizeof line - 11);
	dns_settings_parse(&s, line, sizeof line);
	assert_int_equal(s.server_count, 1);
	assert_true(ip_is_loopback(&s.servers[0].ip));
}

static void files_are_read(void **state)
{
	char path[] = "/tmp/sendmx-resolv-XXXXXX";
	struct dns_settings s;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "nameserver 192.0.2.1\n", 21), 21);
	close(fd);
	dns_settings_read(&s, path);
	unlink(path);
	assert_int_equal(s.server_count, 1);
	assert_int_equal(s.servers[0].ip.bytes[0], 192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_are_listed),
		cmocka_unit_test(no_server_is_this_machine),
		cmocka_unit_test(comments_are_comments),
		cmocka_unit_test(nonsense_is_passed_over),
		cmocka_unit_test(empty_lines_swallow_nothing),
		cmocka_unit_test(scopes_are_kept),
		cmocka_unit_test(eight_servers_at_most),
		cmocka_unit_test(options_are_honoured),
		cmocka_unit_test(any_bytes_will_do),
		cmocka_unit_test(files_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
