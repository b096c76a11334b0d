/* A day's reports: each to whom wants it, by the way he wants it, and told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cli/tlsrpt_send.h"
#include "net/machine.h"

static const char facts[] =
	"$TTL 3600\n"
	"_smtp._tls.mail.example. TXT \"v=TLSRPTv1;rua=mailto:tls@mail.example\"\n"
	"_smtp._tls.web.example. TXT \"v=TLSRPTv1;rua=https://r.web.example/v1\"\n"
	"r.web.example. A 192.0.2.1\n"
	"r.web.example. AAAA 2001:db8::1\n"
	"_smtp._tls.both.example. TXT \"v=TLSRPTv1;rua=mailto:a@both.example,https://own.example/\"\n"
	"own.example. A 127.0.0.1\n"
	"_smtp._tls.spam.example. TXT \"hello\"\n"
	"_smtp._tls.dark.example. TXT \"v=TLSRPTv1;rua=mailto:tls@dark.example\"\n"
	";! servfail _smtp._tls.dark.example. TXT\n"
	"none.example. A 192.0.2.2\n";

/* What was told, one after the other. */
struct world {
	struct arena arena;
	const char *told;
	const char *settled; /* "domain where" */
	enum tlsrpt_fate mail_fate;
	const char *mail_trouble;
	unsigned status;
	size_t posts;
};

static bool settled(void *context, const char *domain, const char *where)
{
	const struct world *w = context;
	struct arena a = {0};
	bool known = w->settled && strcmp(w->settled, arena_printf(&a, "%s %s", domain, where)) == 0;

	arena_free(&a);
	return known;
}

static enum tlsrpt_fate mail(void *context, const struct buf *text, const struct address *to,
                             const char **why)
{
	struct world *w = context;
	const char *line = arena_printf(&w->arena, "\nTo: <%s>\n", address_wire(&w->arena, to));

	assert_non_null(strstr(text->bytes, line));
	assert_non_null(strstr(text->bytes, "\nTLS-Required: No\n"));
	*why = w->mail_trouble;
	return w->mail_fate;
}

static void post(void *context, struct https_request *requests, size_t count,
                 struct deadline until)
{
	struct world *w = context;

	(void)until;
	w->posts++;
	for (size_t i = 0; i < count; i++) {
		struct https_request *r = &requests[i];

		assert_string_equal(r->post_type, "application/tlsrpt+gzip");
		assert_memory_equal(r->post, "\x1f\x8b", 2);
		buf_init(&r->body, HTTPS_BODY_MAX);
		r->outcome = r->address_count ? HTTPS_ANSWERED : HTTPS_FAILED;
		r->status = w->status;
		snprintf(r->why, sizeof r->why, "the host has no address");
	}
}

static void tell(void *context, const char *domain, const char *where, enum tlsrpt_fate fate,
                 const char *why)
{
	struct world *w = context;

	assert_int_equal(fate == TLSRPT_TAKEN, !why);
	w->told = arena_printf(&w->arena, "%s%s %s %s\n", w->told, domain, where, why ? why : "ok");
}

static struct tlsrpt_sums *sums_of(const char *const *domains, size_t count)
{
	struct tlsrpt_sums *sums = tlsrpt_sums_open();
	char line[200];

	for (size_t i = 0; i < count; i++) {
		snprintf(line, sizeof line,
		         "{\"policy-type\":\"no-policy-found\",\"policy-domain\":\"%s\"}", domains[i]);
		assert_true(tlsrpt_sums_take(sums, line, strlen(line)));
	}
	return sums;
}

static struct dns *dns_of(struct machine *machine)
{
	char path[] = "/tmp/sendmx-facts.XXXXXX";
	int fd = mkstemp(path);
	struct dns_settings settings;
	const char *why = "";

	assert_true(fd >= 0);
	assert_int_equal(write(fd, facts, sizeof facts - 1), sizeof facts - 1);
	close(fd);
	dns_settings_default(&settings);
	struct dns *dns = dns_open(&settings);
	machine_blank(machine);
	if (!dns_facts(dns, path, machine, &why))
		fail_msg("%s", why);
	unlink(path);
	return dns;
}

/* What is told of these domains' reports. */
static void check(struct world *w, const char *const *domains, size_t count, size_t asked,
                  size_t failures, const char *told)
{
	struct machine machine = {0};
	struct tlsrpt_sums *sums = sums_of(domains, count);
	const struct tlsrpt_send send = {
		.sums = sums,
		.by = {.organization = "o", .submitter = "s.example", .begin = 86400},
		.from = "tlsrpt@s.example",
		.dns = dns_of(&machine),
		.ways = {settled, mail, post, tell, w},
		.until = {.at = DEADLINE_NEVER, .cancel_fd = -1},
	};
	size_t got;

	w->told = "";
	assert_int_equal(tlsrpt_send(&send, &got), failures);
	assert_int_equal(got, asked);
	assert_string_equal(w->told, told);
	dns_close(send.dns);
	machine_free(&machine);
	tlsrpt_sums_close(sums);
}

static void each_as_he_wants_it(void **state)
{
	static const char *const domains[] = {"mail.example", "web.example", "both.example",
	                                      "spam.example", "none.example", "missing.example"};
	struct world w = {.status = 201};

	(void)state;
	check(&w, domains, 6, 4, 1,
	      "mail.example tls@mail.example ok\n"
	      "both.example a@both.example ok\n"
	      "web.example https://r.web.example/v1 ok\n"
	      "both.example https://own.example/ the host has no address\n");
	assert_int_equal(w.posts, 1);
	w.status = 404;
	w.mail_fate = TLSRPT_PUT_OFF;
	w.mail_trouble = "nobody took it";
	check(&w, domains, 2, 2, 2,
	      "mail.example tls@mail.example nobody took it\n"
	      "web.example https://r.web.example/v1 it answers with HTTP status 404\n");
	w.mail_fate = TLSRPT_REFUSED;
	w.settled = "web.example https://r.web.example/v1";
	check(&w, domains, 2, 2, 0, "mail.example tls@mail.example nobody took it\n");
	check(&w, domains, 0, 0, 0, "");
	arena_free(&w.arena);
}

/* Who cannot be asked is not taken for somebody who wants none. */
static void who_cannot_be_asked(void **state)
{
	static const char *const domains[] = {"dark.example"};
	struct world w = {.status = 201};

	(void)state;
	check(&w, domains, 1, 0, 1,
	      "dark.example _smtp._tls.dark.example facts answers SERVFAIL to TXT "
	      "_smtp._tls.dark.example\n");
	arena_free(&w.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_as_he_wants_it),
		cmocka_unit_test(who_cannot_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
