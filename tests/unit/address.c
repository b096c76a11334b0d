/* What mail/address.h promises. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/deadline.h"
#include "mail/address.h"

#define U63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* One mailbox: what goes on the wire, or a piece of what is said against it. */
struct mailbox_case {
	const char *text, *wire, *why;
};

static void check_mailbox(const struct mailbox_case *c)
{
	struct address address;
	const char *why = NULL;
	bool good = address_parse(&arena, c->text, &address, &why);

	if (good != (c->wire != NULL))
		fail_msg("%s: %s", c->text, good ? address_wire(&arena, &address) : why);
	if (good)
		assert_string_equal(address_wire(&arena, &address), c->wire);
	else if (!strstr(why, c->why))
		fail_msg("%s: \"%s\" does not say \"%s\"", c->text, why, c->why);
}

static void mailboxes_in_any_spelling(void **state)
{
	static const struct mailbox_case cases[] = {
		{"", "", NULL},
		{"  ", "", NULL},
		{"<>", "", NULL},
		{" <> ", "", NULL},
		{"bob@example.org", "bob@example.org", NULL},
		{"<bob@example.org>", "bob@example.org", NULL},
		{" bob@example.org\n", "bob@example.org", NULL},
		{"Bob Ross <bob@example.org>", "bob@example.org", NULL},
		{"\"Ross, Bob\" <bob@example.org>", "bob@example.org", NULL},
		{"bob@example.org (Bob (the painter) Ross)", "bob@example.org", NULL},
		{"(a) bob (b) @ (c) example.org (d)", "bob@example.org", NULL},
		{"bob@example.org <bob@Example.ORG>", "bob@example.org", NULL},
		{"<@relay.example:bob@example.org>", "bob@example.org", NULL},
		{"<@a.example,@b.example:bob@example.org>", "bob@example.org", NULL},
		{"Bob@Example.ORG", "Bob@example.org", NULL},
		{"bob@example.org.", NULL, "trailing dot in \"example.org.\""},
		{"bob", "bob", NULL},
		{"Bob <bob>", "bob", NULL},
		{"-x@example.org", "-x@example.org", NULL},
		{"|/bin/id", "|/bin/id", NULL},
		{"/var/mail/x", "/var/mail/x", NULL},
		{"a+b=c{d}'e@example.org", "a+b=c{d}'e@example.org", NULL},
		{"bob@aa--bb.example", "bob@aa--bb.example", NULL},
		{"bob@_x._y.example", "bob@_x._y.example", NULL},
		{"bob@3com.example", "bob@3com.example", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_mailbox(&cases[i]);
}

static void local_parts_are_quoted_only_where_they_must(void **state)
{
	static const struct mailbox_case cases[] = {
		{"\"bob\"@x.org", "bob@x.org", NULL},
		{"\"b.o.b\"@x.org", "b.o.b@x.org", NULL},
		{"\"a\".b.\"c\"@x.org", "a.b.c@x.org", NULL},
		{"\"\\b\\o\\b\"@x.org", "bob@x.org", NULL},
		{"\"john doe\"@x.org", "\"john doe\"@x.org", NULL},
		{"\"a,b\"@x.org", "\"a,b\"@x.org", NULL},
		{"\"at@at\"@x.org", "\"at@at\"@x.org", NULL},
		{"\"a\\\"b\\\\c\"@x.org", "\"a\\\"b\\\\c\"@x.org", NULL},
		{"\"<>\"@x.org", "\"<>\"@x.org", NULL},
		{"\"\"@x.org", "\"\"@x.org", NULL},
		{"a..b@x.org", "\"a..b\"@x.org", NULL},
		{".b@x.org", "\".b\"@x.org", NULL},
		{"b.@x.org", "\"b.\"@x.org", NULL},
		{"\"=?a?q?b,c?=\"@x.org", "\"=?a?q?b,c?=\"@x.org", NULL},
		{"=?a?q?bc?=@x.org", "=?a?q?bc?=@x.org", NULL},
		{"\"a\nb\"@x.org", NULL, "control character in the local part"},
		{"\"a\tb\"@x.org", NULL, "control character"},
		{"\"a\\\rb\"@x.org", NULL, "control character"},
		{"\"a\x7f\"@x.org", NULL, "control character"},
		{"\"a@x.org", NULL, "quotation mark that is not closed at character 1"},
		{"\"a\\\"@x.org", NULL, "quotation mark"},
		{"\"a\"b@x.org", NULL, "no comma or \"@\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_mailbox(&cases[i]);
}

static void bad_mailboxes_are_refused_in_words(void **state)
{
	static const struct mailbox_case cases[] = {
		{"a b@x.org", NULL,
	         "no comma or \"@\" before the word at character 3, \"b@x.org\""},
		{"a b", NULL, "at character 3"},
		{"@x.org", NULL, "nothing before \"@\""},
		{"bob@", NULL, "no domain behind \"@\" at the end"},
		{"bob@@x.org", NULL, "no domain behind \"@\""},
		{"a@b@c.org", NULL, "a second \"@\""},
		{"bob@exa mple.org", NULL, "more than one address, at character 9"},
		{"bob@x.org,", NULL, "more than one address"},
		{"a@x.org,b@x.org", NULL, "more than one address"},
		{"Friends: a@x.org;", NULL, "a group is not one address"},
		{"<bob@x.org", NULL, "\"<\" that is not closed at character 1"},
		{"bob@x.org>", NULL, "more than one address, at character 10"},
		{"<bob@x.org> Bob", NULL, "at character 13, \"Bob\""},
		{"<<bob@x.org>>", NULL, "no address"},
		{"<@relay bob@x.org>", NULL, "source route"},
		{"bob (painter@x.org", NULL, "comment that does not end at character 5"},
		{"bob)@x.org", NULL, "at character 4"},
		{"a@x.org\nRCPT TO:<b@x.org>", NULL, "line break at character 8"},
		{"a\r@x.org", NULL, "line break"},
		{"a\x01@x.org", NULL, "at character 2, \"\\x01"},
		{"bob\\@x.org", NULL, "at character 4"},
		{"alice@x.org <bob@x.org>", NULL,
	         "no comma between two addresses, at character 13"},
		{"\xff@x.org", NULL, "no printable UTF-8"},
		{"\xc0\xaf@x.org", NULL, "no printable UTF-8"},
		{"\xed\xa0\x80@x.org", NULL, "no printable UTF-8"},
		{"\xc2\x85@x.org", NULL, "no printable UTF-8"},
		{"\xe2\x82@x.org", NULL, "no printable UTF-8"},
		{"a\xe2\x80\xae"
	         "b@x.org",
	         NULL, "no printable UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_mailbox(&cases[i]);
}

static void local_part_up_to_255_octets(void **state)
{
	char text[300];
	const char *why;
	struct address address;

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text + 255, "@x.org", 7);
	assert_true(address_parse(&arena, text, &address, &why));
	memset(text, 'a', sizeof text);
	memcpy(text + 256, "@x.org", 7);
	assert_false(address_parse(&arena, text, &address, &why));
	assert_non_null(strstr(why, "local part longer than 255 octets"));
}

static void unicode_local_part_is_kept_to_the_byte(void **state)
{
	struct address address;
	const char *why;

	(void)state;
	assert_true(address_parse(&arena, "\xc3\xbcn\xc3\x8f@x.org", &address, &why));
	assert_string_equal(address.local, "\xc3\xbcn\xc3\x8f");
	assert_true(address.utf8);
	assert_true(address_parse(&arena,
	                          "bob@b\xc3\xbc"
	                          "cher.example",
	                          &address, &why));
	assert_false(address.utf8);
	assert_string_equal(address_wire(&arena, &address), "bob@xn--bcher-kva.example");
	assert_string_equal(address_shown(&arena, &address), "bob@b\xc3\xbc"
	                                                     "cher.example");
}

static void literals(void **state)
{
	static const struct mailbox_case cases[] = {
		{"u@[192.0.2.1]", "u@[192.0.2.1]", NULL},
		{"u@[IPv6:2001:db8::1]", "u@[IPv6:2001:db8::1]", NULL},
		{"u@[ipv6:2001:DB8::1]", "u@[ipv6:2001:DB8::1]", NULL},
		{"u@[x400:c=de]", NULL, "the tag is unknown"},
		{"u@[2001:db8::1]", NULL, "IPv6 is written [IPv6:...]"},
		{"u@[IPv6:192.0.2.1]", NULL, "not an IPv6 address"},
		{"u@[IPv6:fe80::1%lo]", NULL, "not an IPv6 address"},
		{"u@[192.0.2.256]", NULL, "not an IPv4 address"},
		{"u@[ 192.0.2.1 ]", NULL, "not an IPv4 address"},
		{"u@[example.org]", NULL, "not an IPv4 address"},
		{"u@[]", NULL, "not an IPv4 address"},
		{"u@[192.0.2.1", NULL, "no \"]\""},
		{"u@[", NULL, "no \"]\""},
		{"u@192.0.2.1", NULL, "an IP address is written \"[192.0.2.1]\""},
	};
	struct address address;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_mailbox(&cases[i]);
	assert_true(address_parse(&arena, "u@[192.0.2.1]", &address, &why));
	assert_int_equal(address.kind, DOMAIN_LITERAL);
	assert_int_equal(address.ip.family, AF_INET);
	assert_memory_equal(address.ip.bytes, "\xc0\0\x02\x01", 4);
}

static void check_domain(const struct mailbox_case *c)
{
	const char *name = NULL;
	const char *why = NULL;
	bool good = domain_parse(&arena, c->text, &name, &why);

	if (good != (c->wire != NULL))
		fail_msg("%s: %s", c->text, good ? name : why);
	if (good)
		assert_string_equal(name, c->wire);
	else if (!strstr(why, c->why))
		fail_msg("%s: \"%s\" does not say \"%s\"", c->text, why, c->why);
}

/* RULES.md A16, A21. */
static void domains(void **state)
{
	static const char name253[] =
		U63 "." U63 "." U63 "."
		    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg";
	static const char name254[] =
		U63 "." U63 "." U63 "."
		    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgg";
	static const struct mailbox_case cases[] = {
		{"Example.ORG.", "example.org", NULL},
		{"localhost", "localhost", NULL},
		{U63 ".org", U63 ".org", NULL},
		{name253, name253, NULL},
		{"B\xc3\x9c"
	         "CHER.Example",
	         "xn--bcher-kva.example", NULL},
		{"bu\xcc\x88"
	         "cher.example",
	         "xn--bcher-kva.example", NULL},
		{"b\xc3\xbc"
	         "cher\xe3\x80\x82"
	         "example",
	         "xn--bcher-kva.example", NULL},
		{"fa\xc3\x9f.de", "xn--fa-hia.de", NULL},
		{"b\xc3\xbc"
	         "cher.example.",
	         "xn--bcher-kva.example", NULL},
		{"", NULL, "no domain name in \"\""},
		{".", NULL, "no domain name"},
		{"a..b", NULL, "empty label in \"a..b\""},
		{".a.b", NULL, "empty label"},
		{"a.b..", NULL, "empty label"},
		{"x" U63 ".org", NULL, "label longer than 63 octets in \"x" U63 ".org\""},
		{name254, NULL, "domain longer than 253 octets in"},
		{"a.123", NULL, "top-level label of digits only in \"a.123\""},
		{"123", NULL, "top-level label of digits only"},
		{"192.0.2.1", NULL, "an IP address is written \"[192.0.2.1]\""},
		{"foo bar.example", NULL, "character that no domain has"},
		{"foo\nbar.example", NULL,
	         "character that no domain has in \"foo\\x0abar.example\""},
		{"foo,example", NULL, "character that no domain has"},
		{"b\xc3\xbc cher.example", NULL, "in \"b\xc3\xbc cher.example\""},
		{"\xe2\x98\x83.example", NULL, "\xe2\x98\x83.example"},
		{"\xff.example", NULL, "bytes that are not UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_domain(&cases[i]);
}

/* A list: the wire forms joined by blanks, or a piece of the fault. */
static void check_list(const char *text, const char *wires, const char *said)
{
	struct address_list list = {0};
	const char *why = NULL;
	char all[1000] = "";
	bool good = address_list_parse(&arena, text, strlen(text), &list, &why);

	if (good != (wires != NULL))
		fail_msg("%s: %s", text, good ? "accepted" : why);
	if (!good) {
		if (!strstr(why, said))
			fail_msg("%s: \"%s\" does not say \"%s\"", text, why, said);
		assert_int_equal(list.count, 0);
		return;
	}
	for (size_t i = 0, end = 0; i < list.count; i++)
		end += (size_t)snprintf(all + end, sizeof all - end, "%s%s", i ? " " : "",
		                        address_wire(&arena, &list.items[i]));
	assert_string_equal(all, wires);
}

static void lists(void **state)
{
	(void)state;
	check_list("", "", NULL);
	check_list(" \r\n ", "", NULL);
	check_list(",, ,", "", NULL);
	check_list("root, alice", "root alice", NULL);
	check_list("bob@n.net,carol@n.net", "bob@n.net carol@n.net", NULL);
	check_list("a@n.net,\r\n b@n.net,\n\tc@n.net\r\n", "a@n.net b@n.net c@n.net", NULL);
	check_list(
		"bob@n.net (Bob (nested, x@y) \"q\"), \"Q, R\" <q.r@n.net>, "
		"=?UTF-8?Q?B=C3=B6b=2C?= "
		"<c@n.net>, (lead) d@n.net",
		"bob@n.net q.r@n.net c@n.net d@n.net", NULL);
	check_list("=?UTF-8?Q?B,_b?= <c@n.net>, =?x?b?,;<?= =?x?q?>?= <d@n.net>", "c@n.net d@n.net",
	           NULL);
	check_list("Friends: a@n.net, \"B\" <b@n.net>;, c@n.net", "a@n.net b@n.net c@n.net", NULL);
	check_list("undisclosed-recipients:;", "", NULL);
	check_list("Undisclosed recipients: ;", "", NULL);
	check_list("undisclosed-recipients:", "", NULL);
	check_list("A: a@n.net;, B:;, \"C d\": <c@n.net>,;", "a@n.net c@n.net", NULL);
	check_list("John Q. Public <j@n.net>, O'Neil <o@n.net>", "j@n.net o@n.net", NULL);
	check_list("J\xf6rg <j@n.net>, \x1b(no) <x@n.net>", NULL, "at character 17");
	check_list("J\xf6rg <j@n.net>", "j@n.net", NULL);
	check_list("\"\x1b$B%\" <j@n.net>", "j@n.net", NULL);
	check_list("<@relay.example:bob@n.net>", "bob@n.net", NULL);
	check_list("\"a \\\"b\\\" c\" <a@n.net>", "a@n.net", NULL);
}

static void garbage_in_lists(void **state)
{
	(void)state;
	check_list("bad addr here, bob@n.net", NULL,
	           "no comma or \"@\" before the word at character 5, \"addr here");
	check_list("<unclosed@n.net", NULL, "\"<\" that is not closed at character 1");
	check_list("a@n.net, <>", NULL, "no address at character 11");
	check_list("a@n.net; b@n.net", NULL, "separated by commas, not by \";\", at character 8");
	check_list("A: B: a@n.net;;", NULL, "\":\" without the name of a group");
	check_list(":a@n.net;", NULL, "\":\" without the name of a group");
	check_list("A: a@n.net; b@n.net", NULL, "no comma behind the group, at character 13");
	check_list("a@n.net b@n.net", NULL, "no comma before this, at character 9");
	check_list("a@n.net\nb@n.net", NULL, "line break");
	check_list("a@n..net", NULL, "empty label in \"n..net\" at character 3");
	check_list("a@n.net, \"b <b@n.net>", NULL,
	           "quotation mark that is not closed at character 10");
	check_list("Mr. bob@n.net", NULL, "no comma or \"@\"");
}

static void nul_is_a_fault(void **state)
{
	static const char text[] = "a@n.net\0,b@n.net";
	struct address_list list = {0};
	const char *why;

	(void)state;
	assert_false(address_list_parse(&arena, text, sizeof text - 1, &list, &why));
	assert_false(address_list_parse(&arena, "a@[1.2\0.3.4]", 12, &list, &why));
	assert_false(address_list_parse(&arena, "\"a\0b\"@n.net", 11, &list, &why));
}

static void a_list_is_appended_to(void **state)
{
	struct address_list list = {0};
	const char *why;

	(void)state;
	assert_true(address_list_parse(&arena, "a@n.net", 7, &list, &why));
	assert_true(address_list_parse(&arena, "b@n.net, c", 10, &list, &why));
	assert_false(address_list_parse(&arena, "d@n.net, e f", 12, &list, &why));
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].local, "a");
	assert_string_equal(list.items[2].local, "c");
}

/* Wants much more than its share only if something is quadratic. */
static void check_linear(const char *piece, size_t pieces)
{
	size_t size = strlen(piece);
	char *text = malloc(size * pieces);
	struct address_list list = {0};
	const char *why;

	assert_non_null(text);
	for (size_t i = 0; i < pieces; i++)
		memcpy(text + i * size, piece, size);
	int64_t begun = clock_now();
	address_list_parse(&arena, text, size * pieces, &list, &why);
	assert_true(clock_now() - begun < 5000);
	free(text);
}

static void time_is_linear(void **state)
{
	(void)state;
	check_linear("a@n.net,", ADDRESS_LIST_MAX);
	check_linear("(", 1 << 20);
	check_linear("((a)", 1 << 18);
	check_linear("=?a?q?", 1 << 18);
	check_linear("=?a?q?=?=,", 1 << 17);
	check_linear("a.", 1 << 19);
	check_linear("a ", 1 << 19);
	check_linear("\"\\", 1 << 19);
	check_linear("<@a,", 1 << 18);
	check_linear("a:b;,", 1 << 17);
	check_linear("\r\n ", 1 << 18);
}

static void a_list_has_a_ceiling(void **state)
{
	size_t size = 2 * (ADDRESS_LIST_MAX + 1);
	char *text = malloc(size);
	struct address_list list = {0};
	const char *why;

	(void)state;
	for (size_t i = 0; i < size; i++)
		text[i] = i % 2 ? ',' : 'a';
	assert_true(address_list_parse(&arena, text, size - 2, &list, &why));
	assert_int_equal(list.count, ADDRESS_LIST_MAX);
	assert_false(address_list_parse(&arena, text, 2, &list, &why));
	assert_string_equal(why, "more than 100000 addresses");
	assert_int_equal(list.count, ADDRESS_LIST_MAX);
	free(text);
}

static void qualify(void **state)
{
	struct address address;
	const char *why;

	(void)state;
	assert_true(address_parse(&arena, "root", &address, &why));
	assert_int_equal(address.kind, DOMAIN_NONE);
	address_qualify(&address, "mail.example");
	assert_string_equal(address_wire(&arena, &address), "root@mail.example");
	assert_string_equal(address_shown(&arena, &address), "root@mail.example");
	address_qualify(&address, "other.example");
	assert_string_equal(address_wire(&arena, &address), "root@mail.example");
	assert_true(address_parse(&arena, "<>", &address, &why));
	address_qualify(&address, "mail.example");
	assert_string_equal(address_wire(&arena, &address), "");
}

static bool same(const char *one, const char *other)
{
	struct address a, b;
	const char *why;

	assert_true(address_parse(&arena, one, &a, &why));
	assert_true(address_parse(&arena, other, &b, &why));
	return address_same(&a, &b);
}

/* RULES.md A20. */
static void same_mailbox(void **state)
{
	(void)state;
	assert_true(same("bob@x.org", "\"bob\"@X.ORG"));
	assert_false(same("bob@x.org", "Bob@x.org"));
	assert_false(same("bob@x.org", "bob@y.org"));
	assert_false(same("bob@x.org", "bob"));
	assert_true(same("bob", "bob"));
	assert_true(same("<>", ""));
	assert_true(same("u@[IPv6:2001:db8::1]", "u@[ipv6:2001:DB8:0::1]"));
	assert_false(same("u@[192.0.2.1]", "u@[192.0.2.2]"));
	assert_true(same("u@b\xc3\xbc"
	                 "cher.example",
	                 "u@XN--bcher-kva.example"));
}

static void localhost_by_any_name(void **state)
{
	static const char *const ours[] = {"localhost", "LocalHost", "localhost6",
	                                   "localhost4.localdomain4", "localhost.localdomain",
	                                   "mail.localhost"};
	static const char *const others[] = {"localhosts.example.org", "mylocalhost", "localhost5",
	                                     "localhos"};

	(void)state;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		assert_true(domain_is_localhost(ours[i]));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(domain_is_localhost(others[i]));
}

static void what_a_domain_reads_like(void **state)
{
	static const char *const same[] = {"example.org", "xn--", "xn--a", "xn--bcher-kva-.test",
	                                   "a..b", "", "[192.0.2.1]", "xn--99999999999"};

	(void)state;
	assert_string_equal(domain_readable(&arena, "mx.xn--bcher-kva.test"),
	                    "mx.b\303\274cher.test");
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_null(domain_readable(&arena, same[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(localhost_by_any_name),
		cmocka_unit_test_teardown(mailboxes_in_any_spelling, forget),
		cmocka_unit_test_teardown(local_parts_are_quoted_only_where_they_must, forget),
		cmocka_unit_test_teardown(bad_mailboxes_are_refused_in_words, forget),
		cmocka_unit_test_teardown(local_part_up_to_255_octets, forget),
		cmocka_unit_test_teardown(unicode_local_part_is_kept_to_the_byte, forget),
		cmocka_unit_test_teardown(literals, forget),
		cmocka_unit_test_teardown(domains, forget),
		cmocka_unit_test_teardown(what_a_domain_reads_like, forget),
		cmocka_unit_test_teardown(lists, forget),
		cmocka_unit_test_teardown(garbage_in_lists, forget),
		cmocka_unit_test_teardown(nul_is_a_fault, forget),
		cmocka_unit_test_teardown(a_list_is_appended_to, forget),
		cmocka_unit_test_teardown(time_is_linear, forget),
		cmocka_unit_test_teardown(a_list_has_a_ceiling, forget),
		cmocka_unit_test_teardown(qualify, forget),
		cmocka_unit_test_teardown(same_mailbox, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
