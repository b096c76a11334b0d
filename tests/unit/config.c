/* What cli/config.h promises: each key, the file around it, and what is said of mistakes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/config.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* A text as the file x.conf; NULL in why when it was good. */
static struct config parsed(const char *text, const char **why)
{
	struct config c;

	config_default(&c, &arena);
	if (config_parse(&c, "x.conf", text, strlen(text), why))
		*why = NULL;
	return c;
}

static struct config good(const char *text)
{
	const char *why;
	struct config c = parsed(text, &why);

	if (why)
		fail_msg("%s: %s", text, why);
	return c;
}

static void bad(const char *text, const char *wanted)
{
	const char *why;

	parsed(text, &why);
	if (!why || !strstr(why, wanted))
		fail_msg("%s: \"%s\" does not say \"%s\"", text, why ? why : "(good)", wanted);
}

static void nothing_is_needed(void **state)
{
	struct config c = good("");

	(void)state;
	assert_int_equal(c.rule_count, 0);
	assert_int_equal(c.server_count, 0);
	assert_int_equal(c.timeout, 300);
	assert_int_equal(c.parallel, 128);
	assert_int_equal(c.size_max, 0);
	assert_null(c.hostname);
	assert_null(c.mail_name);
	assert_string_equal(c.temporary_folder, "/var/tmp");
	assert_string_equal(c.aliases, "/etc/aliases");
	assert_null(c.virtual);
}

static void lines_blanks_and_comments(void **state)
{
	struct config c = good("# all of it\n"
	                       "\n"
	                       "  \t\r\n"
	                       "\ttimeout\t 17  # seconds\r\n"
	                       "temporary-folder /a#b c#d\n"
	                       "mail-name example.org");

	(void)state;
	assert_int_equal(c.timeout, 17);
	assert_string_equal(c.temporary_folder, "/a#b c#d");
	assert_string_equal(c.mail_name, "example.org");
}

static void the_last_line_counts(void **state)
{
	struct config c =
		good("timeout 1\ntimeout 2\nresolver 192.0.2.1 192.0.2.2\nresolver 192.0.2.3\n");

	(void)state;
	assert_int_equal(c.timeout, 2);
	assert_int_equal(c.server_count, 1);
	assert_int_equal(c.servers[0].ip.bytes[3], 3);
}

static void names(void **state)
{
	struct config c = good("hostname Mail.Example.ORG.\nmail-name b\303\274cher.example\n");

	(void)state;
	assert_string_equal(c.hostname, "mail.example.org");
	assert_string_equal(c.mail_name, "xn--bcher-kva.example");
	assert_string_equal(good("hostname [192.0.2.1]").hostname, "[192.0.2.1]");
	assert_string_equal(good("hostname [IPv6:2001:db8::1]").hostname, "[IPv6:2001:db8::1]");
	bad("hostname localhost", "x.conf:1: hostname: bad value \"localhost\": no other machine");
	bad("mail-name localhost.localdomain", "no other machine");
	bad("mail-name [192.0.2.1]", "mail-name: bad value");
	bad("mail-name a..b", "mail-name: bad value \"a..b\"");
	bad("hostname [192.0.2.256]", "hostname: bad value");
}

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(good("parallel 10000").parallel, 10000);
	assert_int_equal(good("size-max 1000").size_max, 1000);
	assert_int_equal(good("size-max 50M").size_max, 50 << 20);
	assert_int_equal(good("size-max 3k").size_max, 3 << 10);
	assert_true(good("size-max 2G").size_max == (uint64_t)2 << 30);
	bad("size-max M", "size-max: bad value \"M\"");
	bad("size-max 1T", "with K, M or G behind it or without");
	bad("size-max 1T", "size-max: bad value \"1T\"");
	bad("size-max 18446744073709551615G", "not a whole number from 0 to");
	bad("parallel 0", "not a whole number from 1 to 10000");
	bad("timeout 0", "not a whole number from 1 to 604800");
	bad("timeout -1", "timeout: bad value \"-1\"");
	bad("timeout 5s", "timeout: bad value \"5s\"");
}

static void paths(void **state)
{
	struct config c = good("aliases /etc/mail/aliases\nvirtual /etc/virtual\n");

	(void)state;
	assert_string_equal(c.aliases, "/etc/mail/aliases");
	assert_string_equal(c.virtual, "/etc/virtual");
	assert_string_equal(good("ca-file /etc/roots.pem\n").ca_file, "/etc/roots.pem");
	bad("temporary-folder tmp", "not an absolute path");
	bad("aliases hash:/etc/aliases",
	    "aliases: bad value \"hash:/etc/aliases\": not an absolute");
	bad("virtual virtual", "not an absolute path");
	bad("ca-file roots.pem", "not an absolute path");
	assert_string_equal(good("tlsrpt-directory /var/lib/t\n").tlsrpt_folder, "/var/lib/t");
	bad("tlsrpt-directory t", "not an absolute path");
	assert_true(config_is_file("tlsrpt-directory"));
	assert_true(config_is_file("aliases") && config_is_file("virtual"));
	assert_true(config_is_file("ca-file") && config_is_file("trust-anchor"));
	assert_false(config_is_file("temporary-folder") || config_is_file("nosuch"));
}

static void check_server(const char *text, const char *address, unsigned port)
{
	struct config c = good(arena_printf(&arena, "resolver %s", text));
	char ip[IP_TEXT];

	assert_int_equal(c.server_count, 1);
	assert_string_equal(ip_print(&c.servers[0].ip, ip), address);
	assert_int_equal(c.servers[0].port, port);
}

static void name_servers(void **state)
{
	(void)state;
	check_server("192.0.2.1", "192.0.2.1", 53);
	check_server("192.0.2.1:5353", "192.0.2.1", 5353);
	check_server("2001:db8::1", "2001:db8::1", 53);
	check_server("[2001:db8::1]", "2001:db8::1", 53);
	check_server("[2001:db8::1]:5353", "2001:db8::1", 5353);
	assert_int_equal(good("resolver 192.0.2.1, 192.0.2.2 192.0.2.3").server_count, 3);
	bad("resolver ns.example.org", "resolver: bad value \"ns.example.org\"");
	bad("resolver 192.0.2.1:0", "resolver: bad value");
	bad("resolver 192.0.2.1:65536", "resolver: bad value");
	bad("resolver [2001:db8::1", "resolver: bad value");
	bad("resolver [2001:db8::1]53", "resolver: bad value");
	bad("resolver ,", "resolver: bad value");
	assert_int_equal(good("").dnssec, DNSSEC_AUTO);
	assert_string_equal(good("").trust_anchor, "/usr/share/dns/root.key");
	assert_int_equal(good("dnssec validate").dnssec, DNSSEC_VALIDATE);
	assert_int_equal(good("dnssec trust-ad").dnssec, DNSSEC_TRUST_AD);
	assert_int_equal(good("dnssec off").dnssec, DNSSEC_OFF);
	bad("dnssec on", "dnssec: bad value \"on\": not one of auto");
	bad("trust-anchor root.key", "not an absolute path");
	bad("resolver ::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1", "up to 8");
}

static void routes(void **state)
{
	struct config c =
		good("route example.org smtp.example.net:587\nroute * mx:relay.example\n");

	(void)state;
	assert_int_equal(c.rule_count, 2);
	assert_string_equal(c.rules[0].host, "smtp.example.net");
	assert_int_equal(c.rules[0].port, 587);
	assert_true(c.rules[1].mx);
	bad("route example.org", "x.conf:1: route: bad value \"example.org\"");
}

static void mistakes_have_file_and_line(void **state)
{
	const char *why;
	struct config c;

	(void)state;
	bad("\n# x\ntimeut 5\n", "x.conf:3: timeut: unknown setting");
	bad("timeout\n", "x.conf:1: timeout: a value is missing");
	bad("timeut\n", "x.conf:1: timeut: unknown setting");
	bad("timeout=5\n", "x.conf:1: timeout=5: a blank stands between key and value, no \"=\"");
	bad("timeout = 5\n", "x.conf:1: timeout: a blank stands between key and value, no \"=\"");
	bad("Timeout 5\n", "x.conf:1: Timeout: unknown setting");
	bad("\033[2J 5\n", "x.conf:1: \\x1b[2J: unknown setting");
	config_default(&c, &arena);
	assert_false(config_parse(&c, "x.conf", "timeout 5\nparallel \0005", 21, &why));
	assert_string_equal(why, "x.conf:2: a NUL byte");
}

static void the_command_line_wins(void **state)
{
	const char *text = "timeout 5\nroute example.org b\nparallel 7\n";
	const char *why;
	struct config c;

	(void)state;
	config_default(&c, &arena);
	assert_true(config_set(&c, "timeout", "1", "--timeout", &why));
	assert_true(config_set(&c, "timeout", "2", "--timeout", &why));
	assert_true(config_set(&c, "route", "example.org=a", "--route", &why));
	assert_true(config_parse(&c, "x.conf", text, strlen(text), &why));
	assert_int_equal(c.timeout, 2);
	assert_int_equal(c.parallel, 7);
	assert_int_equal(c.rule_count, 2);
	assert_string_equal(c.rules[0].host, "a");
	/* What is overruled must be right all the same */
	assert_false(config_parse(&c, "x.conf", "timeout x", 9, &why));
	assert_false(config_set(&c, "timeout", "x", "--timeout", &why));
	assert_string_equal(why, "--timeout: bad value \"x\": not a whole number from 1 to 604800");
	assert_false(config_set(&c, "nosuch", "x", "-O nosuch", &why));
	assert_string_equal(why, "-O nosuch: unknown setting");
}

/* config_show as a text, to be compared with what is wanted. */
static void shows(const struct config *c, const char *wanted)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	config_show(c, &b);
	if (!strstr(b.bytes, wanted))
		fail_msg("not shown: %s\n%s", wanted, b.bytes);
	buf_free(&b);
}

static void what_is_in_force_and_why(void **state)
{
	const char *text = "route a.example b\n\ntimeout 5\ntimeout 6 # six\nparallel 7\n";
	struct config c;
	const char *why;

	(void)state;
	config_default(&c, &arena);
	assert_true(config_set(&c, "parallel", "9", "--parallel", &why));
	assert_true(config_set(&c, "route", "c.example=d", "--route", &why));
	assert_true(config_parse(&c, "x.conf", text, strlen(text), &why));
	shows(&c, "route            c.example=d  # --route\n"
	          "route            a.example b  # x.conf:1\n"
	          "# hostname is not set\n");
	shows(&c, "\ntimeout          6  # x.conf:4\nparallel         9  # --parallel\n");
	shows(&c, "\nsize-max         0  # default\n");
	assert_true(config_given(&c, "parallel") && config_given(&c, "timeout"));
	assert_false(config_given(&c, "size-max") || config_given(&c, "hostname"));
	config_found(&c, "hostname", "us.example", "the host's name");
	config_found(&c, "parallel", "1", "nobody");
	shows(&c, "\nhostname         us.example  # the host's name\n");
	shows(&c, "\nparallel         9  # --parallel\n");
}

static void many_routes(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&text, "route d%u.example h%u.example\n", i, i);
	assert_string_equal(good(text.bytes).rules[999].host, "h999.example");
	buf_free(&text);
}

static void files(void **state)
{
	char path[] = "/tmp/sendmx-config-XXXXXX";
	int fd = mkstemp(path);
	struct config c;
	const char *why;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "timeout 9\n", 10), 10);
	close(fd);
	config_default(&c, &arena);
	assert_true(config_read(&c, path, true, &why));
	assert_int_equal(c.timeout, 9);
	unlink(path);
	assert_true(config_read(&c, path, false, &why));
	assert_false(config_read(&c, path, true, &why));
	assert_non_null(strstr(why, path));
	assert_false(config_read(&c, "/", false, &why));
	assert_string_equal(why, "cannot read /: Is a directory");
}

static void help_names_each_key(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	config_help(&b);
	assert_non_null(strstr(b.bytes, "  temporary-folder "));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(nothing_is_needed, forget),
		cmocka_unit_test_teardown(lines_blanks_and_comments, forget),
		cmocka_unit_test_teardown(the_last_line_counts, forget),
		cmocka_unit_test_teardown(names, forget),
		cmocka_unit_test_teardown(numbers, forget),
		cmocka_unit_test_teardown(paths, forget),
		cmocka_unit_test_teardown(name_servers, forget),
		cmocka_unit_test_teardown(routes, forget),
		cmocka_unit_test_teardown(mistakes_have_file_and_line, forget),
		cmocka_unit_test_teardown(the_command_line_wins, forget),
		cmocka_unit_test_teardown(what_is_in_force_and_why, forget),
		cmocka_unit_test_teardown(many_routes, forget),
		cmocka_unit_test_teardown(files, forget),
		cmocka_unit_test_teardown(help_names_each_key, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
