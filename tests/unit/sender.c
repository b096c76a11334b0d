/* What sender/dkim_key.h, dmarc.h, reverse.h and sender.h promise. */

#include "route_world.h"

#include "sender/sender.h"
#include "sender/trouble.h"

/* ---- DKIM ---- */

/* SubjectPublicKeyInfo, 1,024 bits */
#define RSA1024 \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDQXispudOeCT8Fsvl4JncCJBl1WpZYh4e34/KH1GvF" \
	"hmXvl5wOIUKL+4ijyUuf67Alf6uiaicmslQm0xGnJOGkEJuQkG8PSYO13hUa8EAzvR6TyS1MwND7I6T6" \
	"gg1V9dPVy5fRDw8ELndi0OPEjn0ipg45O79iV0FZY/tmD+7D1wIDAQAB"

/* RSAPublicKey of the same */
#define BARE1024 \
	"MIGJAoGBANBeKym5054JPwWy+XgmdwIkGXValliHh7fj8ofUa8WGZe+XnA4hQov7iKPJS5/rsCV/q6Jq" \
	"JyayVCbTEack4aQQm5CQbw9Jg7XeFRrwQDO9HpPJLUzA0PsjpPqCDVX109XLl9EPDwQud2LQ48SOfSKm" \
	"Djk7v2JXQVlj+2YP7sPXAgMBAAE="

/* SubjectPublicKeyInfo, 512 bits */
#define RSA512 \
	"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMjzogWjA9iaEch9I32XvWOaCRCsfiN64MXp/LdJ6FChv2yO" \
	"Hmg/O14dLmExWXDOgmKuVaX4vSqct4yKeyVz2ikCAwEAAQ=="

/* an ECDSA key */
#define CURVE \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBuwg9EZGs5BapgTn1FlBtjBKFeP9Ai9jXFonhesr+c0z" \
	"iRXocGhSOdRi2we7Xyg6G+Lg3rzj1GxDswcanPWBFA=="

/* RSA1024 without its last byte */
#define CUT \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDQXispudOeCT8Fsvl4JncCJBl1WpZYh4e34/KH1GvF" \
	"hmXvl5wOIUKL+4ijyUuf67Alf6uiaicmslQm0xGnJOGkEJuQkG8PSYO13hUa8EAzvR6TyS1MwND7I6T6" \
	"gg1V9dPVy5fRDw8ELndi0OPEjn0ipg45O79iV0FZY/tmD+7D1wIDAQA="

#define ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static const struct {
	const char *text;
	unsigned bits;
	const char *fault;
} keys[] = {
	{"v=DKIM1; k=rsa; p=" RSA1024, 1024, NULL},
	{"p=" RSA1024, 1024, NULL},
	{"p=" BARE1024, 1024, NULL},
	{" v = DKIM1 ; p = " RSA1024 " ; ", 1024, NULL},
	{"v=DKIM1; k=ed25519; p=" ED25519, 256, NULL},
	{"k=ed25519; p=11qYAYKxCrfVS/7T yWQHOg7hcvPapiMlrwIaaPcHURo =", 256, NULL},
	{"v=DKIM1; h=sha1:sha256; s=*; t=y:s; x=1; p=" RSA1024, 1024, NULL},
	{"s=other:email; p=" RSA1024, 1024, NULL},
	{"p=" RSA512, 512, "a key of 512 bits: RFC 8301 wants 1024 at least"},
	{"", 0, "there is no p="},
	{"v=DKIM1; p=", 0, "the key is revoked (empty p=)"},
	{"v=DKIM1; p= ;", 0, "the key is revoked (empty p=)"},
	{"v=DKIM2; p=" RSA1024, 0, "v= is not DKIM1, or not at the beginning"},
	{"p=" RSA1024 "; v=DKIM1", 0, "v= is not DKIM1, or not at the beginning"},
	{"h=sha1; p=" RSA1024, 0, "h= does not allow sha256"},
	{"s=tlsrpt; p=" RSA1024, 0, "s= is not for mail"},
	{"k=dsa; p=" RSA1024, 0, "k=dsa is no kind of key that verifiers know"},
	{"p=" CURVE, 0, "p= is no RSA key"},
	{"p=" CUT, 0, "p= is no RSA key"},
	{"p=MAA=", 0, "p= is no RSA key"},
	{"p=AAAA", 0, "p= is no RSA key"},
	{"k=ed25519; p=" RSA1024, 0, "p= is not the 32 bytes of an ed25519 key"},
	{"p=A", 0, "p= is not base64"},
	{"p=AAA", 0, "p= is not base64"},
	{"p=AA=A", 0, "p= is not base64"},
	{"p=A===", 0, "p= is not base64"},
	{"p=====", 0, "p= is not base64"},
	{"p=AA.A", 0, "p= is not base64"},
	{"p", 0, "\"p\" is no tag=value"},
	{"p=AAAA; p=AAAA", 0, "\"p\" stands there twice"},
	{"=x; p=AAAA", 0, "\"=x\" is no tag=value"},
	{"; p=AAAA", 0, "\"\" is no tag=value"},
	{"p=AA\x01", 0, "\"p=AA\\x01\" is no tag=value"},
};

static void dkim_records(void **state)
{
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct dkim_key key = {0};

		dkim_key_parse(&a, keys[i].text, &key);
		if (key.bits != keys[i].bits || !key.fault != !keys[i].fault ||
		    (key.fault && strcmp(key.fault, keys[i].fault) != 0))
			fail_msg("%s: %u bits, %s", keys[i].text, key.bits, key.fault);
	}
	arena_free(&a);
}

static void dkim_flags(void **state)
{
	struct dkim_key key = {0};
	struct arena a = {0};

	(void)state;
	dkim_key_parse(&a, "t=s; p=", &key);
	assert_true(key.strict);
	assert_false(key.testing);
	dkim_key_parse(&a, "t= y ; p=", &key);
	assert_true(key.testing);
	assert_false(key.strict);
	dkim_key_parse(&a, "t=yes; p=", &key);
	assert_false(key.testing);
	arena_free(&a);
}

static void dkim_look_up(void **state)
{
	struct world w;
	struct dkim_key key;

	(void)state;
	world_open(&w, "a._domainkey.example.org TXT \"p=\"\n"
	               "b._domainkey.example.org TXT \"p=\"\nb._domainkey.example.org TXT \"p=x\"\n"
	               ";! servfail c._domainkey.example.org\n");
	struct inquiry i = {.dns = w.facts.dns, .arena = &w.arena};
	dkim_key_find(&i, "a", "example.org", &key);
	assert_string_equal(key.name, "a._domainkey.example.org");
	assert_string_equal(key.fault, "the key is revoked (empty p=)");
	dkim_key_find(&i, "b", "example.org", &key);
	assert_string_equal(key.fault, "there is more than one TXT record");
	dkim_key_find(&i, "c", "example.org", &key);
	assert_true(key.trouble);
	dkim_key_find(&i, "d", "example.org", &key);
	assert_false(key.trouble);
	assert_string_equal(key.fault, "there is no such record");
	world_close(&w);
	assert_true(dkim_selector_good("s1.mail_2-x"));
	assert_false(dkim_selector_good(""));
	assert_false(dkim_selector_good("a b"));
	assert_false(dkim_selector_good("a..b"));
	assert_false(dkim_selector_good("\\097"));
}

/* ---- DMARC ---- */

/* "whose record: policy, organization; fault" */
static const char *dmarc_picture(struct world *w, const char *domain)
{
	struct inquiry i = {.dns = w->facts.dns, .arena = &w->arena};
	struct dmarc d;

	dmarc_find(&i, domain, &d);
	return arena_printf(&w->arena, "%s %s of %s%s%s%s%s%s%s", d.domain ? d.domain : "-",
	                    d.policy ? d.policy : "-", d.organization, d.strict_dkim ? " dkim" : "",
	                    d.strict_spf ? " spf" : "", d.percent < 100 ? " percent" : "",
	                    d.reports ? " reports" : "", d.fault ? "; " : "",
	                    d.fault ? d.fault : d.trouble ? d.trouble : "");
}

static void dmarc_records(void **state)
{
	static const struct {
		const char *zone, *domain, *wanted;
	} cases[] = {
		{"x A 192.0.2.1\n", "example.org", "- - of example.org"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n", "example.org",
	         "example.org reject of example.org"},
		{"_dmarc.example.org TXT \"v=DMARC1;p=Quarantine;sp=none\"\n", "a.b.example.org",
	         "example.org none of example.org"},
		{"_dmarc.example.org TXT \"v=DMARC1;p=quarantine\"\n", "a.b.example.org",
	         "example.org quarantine of example.org"},
		{"_dmarc.example.org TXT \"v=DMARC1;p=reject;sp=none\"\n"
	         "_dmarc.a.example.org TXT \"v=DMARC1; p=quarantine\"\n",
	         "a.example.org", "a.example.org quarantine of example.org"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=none; adkim=s; aspf=s; pct=5; rua=mailto:x\"\n",
	         "example.org", "example.org none of example.org dkim spf percent reports"},
		{"_dmarc.example.org TXT \"v=DMARC1\"\n", "example.org",
	         "example.org none of example.org; there is no p="},
		{"_dmarc.example.org TXT \"v=DMARC1; p=some\"\n", "example.org",
	         "example.org none of example.org; p= is not none, quarantine or reject"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=none; sp=x\"\n", "example.org",
	         "example.org none of example.org; sp= is not none, quarantine or reject"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=none; pct=101\"\n", "example.org",
	         "example.org none of example.org; pct= is not a number from 0 to 100"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=none; aspf=x\"\n", "example.org",
	         "example.org none of example.org; aspf= is neither r nor s"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=none; rua=x\"\n", "example.org",
	         "example.org none of example.org reports; "
	         "rua= is not a list of URIs such as mailto:dmarc@example.org"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=none; x\"\n", "example.org",
	         "- - of example.org; \"x\" is no tag=value"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=none\"\n"
	         "_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n",
	         "example.org",
	         "- - of example.org; _dmarc.example.org has more than one DMARC record"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=none\"\n_dmarc.example.org TXT \"other\"\n",
	         "example.org", "example.org none of example.org"},
		{"_dmarc.example.org TXT \"v=DMARC12; p=none\"\n", "example.org",
	         "- - of example.org"},
		{"_dmarc.example.org TXT \"v=dmarc1; p=reject\"\n", "example.org",
	         "- - of example.org"},
		{"_dmarc.example.org TXT \"v = DMARC1 ;p=reject\"\n", "example.org",
	         "example.org reject of example.org"},
		{"_dmarc.example.org TXT \"v\"\n", "example.org", "- - of example.org"},
		/* the lower record is broken, and the one above it counts */
		{"_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n"
	         "_dmarc.a.example.org TXT \"v=DMARC1; p\"\n",
	         "a.example.org", "example.org reject of example.org; \"p\" is no tag=value"},
		{";! servfail _dmarc.example.org\n", "example.org",
	         "- - of example.orgfacts answers SERVFAIL to TXT _dmarc.example.org"},
		{";! servfail _dmarc.org\n_dmarc.example.org TXT \"v=DMARC1; p=none\"\n",
	         "a.example.org", "example.org none of example.org"},
		{"_dmarc.org TXT \"v=DMARC1; p=reject; psd=y\"\n"
	         "_dmarc.a.example.org TXT \"v=DMARC1; p=none\"\n",
	         "b.a.example.org", "- - of example.org"},
		{"_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n"
	         "_dmarc.a.example.org TXT \"v=DMARC1; p=none; psd=n\"\n",
	         "b.a.example.org", "a.example.org none of a.example.org"},
		/* ten labels: the name itself, then at once the last seven */
		{"_dmarc.d.e.f.g.h.i.org TXT \"v=DMARC1; p=reject\"\n"
	         "_dmarc.c.d.e.f.g.h.i.org TXT \"v=DMARC1; p=none\"\n",
	         "a.b.c.d.e.f.g.h.i.org", "d.e.f.g.h.i.org reject of d.e.f.g.h.i.org"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world w;

		world_open(&w, cases[i].zone);
		assert_string_equal(dmarc_picture(&w, cases[i].domain), cases[i].wanted);
		world_close(&w);
	}
}

static void dmarc_alignment(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n"
	               "_dmarc.example.net TXT \"v=DMARC1; p=reject\"\n");
	struct inquiry i = {.dns = w.facts.dns, .arena = &w.arena};
	assert_true(dmarc_aligned(&i, "Example.org", "example.org", true));
	assert_true(dmarc_aligned(&i, "a.example.org", "example.org", false));
	assert_true(dmarc_aligned(&i, "a.example.org", "b.example.org", false));
	assert_false(dmarc_aligned(&i, "a.example.org", "example.org", true));
	assert_false(dmarc_aligned(&i, "example.net", "example.org", false));
	assert_false(dmarc_aligned(&i, "a.example.com", "b.example.com", false));
	world_close(&w);
}

/* ---- names, addresses ---- */

static void reverse_names(void **state)
{
	struct world w;
	struct reverse r;
	struct ip ip;

	(void)state;
	world_open(&w, "1.2.0.192.in-addr.arpa PTR a\n1.2.0.192.in-addr.arpa PTR b\\.c.d\n"
	               "1.2.0.192.in-addr.arpa PTR e\na A 192.0.2.1\n;! refused e\n"
	               "$ORIGIN 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.\n"
	               "f.e.d.c PTR six.test.\nsix.test. AAAA 2001:db8::cdef\n");
	struct inquiry i = {.dns = w.facts.dns, .arena = &w.arena};
	ip_parse("192.0.2.1", &ip);
	reverse_find(&i, &ip, &r);
	assert_int_equal(r.count, 3);
	assert_true(r.names[0].leads_back);
	assert_string_equal(r.names[1].name, "b\\046c.d");
	assert_false(r.names[1].leads_back);
	assert_string_equal(r.names[2].trouble, "facts answers REFUSED to A e");
	ip_parse("2001:db8::cdef", &ip);
	reverse_find(&i, &ip, &r);
	assert_int_equal(r.count, 1);
	assert_true(r.names[0].leads_back);
	ip_parse("192.0.2.2", &ip);
	reverse_find(&i, &ip, &r);
	assert_true(r.empty);
	world_close(&w);
}

static void many_names(void **state)
{
	char zone[4096] = "";
	struct world w;
	struct reverse r;
	struct ip ip;

	(void)state;
	for (int n = 0; n < 15; n++)
		snprintf(zone + strlen(zone), 60, "1.2.0.192.in-addr.arpa PTR n%d\n", n);
	world_open(&w, zone);
	struct inquiry i = {.dns = w.facts.dns, .arena = &w.arena};
	ip_parse("192.0.2.1", &ip);
	reverse_find(&i, &ip, &r);
	assert_int_equal(r.count, 10);
	assert_int_equal(r.left_out, 5);
	world_close(&w);
}

static void private_addresses(void **state)
{
	static const struct {
		const char *ip, *kind;
	} cases[] = {
		{"10.255.0.1", "private address (RFC 1918)"},
		{"172.16.0.1", "private address (RFC 1918)"},
		{"172.31.255.255", "private address (RFC 1918)"},
		{"172.32.0.0", NULL},
		{"192.168.0.1", "private address (RFC 1918)"},
		{"192.169.0.1", NULL},
		{"100.64.0.1", "provider's shared address (RFC 6598)"},
		{"100.127.255.255", "provider's shared address (RFC 6598)"},
		{"100.128.0.0", NULL},
		{"fd00::1", "unique local address (RFC 4193)"},
		{"fe00::1", NULL},
		{"2001:db8::1", NULL},
		{"127.0.0.1", "loopback address"},
		{"fe80::1", "link-local address"},
	};
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(ip_parse(cases[i].ip, &ip));
		if (cases[i].kind)
			assert_string_equal(sender_private(&ip), cases[i].kind);
		else
			assert_null(sender_private(&ip));
	}
}

static void troubles_are_told_once(void **state)
{
	static const char *const sentences[] = {
		"no answer from 192.0.2.53 to PTR 1.2.0.192.in-addr.arpa within 15 s",
		"192.0.2.53 cannot be asked for A x.example.org: Connection refused",
		"no answer from 192.0.2.53 to TXT example.org within 15 s",
		"192.0.2.53 answers SERVFAIL to MX example.org (EDE 22: No Reachable Authority)",
		"192.0.2.53 cannot be asked for TXT example.org: Connection refused",
		"no answer from 192.0.2.53 to MX example.org within 5 s",
		"no answer from 192.0.2.53 to AAAA example.org within 15 s",
		"A MX TXT",
	};
	static const char *const wanted[] = {
		"no answer from 192.0.2.53 to PTR 1.2.0.192.in-addr.arpa, TXT example.org, "
		"AAAA example.org within 15 s",
		"192.0.2.53 cannot be asked for A x.example.org, TXT example.org: Connection refused",
		"192.0.2.53 answers SERVFAIL to MX example.org (EDE 22: No Reachable Authority)",
		"no answer from 192.0.2.53 to MX example.org within 5 s",
		"A MX TXT",
		"no answer from 192.0.2.53 to TXT example.org within 15 s",
	};
	struct sender s = {.finding_count = 0};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		s.findings[s.finding_count++] = (struct sender_finding){SENDER_TROUBLE, sentences[i]};
	s.findings[s.finding_count++] = (struct sender_finding){SENDER_REMARK, wanted[5]};
	trouble_gather(&s, &a);
	assert_int_equal(s.finding_count, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < s.finding_count; i++)
		assert_string_equal(s.findings[i].text, wanted[i]);
	assert_int_equal(s.findings[5].weight, SENDER_REMARK);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dkim_records),    cmocka_unit_test(dkim_flags),
		cmocka_unit_test(dkim_look_up),    cmocka_unit_test(dmarc_records),
		cmocka_unit_test(dmarc_alignment), cmocka_unit_test(reverse_names),
		cmocka_unit_test(many_names),      cmocka_unit_test(private_addresses),
		cmocka_unit_test(troubles_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
