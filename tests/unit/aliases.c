/* What cli/aliases.h promises: both files line by line, the ways through them, and what is said of
   mistakes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/aliases.h"

static struct arena arena;
static char folder[] = "/tmp/sendmx-aliases-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static const char *path_of(const char *name)
{
	return arena_printf(&arena, "%s/%s", folder, name);
}

static const char *const names[] = {"aliases", "virtual", "list", "other"};

static int forget(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(path_of(names[i]));
	arena_free(&arena);
	return 0;
}

/* "$" in a text stands for the folder. */
static void put_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	for (; *text; text++) {
		if (*text == '$')
			fputs(folder, file);
		else
			fputc(*text, file);
	}
	assert_int_equal(fclose(file), 0);
}

/* NULL: there is no such file. */
static struct aliases *opened(const char *aliases, const char *virtual)
{
	struct aliases_want want = {
		.path = path_of("aliases"),
		.must_exist = aliases != NULL,
		.virtual_path = virtual ? path_of("virtual") : NULL,
		.mail_name = "mail.test",
	};

	unlink(want.path);
	if (aliases)
		put_file("aliases", aliases);
	if (virtual)
		put_file("virtual", virtual);
	return aliases_open(&arena, &want);
}

static struct address_list list_of(const char *text)
{
	struct address_list list = {0};
	const char *why;

	if (!address_list_parse(&arena, text, strlen(text), &list, &why))
		fail_msg("%s: %s", text, why);
	return list;
}

/* The texts that have the folder in them, without it. */
static const char *without_folder(const char *text)
{
	struct buf b;
	const char *copy;
	const char *found;
	size_t skip = strlen(folder) + 1;

	buf_init(&b, 1 << 20);
	for (; (found = strstr(text, folder)); text = found + skip)
		buf_add(&b, text, (size_t)(found - text));
	buf_text(&b, text);
	copy = arena_bytes(&arena, b.bytes, b.size);
	buf_free(&b);
	return copy;
}

static void print_one(struct buf *b, const struct aliases_result *r, size_t i)
{
	const char *shown = address_shown(&arena, &r->list.items[i]);

	buf_printf(b, "%s%s", b->size ? " " : "", shown);
	if (r->origins[i])
		buf_printf(b, "<%s", address_shown(&arena, r->origins[i]));
}

/* "bob@b.test<team carol@c.test !x: why": whom it leads to and for whom he stands; who failed. */
static const char *printed(const struct aliases_result *r)
{
	const char *text;
	struct buf b;

	buf_init(&b, 1 << 24);
	for (size_t i = 0; i < r->list.count; i++)
		print_one(&b, r, i);
	for (size_t i = 0; i < r->failed_count; i++)
		buf_printf(&b, "%s!%s: %s", b.size ? " " : "", r->failed[i].shown,
		           without_folder(r->failed[i].status.text));
	text = arena_bytes(&arena, b.size ? b.bytes : "", b.size);
	buf_free(&b);
	return text;
}

static struct aliases_result expanded(const char *aliases, const char *virtual, const char *asked)
{
	struct address_list list = list_of(asked);
	struct aliases_result result;

	aliases_expand(opened(aliases, virtual), &list, &result);
	return result;
}

static void leads(const char *aliases, const char *virtual, const char *asked, const char *wanted)
{
	struct aliases_result r = expanded(aliases, virtual, asked);

	assert_string_equal(printed(&r), wanted);
}

static void alias(const char *aliases, const char *asked, const char *wanted)
{
	leads(aliases, NULL, asked, wanted);
}

static void faults(const char *aliases, const char *virtual, const char *wanted)
{
	const char **lines;
	size_t count = aliases_check(opened(aliases, virtual), &lines);
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < count; i++)
		buf_printf(&b, "%s\n", without_folder(lines[i]));
	assert_string_equal(b.size ? b.bytes : "", wanted);
	buf_free(&b);
}

static void names_without_alias(void **state)
{
	(void)state;
	alias(NULL, "bob, carol@c.test", "bob@mail.test carol@c.test");
	alias("", "bob", "bob@mail.test");
	alias("root: x@x.test\n", "root@c.test", "root@c.test");
}

static void without_a_mail_name(void **state)
{
	struct aliases_want want = {.path = NULL};
	struct address_list asked = list_of("bob");
	struct aliases_result result;

	(void)state;
	aliases_expand(aliases_open(&arena, &want), &asked, &result);
	assert_string_equal(printed(&result), "bob");
	assert_int_equal(result.list.items[0].kind, DOMAIN_NONE);
}

static void the_null_address_is_left_to_others(void **state)
{
	struct address null = {.local = ""};
	struct address_list asked = {.items = &null, .count = 1};
	struct aliases_result result;

	(void)state;
	aliases_expand(opened("*: bob@b.test\n", NULL), &asked, &result);
	assert_int_equal(result.list.count, 1);
	assert_int_equal(result.failed_count, 0);
}

static void lists_and_lines(void **state)
{
	(void)state;
	alias("team: a@a.test,b@b.test ,c@c.test,,\n", "team",
	      "a@a.test<team b@b.test<team c@c.test<team");
	alias("# all\n\nteam:\ta@a.test,\n  # more\n\n \n\tb@b.test # and\n   c@c.test\nx: y",
	      "team", "a@a.test<team b@b.test<team c@c.test<team");
	alias("team : a@a.test\r\n\tb@b.test\r\n", "team", "a@a.test<team b@b.test<team");
	alias("team: Ann (the, first) <a@a.test>, \"B, b\" <b@b.test>", "team",
	      "a@a.test<team b@b.test<team");
	alias("a#b: x#y@x.test #z@z.test\n", "a#b", "x#y@x.test<a#b");
}

static void names_have_no_case(void **state)
{
	(void)state;
	alias("MAILER-Daemon: PostMaster\npostmaster: Root\nROOT: Bob@b.test\n", "mailer-daemon",
	      "Bob@b.test<mailer-daemon");
}

static void quoted_names(void **state)
{
	(void)state;
	alias("\"john doe\": \"jane: doe\"\n\"jane: doe\": j@j.test\n", "\"john doe\"",
	      "j@j.test<\"john doe\"");
	alias("\"root\": j@j.test\n", "root", "j@j.test<root");
	alias("john: \"a, b\"@j.test\n", "john", "\"a, b\"@j.test<john");
	alias("john: \"|a b\"@j.test\n", "john", "\"|a b\"@j.test<john");
	alias("b\303\274ro: b@b\303\274ro.test\n", "b\303\274ro", "b@b\303\274ro.test<b\303\274ro");
}

static void a_backslash_ends_it(void **state)
{
	(void)state;
	alias("bob: \\carol, \\carol@c.test\ncarol: d@d.test\n", "bob",
	      "carol@mail.test<bob carol@c.test<bob");
	leads("bob: \\carol\n", "carol@mail.test d@d.test\n", "bob", "carol@mail.test<bob");
}

static void a_name_in_its_own_alias_is_meant_itself(void **state)
{
	(void)state;
	alias("bob: bob, carol@c.test\n", "bob", "bob@mail.test<bob carol@c.test<bob");
	leads(NULL, "bob@b.test bob@b.test, c@c.test\n", "bob@b.test", "bob@b.test<bob@b.test "
	                                                              "c@c.test<bob@b.test");
	leads(NULL, "bob@mail.test bob\n", "bob", "bob@mail.test<bob");
}

static void a_default_for_names_nobody_wrote(void **state)
{
	(void)state;
	alias("*: admin\nadmin: alice\nbob: b@b.test\n", "nobody, bob, admin",
	      "alice@mail.test<nobody b@b.test<bob alice@mail.test<admin");
	alias("*: bob\n", "bob", "bob@mail.test<bob");
	alias("*: @c.test, d@d.test\n", "bob", "bob@c.test<bob d@d.test<bob");
	alias("*: d@d.test\n", "bob@b.test", "bob@b.test");
}

static void included_lists(void **state)
{
	(void)state;
	put_file("list", "# members\na@a.test\nb@b.test, c@c.test # two\n\n  bob\n");
	alias("team: :include:$/list, d@d.test\nbob: e@e.test\n", "team",
	      "a@a.test<team b@b.test<team c@c.test<team e@e.test<team d@d.test<team");
	alias("team: \":include: $/list\"\nbob: \\bob\n", "team",
	      "a@a.test<team b@b.test<team c@c.test<team bob@mail.test<team");
	put_file("other", ":Include:\"$/list\"\n");
	alias("bob: :include:$/other\n", "bob",
	      "a@a.test<bob b@b.test<bob c@c.test<bob bob@mail.test<bob");
}

static void lists_that_are_no_good(void **state)
{
	(void)state;
	put_file("list", "a@a.test\n\n|/bin/false\n:include:$/list\n");
	alias("team: :include:$/list\n", "team",
	      "a@a.test<team !team: list:3: a command (|/bin/false) is not run by sendmx; name an "
	      "address instead (and more: see newaliases)");
	faults("team: :include:$/list\n", NULL,
	       "list leads back to itself: list -> list\n"
	       "list:3: a command (|/bin/false) is not run by sendmx; name an address instead\n");
	put_file("list", "\n");
	alias("t: :include:$/list\n", "t", "!t: aliases:1: t: leads to an empty list");
	alias("t:\n :include:$/none, a@a.test\n", "t",
	      "a@a.test<t !t: aliases:2: t: none cannot be read: No such file or directory");
	faults("t: :include:list\n", NULL,
	       "aliases:1: t: :include:list does not name an absolute path\n");
	alias("t: :include:/dev/zero\n", "t",
	      "!t: aliases:1: t: /dev/zero cannot be read: File too large");
}

static void commands_and_files_are_refused(void **state)
{
	struct aliases_result r =
		expanded("# 1\n\nroot: a@a.test,\n"
		         "  \"|/usr/bin/procmail -a, b\"\nbob: b@b.test\n", NULL, "root, bob");

	(void)state;
	assert_string_equal(printed(&r),
	                    "a@a.test<root b@b.test<bob !root: aliases:4: root: a command "
	                    "(|/usr/bin/procmail -a, b) is not run by sendmx; name an address "
	                    "instead");
	assert_int_equal(r.failed[0].status.class, 5);
	assert_string_equal(r.failed[0].wire, "root");
	alias("root: /dev/null\n", "root",
	      "!root: aliases:1: root: a file (/dev/null) is not written by sendmx; name an "
	      "address instead");
	alias("root: team\nteam: \"/var/mail/x\"\n", "root",
	      "!root: aliases:2: team: a file (/var/mail/x) is not written by sendmx; name an "
	      "address instead");
	alias("root: /PN=Bob/O=X/@gate.test\n", "root", "/PN=Bob/O=X/@gate.test<root");
	alias("root: :fail: gone\n", "root",
	      "!root: aliases:1: root: :fail: gone means nothing to sendmx; of such words it knows "
	      "only :include:");
}

static void mail_to_a_broken_line_goes_nowhere(void **state)
{
	(void)state;
	alias("root bob@b.test\n*: c@c.test\n", "root",
	      "!root: aliases:1: root: no \":\" behind the name");
	alias("root:\n", "root", "!root: aliases:1: root: nobody stands behind this name");
	alias("root: alice bob\n", "root",
	      "!root: aliases:1: root: alice bob: no comma or \"@\" before the word at character "
	      "7, \"bob\"");
	alias("root: <>\n", "root",
	      "!root: aliases:1: root: nobody can be reached at the null address");
}

static void loops(void **state)
{
	struct aliases_result r;

	(void)state;
	alias("x: b\na: b, c@c.test\nb: a, d@d.test\n", "x, a",
	      "c@c.test<x d@d.test<x d@d.test<a c@c.test<a "
	      "!x: aliases:2: a: leads back to itself: a -> b -> a "
	      "!a: aliases:2: a: leads back to itself: a -> b -> a");
	r = expanded("a: b\nb: a\n", NULL, "a");
	assert_int_equal(r.failed[0].status.fault, FAULT_LOOP);
	leads("team: all@b.test\n", "all@b.test team\n", "team",
	      "!team: aliases:1: team: leads back to itself: team -> all@b.test -> team");
	leads(NULL, "@a.test @b.test\n@b.test @a.test\n", "x@a.test",
	      "!x@a.test: virtual:1: @a.test: leads back to itself: @a.test -> @b.test -> @a.test");
}

/* a0: a1, a1 and so on: the last has one address. */
static const char *nested(unsigned depth, bool twice)
{
	struct buf b;
	const char *text;

	buf_init(&b, 1 << 20);
	for (unsigned i = 0; i + 1 < depth; i++) {
		buf_printf(&b, "a%u: a%u", i, i + 1);
		if (twice)
			buf_printf(&b, ", a%u", i + 1);
		buf_text(&b, "\n");
	}
	buf_printf(&b, "a%u: x@x.test\n", depth - 1);
	text = arena_bytes(&arena, b.bytes, b.size);
	buf_free(&b);
	return text;
}

static void depth_has_an_end(void **state)
{
	(void)state;
	alias(nested(50, false), "a0", "x@x.test<a0");
	alias(nested(51, false), "a0", "!a0: aliases:51: a50: is nested deeper than 50 aliases");
}

static void growth_has_an_end(void **state)
{
	(void)state;
	alias(nested(40, true), "a0, bob, a39",
	      "bob@mail.test !a0: aliases:1: a0: more than 100000 addresses come of this message's "
	      "recipients !a39: aliases:40: a39: more than 100000 addresses come of this message's "
	      "recipients");
	faults(nested(40, true), NULL, "");
}

static void a_virtual_map(void **state)
{
	static const char map[] = "# departments\n"
	                          "team@example.test  ann@a.test, bob@b.test\n"
	                          "Sales@Example.TEST: team@example.test\n"
	                          "  carol@c.test\n"
	                          "@second.test       office@second.test\n"
	                          "vip@second.test    v@v.test\n"
	                          "@third.test        @b\303\274cher.test\n"
	                          "@b\303\274cher.test @example.test\n"
	                          "bob@[192.0.2.1]    bob@b.test\n";

	(void)state;
	leads(NULL, map, "team@example.test",
	      "ann@a.test<team@example.test bob@b.test<team@example.test");
	leads(NULL, map, "sales@example.test",
	      "ann@a.test<sales@example.test bob@b.test<sales@example.test "
	      "carol@c.test<sales@example.test");
	leads(NULL, map, "x@second.test, VIP@second.test",
	      "office@second.test<x@second.test v@v.test<VIP@second.test");
	leads(NULL, map, "x@third.test", "x@example.test<x@third.test");
	leads(NULL, map, "team@third.test",
	      "ann@a.test<team@third.test bob@b.test<team@third.test");
	leads(NULL, map, "bob@[192.0.2.1]", "bob@b.test<bob@[192.0.2.1]");
	leads(NULL, map, "x@fourth.test, y@example.test", "x@fourth.test y@example.test");
}

static void from_file_to_file(void **state)
{
	(void)state;
	leads("team: all@b.test, carol\n", "all@b.test staff, \\team\ncarol@mail.test c@c.test\n",
	      "team", "staff@mail.test<team team@mail.test<team c@c.test<team");
	leads(NULL, "@mail.test @a.test\n", "bob", "bob@a.test<bob");
	leads("*: x@x.test\n", "@a.test bob\n", "z@a.test", "bob@mail.test<z@a.test");
	leads(NULL, "@a.test @b.test, archive@a.test\n", "bob@a.test",
	      "bob@b.test<bob@a.test archive@a.test<bob@a.test");
	leads(NULL, "@a.test @a.test\n", "bob@a.test", "bob@a.test<bob@a.test");
	leads(NULL, "@a.test admin@a.test\nadmin@a.test alice@a.test\nalice@a.test alice@a.test\n",
	      "bob@a.test", "alice@a.test<bob@a.test");
}

static void files_that_cannot_be_read(void **state)
{
	struct aliases_want want = {.path = "/", .mail_name = "mail.test"};
	struct address_list asked = list_of("root, bob@b.test");
	struct aliases_result r;
	const char **lines;

	(void)state;
	aliases_expand(aliases_open(&arena, &want), &asked, &r);
	assert_string_equal(printed(&r), "bob@b.test !root: / cannot be read: Is a directory");
	assert_int_equal(r.failed[0].status.class, 4);
	want.path = path_of("none");
	want.must_exist = true;
	aliases_expand(aliases_open(&arena, &want), &asked, &r);
	assert_string_equal(printed(&r),
	                    "bob@b.test !root: none cannot be read: No such file or directory");
	want.virtual_path = want.path;
	assert_int_equal(aliases_check(aliases_open(&arena, &want), &lines), 1);
	want.must_exist = false;
	want.virtual_path = NULL;
	assert_int_equal(aliases_check(aliases_open(&arena, &want), &lines), 0);
}

static void a_file_that_is_no_text(void **state)
{
	FILE *file = fopen(path_of("aliases"), "w");
	struct aliases_want want = {.path = path_of("aliases")};
	const char **lines;

	(void)state;
	assert_non_null(file);
	fwrite("a: b\n\0", 1, 6, file);
	fclose(file);
	assert_int_equal(aliases_check(aliases_open(&arena, &want), &lines), 1);
	assert_string_equal(without_folder(lines[0]),
	                    "aliases is no text: there is a NUL byte in it");
}

static void every_fault_is_told(void **state)
{
	(void)state;
	put_file("list", "x@x.test\nbad bad@x.test\n");
	faults("  bob: x@x.test\n"
	       "bob@b.test: x@x.test\n"
	       "\t|continued\n"
	       "root: x@x.test\n"
	       "ROOT: y@y.test\n"
	       "cmd: x@x.test,\n"
	       "     |/bin/sh\033[2J,\n"
	       "     /var/mail/x\n"
	       "no colon\n"
	       "empty:\n"
	       "list: :include:$/list\n"
	       "also: list\n"
	       "a: b\nb: a\n",
	       "bob bob@b.test\n@x..test y@y.test\n@y.test @\n",
	       "aliases:1: a blank at its beginning continues the line above, and there is none\n"
	       "aliases:2: bob@b.test: this file is for names without a domain; full addresses "
	       "belong in the virtual map\n"
	       "aliases:3: bob@b.test: a command (|continued) is not run by sendmx; name an "
	       "address instead\n"
	       "aliases:5: ROOT: stands in line 4 already, and that line counts\n"
	       "aliases:7: cmd: a command (|/bin/sh\\x1b[2J) is not run by sendmx; name an address "
	       "instead\n"
	       "aliases:8: cmd: a file (/var/mail/x) is not written by sendmx; name an address "
	       "instead\n"
	       "aliases:9: no: no \":\" behind the name\n"
	       "aliases:10: empty: nobody stands behind this name\n"
	       "aliases:13: a: leads back to itself: a -> b -> a\n"
	       "list:2: bad bad@x.test: no comma or \"@\" before the word at character 5, "
	       "\"bad@x.test\"\n"
	       "virtual:1: bob: this file is for user@domain and @domain; names without a domain "
	       "belong in the aliases file\n"
	       "virtual:2: @x..test: empty label in \"x..test\" at character 3, \"x..test\"\n"
	       "virtual:3: @y.test: @ is no \"@\" and a domain\n");
	faults("root: x@x.test\n", "@a.test @b.test\n", "");
}

static void a_long_file(void **state)
{
	struct buf b;
	struct aliases_result r;

	(void)state;
	buf_init(&b, 1 << 24);
	buf_text(&b, "all:");
	for (unsigned i = 0; i < 50000; i++)
		buf_printf(&b, "\n u%u", i);
	for (unsigned i = 0; i < 50000; i++)
		buf_printf(&b, "\nu%u: u%u@x%u.test", i, i, i % 7);
	r = expanded(b.bytes, NULL, "u49999, all");
	assert_int_equal(r.failed_count, 1); /* 100,001 */
	r = expanded(b.bytes, NULL, "all");
	assert_int_equal(r.failed_count, 0);
	assert_int_equal(r.list.count, 50000);
	buf_clear(&b);
	for (unsigned i = 0; i < 200001; i++)
		buf_text(&b, "x: y\n");
	r = expanded(b.bytes, NULL, "x");
	assert_non_null(strstr(r.failed[0].status.text, "has more than 200000 entries"));
	buf_free(&b);
}

static void advice(void **state)
{
	struct aliases_want want = {.path = "/etc/aliases"};
	struct address_list list = list_of("root@box.test");

	(void)state;
	assert_string_equal(aliases_advice(&arena, &want, &list.items[0]),
	                    "mail to box.test comes back to this machine, which keeps no mailboxes:"
	                    " say where it goes, with \"root: ADDRESS\" in /etc/aliases (for root "
	                    "without a domain) or \"root@box.test ADDRESS\" in the virtual map");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(names_without_alias, forget),
		cmocka_unit_test_teardown(without_a_mail_name, forget),
		cmocka_unit_test_teardown(the_null_address_is_left_to_others, forget),
		cmocka_unit_test_teardown(lists_and_lines, forget),
		cmocka_unit_test_teardown(names_have_no_case, forget),
		cmocka_unit_test_teardown(quoted_names, forget),
		cmocka_unit_test_teardown(a_backslash_ends_it, forget),
		cmocka_unit_test_teardown(a_name_in_its_own_alias_is_meant_itself, forget),
		cmocka_unit_test_teardown(a_default_for_names_nobody_wrote, forget),
		cmocka_unit_test_teardown(included_lists, forget),
		cmocka_unit_test_teardown(lists_that_are_no_good, forget),
		cmocka_unit_test_teardown(commands_and_files_are_refused, forget),
		cmocka_unit_test_teardown(mail_to_a_broken_line_goes_nowhere, forget),
		cmocka_unit_test_teardown(loops, forget),
		cmocka_unit_test_teardown(depth_has_an_end, forget),
		cmocka_unit_test_teardown(growth_has_an_end, forget),
		cmocka_unit_test_teardown(a_virtual_map, forget),
		cmocka_unit_test_teardown(from_file_to_file, forget),
		cmocka_unit_test_teardown(files_that_cannot_be_read, forget),
		cmocka_unit_test_teardown(a_file_that_is_no_text, forget),
		cmocka_unit_test_teardown(every_fault_is_told, forget),
		cmocka_unit_test_teardown(a_long_file, forget),
		cmocka_unit_test_teardown(advice, forget),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
