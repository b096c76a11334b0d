/* Which MTA-STS policy is in force: DNS, what is remembered, and a fetch, each of them good and bad. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/file.h"
#include "route/sts_find.h"

enum { NOW = 1700000000, HOUR = 3600, DAY = 24 * HOUR };

#define POLICY "version: STSv1\nmode: enforce\nmx: mx.example\nmax_age: 604800\n"

static const char domain[] = "example.org";

/* What the domain's web server says, and how often it was asked. */
struct web {
	enum https_outcome outcome;
	unsigned status;
	const char *type, *body;
	size_t asked, addresses;
};

static void web_run(void *context, struct https_request *requests, size_t count,
                    struct deadline until)
{
	struct web *web = context;

	(void)until;
	for (size_t i = 0; i < count; i++) {
		struct https_request *r = &requests[i];

		assert_string_equal(r->host, "mta-sts.example.org");
		assert_string_equal(r->path, "/.well-known/mta-sts.txt");
		r->outcome = web->outcome;
		r->status = web->status;
		snprintf(r->type, sizeof r->type, "%s", web->type ? web->type : "");
		snprintf(r->why, sizeof r->why, "%s", web->outcome ? "bad luck" : "");
		buf_init(&r->body, HTTPS_BODY_MAX);
		buf_text(&r->body, web->body ? web->body : "");
		web->asked++;
		web->addresses = r->address_count;
	}
}

static const struct web good_web = {HTTPS_ANSWERED, 200, "text/plain", POLICY, 0, 0};

struct test {
	char folder[64], other[80];
	struct arena arena;
	struct web web;
	struct sts_world world;
};

static int setup(void **state)
{
	struct test *t = calloc(1, sizeof *t);

	snprintf(t->folder, sizeof t->folder, "/tmp/sendmx-sts.XXXXXX");
	assert_non_null(mkdtemp(t->folder));
	snprintf(t->other, sizeof t->other, "%s/a/b", t->folder);
	t->world = (struct sts_world){
		.cache = {.folders = {{t->folder, 0600}, {t->other, 0644}}, .count = 1},
		.source = {web_run, &t->web},
		.now = NOW,
	};
	t->web = good_web;
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct test *t = *state;
	static const char *const parts[] = {"/example.org", "/a/b/example.org", "/a/b", "/a", ""};
	char path[128];

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		snprintf(path, sizeof path, "%s%s", t->folder, parts[i]);
		assert_true(remove(path) == 0 || i < 4);
	}
	arena_free(&t->arena);
	free(t);
	return 0;
}

/* The answer to TXT: "" for none, "!" for trouble, else the record. */
static struct dns_answer answer(const char *const *txt)
{
	if (!**txt)
		return (struct dns_answer){.outcome = DNS_NO_NAME};
	if (**txt == '!')
		return (struct dns_answer){.outcome = DNS_TROUBLE, .trouble = "SERVFAIL"};
	return (struct dns_answer){.outcome = DNS_FOUND, .txt = txt, .count = 1};
}

static struct sts_finding *look(struct test *t, const char *txt)
{
	struct sts_finding *f = arena_get(&t->arena, sizeof *f);
	struct dns_answer a = answer(&txt);

	sts_look(&t->world, &t->arena, domain, &a, f);
	assert_true(f->reason && f->reason[0]);
	assert_string_equal(f->mta_host, "mta-sts.example.org");
	return f;
}

static struct sts_finding *find(struct test *t, const char *txt)
{
	struct sts_finding *f = look(t, txt);

	if (f->fetch)
		sts_fetch(&t->world, &t->arena, &f, 1,
		          (struct deadline){.at = DEADLINE_NEVER, .cancel_fd = -1});
	assert_false(f->fetch);
	return f;
}

static void remember(struct test *t, const char *id, int64_t fetched, const char *text,
                     const char *failed_id, int64_t failed)
{
	struct sts_known known = {.id = id, .fetched = fetched, .text = text,
	                          .text_size = strlen(text), .failed_id = failed_id,
	                          .failed = failed};

	assert_true(sts_cache_write(&t->world.cache, domain, &known));
}

/* DNS, what is remembered of the policy and of a failure, seconds ago (0: nothing), and then: is a
   fetch due, and what holds without one? */
static void what_is_due(void **state)
{
	enum { WEEK = 7 * DAY };
	static const struct {
		const char *txt, *id;
		int64_t age;
		const char *failed_id;
		int64_t failed;
		bool fetch;
		const char *source;
	} rows[] = {
		{"", NULL, 0, NULL, 0, false, ""},
		{"!", NULL, 0, NULL, 0, false, ""},
		{"v=STSv1; id=", NULL, 0, NULL, 0, false, ""},
		{"v=STSv1; id=a", NULL, 0, NULL, 0, true, ""},
		{"v=STSv1; id=a", NULL, 0, "a", 10, false, ""},
		{"v=STSv1; id=a", NULL, 0, "a", STS_RETRY - 1, false, ""},
		{"v=STSv1; id=a", NULL, 0, "a", STS_RETRY, true, ""},
		{"v=STSv1; id=b", NULL, 0, "a", 10, true, ""},
		{"v=STSv1; id=a", NULL, 0, "a", -10, true, ""}, /* a clock that was wrong */
		{"v=STSv1; id=a", "a", 1, NULL, 0, false, "cached"},
		{"v=STSv1; id=a", "a", DAY - 1, NULL, 0, false, "cached"},
		{"v=STSv1; id=a", "a", DAY, NULL, 0, true, "cached"},
		{"v=STSv1; id=a", "a", -DAY, NULL, 0, true, "cached"},
		{"v=STSv1; id=a", "a", 2 * DAY, "a", HOUR - 1, false, "cached"},
		{"v=STSv1; id=a", "a", 2 * DAY, "a", HOUR, true, "cached"},
		{"v=STSv1; id=b", "a", 1, NULL, 0, true, "cached"},
		{"v=STSv1; id=b", "a", 1, "b", 10, false, "cached"},
		{"v=STSv1; id=b", "a", 1, "b", STS_RETRY, true, "cached"},
		{"", "a", 1, NULL, 0, false, "cached"},
		{"!", "a", 1, NULL, 0, false, "cached"},
		{"v=STSv1", "a", 1, NULL, 0, false, "cached"},
		{"", "a", DAY, NULL, 0, true, "cached"},
		{"!", "a", DAY, NULL, 0, true, "cached"},
		{"!", "a", DAY, "", 10, false, "cached"},
		{"v=STSv1; id=a", "a", WEEK - 1, "a", 10, false, "cached"},
		{"v=STSv1; id=a", "a", WEEK, "a", 10, false, ""},
		{"v=STSv1; id=a", "a", WEEK, NULL, 0, true, ""},
		{"", "a", WEEK, NULL, 0, false, ""},
		{"!", "a", WEEK, NULL, 0, false, ""},
	};
	struct test *t = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		print_message("# row %zu\n", i);
		remember(t, rows[i].id, NOW - rows[i].age, POLICY, rows[i].failed_id,
		         NOW - rows[i].failed);
		struct sts_finding *f = look(t, rows[i].txt);

		assert_int_equal(f->fetch, rows[i].fetch);
		assert_string_equal(f->source, rows[i].source);
		assert_int_equal(f->policy != NULL, f->source[0] != '\0');
		assert_string_equal(f->id, f->policy ? "a" : "");
	}
}

static void a_policy_is_fetched_once(void **state)
{
	struct test *t = *state;
	struct sts_finding *f = find(t, "v=STSv1; id=a");

	assert_int_equal(f->result, TLS_FINE);
	assert_string_equal(f->source, "fetched");
	assert_string_equal(f->id, "a");
	assert_int_equal(f->policy->mode, STS_ENFORCE);
	assert_true(sts_match(f->policy, "mx.example"));
	assert_string_equal(f->reason, "policy a, mode enforce, fetched");
	assert_int_equal(f->text_size, strlen(POLICY));
	f = find(t, "v=STSv1; id=a");
	assert_string_equal(f->source, "cached");
	assert_string_equal(f->reason, "policy a, mode enforce, cached");
	assert_true(sts_match(f->policy, "mx.example"));
	assert_int_equal(t->web.asked, 1);
}

static void what_is_no_policy_changes_nothing(void **state)
{
	static const struct {
		struct web web;
		enum tls_failure result;
		const char *why;
	} rows[] = {
		{{HTTPS_FAILED, 0, NULL, NULL, 0, 0}, TLS_STS_FETCH_ERROR, "bad luck"},
		{{HTTPS_GIVEN_UP, 0, NULL, NULL, 0, 0}, TLS_STS_FETCH_ERROR, "bad luck"},
		{{HTTPS_CERTIFICATE, 0, NULL, NULL, 0, 0}, TLS_STS_WEBPKI_INVALID, "bad luck"},
		{{HTTPS_ANSWERED, 301, "text/plain", POLICY, 0, 0},
		 TLS_STS_FETCH_ERROR, "it answers with HTTP status 301"},
		{{HTTPS_ANSWERED, 204, "text/plain", "", 0, 0},
		 TLS_STS_FETCH_ERROR, "it answers with HTTP status 204"},
		{{HTTPS_ANSWERED, 200, "text/html", POLICY, 0, 0},
		 TLS_STS_INVALID, "it is not text/plain"},
		{{HTTPS_ANSWERED, 200, "text/plain", NULL, 0, 0},
		 TLS_STS_INVALID, "it has no version"},
	};
	struct test *t = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char reason[200];

		print_message("# %s\n", rows[i].why);
		t->web = rows[i].web;
		remember(t, NULL, 0, "", NULL, 0);
		struct sts_finding *f = find(t, "v=STSv1; id=b");
		snprintf(reason, sizeof reason,
		         "its policy could not be fetched from mta-sts.example.org: %s",
		         rows[i].why);
		assert_string_equal(f->reason, reason);
		assert_null(f->policy);
		assert_int_equal(f->result, rows[i].result);
		f = find(t, "v=STSv1; id=b");
		assert_int_equal(t->web.asked, 1);
		assert_null(f->policy);
		assert_string_equal(f->reason, "its policy could not be fetched a short while ago");

		remember(t, "a", NOW - HOUR, POLICY, NULL, 0);
		f = find(t, "v=STSv1; id=b");
		assert_int_equal(t->web.asked, 2);
		assert_string_equal(f->source, "cached");
		assert_string_equal(f->id, "a");
		assert_int_equal(f->policy->mode, STS_ENFORCE);
		assert_string_equal(find(t, "v=STSv1; id=b")->source, "cached");
		assert_int_equal(t->web.asked, 2);
	}
}

static void a_policy_is_taken_back(void **state)
{
	struct test *t = *state;

	find(t, "v=STSv1; id=a");
	t->web.body = "version: STSv1\nmode: none\nmax_age: 86400\n";
	struct sts_finding *f = find(t, "v=STSv1; id=b");
	assert_string_equal(f->source, "fetched");
	assert_int_equal(f->policy->mode, STS_NONE);
	t->web.outcome = HTTPS_FAILED;
	f = find(t, "v=STSv1; id=b");
	assert_string_equal(f->source, "cached");
	assert_int_equal(f->policy->mode, STS_NONE);
	assert_int_equal(t->web.asked, 2);
}

static void a_hidden_record_does_not_stop_the_refresh(void **state)
{
	struct test *t = *state;

	remember(t, "a", NOW - 2 * DAY, POLICY, NULL, 0);
	struct sts_finding *f = find(t, "!");
	assert_string_equal(f->source, "fetched");
	assert_string_equal(f->id, "a");
	assert_string_equal(find(t, "")->source, "cached");
	assert_int_equal(t->web.asked, 1);
}

static void max_age_of_nothing_holds_for_this_run(void **state)
{
	struct test *t = *state;

	t->web.body = "version: STSv1\nmode: testing\nmx: a.example\nmax_age: 0\n";
	assert_string_equal(find(t, "v=STSv1; id=a")->source, "fetched");
	assert_string_equal(find(t, "v=STSv1; id=a")->source, "fetched");
	assert_null(find(t, "")->policy);
}

static void bogus_answers_are_no_answers(void **state)
{
	static const char *const txt = "v=STSv1; id=a";
	struct test *t = *state;
	struct sts_finding f;
	struct dns_answer bogus = answer(&txt);

	bogus.security = DNS_BOGUS;
	bogus.security_reason = "signature expired";
	sts_look(&t->world, &t->arena, domain, &bogus, &f);
	assert_false(f.fetch);
	assert_null(f.policy);
	assert_string_equal(f.reason,
	                    "its MTA-STS record could not be looked up: signature expired");
}

/* Others were slow: that is nothing to be remembered of this domain. */
static void who_had_no_turn_has_not_failed(void **state)
{
	struct test *t = *state;

	t->web.outcome = HTTPS_UNTRIED;
	assert_null(find(t, "v=STSv1; id=a")->policy);
	t->web = good_web;
	assert_string_equal(find(t, "v=STSv1; id=a")->source, "fetched");
}

static void nobody_sends_us_to_our_own_doors(void **state)
{
	static const char *const texts[] = {"127.0.0.1", "192.0.2.1", "::1", "fe80::1", "0.0.0.0",
	                                    "2001:db8::1"};
	enum { COUNT = sizeof texts / sizeof *texts };
	struct test *t = *state;

	for (int allowed = 0; allowed < 2; allowed++) {
		struct sts_finding *f = look(t, allowed ? "v=STSv1; id=b" : "v=STSv1; id=a");
		struct ip addresses[COUNT];

		for (size_t i = 0; i < COUNT; i++)
			assert_true(ip_parse(texts[i], &addresses[i]));
		f->addresses = addresses;
		f->address_count = COUNT;
		t->world.allow_loopback = allowed;
		sts_fetch(&t->world, &t->arena, &f, 1,
		          (struct deadline){.at = DEADLINE_NEVER, .cancel_fd = -1});
		assert_int_equal(t->web.addresses, allowed ? COUNT : 2);
	}
}

/* ---- the cache ---- */

static void put(const char *folder, const char *text, size_t size, mode_t mode)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, domain);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

#define TITLE "sendmx mta-sts 1\n"
#define WHOLE TITLE "domain example.org\nfetched 1699999999 a\n\n" POLICY

static void damaged_files_are_not_believed(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		bool good;
	} rows[] = {
		{WHOLE, 0600, true},
		{WHOLE, 0644, true},
		{WHOLE, 0660, false},
		{WHOLE, 0606, false},
		{"", 0600, false},
		{TITLE, 0600, false},
		{TITLE "domain example.org\nfetched 1699999999 a\n" POLICY, 0600, false},
		{TITLE "domain example.net\nfetched 1699999999 a\n\n" POLICY, 0600, false},
		{TITLE "domain example.org\nfetched 1699999999 \n\n" POLICY, 0600, true},
		{TITLE "domain example.org\nfetched 1699999999\n\n" POLICY, 0600, false},
		{TITLE "domain example.org\nfetched -1 a\n\n" POLICY, 0600, false},
		{TITLE "domain example.org\nfetched 99999999999999999 a\n\n" POLICY, 0600, false},
		{TITLE "domain example.org\nfetched 1699999999 a/b\n\n" POLICY, 0600, false},
		{TITLE "domain example.org\nunknown 1\nfetched 1699999999 a\n\n" POLICY, 0600, false},
		{TITLE "domain example.org\nfetched 1699999999 a\n\nmode: enforce\n", 0600, false},
		{"sendmx mta-sts 2\ndomain example.org\nfetched 1699999999 a\n\n" POLICY, 0600, false},
	};
	struct test *t = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sts_known known;

		print_message("# row %zu\n", i);
		put(t->folder, rows[i].text, strlen(rows[i].text), rows[i].mode);
		sts_cache_read(&t->world.cache, &t->arena, domain, &known);
		assert_int_equal(known.id != NULL, rows[i].good);
	}
	put(t->folder, WHOLE, sizeof WHOLE, 0600); /* with its NUL */
	assert_true(look(t, "v=STSv1; id=a")->fetch);
}

static void a_link_is_no_file(void **state)
{
	struct test *t = *state;
	char path[128], real[128];
	struct sts_known known;

	snprintf(path, sizeof path, "%s/%s", t->folder, domain);
	snprintf(real, sizeof real, "%s/real", t->folder);
	put(t->folder, WHOLE, sizeof WHOLE - 1, 0600);
	assert_int_equal(rename(path, real), 0);
	assert_int_equal(symlink(real, path), 0);
	sts_cache_read(&t->world.cache, &t->arena, domain, &known);
	assert_null(known.id);
	remember(t, "b", NOW, POLICY, NULL, 0); /* takes the link's place */
	sts_cache_read(&t->world.cache, &t->arena, domain, &known);
	assert_string_equal(known.id, "b");
	assert_int_equal(unlink(real), 0);
}

/* Whoever may change the folder could bring back a policy that was taken back. */
static void a_folder_of_others_is_not_believed(void **state)
{
	struct test *t = *state;
	const struct sts_known fresh = {.failed_id = "x", .failed = NOW};
	struct sts_known known;

	remember(t, "a", NOW, POLICY, NULL, 0);
	for (mode_t more = 0020; more; more >>= 3) {
		assert_int_equal(chmod(t->folder, 0700 | more), 0);
		sts_cache_read(&t->world.cache, &t->arena, domain, &known);
		assert_null(known.id);
		assert_false(sts_cache_write(&t->world.cache, domain, &fresh));
	}
	assert_int_equal(chmod(t->folder, 0755), 0);
	sts_cache_read(&t->world.cache, &t->arena, domain, &known);
	assert_string_equal(known.id, "a");
}

static void names_lead_nowhere_else(void **state)
{
	static const char *const names[] = {"../example.org", "..", ".", "", "a/b", ".new", "a b"};
	struct test *t = *state;
	struct sts_known known = {.failed_id = "", .failed = NOW};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_false(sts_cache_write(&t->world.cache, names[i], &known));
}

static mode_t mode_of(const char *folder, const char *name)
{
	char path[128];
	struct stat s;

	snprintf(path, sizeof path, "%s%s", folder, name);
	assert_int_equal(stat(path, &s), 0);
	return s.st_mode & 07777;
}

static void folders_are_made_and_modes_kept(void **state)
{
	struct test *t = *state;
	mode_t before = umask(077);

	t->world.cache.folders[0] = (struct sts_folder){"/dev/null/nowhere", 0600};
	t->world.cache.count = 2;
	remember(t, "a", NOW, POLICY, NULL, 0);
	umask(before);
	assert_int_equal(mode_of(t->folder, "/a"), 0755);
	assert_int_equal(mode_of(t->folder, "/a/b"), 0755);
	assert_int_equal(mode_of(t->other, "/example.org"), 0644);
	t->world.cache.folders[0] = (struct sts_folder){t->folder, 0600};
	remember(t, "a", NOW, POLICY, NULL, 0);
	assert_int_equal(mode_of(t->folder, "/example.org"), 0600);
}

static void the_newer_of_two_is_read(void **state)
{
	struct test *t = *state;
	struct sts_cache own = t->world.cache, machine = own;
	struct sts_known known;

	machine.folders[0] = own.folders[1];
	t->world.cache = machine;
	remember(t, "machine", NOW - 10, POLICY, "x", NOW - 1);
	t->world.cache = own;
	remember(t, "own", NOW - 20, POLICY, "y", NOW - 2);
	t->world.cache.count = 2;
	sts_cache_read(&t->world.cache, &t->arena, domain, &known);
	assert_string_equal(known.id, "machine");
	assert_int_equal(known.fetched, NOW - 10);
	assert_string_equal(known.failed_id, "x");
	t->world.cache = own;
	remember(t, "own", NOW - 5, POLICY, NULL, 0);
	t->world.cache.count = 2;
	sts_cache_read(&t->world.cache, &t->arena, domain, &known);
	assert_string_equal(known.id, "own");
	assert_string_equal(known.failed_id, "x");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_due),
		TEST(a_policy_is_fetched_once),
		TEST(what_is_no_policy_changes_nothing),
		TEST(a_policy_is_taken_back),
		TEST(a_hidden_record_does_not_stop_the_refresh),
		TEST(max_age_of_nothing_holds_for_this_run),
		TEST(bogus_answers_are_no_answers),
		TEST(nobody_sends_us_to_our_own_doors),
		TEST(who_had_no_turn_has_not_failed),
		TEST(damaged_files_are_not_believed),
		TEST(a_link_is_no_file),
		TEST(a_folder_of_others_is_not_believed),
		TEST(names_lead_nowhere_else),
		TEST(folders_are_made_and_modes_kept),
		TEST(the_newer_of_two_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
