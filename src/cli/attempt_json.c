#include "cli/report_json.h"

#include <string.h>
#include <time.h>

#include <jansson.h>

#include "cli/json_line.h"

static void put_unless_empty(json_t *object, const char *key, const char *text)
{
	json_put_text(object, key, text && *text ? text : NULL);
}

/* RFC 3339. A certificate may name years that no calendar has. */
static void put_moment(json_t *object, const char *key, int64_t moment)
{
	time_t seconds = (time_t)moment;
	struct tm utc;
	char text[64];

	if (gmtime_r(&seconds, &utc) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc))
		json_put_text(object, key, text);
}

/* Items with one blank between them. */
static json_t *words(const char *text)
{
	json_t *array = json_array();

	while (*text) {
		size_t size = strcspn(text, " ");

		json_array_append_new(array, json_stringn(text, size));
		text += size + (text[size] == ' ');
	}
	return array;
}

static void put_certificate(json_t *object, const struct tls_certificate *certificate)
{
	json_t *facts;

	if (!certificate->count)
		return;
	facts = json_object();
	json_object_set_new(facts, "names", words(certificate->names));
	put_unless_empty(facts, "subject", certificate->subject);
	put_unless_empty(facts, "issuer", certificate->issuer);
	put_unless_empty(facts, "key", certificate->key);
	put_moment(facts, "not_before", certificate->not_before);
	put_moment(facts, "not_after", certificate->not_after);
	json_put_number(facts, "count", certificate->count);
	json_object_set_new(facts, "valid", json_boolean(!*certificate->chain));
	put_unless_empty(facts, "trouble", certificate->chain);
	json_object_set_new(object, "certificate", facts);
}

static void put_tls(json_t *object, const struct tls_facts *tls)
{
	json_t *facts;

	if (!tls)
		return;
	facts = json_object();
	json_put_text(facts, "version", tls->version);
	json_put_text(facts, "cipher", tls->cipher);
	if (*tls->group)
		json_put_text(facts, "group", tls->group);
	json_put_text(facts, "proved", tls->proved ? tls->proved : "nothing");
	put_unless_empty(facts, "proof", tls->proof);
	put_certificate(facts, &tls->certificate);
	json_object_set_new(object, "tls", facts);
}

static void put_times(json_t *object, const struct deliver_attempt *attempt)
{
	static const enum stage stages[] = {STAGE_GREETING, STAGE_HELLO, STAGE_TLS, STAGE_MAIL,
	                                    STAGE_RCPT};
	json_t *ms = json_object();

	if (attempt->connect_ms >= 0)
		json_put_number(ms, "connect", attempt->connect_ms);
	for (size_t i = 0; attempt->spent_ms && i < sizeof stages / sizeof *stages; i++) {
		if (attempt->spent_ms[stages[i]] >= 0)
			json_put_number(ms, stage_name(stages[i]), attempt->spent_ms[stages[i]]);
	}
	json_put_number(ms, "session", attempt->session_ms);
	json_object_set_new(object, "ms", ms);
}

static json_t *answer(const struct status *s)
{
	json_t *object = json_object();

	json_put_code(object, s);
	json_put_number(object, "reply", s->reply);
	json_put_text(object, "text", s->text);
	return object;
}

static void put_answers(json_t *object, const struct session_heard *heard)
{
	json_t *answers;

	if (heard->mail.class)
		json_object_set_new(object, "mail", answer(&heard->mail));
	if (!heard->rcpt_count)
		return;
	answers = json_array();
	for (size_t i = 0; i < heard->rcpt_kept; i++) {
		json_t *one = answer(&heard->rcpt[i].status);

		json_put_text(one, "recipient", heard->rcpt[i].wire);
		json_array_append_new(answers, one);
	}
	json_object_set_new(object, "rcpt", answers);
	json_put_number(object, "rcpt_count", (int64_t)heard->rcpt_count);
	json_put_number(object, "rcpt_accepted", (int64_t)heard->rcpt_accepted);
}

static void put_heard(json_t *object, const struct session_heard *heard)
{
	json_t *lines;

	if (!heard)
		return;
	put_unless_empty(object, "greeting", heard->greeting);
	lines = json_array();
	for (size_t i = 0; i < heard->extension_count; i++)
		json_array_append_new(lines, json_string(heard->extensions[i]));
	json_object_set_new(object, "capabilities", lines);
	put_answers(object, heard);
}

void report_json_attempt(struct buf *b, const struct deliver_attempt *attempt)
{
	json_t *object = json_line_begin("attempt");

	json_put_text(object, "domain", attempt->domain);
	json_put_text(object, "host", attempt->host);
	json_put_text(object, "address", attempt->address);
	json_put_number(object, "port", attempt->port);
	json_put_text(object, "stage", stage_name(attempt->stage));
	put_tls(object, attempt->tls);
	json_put_text(object, "tls_trouble", attempt->tls_trouble);
	put_heard(object, attempt->heard);
	put_times(object, attempt);
	json_put_outcome(object, &attempt->status);
	if (attempt->status.class != 2)
		json_put_code(object, &attempt->status);
	json_put_text(object, "text", attempt->status.text);
	json_line_end(object, b);
}
