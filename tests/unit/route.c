/* What route/route.h promises: the routing rules of RULES.md section A, one by one. */

#include "route_world.h"

#define LATER "that can be looked up now: "

/* One zone, one recipient, and the picture of his route. */
struct route_case {
	const char *zone, *to, *wanted;
};

static void check(const struct route_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct world w;

		world_open(&w, cases[i].zone);
		expect_route(&w, cases[i].to, cases[i].wanted);
		world_close(&w);
	}
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof *(cases))

/* ---- A1 ---- */

static void a1_hosts_by_preference(void **state)
{
	static const struct route_case cases[] = {
		{
			"example.org MX 30 c\nexample.org MX 10 a\nexample.org MX 20 b\n"
			"a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n",
			"bob@example.org",
			"mx\n10 a 192.0.2.1\n20 b 192.0.2.2\n30 c 192.0.2.3\n",
		},
		{
			"example.org MX 65535 a\nexample.org MX 0 b\n"
			"a A 192.0.2.1\nb A 192.0.2.2\n",
			"bob@EXAMPLE.org",
			"mx\n0 b 192.0.2.2\n65535 a 192.0.2.1\n",
		},
		/* families in turn, IPv6 first, each in the order of the answer */
		{
			"example.org MX 10 a\na A 192.0.2.9\na A 192.0.2.1\na A 192.0.2.5\n"
			"a AAAA 2001:db8::2\n",
			"bob@example.org",
			"mx\n10 a 2001:db8::2 192.0.2.9 192.0.2.1 192.0.2.5\n",
		},
		/* the same name twice counts once, with its better preference */
		{
			"example.org MX 20 a\nexample.org MX 10 A.\na A 192.0.2.1\n",
			"bob@example.org",
			"mx\n10 a 192.0.2.1\n- 20 a: named before, with a better preference\n",
		},
		/* and so does an address */
		{
			"example.org MX 20 b\nexample.org MX 10 a\na A 192.0.2.1\n"
			"b A 192.0.2.1\nb A 192.0.2.2\n",
			"bob@example.org",
			"mx\n10 a 192.0.2.1\n20 b 192.0.2.2\n"
			"- 20 b [192.0.2.1]: the same address as a\n",
		},
		{
			"example.org MX 20 b\nexample.org MX 10 a\na A 192.0.2.1\nb A 192.0.2.1\n",
			"bob@example.org",
			"mx\n10 a 192.0.2.1\n- 20 b [192.0.2.1]: the same address as a\n",
		},
	};

	(void)state;
	CHECK(cases);
}

static const char three[] = "example.org MX 10 a\nexample.org MX 10 b\nexample.org MX 10 c\n"
			    "example.net MX 5 c\nexample.net MX 5 a\nexample.net MX 5 b\n"
			    "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n";

/* "abc" and so on into order[4]. */
static void order_of(struct world *w, const char *to, char *order)
{
	struct route route = world_route(w, to);

	assert_int_equal(route.host_count, 3);
	for (size_t i = 0; i < 3; i++)
		order[i] = route.hosts[i].name[0];
	order[3] = '\0';
}

static void a1_equals_are_shuffled_by_seed(void **state)
{
	static const char *const orders[] = {"abc", "acb", "bac", "bca", "cab", "cba"};
	enum { SEEDS = 6000 };
	unsigned seen[6] = {0};
	struct world w;

	(void)state;
	world_open(&w, three);
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		char order[4], again[4], other[4];

		w.facts.seed = seed;
		order_of(&w, "bob@example.org", order);
		order_of(&w, "bob@example.org", again);
		order_of(&w, "bob@example.net", other);
		assert_string_equal(order, again);
		assert_string_equal(order, other); /* else A18 would not hold */
		for (size_t i = 0; i < 6; i++)
			seen[i] += strcmp(order, orders[i]) == 0;
	}
	/* 1,000 each with a deviation of 29; the seeds are fixed: no matter of luck */
	for (size_t i = 0; i < 6; i++)
		assert_in_range(seen[i], 850, 1150);
	world_close(&w);
}

/* ---- A2 ---- */

static void a2_implicit_mx(void **state)
{
	static const struct route_case cases[] = {
		{
			"example.org A 192.0.2.1\nexample.org AAAA 2001:db8::1\n",
			"bob@example.org",
			"implicit\n0 example.org 2001:db8::1 192.0.2.1\n",
		},
		{
			"example.org AAAA 2001:db8::1\n",
			"bob@example.org",
			"implicit\n0 example.org 2001:db8::1\n",
		},
		{
			"example.org TXT \"nothing here\"\n",
			"bob@example.org",
			"implicit\n- 0 example.org: no address record\n"
			"5.4.4 the domain example.org exists, but takes no mail: it has neither MX "
			"nor address\n",
		},
		{
			";! servfail example.org A\nexample.org TXT x\n",
			"bob@example.org",
			"implicit\n- 0 example.org: facts answers SERVFAIL to A example.org\n"
			"4.4.4 the domain example.org has no MX, and its address cannot be looked "
			"up now: facts answers SERVFAIL to A example.org\n",
		},
	};

	(void)state;
	CHECK(cases);
}

/* ---- A3 ---- */

static void a3_dangling(void **state)
{
	static const struct route_case cases[] = {
		{
			"example.org MX 10 gone\nexample.org MX 20 bare\nexample.org A 192.0.2.1\n"
			"bare TXT x\n",
			"bob@example.org",
			"mx\n- 10 gone: the name does not exist\n- 20 bare: no address record\n"
			"5.4.4 no exchanger of example.org has an address: "
			"gone: the name does not exist; bare: no address record\n",
		},
		/* one look-up that failed makes it temporary */
		{
			"example.org MX 10 gone\nexample.org MX 20 sick\n;! servfail sick\n",
			"bob@example.org",
			"mx\n- 10 gone: the name does not exist\n"
			"- 20 sick: facts answers SERVFAIL to A sick\n"
			"4.4.4 no exchanger of example.org has an address " LATER
			"gone: the name does not exist; sick: facts answers SERVFAIL to A sick\n",
		},
		{
			"example.org MX 10 a\na CNAME gone\n",
			"bob@example.org",
			"mx\n- 10 a: alias of gone, which does not exist\n"
			"5.4.4 no exchanger of example.org has an address: "
			"a: alias of gone, which does not exist\n",
		},
		{
			"example.org MX 10 a\na CNAME b\nb TXT x\n",
			"bob@example.org",
			"mx\n- 10 a: alias of b, which has no address record\n"
			"5.4.4 no exchanger of example.org has an address: "
			"a: alias of b, which has no address record\n",
		},
		/* one dangling record does not matter where another stands */
		{
			"example.org MX 10 gone\nexample.org MX 20 b\nb A 192.0.2.2\n",
			"bob@example.org",
			"mx\n20 b 192.0.2.2\n- 10 gone: the name does not exist\n",
		},
	};

	(void)state;
	CHECK(cases);
}

static void a3_long_lists_are_cut(void **state)
{
	struct world w;
	struct route route;
	struct buf zone;

	(void)state;
	buf_init(&zone, 1 << 20);
	for (int i = 0; i < 100; i++)
		buf_printf(&zone, "example.org MX 10 gone%d\n", i);
	world_open(&w, zone.bytes);
	route = world_route(&w, "bob@example.org");
	assert_int_equal(route.excluded_count, 100);
	assert_int_equal(route.status.class, 5);
	assert_true(strlen(route.status.text) < 1000);
	assert_non_null(strstr(route.status.text, "; and 92 more"));
	buf_free(&zone);
	world_close(&w);
}

/* ---- A4, A5 ---- */

#define NULL_MX "mx\n5.1.10 the domain example.org takes no mail (null MX, RFC 7505)\n"

static void a4_null_mx(void **state)
{
	static const struct route_case cases[] = {
		{"example.org MX 0 .\nexample.org A 192.0.2.1\n", "bob@example.org", NULL_MX},
		{"example.org MX 10 .\n", "bob@example.org", NULL_MX},
		{"example.org MX 0 .\nexample.org MX 10 .\n", "bob@example.org", NULL_MX},
	};

	(void)state;
	CHECK(cases);
}

#define DOT "a null MX counts only when it is alone (RFC 7505 3)"

static void a5_dot_among_others(void **state)
{
	static const struct route_case cases[] = {
		{
			"example.org MX 0 .\nexample.org MX 10 a\na A 192.0.2.1\n",
			"bob@example.org",
			"mx\n10 a 192.0.2.1\n- 0 .: " DOT "\n",
		},
		{
			"example.org MX 0 .\nexample.org MX 10 gone\n",
			"bob@example.org",
			"mx\n- 0 .: " DOT "\n- 10 gone: the name does not exist\n"
			"5.4.4 no exchanger of example.org can be used: \".\": " DOT
			"; gone: the name does not exist\n",
		},
	};

	(void)state;
	CHECK(cases);
}

/* ---- A6, A7 ---- */

static void a6_domain_is_an_alias(void **state)
{
	static const char zone[] = "example.org CNAME b.example\nb.example CNAME c.example\n"
				   "c.example MX 10 a\na A 192.0.2.1\n"
				   "www.example.org CNAME web.example\nweb.example A 192.0.2.2\n";
	struct world w;
	struct route route;

	(void)state;
	world_open(&w, zone);
	expect_route(&w, "bob@example.org", "mx\n10 a 192.0.2.1\n");
	route = world_route(&w, "bob@example.org");
	assert_string_equal(route.status.text, "1 host to try");
	assert_string_equal(route.domain, "example.org");
	assert_int_equal(route.alias_count, 2);
	assert_string_equal(route.aliases[0], "b.example");
	assert_string_equal(route.aliases[1], "c.example");
	/* without MX the name it stands for is the exchanger */
	expect_route(&w, "bob@www.example.org", "implicit\n0 web.example 192.0.2.2\n");
	world_close(&w);
}

static void a6_aliases_without_end(void **state)
{
	struct world w;
	struct route route;

	(void)state;
	world_open(&w, "example.org CNAME b\nb CNAME example.org\n"
	               "d0 CNAME d1\nd1 CNAME d2\nd2 CNAME d3\nd3 CNAME d4\nd4 CNAME d5\n"
	               "d5 CNAME d6\nd6 CNAME d7\nd7 CNAME d8\nd8 CNAME d9\nd9 MX 10 a\n"
	               "a A 192.0.2.1\nm.example MX 10 b\n");
	route = world_route(&w, "bob@example.org");
	assert_int_equal(route.status.fault, FAULT_LOOP);
	assert_non_null(strstr(route.status.text, "example.org"));
	expect_route(&w, "bob@d1", "mx\n10 a 192.0.2.1\n"); /* 8 */
	route = world_route(&w, "bob@d0");                  /* 9 */
	assert_int_equal(route.status.fault, FAULT_LOOP);
	/* an exchanger's loop is the exchanger's affair */
	route = world_route(&w, "bob@m.example");
	assert_int_equal(route.status.fault, FAULT_DANGLING);
	assert_int_equal(route.excluded_count, 1);
	world_close(&w);
}

static void a7_exchanger_is_an_alias(void **state)
{
	static const struct route_case cases[] = {
		{
			"example.org MX 10 a\na CNAME b\nb A 192.0.2.1\nb AAAA 2001:db8::1\n",
			"bob@example.org",
			"mx\n10 a 2001:db8::1 192.0.2.1 = b\n",
		},
	};

	(void)state;
	CHECK(cases);
}

/* ---- A8 ---- */

static void a8_exchangers_that_are_none(void **state)
{
	static const struct route_case cases[] = {
		{
			"example.org MX 10 192.0.2.1\nexample.org MX 20 a\na A 192.0.2.2\n",
			"bob@example.org",
			"mx\n20 a 192.0.2.2\n"
			"- 10 192.0.2.1: an IP address, not a host name (RFC 5321 5.1)\n",
		},
		{
			"example.org MX 10 localhost\nexample.org MX 20 mail.localhost\n"
			"localhost A 127.0.0.1\n",
			"bob@example.org",
			"mx\n- 10 localhost: the name of every machine (RFC 6761 6.3)\n"
			"- 20 mail.localhost: the name of every machine (RFC 6761 6.3)\n"
			"5.4.4 no exchanger of example.org can be used: "
			"localhost: the name of every machine (RFC 6761 6.3); "
			"mail.localhost: the name of every machine (RFC 6761 6.3)\n",
		},
		{
			"example.org MX 10 mail_1.example.org\nmail_1.example.org A 192.0.2.1\n",
			"bob@example.org",
			"mx\n10 mail_1.example.org 192.0.2.1\n",
		},
	};
	struct world w;
	struct route route;

	(void)state;
	CHECK(cases);
	world_open(&w, "example.org MX 10 a\\032b\nexample.org MX 20 c\nc A 192.0.2.1\n");
	route = world_route(&w, "bob@example.org");
	assert_int_equal(route.host_count, 1);
	assert_string_equal(route.excluded[0].reason, "bad characters in the name");
	world_close(&w);
}

/* ---- A9, A10 ---- */

static void a9_domain_does_not_exist(void **state)
{
	static const struct route_case cases[] = {
		{
			"example.org MX 10 a\n",
			"bob@exmaple.org",
			"mx\n5.1.2 the domain exmaple.org does not exist\n",
		},
		{
			"example.org CNAME gone\n",
			"bob@example.org",
			"mx\n5.1.2 the domain example.org is an alias of gone, "
			"which does not exist\n",
		},
	};

	(void)state;
	CHECK(cases);
}

static void a10_dns_trouble(void **state)
{
	static const struct route_case cases[] = {
		{
			";! servfail example.org MX\nexample.org A 192.0.2.1\n",
			"bob@example.org",
			"mx\n4.4.3 facts answers SERVFAIL to MX example.org\n",
		},
		{
			";! refused example.org\n",
			"bob@example.org",
			"mx\n4.4.3 facts answers REFUSED to MX example.org\n",
		},
		{
			";! timeout example.org\n",
			"bob@example.org",
			"mx\n4.4.3 no answer from facts to MX example.org within 5 s\n",
		},
	};

	(void)state;
	CHECK(cases);
}

/* ---- A11 ---- */

static void a11_one_family_fails(void **state)
{
	static const struct route_case cases[] = {
		{
			"example.org MX 10 a\na AAAA 2001:db8::1\n;! servfail a A\n",
			"bob@example.org",
			"mx\n10 a 2001:db8::1 but facts answers SERVFAIL to A a\n",
		},
		{
			"example.org MX 10 a\na A 192.0.2.1\n;! timeout a AAAA\n",
			"bob@example.org",
			"mx\n10 a 192.0.2.1 but no answer from facts to AAAA a within 5 s\n",
		},
		{
			"example.org A 192.0.2.1\n;! servfail example.org AAAA\n",
			"bob@example.org",
			"implicit\n0 example.org 192.0.2.1 "
			"but facts answers SERVFAIL to AAAA example.org\n",
		},
		/* the family that answers has nothing: what the other one has is not known */
		{
			"example.org MX 10 a\na TXT x\n;! servfail a AAAA\n",
			"bob@example.org",
			"mx\n- 10 a: facts answers SERVFAIL to AAAA a\n"
			"4.4.4 no exchanger of example.org has an address " LATER
			"a: facts answers SERVFAIL to AAAA a\n",
		},
		/* the same, when it has nothing that can be used */
		{
			"example.org MX 10 a\na A 127.0.0.1\n;! servfail a AAAA\n",
			"bob@example.org",
			"mx\n- 10 a [127.0.0.1]: loopback address\n"
			"- 10 a: facts answers SERVFAIL to AAAA a\n"
			"4.4.4 no exchanger of example.org has an address " LATER
			"a [127.0.0.1]: loopback address; a: facts answers SERVFAIL to AAAA a\n",
		},
	};

	(void)state;
	CHECK(cases);
}

/* ---- A12 ---- */

static void a12_we_are_an_exchanger(void **state)
{
	static const struct route_case cases[] = {
		/* by name; what is equal or worse goes too */
		{
			";! self b\nexample.org MX 10 a\nexample.org MX 20 b\nexample.org MX 20 c\n"
			"example.org MX 30 d\na A 192.0.2.1\nb A 192.0.2.2\n"
			"c A 192.0.2.3\nd A 192.0.2.4\n",
			"bob@example.org",
			"mx\n10 a 192.0.2.1\n"
			"- 20 c: not better than b, which is this machine\n"
			"- 20 b: this machine (by its name)\n"
			"- 30 d: not better than b, which is this machine\n",
		},
		/* by an address, be it one of many */
		{
			";! self 2001:db8::b\nexample.org MX 10 a\nexample.org MX 20 b\n"
			"a A 192.0.2.1\nb A 192.0.2.2\nb AAAA 2001:db8::b\n",
			"bob@example.org",
			"mx\n10 a 192.0.2.1\n- 20 b: this machine (by its address 2001:db8::b)\n",
		},
		/* by the name behind an alias */
		{
			";! self b\nexample.org MX 10 a\na CNAME b\nb A 192.0.2.2\n",
			"bob@example.org",
			"mx\n- 10 a: this machine (by its name)\n"
			"5.4.6 no exchanger of example.org is better than this machine: "
			"a: this machine (by its name)\n",
		},
		/* by a name that is an alias of another one; one family is not known */
		{
			";! self a\nexample.org MX 10 a\na CNAME b\nb AAAA 2001:db8::2\n"
			";! servfail b A\n",
			"bob@example.org",
			"mx\n- 10 a: this machine (by its name)\n"
			"5.4.6 no exchanger of example.org is better than this machine: "
			"a: this machine (by its name)\n",
		},
		/* once it is known to be us, nothing else is said of it */
		{
			";! self b\nexample.org MX 10 b\nb A 127.0.0.1\nb A 192.0.2.7\n",
			"bob@example.org",
			"mx\n- 10 b: this machine (by its name)\n"
			"5.4.6 no exchanger of example.org is better than this machine: "
			"b: this machine (by its name)\n",
		},
		/* a name of ours need not have an address */
		{
			";! self b\nexample.org MX 10 b\nexample.org MX 20 c\nc A 192.0.2.3\n",
			"bob@example.org",
			"mx\n- 10 b: this machine (by its name)\n"
			"- 20 c: not better than b, which is this machine\n"
			"5.4.6 no exchanger of example.org is better than this machine: "
			"b: this machine (by its name); "
			"c: not better than b, which is this machine\n",
		},
		/* implicit MX */
		{
			";! self 192.0.2.7\nexample.org A 192.0.2.7\n",
			"bob@example.org",
			"implicit\n- 0 example.org: this machine (by its address 192.0.2.7)\n"
			"5.4.6 the domain example.org has no MX, and mail cannot go to the name "
			"itself: this machine (by its address 192.0.2.7)\n",
		},
		{
			";! self example.org\nexample.org A 192.0.2.7\n",
			"bob@example.org",
			"implicit\n- 0 example.org: this machine (by its name)\n"
			"5.4.6 the domain example.org has no MX, and mail cannot go to the name "
			"itself: this machine (by its name)\n",
		},
		/* without any address it is this machine all the same */
		{
			";! self example.org\nexample.org TXT x\n",
			"bob@example.org",
			"implicit\n- 0 example.org: this machine (by its name)\n"
			"5.4.6 the domain example.org has no MX, and mail cannot go to the name "
			"itself: this machine (by its name)\n",
		},
		/* a literal */
		{
			";! self 192.0.2.7\n",
			"bob@[192.0.2.7]",
			"literal\n- 0 [192.0.2.7]: this machine (by its address 192.0.2.7)\n"
			"5.4.6 mail cannot go to [192.0.2.7]: "
			"this machine (by its address 192.0.2.7)\n",
		},
		/* a better exchanger is dead for ever: the loop is the verdict */
		{
			";! self b\nexample.org MX 10 gone\nexample.org MX 20 b\nb A 192.0.2.2\n",
			"bob@example.org",
			"mx\n- 10 gone: the name does not exist\n"
			"- 20 b: this machine (by its name)\n"
			"5.4.6 no exchanger of example.org is better than this machine: "
			"gone: the name does not exist; b: this machine (by its name)\n",
		},
		/* ... for now: then it is that */
		{
			";! self b\nexample.org MX 10 a\nexample.org MX 20 b\nb A 192.0.2.2\n"
			";! servfail a\n",
			"bob@example.org",
			"mx\n- 10 a: facts answers SERVFAIL to A a\n"
			"- 20 b: this machine (by its name)\n"
			"4.4.4 no exchanger of example.org has an address " LATER
			"a: facts answers SERVFAIL to A a; b: this machine (by its name)\n",
		},
		/* a worse exchanger's trouble does not matter */
		{
			";! self b\nexample.org MX 10 b\nexample.org MX 20 c\nb A 192.0.2.2\n"
			";! servfail c\n",
			"bob@example.org",
			"mx\n- 10 b: this machine (by its name)\n"
			"- 20 c: not better than b, which is this machine\n"
			"5.4.6 no exchanger of example.org is better than this machine: "
			"b: this machine (by its name); "
			"c: not better than b, which is this machine\n",
		},
	};

	(void)state;
	CHECK(cases);
}

/* ---- A13 ---- */

static const char inward[] = "example.org MX 10 a\na A 127.0.0.1\na AAAA ::1\n"
			     "z.example MX 10 z\nz A 0.0.0.0\nz A 169.254.1.1\nz A 224.0.0.1\n"
			     "z AAAA ::\nz AAAA fe80::1\nz AAAA ff02::1\nz A 192.0.2.1\n"
			     "only.example MX 10 only\nonly A 0.0.0.0\n";

static void a13_addresses_of_nobody(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, inward);
	expect_route(&w, "bob@example.org",
	             "mx\n- 10 a [::1]: loopback address\n- 10 a [127.0.0.1]: loopback address\n"
	             "5.4.4 no exchanger of example.org can be used: "
	             "a [::1]: loopback address; a [127.0.0.1]: loopback address\n");
	expect_route(&w, "bob@z.example",
	             "mx\n10 z 192.0.2.1\n- 10 z [::]: unspecified address\n"
	             "- 10 z [0.0.0.0]: unspecified address\n"
	             "- 10 z [fe80::1]: link-local address\n"
	             "- 10 z [169.254.1.1]: link-local address\n"
	             "- 10 z [ff02::1]: multicast address\n"
	             "- 10 z [224.0.0.1]: multicast address\n");
	expect_route(&w, "bob@[127.0.0.1]",
	             "literal\n- 0 [127.0.0.1]: loopback address\n"
	             "5.4.4 mail cannot go to [127.0.0.1]: loopback address\n");
	world_close(&w);
}

static void a13_loopback_when_allowed(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, inward);
	w.facts.allow_loopback = true;
	w.machine.ipv4 = w.machine.ipv6 = false; /* a network of which only lo is up */
	expect_route(&w, "bob@example.org", "mx\n10 a ::1 127.0.0.1\n");
	expect_route(&w, "bob@[127.0.0.1]", "literal\n0 [127.0.0.1] 127.0.0.1\n");
	expect_route(&w, "bob@only.example",
	             "mx\n- 10 only [0.0.0.0]: unspecified address\n"
	             "5.4.4 no exchanger of only.example can be used: "
	             "only [0.0.0.0]: unspecified address\n");
	world_close(&w);
}

static void a13_loopback_makes_nobody_an_exchanger(void **state)
{
	struct world w;
	struct ip ip;

	(void)state;
	world_open(&w, inward);
	w.facts.allow_loopback = true;
	assert_true(ip_parse("127.0.0.1", &ip));
	assert_true(machine_add_address(&w.machine, &ip));
	expect_route(&w, "bob@example.org", "mx\n10 a ::1 127.0.0.1\n");
	world_close(&w);
}

/* ---- families that this machine has not ---- */

static void families_that_are_not_here(void **state)
{
	struct world w;
	struct route route;

	(void)state;
	world_open(&w, "example.org MX 10 a\na A 192.0.2.1\na AAAA 2001:db8::1\n"
	               "six.example MX 10 b\nb AAAA 2001:db8::2\nb AAAA ::1\n");
	w.machine.ipv6 = false;
	expect_route(&w, "bob@example.org",
	             "mx\n10 a 192.0.2.1\n"
	             "- 10 a [2001:db8::1]: IPv6 is not reachable from here\n");
	expect_route(&w, "bob@six.example",
	             "mx\n- 10 b [2001:db8::2]: IPv6 is not reachable from here\n"
	             "- 10 b [::1]: loopback address\n"
	             "4.4.1 no exchanger of six.example can be reached from here: "
	             "b [2001:db8::2]: IPv6 is not reachable from here; "
	             "b [::1]: loopback address\n");
	w.machine.ipv6 = true;
	w.machine.ipv4 = false;
	expect_route(&w, "bob@example.org",
	             "mx\n10 a 2001:db8::1\n"
	             "- 10 a [192.0.2.1]: IPv4 is not reachable from here\n");
	/* what our own user names may be in a network of his own */
	world_rule(&w, "*=192.0.2.9");
	route = world_route(&w, "bob@example.org");
	assert_int_equal(route.status.class, 2);
	world_close(&w);
}

/* ---- A14, A15, A16, A21 ---- */

static void a14_literals(void **state)
{
	struct world w;
	struct address address;
	const char *why = NULL;

	(void)state;
	world_open(&w, "192.0.2.1 MX 10 a\n");
	expect_route(&w, "bob@[192.0.2.1]", "literal\n0 [192.0.2.1] 192.0.2.1\n");
	expect_route(&w, "bob@[IPv6:2001:db8::1]", "literal\n0 [IPv6:2001:db8::1] 2001:db8::1\n");
	assert_int_equal(dns_counts(w.facts.dns).questions, 0);
	assert_false(address_parse(&w.arena, "bob@[x400:c=de]", &address, &why));
	world_close(&w);
}

static void a15_no_search_list(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "short.example.org MX 10 a\na.example.org A 192.0.2.1\nx.example MX 10 a\n");
	expect_route(&w, "bob@short", "mx\n5.1.2 the domain short does not exist\n");
	expect_route(&w, "bob@x.example",
	             "mx\n- 10 a: the name does not exist\n"
	             "5.4.4 no exchanger of x.example has an address: "
	             "a: the name does not exist\n");
	world_close(&w);
}

static void a16_unicode_domain(void **state)
{
	struct world w;
	struct route route;

	(void)state;
	world_open(&w, "xn--bcher-kva.example MX 10 a\na A 192.0.2.1\n");
	expect_route(&w, "bob@b\xc3\xbc" "cher.example", "mx\n10 a 192.0.2.1\n");
	expect_route(&w, "bob@B\xc3\x9c" "CHER.example", "mx\n10 a 192.0.2.1\n");
	route = world_route(&w, "bob@b\xc3\xbc" "cher.example");
	assert_string_equal(route.domain, "xn--bcher-kva.example");
	world_close(&w);
}

/* ---- A17 ---- */

static void add_addresses(struct buf *zone, const char *name, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		buf_printf(zone, "%s A 10.%u.%u.%u\n", name, first, i / 200, i % 200 + 1);
}

static size_t addresses_of(const struct route *route)
{
	size_t sum = 0;

	for (size_t i = 0; i < route->host_count; i++)
		sum += route->hosts[i].address_count;
	return sum;
}

static void a17_many_exchangers(void **state)
{
	struct world w;
	struct route route;
	struct buf zone;

	(void)state;
	buf_init(&zone, 1 << 20);
	for (unsigned i = 0; i < 512; i++)
		buf_printf(&zone, "example.org MX %u m%u\nm%u A 10.1.%u.%u\n", i, i, i, i / 256,
		           i % 256);
	world_open(&w, zone.bytes);
	route = world_route(&w, "bob@example.org");
	assert_int_equal(route.host_count, ROUTE_ADDRESS_MAX);
	assert_int_equal(addresses_of(&route), ROUTE_ADDRESS_MAX);
	assert_int_equal(route.excluded_count, 512 - ROUTE_ADDRESS_MAX);
	assert_string_equal(route.hosts[63].name, "m63");
	assert_string_equal(route.excluded[0].host, "m64");
	assert_string_equal(route.excluded[0].reason, "over the limit of 64 addresses");
	/* one question for the MX, two for each exchanger, none twice */
	assert_int_equal(dns_counts(w.facts.dns).questions, 1 + 2 * 512);
	buf_free(&zone);
	world_close(&w);
}

static void a17_many_addresses(void **state)
{
	struct world w;
	struct route route;
	struct buf zone;

	(void)state;
	buf_init(&zone, 1 << 20);
	buf_text(&zone, "example.org MX 10 a\nexample.org MX 20 b\nexample.org MX 30 c\n");
	add_addresses(&zone, "a", 1, 100);
	add_addresses(&zone, "b", 2, 3);
	add_addresses(&zone, "c", 3, 100);
	world_open(&w, zone.bytes);
	route = world_route(&w, "bob@example.org");
	/* the few of b are all in; a and c share what is left, the better one first */
	assert_int_equal(route.host_count, 3);
	assert_int_equal(route.hosts[0].address_count, 31);
	assert_int_equal(route.hosts[1].address_count, 3);
	assert_int_equal(route.hosts[2].address_count, 30);
	assert_int_equal(route.excluded_count, 203 - ROUTE_ADDRESS_MAX);
	assert_string_equal(route.excluded[0].host, "a [10.1.0.32]");
	assert_string_equal(route.excluded[0].reason, "over the limit of 64 addresses");
	buf_free(&zone);
	world_close(&w);
}

/* ---- A18: route_same ---- */

static void a18_same_routes(void **state)
{
	static const char zone[] = "a.example MX 10 m\na.example MX 20 n\n"
				   "b.example MX 5 m\nb.example MX 6 n\n"
				   "c.example MX 10 m\nc.example MX 10 n\n"
				   "d.example MX 10 m\ne.example MX 20 m\ne.example MX 10 n\n"
				   "m A 192.0.2.1\nn A 192.0.2.2\n";
	struct world w;
	struct route a, b, c, d, e, f;

	(void)state;
	world_open(&w, zone);
	a = world_route(&w, "bob@a.example");
	b = world_route(&w, "bob@b.example");
	c = world_route(&w, "bob@c.example");
	d = world_route(&w, "bob@d.example");
	e = world_route(&w, "bob@e.example");
	world_rule(&w, "f.example=m:587");
	f = world_route(&w, "bob@f.example");
	assert_true(route_same(&a, &b)); /* other numbers, the same tiers */
	assert_true(route_hash(&a) == route_hash(&b));
	assert_false(route_same(&a, &c)); /* raced there, one after the other here */
	assert_false(route_same(&a, &d));
	assert_false(route_same(&a, &e));
	assert_false(route_same(&d, &f)); /* another port */
	f = world_route(&w, "bob@a.example");
	f.hosts[1].addresses[0].bytes[3]++;
	assert_false(route_same(&a, &f)); /* another address */
	world_close(&w);
}

/* ---- A19 ---- */

struct rule_case {
	const char *text, *domain, *host; /* host as "name", "ip", "mx:name"; NULL: not a rule */
	unsigned port;
};

static void check_rule(struct arena *a, const struct rule_case *c)
{
	char ip[IP_TEXT];
	const char *why = NULL, *host;
	struct route_rule rule;
	bool good = route_rule_parse(a, c->text, &rule, &why);

	if (good != (c->host != NULL))
		fail_msg("\"%s\": %s", c->text, good ? "taken for a rule" : why);
	if (!good) {
		assert_true(why && *why);
		return;
	}
	host = rule.literal ? ip_print(&rule.ip, ip) : rule.host;
	assert_string_equal(rule.domain, c->domain);
	assert_string_equal(rule.mx ? arena_printf(a, "mx:%s", host) : host, c->host);
	assert_int_equal(rule.port, c->port);
}

static void a19_rules_are_read(void **state)
{
	static const struct rule_case cases[] = {
		{"example.org=smtp.example.net:587", "example.org", "smtp.example.net", 587},
		{"example.org smtp.example.net", "example.org", "smtp.example.net", 25},
		{" Example.ORG \t Relay. ", "example.org", "relay", 25},
		{"*=relay:2525", "*", "relay", 2525},
		{".example.org=[relay]:26", ".example.org", "relay", 26},
		{"b\xc3\xbc" "cher.example=relay", "xn--bcher-kva.example", "relay", 25},
		{"[192.0.2.9]=relay", "[192.0.2.9]", "relay", 25},
		{"*=192.0.2.1", "*", "192.0.2.1", 25},
		{"*=192.0.2.1:587", "*", "192.0.2.1", 587},
		{"*=[192.0.2.1]:587", "*", "192.0.2.1", 587},
		{"*=[2001:db8::1]", "*", "2001:db8::1", 25},
		{"*=[2001:db8::1]:587", "*", "2001:db8::1", 587},
		{"*=[IPv6:2001:db8::1]:587", "*", "2001:db8::1", 587},
		{"*=2001:db8::1", "*", "2001:db8::1", 25},
		{"*=localhost:1025", "*", "127.0.0.1", 1025},
		{"*=mx:example.net", "*", "mx:example.net", 25},
		{"*=mx:example.net:587", "*", "mx:example.net", 587},
		{"*=mx:25", "*", "mx", 25}, /* a host called mx */
		{"", NULL, NULL, 0},
		{"*", NULL, NULL, 0},
		{"*=", NULL, NULL, 0},
		{"=relay", NULL, NULL, 0},
		{"* relay 25", NULL, NULL, 0},
		{"*=relay:", NULL, NULL, 0},
		{"*=relay:0", NULL, NULL, 0},
		{"*=relay:65536", NULL, NULL, 0},
		{"*=relay:smtp", NULL, NULL, 0},
		{"*=[relay", NULL, NULL, 0},
		{"*=[relay]x", NULL, NULL, 0},
		{"*=[relay]:0", NULL, NULL, 0},
		{"*=[192.0.2.1]:smtp", NULL, NULL, 0},
		{"*=[]", NULL, NULL, 0},
		{"*=a..b", NULL, NULL, 0},
		{"a..b=relay", NULL, NULL, 0},
		{".=relay", NULL, NULL, 0},
		{"*=mx:192.0.2.1", NULL, NULL, 0},
		{"*=re lay", NULL, NULL, 0},
	};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_rule(&a, &cases[i]);
	arena_free(&a);
}

static const char relays[] = ";! self 192.0.2.7\n;! self relay.example\n"
			     "example.org MX 10 a\nsub.example.org MX 10 a\na A 192.0.2.1\n"
			     "other.example MX 10 a\n"
			     "relay.example A 192.0.2.7\nrelay.example A 127.0.0.1\n"
			     "hub.example MX 10 b\nb A 192.0.2.2\nnull.example MX 0 .\n"
			     "none.example TXT x\nsick.example TXT x\n;! servfail sick.example\n";

static void a19_first_match_wins(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, relays);
	world_rule(&w, ".example.org=192.0.2.10");
	world_rule(&w, "Example.org=mx:hub.example");
	world_rule(&w, "[192.0.2.5]=192.0.2.11:26");
	world_rule(&w, "example.org=192.0.2.12");
	expect_route(&w, "bob@example.org", "configured\n10 b 192.0.2.2\n");
	expect_route(&w, "bob@sub.example.org", "configured\n0 [192.0.2.10] 192.0.2.10\n");
	expect_route(&w, "bob@[192.0.2.5]", "configured\n0 [192.0.2.11]:26 192.0.2.11\n");
	expect_route(&w, "bob@other.example", "mx\n10 a 192.0.2.1\n");
	world_rule(&w, "*=[IPv6:2001:db8::9]:587");
	expect_route(&w, "bob@other.example", "configured\n0 [IPv6:2001:db8::9]:587 2001:db8::9\n");
	expect_route(&w, "bob@no.example", "configured\n0 [IPv6:2001:db8::9]:587 2001:db8::9\n");
	world_close(&w);
}

static void a19_may_be_this_machine(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, relays);
	world_rule(&w, "example.org=relay.example:587");
	world_rule(&w, "*=127.0.0.1:1025");
	expect_route(&w, "bob@example.org",
	             "configured\n0 relay.example:587 192.0.2.7 127.0.0.1\n");
	expect_route(&w, "bob@other.example", "configured\n0 [127.0.0.1]:1025 127.0.0.1\n");
	world_close(&w);
}

/* Our own configuration's mistake is not the recipient's. */
static void a19_faults_are_temporary(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, relays);
	world_rule(&w, "example.org=no.such.host");
	world_rule(&w, "sub.example.org=mx:null.example");
	world_rule(&w, "other.example=none.example");
	world_rule(&w, "hub.example=0.0.0.0");
	world_rule(&w, "*=mx:sick.example");
	expect_route(&w, "bob@example.org",
	             "configured\n- 0 no.such.host: the name does not exist\n"
	             "4.4.4 the route configured for example.org leads nowhere: "
	             "no host can be used: no.such.host: the name does not exist\n");
	expect_route(&w, "bob@sub.example.org",
	             "configured\n4.4.4 the route configured for sub.example.org leads nowhere: "
	             "the domain null.example takes no mail (null MX, RFC 7505)\n");
	expect_route(&w, "bob@other.example",
	             "configured\n- 0 none.example: no address record\n"
	             "4.4.4 the route configured for other.example leads nowhere: "
	             "no host can be used: none.example: no address record\n");
	expect_route(&w, "bob@hub.example",
	             "configured\n- 0 [0.0.0.0]: unspecified address\n"
	             "4.4.4 the route configured for hub.example leads nowhere: "
	             "no host can be used: [0.0.0.0]: unspecified address\n");
	expect_route(&w, "bob@x.example",
	             "configured\n4.4.3 the route configured for x.example leads nowhere: "
	             "facts answers SERVFAIL to MX sick.example\n");
	world_close(&w);
}

/* ---- A21 ---- */

static void refuse(struct arena *a, const char *domain)
{
	const char *name, *why = NULL;
	struct address address;

	if (domain_parse(a, domain, &name, &why))
		fail_msg("\"%s\" was taken", domain);
	assert_true(why && *why);
	assert_false(address_parse(a, arena_printf(a, "bob@%s", domain), &address, &why));
}

static void a21_names_that_are_none(void **state)
{
	struct arena a = {0};
	static const char *const bad[] = {
		"example..org", ".example.org", "example.123", "a b.example", "a!b.example", "",
	};
	char label[64 + 1], name[300];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuse(&a, bad[i]);
	memset(label, 'a', 64);
	label[64] = '\0';
	snprintf(name, sizeof name, "%s.example", label);
	refuse(&a, name);
	snprintf(name, sizeof name, "%.62s.%.62s.%.62s.%.62s.example", label, label, label, label);
	refuse(&a, name);
	arena_free(&a);
}

/* ---- names and figures ---- */

static void names_of_sources_and_securities(void **state)
{
	(void)state;
	assert_string_equal(route_source_name(ROUTE_MX), "mx");
	assert_string_equal(route_source_name(ROUTE_CONFIGURED), "configured");
	assert_string_equal(route_security_name(DNS_UNCHECKED), "unchecked");
	assert_string_equal(route_security_name(DNS_SECURE), "secure");
	assert_string_equal(route_security_name(DNS_INSECURE), "insecure");
	assert_string_equal(route_security_name(DNS_BOGUS), "bogus");
	assert_string_equal(route_security_name(DNS_INDETERMINATE), "indeterminate");
}

static void times_to_live(void **state)
{
	struct world w;
	struct route route;

	(void)state;
	world_open(&w, "example.org 600 MX 10 a\na 300 A 192.0.2.1\na 60 AAAA 2001:db8::1\n"
	               "zero.example 0 A 192.0.2.1\nzero.example 60 AAAA 2001:db8::1\n");
	route = world_route(&w, "bob@example.org");
	assert_int_equal(route.ttl, 600);
	assert_int_equal(route.hosts[0].ttl, 60);
	route = world_route(&w, "bob@zero.example");
	assert_int_equal(route.ttl, 0);
	assert_int_equal(route.hosts[0].ttl, 0);
	route = world_route(&w, "bob@[192.0.2.1]");
	assert_int_equal(route.hosts[0].ttl, 0);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a1_hosts_by_preference),
		cmocka_unit_test(a1_equals_are_shuffled_by_seed),
		cmocka_unit_test(a2_implicit_mx),
		cmocka_unit_test(a3_dangling),
		cmocka_unit_test(a3_long_lists_are_cut),
		cmocka_unit_test(a4_null_mx),
		cmocka_unit_test(a5_dot_among_others),
		cmocka_unit_test(a6_domain_is_an_alias),
		cmocka_unit_test(a6_aliases_without_end),
		cmocka_unit_test(a7_exchanger_is_an_alias),
		cmocka_unit_test(a8_exchangers_that_are_none),
		cmocka_unit_test(a9_domain_does_not_exist),
		cmocka_unit_test(a10_dns_trouble),
		cmocka_unit_test(a11_one_family_fails),
		cmocka_unit_test(a12_we_are_an_exchanger),
		cmocka_unit_test(a13_addresses_of_nobody),
		cmocka_unit_test(a13_loopback_when_allowed),
		cmocka_unit_test(a13_loopback_makes_nobody_an_exchanger),
		cmocka_unit_test(families_that_are_not_here),
		cmocka_unit_test(a14_literals),
		cmocka_unit_test(a15_no_search_list),
		cmocka_unit_test(a16_unicode_domain),
		cmocka_unit_test(a17_many_exchangers),
		cmocka_unit_test(a17_many_addresses),
		cmocka_unit_test(a18_same_routes),
		cmocka_unit_test(a19_rules_are_read),
		cmocka_unit_test(a19_first_match_wins),
		cmocka_unit_test(a19_may_be_this_machine),
		cmocka_unit_test(a19_faults_are_temporary),
		cmocka_unit_test(a21_names_that_are_none),
		cmocka_unit_test(names_of_sources_and_securities),
		cmocka_unit_test(times_to_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
