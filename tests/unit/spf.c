/* What sender/spf.h promises: RFC 7208, section by section, and the examples of its appendix A. */

#include "route_world.h"

#include "sender/spf.h"

#define FOUR "192.0.2.1"
#define SIX "2001:db8::1"

/* A zone in which example.org. is the origin; who asks; and what comes out: the verdict, the path
   in brackets, the reason. */
struct spf_case {
	const char *zone, *ip, *wanted;
};

static const char *result(struct world *w, const char *ip, const char *sender, const char *hello)
{
	struct inquiry inquiry = {.dns = w->facts.dns, .arena = &w->arena};
	struct address address = world_address(w, sender);
	struct spf_question q = {
		.domain = address.domain,
		.local = address.local,
		.hello = hello,
	};
	struct spf spf;

	assert_true(ip_parse(ip, &q.ip));
	spf_judge(&inquiry, &q, &spf);
	assert_false(inquiry.waiting);
	return arena_printf(&w->arena, "%s%s%s%s%s%s", spf_verdict_name(spf.verdict),
	                    spf.path ? " [" : "", spf.path ? spf.path : "", spf.path ? "]" : "",
	                    spf.why ? " " : "", spf.why ? spf.why : "");
}

static void check(const struct spf_case *cases, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		struct world w;
		char zone[16384];

		snprintf(zone, sizeof zone, "$ORIGIN example.org.\n%s", cases[i].zone);
		world_open(&w, zone);
		const char *got = result(&w, cases[i].ip, "alice.b+c@example.org", "mail.example.net");
		if (strcmp(got, cases[i].wanted) != 0) {
			wrong++;
			print_message("# %s\n#   from %s\n#   gave   %s\n#   wanted %s\n",
			              cases[i].zone, cases[i].ip, got, cases[i].wanted);
		}
		world_close(&w);
	}
	assert_int_equal(wrong, 0);
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof *(cases))
#define SPF(text) "@ TXT \"v=spf1 " text "\"\n"

/* 4.3 to 4.5, 4.7 */
static void records(void **state)
{
	static const struct spf_case cases[] = {
		{"x A 192.0.2.1\n", FOUR, "none example.org has no SPF record"},
		{"$ORIGIN org.\n@ A 192.0.2.1\n", FOUR, "none example.org does not exist"},
		{"@ TXT \"v=spf10 -all\"\n", FOUR, "none example.org has no SPF record"},
		{"@ TXT \"v=spf1-all\"\n", FOUR, "none example.org has no SPF record"},
		{"@ TXT \" v=spf1 -all\"\n", FOUR, "none example.org has no SPF record"},
		{"@ TXT \"v=spf1\"\n", FOUR,
	         "neutral no term of the record fits, and it has no \"all\""},
		{"@ TXT \"V=SPF1 -ALL\"\n", FOUR, "fail [-ALL]"},
		{"@ TXT \"v=spf1 ip4:192\" \".0.2.1\" \" -all\"\n", FOUR, "pass [ip4:192.0.2.1]"},
		{"@ TXT \"other\"\n@ TXT \"v=spf1 +all\"\n", FOUR, "pass [+all]"},
		{"@ TXT \"v=spf1 -all\"\n@ TXT \"v=spf1 +all\"\n", FOUR,
	         "permerror example.org has more than one SPF record"},
		{";! servfail example.org. TXT\n", FOUR,
	         "temperror facts answers SERVFAIL to TXT example.org"},
		{"@ CNAME other\nother TXT \"v=spf1 ~all\"\n", FOUR, "softfail [~all]"},
		{SPF(" ip4:192.0.2.1   -all  "), FOUR, "pass [ip4:192.0.2.1]"},
		{SPF("?all"), FOUR, "neutral [?all]"},
		{SPF("-all +all"), FOUR, "fail [-all]"},
		{SPF("-all redirect=other.example.org"), FOUR, "fail [-all]"},
	};

	(void)state;
	CHECK(cases);
}

/* 4.6: a mistake anywhere is one of the whole record. */
static void syntax(void **state)
{
	static const struct spf_case cases[] = {
		{SPF("+all foo"), FOUR, "permerror \"foo\" is no mechanism of SPF"},
		{SPF("+all all:x"), FOUR, "permerror \"all:x\" takes nothing behind it"},
		{SPF("all/8"), FOUR, "permerror \"all/8\" takes nothing behind it"},
		{SPF("!all"), FOUR, "permerror \"!all\" is no mechanism of SPF"},
		{SPF("-"), FOUR, "permerror \"-\" is no mechanism of SPF"},
		{SPF("--all"), FOUR, "permerror \"--all\" is no mechanism of SPF"},
		{SPF("a\\009mx"), FOUR, "permerror \"a\\x09mx\" is no mechanism of SPF"},
		{SPF("include"), FOUR, "permerror \"include\" is not followed by a good domain"},
		{SPF("include:"), FOUR, "permerror \"include:\" is not followed by a good domain"},
		{SPF("include:x.example.org/24"), FOUR,
	         "permerror \"include:x.example.org/24\" is not followed by a good domain"},
		{SPF("exists"), FOUR, "permerror \"exists\" is not followed by a good domain"},
		{SPF("ip4"), FOUR,
	         "permerror \"ip4\" is not followed by a good address or prefix length"},
		{SPF("ip4:192.0.2"), FOUR,
	         "permerror \"ip4:192.0.2\" is not followed by a good address or prefix length"},
		{SPF("ip4:2001:db8::1"), FOUR,
	         "permerror \"ip4:2001:db8::1\" is not followed by a good address or prefix length"},
		{SPF("ip6:192.0.2.1"), FOUR,
	         "permerror \"ip6:192.0.2.1\" is not followed by a good address or prefix length"},
		{SPF("ip4:192.0.2.0/33"), FOUR,
	         "permerror \"ip4:192.0.2.0/33\" is not followed by a good address or prefix length"},
		{SPF("ip4:192.0.2.0/024"), FOUR,
	         "permerror \"ip4:192.0.2.0/024\" is not followed by a good address or prefix length"},
		{SPF("ip4:192.0.2.0/"), FOUR,
	         "permerror \"ip4:192.0.2.0/\" is not followed by a good address or prefix length"},
		{SPF("ip4:192.0.2.0//24"), FOUR,
	         "permerror \"ip4:192.0.2.0//24\" is not followed by a good address or prefix length"},
		{SPF("ip6:2001:db8::/129"), SIX,
	         "permerror \"ip6:2001:db8::/129\" is not followed by a good address or prefix length"},
		{SPF("ip6:fe80::1%%eth0"), SIX,
	         "permerror \"ip6:fe80::1%%eth0\" is not followed by a good address or prefix length"},
		{SPF("a:"), FOUR, "permerror \"a:\" is not followed by a good domain or prefix length"},
		{SPF("a/33"), FOUR,
	         "permerror \"a/33\" is not followed by a good domain or prefix length"},
		{SPF("a/24/"), FOUR,
	         "permerror \"a/24/\" is not followed by a good domain or prefix length"},
		{SPF("a//129"), FOUR,
	         "permerror \"a//129\" is not followed by a good domain or prefix length"},
		{SPF("a:org"), FOUR,
	         "permerror \"a:org\" is not followed by a good domain or prefix length"},
		{SPF("a:org."), FOUR,
	         "permerror \"a:org.\" is not followed by a good domain or prefix length"},
		{SPF("a:192.0.2.1"), FOUR,
	         "permerror \"a:192.0.2.1\" is not followed by a good domain or prefix length"},
		{SPF("a:x.example.-org"), FOUR,
	         "permerror \"a:x.example.-org\" is not followed by a good domain or prefix length"},
		{SPF("ptr/24"), FOUR,
	         "permerror \"ptr/24\" is not followed by a good domain or prefix length"},
		{SPF("a:%{x}.example.org"), FOUR,
	         "permerror \"a:%{x}.example.org\" is not followed by a good domain or prefix length"},
		{SPF("a:%{d0}.example.org"), FOUR,
	         "permerror \"a:%{d0}.example.org\" is not followed by a good domain or prefix length"},
		{SPF("a:%{d.example.org"), FOUR,
	         "permerror \"a:%{d.example.org\" is not followed by a good domain or prefix length"},
		{SPF("a:%example.org"), FOUR,
	         "permerror \"a:%example.org\" is not followed by a good domain or prefix length"},
		{SPF("exists:%{t}.example.org"), FOUR,
	         "permerror \"exists:%{t}.example.org\" is not followed by a good domain"},
		{SPF("redirect="), FOUR, "permerror \"redirect=\" is not followed by a good domain"},
		{SPF("redirect=a.test redirect=b.test"), FOUR,
	         "permerror \"redirect=b.test\" stands there for the second time"},
		{SPF("exp=a.test exp=b.test"), FOUR,
	         "permerror \"exp=b.test\" stands there for the second time"},
		{SPF("exp=a"), FOUR, "permerror \"exp=a\" is not followed by a good domain"},
		{SPF("moo=%{c} -all"), FOUR, "fail [-all]"},
		{SPF("moo=%a -all"), FOUR, "permerror \"moo=%a\" is not followed by good text"},
		{SPF("1moo=x -all"), FOUR, "permerror \"1moo=x\" is no mechanism of SPF"},
		{SPF("exp=nothing.%{d} -all"), FOUR, "fail [-all]"},
		{SPF("a:\\195\\164.example.org"), FOUR,
	         "permerror \"a:\xc3\xa4.example.org\" is not followed by a good domain or prefix "
	         "length"},
	};

	(void)state;
	CHECK(cases);
}

/* 5.6, and who is meant by it. */
static void networks(void **state)
{
	static const struct spf_case cases[] = {
		{SPF("ip4:192.0.2.1 -all"), FOUR, "pass [ip4:192.0.2.1]"},
		{SPF("ip4:192.0.2.2 -all"), FOUR, "fail [-all]"},
		{SPF("-ip4:192.0.2.128/25 +ip4:192.0.2.0/24"), FOUR, "pass [+ip4:192.0.2.0/24]"},
		{SPF("-ip4:192.0.2.128/25 +ip4:192.0.2.0/24"), "192.0.2.200",
	         "fail [-ip4:192.0.2.128/25]"},
		{SPF("ip4:0.0.0.0/0"), FOUR, "pass [ip4:0.0.0.0/0]"},
		{SPF("ip4:0.0.0.0/0 -all"), SIX, "fail [-all]"},
		{SPF("ip4:192.0.2.1/31 -all"), "192.0.2.0", "pass [ip4:192.0.2.1/31]"},
		{SPF("ip6:2001:db8::/32 -all"), SIX, "pass [ip6:2001:db8::/32]"},
		{SPF("ip6:2001:db8::2/127 -all"), SIX, "fail [-all]"},
		{SPF("ip6:::/0 -all"), SIX, "pass [ip6:::/0]"},
		{SPF("ip6:::ffff:192.0.2.1 -all"), FOUR, "fail [-all]"},
		{SPF("ip4:192.0.2.1 -all"), "::ffff:192.0.2.1", "pass [ip4:192.0.2.1]"},
		{SPF("IP4:192.0.2.1 -all"), FOUR, "pass [IP4:192.0.2.1]"},
	};

	(void)state;
	CHECK(cases);
}

/* 5.3, 5.4, 5.7 */
static void addresses(void **state)
{
	static const struct spf_case cases[] = {
		{SPF("a -all") "@ A 192.0.2.9\n@ A 192.0.2.1\n", FOUR, "pass [a]"},
		{SPF("a -all") "@ A 192.0.2.1\n@ AAAA 2001:db8::2\n", SIX, "fail [-all]"},
		{SPF("a//64 -all") "@ AAAA 2001:db8::2\n", SIX, "pass [a//64]"},
		{SPF("a/24//128 -all") "@ A 192.0.2.9\n", FOUR, "pass [a/24//128]"},
		{SPF("a/25 -all") "@ A 192.0.2.129\n", FOUR, "fail [-all]"},
		{SPF("a:x.example.org/24 -all") "x A 192.0.2.9\n", FOUR,
	         "pass [a:x.example.org/24]"},
		{SPF("a:x.example.org. -all") "x A 192.0.2.1\n", FOUR, "pass [a:x.example.org.]"},
		{SPF("a:x.example.org -all") "x CNAME y\ny A 192.0.2.1\n", FOUR,
	         "pass [a:x.example.org]"},
		{SPF("a:x.example.org -all") ";! servfail x A\n", FOUR,
	         "temperror [a:x.example.org] facts answers SERVFAIL to A x.example.org"},
		{SPF("ip4:192.0.2.1 a:x.example.org -all") ";! servfail x A\n", FOUR,
	         "pass [ip4:192.0.2.1]"},
		{SPF("a:x.example.org -all") ";! servfail x A\nx AAAA 2001:db8::1\n", SIX,
	         "pass [a:x.example.org]"},
		{SPF("mx -all") "@ MX 1 a\n@ MX 2 b\na A 192.0.2.9\nb A 192.0.2.1\n", FOUR,
	         "pass [mx]"},
		{SPF("mx/24 -all") "@ MX 1 a\na A 192.0.2.9\n", FOUR, "pass [mx/24]"},
		{SPF("mx:x.example.org -all") "x MX 1 a\na A 192.0.2.1\n", FOUR,
	         "pass [mx:x.example.org]"},
		{SPF("mx -all") "@ A 192.0.2.1\n", FOUR, "fail [-all]"},
		{SPF("mx -all") "@ MX 0 .\n", FOUR, "fail [-all]"},
		{SPF("mx -all") "@ MX 1 a\n;! timeout a A\n", FOUR,
	         "temperror [mx] no answer from facts to A a.example.org within 5 s"},
		{SPF("exists:x.example.org -all") "x A 127.0.0.2\n", SIX,
	         "pass [exists:x.example.org]"},
		{SPF("exists:x.example.org -all") "x AAAA 2001:db8::1\n", SIX, "fail [-all]"},
	};

	(void)state;
	CHECK(cases);
}

#define PTR "1.2.0.192.in-addr.arpa. PTR "

/* 5.5 */
static void names(void **state)
{
	static const struct spf_case cases[] = {
		{SPF("ptr -all") PTR "x\nx A 192.0.2.1\n", FOUR, "pass [ptr]"},
		{SPF("ptr -all") PTR "@\n@ A 192.0.2.1\n", FOUR, "pass [ptr]"},
		{SPF("ptr -all") PTR "x\nx A 192.0.2.2\n", FOUR, "fail [-all]"},
		{SPF("ptr -all") PTR "badexample.org.\nbadexample.org. A 192.0.2.1\n", FOUR,
	         "fail [-all]"},
		{SPF("ptr:y.test -all") PTR "x.Y.test.\nx.y.test. A 192.0.2.1\n", FOUR,
	         "pass [ptr:y.test]"},
		{SPF("ptr -all") ";! servfail 1.2.0.192.in-addr.arpa.\n", FOUR, "fail [-all]"},
		{SPF("ptr -all") PTR "y\n" PTR "x\n;! servfail y\nx A 192.0.2.1\n", FOUR,
	         "pass [ptr]"},
		{SPF("ptr -all")
	         "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR x\n"
	         "x AAAA 2001:db8::1\n",
	         SIX, "pass [ptr]"},
		{SPF("exists:%{p}.x.example.org -all") PTR "h.test.\nh.test. A 192.0.2.1\n"
	         "h.test.x A 127.0.0.2\n",
	         FOUR, "pass [exists:%{p}.x.example.org]"},
		{SPF("exists:%{p}.x.example.org -all") "unknown.x A 127.0.0.2\n", FOUR,
	         "pass [exists:%{p}.x.example.org]"},
		{SPF("exists:%{p}.x.example.org -all")
	         PTR "h.test.\n" PTR "m\nh.test. A 192.0.2.1\nm A 192.0.2.1\n"
	         "m.example.org.x A 127.0.0.2\n",
	         FOUR, "pass [exists:%{p}.x.example.org]"},
	};

	(void)state;
	CHECK(cases);
}

/* 5.2, 6.1 */
static void other_records(void **state)
{
	static const struct spf_case cases[] = {
		{SPF("include:x.example.org -all") "x TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n", FOUR,
	         "pass [include:x.example.org -> ip4:192.0.2.0/24]"},
		{SPF("~include:x.example.org -all") "x TXT \"v=spf1 +all\"\n", FOUR,
	         "softfail [~include:x.example.org -> +all]"},
		{SPF("include:x.example.org ~all") "x TXT \"v=spf1 -all\"\n", FOUR,
	         "softfail [~all]"},
		{SPF("include:x.example.org ~all") "x TXT \"v=spf1 ?all\"\n", FOUR,
	         "softfail [~all]"},
		{SPF("include:x.example.org ~all") "x TXT \"v=spf1\"\n", FOUR, "softfail [~all]"},
		{SPF("include:x.example.org +all") "x TXT \"other\"\n", FOUR,
	         "permerror [include:x.example.org] x.example.org has no SPF record"},
		{SPF("include:x.example.org +all"), FOUR,
	         "permerror [include:x.example.org] x.example.org does not exist"},
		{SPF("include:x.example.org +all") "x TXT \"v=spf1 foo\"\n", FOUR,
	         "permerror [include:x.example.org] \"foo\" is no mechanism of SPF"},
		{SPF("include:x.example.org +all") ";! servfail x TXT\n", FOUR,
	         "temperror [include:x.example.org] facts answers SERVFAIL to TXT x.example.org"},
		{SPF("include:x.example.org") "x TXT \"v=spf1 include:y.example.org\"\n"
	         "y TXT \"v=spf1 redirect=z.example.org\"\nz TXT \"v=spf1 a:%{o} -all\"\n"
	         "@ A 192.0.2.1\n",
	         FOUR,
	         "pass [include:x.example.org -> include:y.example.org -> "
	         "redirect=z.example.org -> a:%{o}]"},
		{SPF("redirect=x.example.org") "x TXT \"v=spf1 a -all\"\nx A 192.0.2.1\n", FOUR,
	         "pass [redirect=x.example.org -> a]"},
		{SPF("redirect=x.example.org a") "@ A 192.0.2.1\nx TXT \"v=spf1 -all\"\n", FOUR,
	         "pass [a]"},
		{SPF("redirect=x.example.org") "x TXT \"v=spf1\"\n", FOUR,
	         "neutral [redirect=x.example.org]"},
		{SPF("redirect=x.example.org") "x TXT \"other\"\n", FOUR,
	         "permerror [redirect=x.example.org] x.example.org has no SPF record"},
		{SPF("redirect=%{l}..example.org"), FOUR,
	         "permerror [redirect=%{l}..example.org] what is redirected to is no domain name"},
		{SPF("include:example.org +all"), FOUR,
	         "permerror [include:example.org -> include:example.org -> include:example.org -> "
	         "include:example.org -> include:example.org -> include:example.org -> "
	         "include:example.org -> include:example.org -> include:example.org -> "
	         "include:example.org -> include:example.org] "
	         "more than 10 look-ups would be needed"},
	};

	(void)state;
	CHECK(cases);
}

#define A5 "a:x.example.org a:x.example.org a:x.example.org a:x.example.org a:x.example.org "
#define MX5(n) "@ MX 1 " n "0\n@ MX 1 " n "1\n@ MX 1 " n "2\n@ MX 1 " n "3\n@ MX 1 " n "4\n"
#define MANY "* A 192.0.2.9\n"

/* 4.6.4 */
static void limits(void **state)
{
	static const struct spf_case cases[] = {
		{SPF(A5 A5 "-all") "x A 192.0.2.9\n", FOUR, "fail [-all]"},
		{SPF(A5 A5 "a:x.example.org -all") "x A 192.0.2.9\n", FOUR,
	         "permerror [a:x.example.org] more than 10 look-ups would be needed"},
		{SPF(A5 A5 "redirect=x.example.org") "x A 192.0.2.9\nx TXT \"v=spf1 -all\"\n", FOUR,
	         "permerror [redirect=x.example.org] more than 10 look-ups would be needed"},
		{SPF(A5 "include:y.example.org +all") "x A 192.0.2.9\ny TXT \"v=spf1 " A5 "\"\n",
	         FOUR,
	         "permerror [include:y.example.org -> a:x.example.org] "
	         "more than 10 look-ups would be needed"},
		{SPF(A5 A5 "ip4:192.0.2.1 a:x.example.org") "x A 192.0.2.9\n", FOUR,
	         "pass [ip4:192.0.2.1]"},
		{SPF("a:x.example.org a:x.example.org -all"), FOUR, "fail [-all]"},
		{SPF("a:x.example.org a:y.example.org a:z.example.org -all") "z AAAA 2001:db8::1\n",
	         FOUR, "permerror [a:z.example.org] more than 2 look-ups found nothing"},
		{SPF("mx -all") "@ MX 1 x\n@ MX 2 y\n@ MX 3 z\n", FOUR,
	         "permerror [mx] more than 2 look-ups found nothing"},
		{SPF("mx -all") MX5("a") MX5("b") MANY, FOUR, "fail [-all]"},
		{SPF("mx -all") MX5("a") MX5("b") "@ MX 1 c\n" MANY, FOUR,
	         "permerror [mx] there are more than 10 MX records"},
		{SPF("ptr -all") PTR "a\n" PTR "b\n" PTR "c\n" PTR "d\n" PTR "e\n" PTR "f\n" PTR "g\n"
	         PTR "h\n" PTR "i\n" PTR "j\n" PTR "k\n" MANY "k A 192.0.2.1\n",
	         FOUR, "fail [-all]"},
	};

	(void)state;
	CHECK(cases);
}

/* 7: macros, each looked for as the only name that exists. The sender is alice.b+c@example.org. */
static void macros(void **state)
{
	static const struct spf_case cases[] = {
		{SPF("exists:%{l}.l.test -all") "alice.b\\043c.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{l}.l.test]"},
		{SPF("exists:%{lr-}.l.test -all") "alice.b\\043c.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{lr-}.l.test]"},
		{SPF("exists:%{l1r+}.l.test -all") "alice.b.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{l1r+}.l.test]"},
		{SPF("exists:%{lr+.}.l.test -all") "c.b.alice.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{lr+.}.l.test]"},
		{SPF("exists:%{d1}.l.test -all") "org.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{d1}.l.test]"},
		{SPF("exists:%{d2}.l.test -all") "example.org.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{d2}.l.test]"},
		{SPF("exists:%{d9}.l.test -all") "example.org.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{d9}.l.test]"},
		{SPF("exists:%{d1r}.l.test -all") "example.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{d1r}.l.test]"},
		{SPF("exists:%{ir}.%{v}.l.test -all") "1.2.0.192.in-addr.l.test. A 127.0.0.2\n",
	         FOUR, "pass [exists:%{ir}.%{v}.l.test]"},
		{SPF("exists:%{i}.%{v}.l.test -all")
	         "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.ip6.l.test. A "
	         "127.0.0.2\n",
	         SIX, "pass [exists:%{i}.%{v}.l.test]"},
		{SPF("exists:%{h}.l.test -all") "mail.example.net.l.test. A 127.0.0.2\n", FOUR,
	         "pass [exists:%{h}.l.test]"},
		{SPF("exists:%{s}.l.test -all") "alice.b\\043c\\064example.org.l.test. A 127.0.0.2\n",
	         FOUR, "pass [exists:%{s}.l.test]"},
		{SPF("exists:%{S}.l.test -all")
	         "alice.b\\0372Bc\\03740example.org.l.test. A 127.0.0.2\n",
	         FOUR, "pass [exists:%{S}.l.test]"},
		{SPF("exists:a%%b%_c%-d.l.test -all")
	         "a\\037b\\032c\\03720d.l.test. A 127.0.0.2\n",
	         FOUR, "pass [exists:a%%b%_c%-d.l.test]"},
		{SPF("include:x.test ~all") "x.test. TXT \"v=spf1 exists:%{d}.%{o}.l.test -all\"\n"
	         "x.test.example.org.l.test. A 127.0.0.2\n",
	         FOUR, "pass [include:x.test -> exists:%{d}.%{o}.l.test]"},
		/* 7.3: cut from the left */
		{SPF("a:%{i}.%{i}.%{i}.%{i}.x.test -all")
	         "d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.2.0.0.1.0.d.b.8.0.0.0.0.0."
	         "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0."
	         "0.0.0.0.0.0.0.0.0.0.1.2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	         "0.0.1.x.test. AAAA 2001:db8::1\n",
	         SIX, "pass [a:%{i}.%{i}.%{i}.%{i}.x.test]"},
		/* what cannot be a name does not exist, and is not looked up */
		{SPF("a:x..example.org a:y..example.org a:z..example.org a:.q.example.org -all"), FOUR,
	         "fail [-all]"},
		{SPF("include:x..example.org -all"), FOUR,
	         "permerror [include:x..example.org] what is to be included is no domain name"},
	};

	(void)state;
	CHECK(cases);
}

/* 7.4: for a sender without a local part it is postmaster's. */
static void postmaster(void **state)
{
	struct world w;
	struct spf spf;

	(void)state;
	world_open(&w, "h.example.org TXT \"v=spf1 exists:%{s}.x.test -all\"\n"
	               "postmaster\\064h.example.org.x.test A 127.0.0.2\n");
	struct inquiry inquiry = {.dns = w.facts.dns, .arena = &w.arena};
	struct spf_question q = {
		.domain = "h.example.org",
		.local = "",
		.hello = "h.example.org",
	};
	ip_parse(FOUR, &q.ip);
	spf_judge(&inquiry, &q, &spf);
	assert_int_equal(spf.verdict, SPF_PASS);
	assert_int_equal(spf.lookups, 1);
	q.domain = "localhost";
	spf_judge(&inquiry, &q, &spf);
	assert_int_equal(spf.verdict, SPF_NONE);
	world_close(&w);
}

/* The world of RFC 7208 appendix A. */
#define APPENDIX                                                                                   \
	"$ORIGIN example.com.\n"                                                                   \
	"@ MX 10 mail-a\n@ MX 20 mail-b\n@ A 192.0.2.10\n@ A 192.0.2.11\n"                         \
	"amy A 192.0.2.65\nbob A 192.0.2.66\nmail-a A 192.0.2.129\nmail-b A 192.0.2.130\n"         \
	"www CNAME @\n"                                                                            \
	"mail-c.example.org. A 192.0.2.140\nexample.org. MX 10 mail-c.example.org.\n"              \
	"10.2.0.192.in-addr.arpa. PTR example.com.\n11.2.0.192.in-addr.arpa. PTR example.com.\n"   \
	"65.2.0.192.in-addr.arpa. PTR amy\n66.2.0.192.in-addr.arpa. PTR bob\n"                     \
	"129.2.0.192.in-addr.arpa. PTR mail-a\n130.2.0.192.in-addr.arpa. PTR mail-b\n"             \
	"140.2.0.192.in-addr.arpa. PTR mail-c.example.org.\n"                                      \
	"4.0.0.10.in-addr.arpa. PTR bob\n"

static void appendix(void **state)
{
	static const struct {
		const char *record, *good, *bad; /* addresses that pass, and that fail */
	} cases[] = {
		{"v=spf1 +all", "192.0.2.1 2001:db8::1", ""},
		{"v=spf1 a -all", "192.0.2.10 192.0.2.11", "192.0.2.65"},
		{"v=spf1 a:example.org -all", "", "192.0.2.10 192.0.2.140"},
		{"v=spf1 mx -all", "192.0.2.129 192.0.2.130", "192.0.2.10"},
		{"v=spf1 mx:example.org -all", "192.0.2.140", "192.0.2.129"},
		{"v=spf1 mx mx:example.org -all", "192.0.2.129 192.0.2.130 192.0.2.140",
	         "192.0.2.65"},
		{"v=spf1 mx/30 mx:example.org/30 -all",
	         "192.0.2.128 192.0.2.131 192.0.2.140 192.0.2.143", "192.0.2.132 192.0.2.127"},
		{"v=spf1 ptr -all", "192.0.2.10 192.0.2.65 192.0.2.129", "192.0.2.140 10.0.0.4"},
		{"v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129 192.0.2.140", "192.0.2.65"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int good = 0; good < 2; good++) {
			struct world w;
			char zone[4096], all[256], *rest = all;

			snprintf(zone, sizeof zone, APPENDIX "@ TXT \"%s\"\n", cases[i].record);
			snprintf(all, sizeof all, "%s", good ? cases[i].good : cases[i].bad);
			world_open(&w, zone);
			for (char *ip; (ip = strsep(&rest, " ")) && *ip;) {
				const char *got = result(&w, ip, "a@example.com", "x.test");

				if (strncmp(got, good ? "pass" : "fail", 4) != 0)
					fail_msg("%s from %s: %s", cases[i].record, ip, got);
			}
			world_close(&w);
		}
	}
}

/* A.2 to A.4: users with their own records, lists of addresses, several requirements. */
static void appendix_more(void **state)
{
	static const char zone[] = APPENDIX
		"$ORIGIN example.org.\n"
		"@ TXT \"v=spf1 include:example.com include:example.net -all\"\n"
		"example.com. TXT \"v=spf1 ip4:192.0.2.65 -all\"\n"
		"example.net. TXT \"v=spf1 ip4:192.0.2.66 ~all\"\n"
		"la TXT \"v=spf1 redirect=example.org\"\n"
		"policy TXT \"v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} -all\"\n"
		"1.2.0.192.mary._spf.policy A 127.0.0.2\n"
		"but TXT \"v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all\"\n"
		"ip4._spf.but TXT \"v=spf1 -ip4:192.0.2.0/24 +all\"\n"
		"ptr._spf.but TXT \"v=spf1 -ptr:example.com +all\"\n";
	struct world w;

	(void)state;
	world_open(&w, zone);
	assert_string_equal(result(&w, "192.0.2.65", "x@example.org", "h.test"),
	                    "pass [include:example.com -> ip4:192.0.2.65]");
	assert_string_equal(result(&w, "192.0.2.66", "x@la.example.org", "h.test"),
	                    "pass [redirect=example.org -> include:example.net -> ip4:192.0.2.66]");
	assert_string_equal(result(&w, "192.0.2.67", "x@la.example.org", "h.test"),
	                    "fail [redirect=example.org -> -all]");
	assert_string_equal(result(&w, FOUR, "mary@policy.example.org", "h.test"),
	                    "pass [exists:%{ir}.%{l1r+-}._spf.%{d}]");
	assert_string_equal(result(&w, FOUR, "mary+x@policy.example.org", "h.test"),
	                    "pass [exists:%{ir}.%{l1r+-}._spf.%{d}]");
	assert_string_equal(result(&w, FOUR, "joe@policy.example.org", "h.test"), "fail [-all]");
	assert_string_equal(result(&w, "192.0.2.65", "x@but.example.org", "h.test"), "pass [+all]");
	assert_string_equal(result(&w, "198.51.100.1", "x@but.example.org", "h.test"),
	                    "fail [-include:ip4._spf.%{d} -> +all]");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),   cmocka_unit_test(syntax),
		cmocka_unit_test(networks),  cmocka_unit_test(addresses),
		cmocka_unit_test(names),     cmocka_unit_test(other_records),
		cmocka_unit_test(limits),    cmocka_unit_test(macros),
		cmocka_unit_test(postmaster), cmocka_unit_test(appendix),
		cmocka_unit_test(appendix_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
