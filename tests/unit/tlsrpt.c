/* TLS reports: from a session to its line, from lines to a report, from the report to a mail, and
   who wants one. */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/gzip.h"
#include "cli/tlsrpt_files.h"
#include "cli/tlsrpt_log.h"
#include "cli/tlsrpt_mail.h"
#include "cli/tlsrpt_rua.h"
#include "cli/tlsrpt_sent.h"
#include "cli/tlsrpt_sums.h"

enum { NOON = 1700000000 / 86400 * 86400 + 43200 }; /* of 2023-11-14 */

static const struct tlsrpt_reporter reporter = {
	.organization = "Example \"Ltd\"",
	.contact = "postmaster@sender.example",
	.submitter = "sender.example",
	.begin = NOON - 43200,
};

struct test {
	char folder[64], file[128];
	struct arena arena;
	struct tlsrpt_sums *sums;
};

static int setup(void **state)
{
	struct test *t = calloc(1, sizeof *t);

	snprintf(t->folder, sizeof t->folder, "/tmp/sendmx-tlsrpt.XXXXXX");
	assert_non_null(mkdtemp(t->folder));
	snprintf(t->file, sizeof t->file, "%s/2023-11-14.%u", t->folder, (unsigned)geteuid());
	t->sums = tlsrpt_sums_open();
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct test *t = *state;

	unlink(t->file);
	assert_int_equal(rmdir(t->folder), 0);
	tlsrpt_sums_close(t->sums);
	arena_free(&t->arena);
	free(t);
	return 0;
}

static const char *const patterns[] = {"*.mx.example", "mx.example"};
static const struct tlsrpt_session failed = {
	.policy = {.type = "sts", .domain = "example.org", .text = "version: STSv1\r\nmode: enforce \n",
	           .text_size = 31, .mx = patterns, .mx_count = 2},
	.result = "certificate-expired",
	.reason = "expired 3 days ago",
	.sending_ip = "192.0.2.7",
	.mx = "mx.example",
	.receiving_ip = "2001:db8::1",
};

static void keep(const struct test *t, struct tlsrpt_session s, const char *result)
{
	int error;

	s.result = result;
	assert_true(tlsrpt_log(t->folder, NOON, &s, &error));
}

static size_t take_file(struct test *t)
{
	struct buf text;
	size_t taken;

	buf_init(&text, TLSRPT_FILE_MAX);
	assert_int_equal(file_read(t->file, 0, &text), 0);
	taken = tlsrpt_sums_take_all(t->sums, text.bytes, text.size);
	buf_free(&text);
	return taken;
}

static json_t *report(struct test *t, const char *domain)
{
	json_t *read;
	struct buf b;

	buf_init(&b, TLSRPT_REPORT_MAX);
	tlsrpt_report(t->sums, domain, &reporter, &b);
	assert_false(b.failed);
	read = json_loadb(b.bytes, b.size, 0, NULL);
	assert_non_null(read);
	buf_free(&b);
	return read;
}

static void assert_json(const json_t *got, const char *expected)
{
	char *text = json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(text, expected);
	free(text);
}

static void sessions_become_a_report(void **state)
{
	struct test *t = *state;
	const struct tlsrpt_session plain = {
		.policy = {.type = "no-policy-found", .domain = "example.net"}};
	const char *const *domains;
	struct stat s;
	size_t count;

	keep(t, failed, "certificate-expired");
	keep(t, failed, NULL);
	keep(t, failed, "certificate-expired");
	keep(t, failed, "starttls-not-supported");
	keep(t, plain, NULL);
	assert_int_equal(stat(t->file, &s), 0);
	assert_int_equal(s.st_mode & 07777, 0600);
	assert_int_equal(take_file(t), 5);
	domains = tlsrpt_sums_domains(t->sums, &t->arena, &count);
	assert_int_equal(count, 2);
	assert_string_equal(domains[0], "example.org");
	assert_string_equal(domains[1], "example.net");
	json_t *r = report(t, "example.org");
	assert_json(r, "{\"contact-info\":\"postmaster@sender.example\","
		"\"date-range\":{\"end-datetime\":\"2023-11-14T23:59:59Z\","
		"\"start-datetime\":\"2023-11-14T00:00:00Z\"},"
		"\"organization-name\":\"Example \\\"Ltd\\\"\","
		"\"policies\":[{\"failure-details\":["
		"{\"failed-session-count\":2,\"failure-reason-code\":\"expired 3 days ago\","
		"\"receiving-ip\":\"2001:db8::1\",\"receiving-mx-hostname\":\"mx.example\","
		"\"result-type\":\"certificate-expired\",\"sending-mta-ip\":\"192.0.2.7\"},"
		"{\"failed-session-count\":1,\"failure-reason-code\":\"expired 3 days ago\","
		"\"receiving-ip\":\"2001:db8::1\",\"receiving-mx-hostname\":\"mx.example\","
		"\"result-type\":\"starttls-not-supported\",\"sending-mta-ip\":\"192.0.2.7\"}],"
		"\"policy\":{\"mx-host\":[\"*.mx.example\",\"mx.example\"],"
		"\"policy-domain\":\"example.org\","
		"\"policy-string\":[\"version: STSv1\",\"mode: enforce\"],\"policy-type\":\"sts\"},"
		"\"summary\":{\"total-failure-session-count\":3,"
		"\"total-successful-session-count\":1}}],"
		"\"report-id\":\"2023-11-14.example.org@sender.example\"}");
	json_decref(r);
	r = report(t, "example.net");
	assert_json(json_object_get(r, "policies"),
		"[{\"policy\":{\"policy-domain\":\"example.net\",\"policy-type\":\"no-policy-found\"},"
		"\"summary\":{\"total-failure-session-count\":0,"
		"\"total-successful-session-count\":1}}]");
	json_decref(r);
}

static void put(struct test *t, const char *name, const char *text, mode_t mode)
{
	const char *path = arena_printf(&t->arena, "%s/%s", t->folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void drop(struct test *t, const char *name)
{
	assert_int_equal(unlink(arena_printf(&t->arena, "%s/%s", t->folder, name)), 0);
}

/* Another day's, another user's by its name, and one that anybody could have written. */
static void only_true_files_of_the_day_count(void **state)
{
	static const char line[] = "{\"policy-type\":\"tlsa\",\"policy-domain\":\"a\"}\n";
	struct test *t = *state;
	size_t files, taken;
	int error;

	keep(t, failed, NULL);
	put(t, "2023-11-15.0", line, 0600);
	put(t, "2023-11-14.4242", line, 0600);
	put(t, "2023-11-14.x", line, 0600);
	taken = tlsrpt_files_take(t->sums, t->folder, "2023-11-14", &files, &error);
	assert_int_equal(error, 0);
	assert_int_equal(taken, 1);
	assert_int_equal(files, 1);
	assert_int_equal(chmod(t->file, 0622), 0);
	assert_int_equal(tlsrpt_files_take(t->sums, t->folder, "2023-11-14", &files, &error), 0);
	assert_int_equal(files, 0);
	drop(t, "2023-11-15.0");
	drop(t, "2023-11-14.4242");
	drop(t, "2023-11-14.x");
	assert_int_equal(tlsrpt_files_take(t->sums, "/dev/null/x", "2023-11-14", &files, &error), 0);
	assert_int_equal(error, ENOTDIR);
}

/* Only what tlsrpt_files_take would have read. */
static void a_day_is_dropped(void **state)
{
	struct test *t = *state;
	int error;

	keep(t, failed, NULL);
	put(t, "2023-11-15.0", "", 0600);
	put(t, "2023-11-14.4242", "", 0600);
	assert_true(tlsrpt_files_drop(t->folder, "2023-11-14", &error));
	assert_int_not_equal(access(t->file, F_OK), 0);
	drop(t, "2023-11-15.0");
	drop(t, "2023-11-14.4242");
	assert_true(tlsrpt_files_drop(t->folder, "2023-11-14", &error));
	assert_false(tlsrpt_files_drop("/dev/null/x", "2023-11-14", &error));
	assert_int_equal(error, ENOTDIR);
}

static void what_is_sent_is_known_to_the_next_run(void **state)
{
	struct test *t = *state;
	struct tlsrpt_sent sent;

	tlsrpt_sent_open(&sent, &t->arena, t->folder, "2023-11-14");
	assert_false(tlsrpt_sent_has(&sent, "a.example", "tls@a.example"));
	tlsrpt_sent_add(&sent, "a.example", "tls@a.example");
	tlsrpt_sent_add(&sent, "b.example", "x\na.example tls@b.example");
	tlsrpt_sent_close(&sent);
	tlsrpt_sent_open(&sent, &t->arena, t->folder, "2023-11-14");
	assert_true(tlsrpt_sent_has(&sent, "a.example", "tls@a.example"));
	assert_false(tlsrpt_sent_has(&sent, "a.example", "tls@a.exampl"));
	assert_false(tlsrpt_sent_has(&sent, ".example", "tls@a.example"));
	assert_false(tlsrpt_sent_has(&sent, "a.example", "tls@b.example"));
	tlsrpt_sent_close(&sent);
	/* Another name of some file of ours is nothing to write to, nor to read */
	assert_int_equal(link(sent.path, t->file), 0);
	tlsrpt_sent_open(&sent, &t->arena, t->folder, "2023-11-14");
	assert_false(tlsrpt_sent_has(&sent, "a.example", "tls@a.example"));
	tlsrpt_sent_drop(&sent);
	tlsrpt_sent_close(&sent);
	assert_int_not_equal(access(sent.path, F_OK), 0);
}

static void hostile_texts_stay_small_and_whole(void **state)
{
	struct test *t = *state;
	struct tlsrpt_session s = failed;
	char *text = malloc(200000), name[1000];
	const char *many[200];

	memset(text, '\x01', 200000);
	for (size_t i = 0; i < 200000; i += 1000)
		text[i] = '\n';
	memset(name, '\xff', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (size_t i = 0; i < 200; i++)
		many[i] = name;
	s.policy = (struct tlsrpt_policy){"sts", "example.org", text, 200000, many, 200};
	s.reason = name;
	keep(t, s, "validation-failure");
	assert_int_equal(take_file(t), 1);
	json_t *r = report(t, "example.org");
	json_t *policy = json_object_get(json_array_get(json_object_get(r, "policies"), 0), "policy");
	assert_int_equal(json_array_size(json_object_get(policy, "policy-string")), TLSRPT_LIST_MAX);
	assert_int_equal(json_array_size(json_object_get(policy, "mx-host")), TLSRPT_LIST_MAX);
	json_decref(r);
	free(text);
}

static void what_cannot_be_kept_is_said(void **state)
{
	struct test *t = *state;
	int error = 0;

	assert_false(tlsrpt_log("/dev/null/nowhere", NOON, &failed, &error));
	assert_int_not_equal(error, 0);
	assert_int_equal(symlink("/dev/null", t->file), 0);
	assert_false(tlsrpt_log(t->folder, NOON, &failed, &error));
	assert_int_equal(unlink(t->file), 0);
	keep(t, failed, NULL);
	assert_int_equal(truncate(t->file, (off_t)TLSRPT_FILE_MAX + 1), 0);
	assert_false(tlsrpt_log(t->folder, NOON, &failed, &error));
}

enum { WRITERS = 4, LINES = 100 };

static void *write_many(void *context)
{
	for (int i = 0; i < LINES; i++)
		keep(context, failed, NULL);
	return NULL;
}

static void many_write_at_once(void **state)
{
	struct test *t = *state;
	pthread_t writers[WRITERS];

	for (size_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, write_many, t), 0);
	for (size_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(writers[i], NULL), 0);
	assert_int_equal(take_file(t), WRITERS * LINES);
}

static void other_lines_are_passed_over(void **state)
{
	static const char *const rows[] = {
		"", "{}", "[]", "null", "{\"policy-domain\":\"example.org\"}",
		"{\"policy-type\":\"sts\"}",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"example.org\"",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"example.org\"}}",
		"{\"policy-type\":\"other\",\"policy-domain\":\"example.org\"}",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"../x\"}",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"a b\"}",
		"{\"policy-type\":\"sts\",\"policy-domain\":7}",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"a\",\"x\":\"y\"}",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"a\",\"mx-host\":\"y\"}",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"a\",\"mx-host\":[7]}",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"a\",\"result-type\":\"bad\"}",
		"{\"policy-type\":\"sts\",\"policy-domain\":\"a\",\"policy-domain\":\"b\"}",
	};
	struct test *t = *state;
	size_t count;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_false(tlsrpt_sums_take(t->sums, rows[i], strlen(rows[i])));
	tlsrpt_sums_domains(t->sums, &t->arena, &count);
	assert_int_equal(count, 0);
}

static void kinds_have_a_ceiling(void **state)
{
	struct test *t = *state;
	enum { KINDS = TLSRPT_DETAIL_MAX + 50 };

	for (int i = 0; i < KINDS; i++) {
		const char *line = arena_printf(&t->arena,
			"{\"policy-type\":\"tlsa\",\"policy-domain\":\"a\","
			"\"result-type\":\"validation-failure\",\"receiving-ip\":\"%d\"}", i);

		assert_true(tlsrpt_sums_take(t->sums, line, strlen(line)));
	}
	json_t *r = report(t, "a");
	json_t *policy = json_array_get(json_object_get(r, "policies"), 0);
	assert_int_equal(json_array_size(json_object_get(policy, "failure-details")),
	                 TLSRPT_DETAIL_MAX);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(policy, "summary"),
	                                                    "total-failure-session-count")), KINDS);
	json_decref(r);
}

static void days_are_days(void **state)
{
	static const char *const bad[] = {"", "2023-11-14 ", "2023-11-1", "2023-02-30", "2023-13-01",
	                                  "23-11-14", "2023/11/14", "-023-11-14", "2023-11-+4",
	                                  "1969-12-31"};
	char day[11];

	(void)state;
	tlsrpt_day(NOON, day);
	assert_string_equal(day, "2023-11-14");
	assert_int_equal(tlsrpt_day_begin(day), NOON - 43200);
	assert_true(tlsrpt_day_begin("2024-02-29") > 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(tlsrpt_day_begin(bad[i]), -1);
}

/* "user@domain" or "host:port/path", blanks between them. */
static const char *wanted(struct arena *a, const char *const *txt, size_t count)
{
	struct tlsrpt_target targets[TLSRPT_TARGET_MAX];
	size_t found = tlsrpt_rua_parse(a, txt, count, targets);
	const char *all = "";

	for (size_t i = 0; i < found; i++) {
		const struct tlsrpt_target *one = &targets[i];

		all = one->mail ? arena_printf(a, "%s %s@%s", all, one->address.local,
		                               one->address.domain)
		                : arena_printf(a, "%s %s:%u%s", all, one->host, one->port, one->path);
	}
	return all;
}

static void reports_are_asked_for(void **state)
{
	static const struct {
		const char *txt[2], *wanted;
	} rows[] = {
		{{"v=TLSRPTv1; rua=mailto:tls@example.org"}, " tls@example.org"},
		{{"v=TLSRPTv1;rua=mailto:a@b.example,https://R.example/v1/tls?x=1#y"},
		 " a@b.example r.example:0/v1/tls?x=1"},
		{{"v=TLSRPTv1 ; x=y; rua=https://r.example:8443 , MAILTO:a@b.example ;"},
		 " r.example:8443/ a@b.example"},
		{{"v=TLSRPTv1; rua=mailto:%22a%2Cb%22@b.example?subject=x"},
		 " \"a,b\"@b.example"},
		{{"v=TLSRPTv1; rua=mailto:a%2Bb%40b.example"}, " a+b@b.example"},
		{{"v=spf1 -all", "v=TLSRPTv1; rua=mailto:a@b.example"}, " a@b.example"},
		{{"v=TLSRPTv1; rua=https://r.example?q"}, " r.example:0/?q"},
		{{"v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@d.example"}, " a@b.example"},
		{{"v=TLSRPTv1; rua=mailto:a@a.x,mailto:a@b.x,mailto:a@c.x,mailto:a@d.x,mailto:a@e.x"},
		 " a@a.x a@b.x a@c.x a@d.x"},
		{{"v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:a@b.example"}, ""},
		{{"v=TLSRPTv1"}, ""},
		{{"v=TLSRPTv1; RUA=mailto:a@b.example"}, ""},
		{{"v=TLSRPTv2; rua=mailto:a@b.example"}, ""},
		{{"v=TLSRPTv1; rua="}, ""},
		{{"v=TLSRPTv1; rua=http://r.example/"}, ""},
		{{"v=TLSRPTv1; rua=https://user@r.example/"}, ""},
		{{"v=TLSRPTv1; rua=https://192.0.2.1/"}, ""},
		{{"v=TLSRPTv1; rua=https://[::1]/"}, ""},
		{{"v=TLSRPTv1; rua=https://r.example:0/"}, ""},
		{{"v=TLSRPTv1; rua=https:///x"}, ""},
		{{"v=TLSRPTv1; rua=mailto:a"}, ""},
		{{"v=TLSRPTv1; rua=mailto:a@[192.0.2.1]"}, ""},
		{{"v=TLSRPTv1; rua=mailto:a@b.example%0d%0aBcc:c@d.example"}, ""},
		{{"v=TLSRPTv1; rua=mailto:a%00@b.example"}, ""},
		{{"v=TLSRPTv1; rua=mailto:a%4@b.example"}, ""},
		{{"v=TLSRPTv1; rua=mailto:%"}, ""},
	};
	struct test *t = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t count = (rows[i].txt[0] != NULL) + (rows[i].txt[1] != NULL);

		print_message("# %s\n", rows[i].txt[0]);
		assert_string_equal(wanted(&t->arena, rows[i].txt, count), rows[i].wanted);
	}
}

static void packed_is_the_same(void **state)
{
	struct buf packed, small;
	char text[10000], again[sizeof text + 1];
	z_stream z = {0};

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * i >> 3);
	buf_init(&packed, 100000);
	gzip_pack(&packed, text, sizeof text);
	assert_false(packed.failed);
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (Bytef *)packed.bytes;
	z.avail_in = (uInt)packed.size;
	z.next_out = (Bytef *)again;
	z.avail_out = sizeof again;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, sizeof text);
	assert_memory_equal(again, text, sizeof text);
	inflateEnd(&z);
	buf_free(&packed);
	buf_init(&small, 10);
	gzip_pack(&small, text, sizeof text);
	assert_true(small.failed);
	buf_free(&small);
}

static void a_report_is_mailed(void **state)
{
	struct test *t = *state;
	struct buf packed, mail;

	buf_init(&packed, 100);
	buf_text(&packed, "packed bytes");
	buf_init(&mail, TLSRPT_MAIL_MAX);
	tlsrpt_mail(&t->arena, &mail, &reporter, "example.org", "tlsrpt@sender.example",
	            "tls@example.org", &packed);
	assert_false(mail.failed);
	assert_string_equal(mail.bytes,
		"From: <tlsrpt@sender.example>\nTo: <tls@example.org>\n"
		"Subject: Report Domain: example.org\n Submitter: sender.example\n"
		" Report-ID: <2023-11-14.example.org@sender.example>\n"
		"TLS-Report-Domain: example.org\nTLS-Report-Submitter: sender.example\n"
		"TLS-Required: No\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
		"Content-Type: multipart/report; report-type=\"tlsrpt\";\n boundary=\"=_tlsrpt\"\n\n"
		"--=_tlsrpt\nContent-Type: text/plain; charset=us-ascii\n\n"
		"This is a report on the TLS sessions of sender.example with the mail servers of\n"
		"example.org, as RFC 8460 describes it.\n\n"
		"--=_tlsrpt\nContent-Type: application/tlsrpt+gzip\n"
		"Content-Transfer-Encoding: base64\nContent-Disposition: attachment;\n"
		" filename=\"sender.example!example.org!1699920000!1700006399.json.gz\"\n\n"
		"cGFja2VkIGJ5dGVz\n--=_tlsrpt--\n");
	buf_free(&packed);
	buf_free(&mail);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sessions_become_a_report),
		TEST(only_true_files_of_the_day_count),
		TEST(a_day_is_dropped),
		TEST(what_is_sent_is_known_to_the_next_run),
		TEST(hostile_texts_stay_small_and_whole),
		TEST(what_cannot_be_kept_is_said),
		TEST(many_write_at_once),
		TEST(other_lines_are_passed_over),
		TEST(kinds_have_a_ceiling),
		TEST(reports_are_asked_for),
		TEST(a_report_is_mailed),
		cmocka_unit_test(days_are_days),
		cmocka_unit_test(packed_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
