/* What cli/identity.h promises, as far as it does not depend on the machine that runs the test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/deadline.h"
#include "cli/config.h"
#include "cli/identity.h"
#include "net/machine.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void full_names(void **state)
{
	static const struct {
		const char *gecos, *login, *wanted;
	} cases[] = {
		{"Alice Liddell,Room 1,555,,", "alice", "Alice Liddell"},
		{"Alice Liddell", "alice", "Alice Liddell"},
		{"& Liddell", "alice", "Alice Liddell"},
		{"the &, again &", "root", "the Root"},
		{"&", "9lives", "9lives"},
		{"", "alice", ""},
		{",x", "alice", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(identity_full_name(&arena, cases[i].gecos, cases[i].login),
		                    cases[i].wanted);
}

/* A machine with this host name and this address, and a mail name file with this text; NULL:
   without. */
static struct identity found(const char *host_name, const char *address, const char *mail_name,
                             uid_t uid)
{
	char path[] = "/tmp/sendmx-mailname-XXXXXX";
	int fd = mkstemp(path);
	struct machine m = {.host_name = host_name};
	struct ip ip;
	struct config c;
	struct identity i;

	assert_true(fd >= 0);
	if (mail_name)
		assert_int_equal(write(fd, mail_name, strlen(mail_name)), strlen(mail_name));
	close(fd);
	if (address) {
		assert_true(ip_parse(address, &ip));
		m.addresses = &ip;
		m.address_count = 1;
	}
	config_default(&c, &arena);
	identity_find(&i, &arena, &c, &m, uid, path);
	unlink(path);
	return i;
}

static void the_mail_name(void **state)
{
	(void)state;
	assert_string_equal(found("lab.example.org", NULL, "example.org\n", 0).mail_name,
	                    "example.org");
	assert_string_equal(found("lab.example.org", NULL, "Example.ORG. \n", 0).mail_name,
	                    "example.org");
	assert_string_equal(found("lab.example.org", NULL, NULL, 0).mail_name, "lab.example.org");
	assert_string_equal(found("lab.example.org", NULL, "localhost\n", 0).mail_name,
	                    "lab.example.org");
	assert_string_equal(found("lab.example.org", NULL, "no good name\n", 0).mail_name, "no");
	assert_string_equal(found("lab", NULL, NULL, 0).mail_name, "lab");
	assert_null(found("localhost", "192.0.2.1", NULL, 0).mail_name);
	assert_null(found("localhost.localdomain", NULL, "localhost.localdomain\n", 0).mail_name);
}

static void the_name_in_ehlo(void **state)
{
	(void)state;
	assert_string_equal(found("lab.example.org", "192.0.2.1", NULL, 0).hello,
	                    "lab.example.org");
	assert_string_equal(found("lab.example.org", NULL, NULL, 0).hello_source, "the host's name");
	assert_string_equal(found("lab", "192.0.2.1", NULL, 0).hello, "[192.0.2.1]");
	assert_string_equal(found("localhost", "2001:db8::1", NULL, 0).hello, "[IPv6:2001:db8::1]");
	assert_string_equal(found("localhost.localdomain", NULL, NULL, 0).hello, "[127.0.0.1]");
	assert_string_equal(found("lab", "fe80::1", NULL, 0).hello, "[127.0.0.1]");
}

static void configured_names_win(void **state)
{
	struct machine m = {.host_name = "lab.example.org"};
	struct config c;
	struct identity i;
	const char *why;

	(void)state;
	config_default(&c, &arena);
	assert_true(config_set(&c, "mail-name", "example.net", "x", &why));
	assert_true(config_set(&c, "hostname", "mail.example.net", "x", &why));
	identity_find(&i, &arena, &c, &m, 0, "/etc/mailname");
	assert_string_equal(i.mail_name, "example.net");
	assert_string_equal(i.mail_name_source, "configured");
	assert_string_equal(i.hello, "mail.example.net");
}

/* Nothing in the environment counts, and a uid without an entry has a name all the same. */
static void the_user(void **state)
{
	struct identity i;

	(void)state;
	setenv("USER", "eve", 1);
	setenv("LOGNAME", "eve", 1);
	setenv("HOME", "/home/eve", 1);
	setenv("NAME", "Eve", 1);
	i = found("lab.example.org", NULL, NULL, 4242424);
	assert_string_equal(i.login, "uid4242424");
	assert_string_equal(i.full_name, "");
	assert_string_equal(found("lab.example.org", NULL, NULL, 0).login, "root");
}

static const char *sender(const struct identity *i, const char *given)
{
	struct address address;
	const char *why;

	if (!identity_sender(i, &arena, given, &address, &why))
		return NULL;
	return address_wire(&arena, &address);
}

static void senders(void **state)
{
	const struct identity alice = {.login = "alice", .mail_name = "example.org"};
	const struct identity odd = {.login = "LAB\\al ice", .mail_name = "example.org"};
	const struct identity nameless = {.login = "alice"};

	(void)state;
	assert_string_equal(sender(&alice, NULL), "alice@example.org");
	assert_string_equal(sender(&alice, "bob"), "bob@example.org");
	assert_string_equal(sender(&alice, "Bob <bob@example.net>"), "bob@example.net");
	assert_string_equal(sender(&alice, ""), "");
	assert_string_equal(sender(&alice, "<>"), "");
	assert_null(sender(&alice, "a b"));
	assert_null(sender(&alice, "a@b\r\nRCPT TO:<c@d>"));
	assert_string_equal(sender(&odd, NULL), "\"LAB\\\\al ice\"@example.org");
	assert_null(sender(&nameless, NULL));
	assert_null(sender(&nameless, "bob"));
	assert_string_equal(sender(&nameless, "<>"), "");
	assert_string_equal(sender(&nameless, "bob@example.net"), "bob@example.net");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(full_names, forget),
		cmocka_unit_test_teardown(the_mail_name, forget),
		cmocka_unit_test_teardown(the_name_in_ehlo, forget),
		cmocka_unit_test_teardown(configured_names_win, forget),
		cmocka_unit_test_teardown(the_user, forget),
		cmocka_unit_test_teardown(senders, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
