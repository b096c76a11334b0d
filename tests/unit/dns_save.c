/* Facts saved and read again: the same answers, word by word. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "net/dns_save.h"
#include "net/machine.h"

enum { TEXT_MAX_BYTES = 1 << 20, QUESTION_MAX = 64 };

static const struct dns_settings no_servers = {.timeout = 1, .attempts = 1};

struct question {
	char name[1100];
	enum dns_type type;
};

/* A DNS that knows what the text says. */
static struct dns *open_facts(const char *text, struct machine *machine)
{
	char path[] = "/tmp/sendmx-test.XXXXXX";
	struct dns *d = dns_open(&no_servers);
	int fd = mkstemp(path);
	const char *why = NULL;

	assert_true(fd >= 0);
	assert_int_equal(file_write(fd, text, strlen(text)), 0);
	close(fd);
	machine_blank(machine);
	bool read = dns_facts(d, path, machine, &why);
	unlink(path);
	if (!read)
		fail_msg("%s in\n%s", why, text);
	return d;
}

static void assert_same_text(const char *one, const char *other)
{
	assert_int_equal(one == NULL, other == NULL);
	if (one)
		assert_string_equal(one, other);
}

static void assert_same_record(const struct dns_answer *one, const struct dns_answer *other,
                               enum dns_type type, size_t i)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA: assert_true(ip_same(&one->ip[i], &other->ip[i])); break;
	case DNS_MX:
		assert_int_equal(one->mx[i].preference, other->mx[i].preference);
		assert_string_equal(one->mx[i].exchanger, other->mx[i].exchanger);
		break;
	case DNS_TLSA:
		assert_int_equal(one->tlsa[i].usage, other->tlsa[i].usage);
		assert_int_equal(one->tlsa[i].selector, other->tlsa[i].selector);
		assert_int_equal(one->tlsa[i].matching, other->tlsa[i].matching);
		assert_int_equal(one->tlsa[i].size, other->tlsa[i].size);
		assert_memory_equal(one->tlsa[i].data, other->tlsa[i].data, one->tlsa[i].size);
		break;
	case DNS_CNAME:
	case DNS_PTR:
	case DNS_TXT: assert_string_equal(one->txt[i], other->txt[i]); break;
	}
}

static void assert_same(const struct dns_answer *one, const struct dns_answer *other,
                        enum dns_type type)
{
	assert_int_equal(one->outcome, other->outcome);
	assert_int_equal(one->security, other->security);
	assert_same_text(one->security_reason, other->security_reason);
	assert_string_equal(one->name, other->name);
	assert_int_equal(one->alias_count, other->alias_count);
	for (size_t i = 0; i < one->alias_count; i++)
		assert_string_equal(one->aliases[i], other->aliases[i]);
	assert_int_equal(one->ttl, other->ttl);
	assert_same_text(one->trouble, other->trouble);
	assert_int_equal(one->count, other->count);
	for (size_t i = 0; i < one->count; i++)
		assert_same_record(one, other, type, i);
}

/* Save after all questions were asked; the copy gives the same answers, and saves the same. */
static void assert_round_trip(const char *facts, const struct question *questions, size_t count)
{
	struct machine machine, other;
	struct buf text, again;

	buf_init(&text, TEXT_MAX_BYTES);
	buf_init(&again, TEXT_MAX_BYTES);
	struct dns *d = open_facts(facts, &machine);
	for (size_t i = 0; i < count; i++)
		assert_non_null(dns_get(d, questions[i].name, questions[i].type, 0));
	dns_save(d, &machine, 17, &text);
	struct dns *copy = open_facts(text.bytes, &other);
	for (size_t i = 0; i < count; i++) {
		enum dns_type type = questions[i].type;
		const char *name = questions[i].name;

		assert_same(dns_get(d, name, type, 0), dns_get(copy, name, type, 0), type);
	}
	dns_save(copy, &other, 17, &again);
	assert_string_equal(text.bytes, again.bytes);
	dns_close(d);
	dns_close(copy);
	machine_free(&machine);
	machine_free(&other);
	buf_free(&text);
	buf_free(&again);
}

static void every_kind_of_answer(void **state)
{
	static const char facts[] =
		";! self 192.0.2.7\n;! self 2001:db8::7\n;! self us.example\n;! without ipv6\n"
		"a.example 7 A 192.0.2.2\na.example 300 A 192.0.2.1\n"
		"a.example AAAA 2001:db8::1\n"
		"m.example MX 20 b.example.\nm.example MX 10 a.example.\nm.example MX 10 .\n"
		"alias.example 5 CNAME m.example.\n"
		"round.example CNAME dizzy.example.\ndizzy.example CNAME round.example.\n"
		"dangling.example CNAME nowhere.example.\n"
		"t.example TXT \"a\\\"b\\\\c\" \"\" \"\\000\\255\\010;\"\nt.example TXT \"\"\n"
		"1.2.0.192.in-addr.arpa PTR a.example.\n"
		"_25._tcp.a.example TLSA 3 1 1 00ff10 ABCD\n"
		";! servfail sick.example\n;! refused us.example MX\n;! timeout late.example\n"
		";! trouble said.example MX \"it \\\"said\\\" \\\\o/ \\195\\164\"\n"
		";! reply odd.example A nxdomain example\nodd.example A 192.0.2.3\n"
		";! reply chain.example MX\n"
		"chain.example 9 CNAME m.example.\nm.example 8 MX 1 c.example.\n"
		"m.example 8 MX 1 c.example.\n"
		";! reply gone.example MX nxdomain\n"
		"gone.example CNAME gone2.example.\n"
		";! security bogus m.example MX \"the signature \\\"expired\\\"\"\n"
		";! security secure *.example\n";
	static const struct question questions[] = {
		{"a.example", DNS_A},
		{"a.example", DNS_AAAA},
		{"a.example", DNS_MX},
		{"m.example", DNS_MX},
		{"alias.example", DNS_MX},
		{"round.example", DNS_MX},
		{"dangling.example", DNS_A},
		{"t.example", DNS_TXT},
		{"_25._tcp.a.example", DNS_TLSA},
		{"sick.example", DNS_MX},
		{"us.example", DNS_MX},
		{"late.example", DNS_A},
		{"said.example", DNS_MX},
		{"said.example", DNS_A},
		{"odd.example", DNS_A},
		{"chain.example", DNS_MX},
		{"gone.example", DNS_MX},
		{"gone2.example", DNS_MX},
		{"nothing", DNS_A},
		{"1.2.0.192.in-addr.arpa", DNS_PTR},
		{"alias.example", DNS_CNAME},
		{".", DNS_MX},
	};

	(void)state;
	assert_round_trip(facts, questions, sizeof questions / sizeof *questions);
}

/* ---- random ones ---- */

static unsigned dice(unsigned sides)
{
	return (unsigned)rand() % sides;
}

/* One byte of a name or of a text, as a zone file has it. */
static size_t put_byte(char *at)
{
	if (dice(4))
		return (size_t)snprintf(at, 5, "%c", 'a' + (int)dice(3));
	return (size_t)snprintf(at, 5, "\\%03u", dice(256));
}

/* Up to 255 bytes on the wire, any bytes. */
static void random_name(char *name)
{
	unsigned left = 250;

	for (unsigned labels = 1 + dice(4); labels && left > 1; labels--) {
		unsigned size = 1 + dice(left < 64 ? left - 1 : 63);

		left -= size + 1;
		while (size--)
			name += put_byte(name);
		*name++ = '.';
	}
	*name = '\0';
}

static void random_string(struct buf *b)
{
	char byte[8];

	buf_text(b, " \"");
	for (unsigned size = dice(3) ? dice(20) : 255; size; size--) {
		put_byte(byte);
		buf_text(b, byte);
	}
	buf_text(b, "\"");
}

static void random_data(struct buf *b, enum dns_type type)
{
	char name[1100];

	random_name(name);
	switch (type) {
	case DNS_A: buf_printf(b, "192.0.2.%u", dice(4)); break;
	case DNS_AAAA: buf_printf(b, "2001:db8::%x", dice(4)); break;
	case DNS_MX: buf_printf(b, "%u %s", dice(3) ? dice(3) : 65535, name); break;
	case DNS_CNAME:
	case DNS_PTR: buf_text(b, name); break;
	case DNS_TLSA: buf_printf(b, "%u 1 1 %02x%02x", dice(256), dice(256), dice(2)); break;
	case DNS_TXT:
		for (unsigned strings = 1 + dice(3); strings; strings--)
			random_string(b);
		break;
	}
}

/* A question, and the reply to it: records of this name, mostly of this type. */
static void random_reply(struct buf *b, struct question *q)
{
	static const enum dns_type types[] = {DNS_A,   DNS_AAAA, DNS_MX, DNS_CNAME,
	                                      DNS_PTR, DNS_TLSA, DNS_TXT};

	random_name(q->name);
	q->type = types[dice(7)];
	buf_printf(b, ";! reply %s TYPE%u%s\n", q->name, q->type, dice(5) ? "" : " nxdomain");
	for (unsigned records = dice(5); records; records--) {
		enum dns_type type = dice(4) ? q->type : types[dice(7)];

		buf_printf(b, "%s %u TYPE%u ", q->name, dice(1000), type);
		random_data(b, type);
		buf_text(b, "\n");
	}
}

static void random_facts(void **state)
{
	static struct question questions[QUESTION_MAX];
	struct buf facts;

	(void)state;
	srand(1);
	for (int round = 0; round < 100; round++) {
		size_t count = 1 + dice(10);

		buf_init(&facts, TEXT_MAX_BYTES);
		for (size_t i = 0; i < count; i++)
			random_reply(&facts, &questions[i]);
		assert_false(facts.failed);
		assert_round_trip(facts.bytes, questions, count);
		buf_free(&facts);
	}
}

/* The largest there can be, in the words that need the most room. */
static void large_records(void **state)
{
	static const struct question questions[] = {{"t.example", DNS_TXT},
	                                            {"t.example", DNS_TLSA}};
	struct buf facts;

	(void)state;
	buf_init(&facts, TEXT_MAX_BYTES);
	buf_text(&facts, "t.example TXT");
	for (int i = 0; i < 255; i++) {
		buf_text(&facts, " \"");
		for (int k = 0; k < 255; k++)
			buf_text(&facts, "\\200");
		buf_text(&facts, "\"");
	}
	buf_text(&facts, "\nt.example TLSA 3 0 0 ");
	for (int i = 0; i < 65000; i++)
		buf_text(&facts, "ab");
	buf_text(&facts, "\n");
	assert_round_trip(facts.bytes, questions, 2);
	buf_free(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_answer),
		cmocka_unit_test(random_facts),
		cmocka_unit_test(large_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
