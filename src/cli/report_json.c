#include "cli/report_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"

/* A missing text is a missing key. */
static void put_text(json_t *object, const char *key, const char *text)
{
	struct arena a = {0};
	json_t *value = text ? json_string(text) : NULL;

	/* jansson wants UTF-8. What comes from outside was cleaned; a bad byte that got in from
	   elsewhere must not cost the line. */
	if (text && !value)
		value = json_string(text_clean(&a, text, strlen(text)));
	if (value)
		json_object_set_new(object, key, value);
	arena_free(&a);
}

static void put_number(json_t *object, const char *key, int64_t number)
{
	json_object_set_new(object, key, json_integer(number));
}

static void put_code(json_t *object, const struct status *s)
{
	char code[16];

	put_text(object, "status", status_code(s, code));
}

static json_t *object_of(const char *type)
{
	json_t *object = json_object();

	put_text(object, "type", type);
	return object;
}

static int add_bytes(const char *bytes, size_t size, void *buf)
{
	buf_add(buf, bytes, size);
	return 0;
}

static void add_line(struct buf *b, json_t *object)
{
	json_dump_callback(object, add_bytes, b, JSON_COMPACT);
	buf_text(b, "\n");
	json_decref(object);
}

/* ok | failed | deferred: of a route or an attempt. */
static void put_outcome(json_t *object, const struct status *s)
{
	put_text(object, "outcome", s->class == 2 ? "ok" : s->class == 5 ? "failed" : "deferred");
}

static json_t *addresses(const struct route_host *host)
{
	json_t *array = json_array();
	char text[IP_TEXT];

	for (size_t i = 0; i < host->address_count; i++)
		json_array_append_new(array, json_string(ip_print(&host->addresses[i], text)));
	return array;
}

static json_t *route_host(const struct route_host *host)
{
	json_t *object = json_object();

	put_text(object, "host", host->name);
	put_number(object, "port", host->port);
	put_number(object, "preference", host->preference);
	json_object_set_new(object, "addresses", addresses(host));
	put_number(object, "ttl", host->ttl);
	put_text(object, "alias", host->alias);
	put_text(object, "trouble", host->trouble);
	put_text(object, "security", route_security_name(host->security));
	put_text(object, "tls", host->tls);
	put_text(object, "tls_reason", host->tls_reason);
	return object;
}

static json_t *hosts(const struct route *route)
{
	json_t *array = json_array();

	for (size_t i = 0; i < route->host_count; i++)
		json_array_append_new(array, route_host(&route->hosts[i]));
	return array;
}

static json_t *excluded(const struct route *route)
{
	json_t *array = json_array();

	for (size_t i = 0; i < route->excluded_count; i++) {
		json_t *object = json_object();

		put_text(object, "host", route->excluded[i].host);
		put_number(object, "preference", route->excluded[i].preference);
		put_text(object, "reason", route->excluded[i].reason);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *aliases(const struct route *route)
{
	json_t *array = json_array();

	for (size_t i = 0; i < route->alias_count; i++)
		json_array_append_new(array, json_string(route->aliases[i]));
	return array;
}

static json_t *recipients(const struct plan_domain *domain)
{
	json_t *array = json_array();

	for (size_t i = 0; i < domain->recipient_count; i++)
		json_array_append_new(array, json_string(domain->recipients[i]->shown));
	return array;
}

static void put_security(json_t *object, const struct route *route)
{
	const char *reason = route->security_reason;

	if (!reason && route->security == DNS_UNCHECKED)
		reason = "DNSSEC is not checked";
	put_text(object, "security", route_security_name(route->security));
	put_text(object, "security_reason", reason);
}

void report_json_route(struct buf *b, const struct plan_domain *domain)
{
	const struct route *route = &domain->route;
	json_t *object = object_of("route");

	put_text(object, "domain", domain->name);
	if (strcmp(domain->shown, domain->name) != 0)
		put_text(object, "domain_unicode", domain->shown);
	json_object_set_new(object, "recipients", recipients(domain));
	put_text(object, "source", route_source_name(route->source));
	json_object_set_new(object, "aliases", aliases(route));
	put_number(object, "ttl", route->ttl);
	put_security(object, route);
	json_object_set_new(object, "hosts", hosts(route));
	json_object_set_new(object, "excluded", excluded(route));
	put_outcome(object, &route->status);
	if (route->status.class != 2) {
		put_code(object, &route->status);
		put_text(object, "text", route->status.text);
	}
	add_line(b, object);
}

/* RFC 3339. A certificate may name years that no calendar has. */
static void put_moment(json_t *object, const char *key, int64_t moment)
{
	time_t seconds = (time_t)moment;
	struct tm utc;
	char text[64];

	if (gmtime_r(&seconds, &utc) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc))
		put_text(object, key, text);
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
	put_text(facts, "subject", certificate->subject);
	put_text(facts, "issuer", certificate->issuer);
	put_text(facts, "key", certificate->key);
	put_moment(facts, "not_before", certificate->not_before);
	put_moment(facts, "not_after", certificate->not_after);
	put_number(facts, "count", certificate->count);
	json_object_set_new(facts, "valid", json_boolean(!*certificate->chain));
	put_text(facts, "trouble", *certificate->chain ? certificate->chain : NULL);
	json_object_set_new(object, "certificate", facts);
}

static void put_tls(json_t *object, const struct tls_facts *tls)
{
	json_t *facts;

	if (!tls)
		return;
	facts = json_object();
	put_text(facts, "version", tls->version);
	put_text(facts, "cipher", tls->cipher);
	if (*tls->group)
		put_text(facts, "group", tls->group);
	put_text(facts, "proved", "nothing");
	put_certificate(facts, &tls->certificate);
	json_object_set_new(object, "tls", facts);
}

static void put_times(json_t *object, const struct deliver_attempt *attempt)
{
	static const enum stage stages[] = {STAGE_GREETING, STAGE_HELLO, STAGE_TLS, STAGE_MAIL,
	                                    STAGE_RCPT};
	json_t *ms = json_object();

	if (attempt->connect_ms >= 0)
		put_number(ms, "connect", attempt->connect_ms);
	for (size_t i = 0; attempt->spent_ms && i < sizeof stages / sizeof *stages; i++) {
		if (attempt->spent_ms[stages[i]] >= 0)
			put_number(ms, stage_name(stages[i]), attempt->spent_ms[stages[i]]);
	}
	put_number(ms, "session", attempt->session_ms);
	json_object_set_new(object, "ms", ms);
}

static json_t *answer(const struct status *s)
{
	json_t *object = json_object();

	put_code(object, s);
	put_number(object, "reply", s->reply);
	put_text(object, "text", s->text);
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

		put_text(one, "recipient", heard->rcpt[i].wire);
		json_array_append_new(answers, one);
	}
	json_object_set_new(object, "rcpt", answers);
	put_number(object, "rcpt_count", (int64_t)heard->rcpt_count);
	put_number(object, "rcpt_accepted", (int64_t)heard->rcpt_accepted);
}

static void put_heard(json_t *object, const struct session_heard *heard)
{
	json_t *lines;

	if (!heard)
		return;
	put_text(object, "greeting", heard->greeting);
	lines = json_array();
	for (size_t i = 0; i < heard->extension_count; i++)
		json_array_append_new(lines, json_string(heard->extensions[i]));
	json_object_set_new(object, "capabilities", lines);
	put_answers(object, heard);
}

void report_json_attempt(struct buf *b, const struct deliver_attempt *attempt)
{
	json_t *object = object_of("attempt");

	put_text(object, "domain", attempt->domain);
	put_text(object, "host", attempt->host);
	put_text(object, "address", attempt->address);
	put_number(object, "port", attempt->port);
	put_text(object, "stage", stage_name(attempt->stage));
	put_tls(object, attempt->tls);
	put_text(object, "tls_trouble", attempt->tls_trouble);
	put_heard(object, attempt->heard);
	put_times(object, attempt);
	put_outcome(object, &attempt->status);
	if (attempt->status.class != 2)
		put_code(object, &attempt->status);
	put_text(object, "text", attempt->status.text);
	add_line(b, object);
}

void report_json_result(struct buf *b, const struct recipient *recipient, const char *tls)
{
	const struct status *s = &recipient->status;
	json_t *object = object_of("result");

	put_text(object, "recipient", recipient->shown);
	if (strcmp(recipient->shown, recipient->wire) != 0)
		put_text(object, "recipient_wire", recipient->wire);
	put_text(object, "outcome", outcome_name(outcome_of(s)));
	put_code(object, s);
	if (s->reply)
		put_number(object, "reply", s->reply);
	put_text(object, "stage", stage_name(s->stage));
	put_text(object, "host", s->host);
	put_text(object, "address", s->address);
	put_text(object, "tls", tls);
	put_text(object, "text", s->text);
	add_line(b, object);
}

void report_json_line(struct buf *b, const char *host, const char *address, char direction,
                      const char *line, int64_t ms)
{
	const char way[] = {direction, 0};
	json_t *object = object_of("line");

	put_text(object, "host", host);
	put_text(object, "address", address);
	put_text(object, "direction", way);
	put_text(object, "text", line);
	put_number(object, "ms", ms);
	add_line(b, object);
}

void report_json_error(struct buf *b, int exit, const char *text)
{
	json_t *object = object_of("error");

	put_text(object, "text", text);
	put_number(object, "exit", exit);
	add_line(b, object);
}

static json_t *dns(const struct dns_counts *counts)
{
	json_t *object = json_object();

	put_number(object, "questions", (int64_t)counts->questions);
	put_number(object, "packets", (int64_t)counts->packets);
	put_number(object, "tcp", (int64_t)counts->tcp);
	put_number(object, "retries", (int64_t)counts->retries);
	put_number(object, "most_in_flight", counts->most_in_flight);
	return object;
}

void report_json_summary(struct buf *b, const struct report_sums *sums)
{
	static const struct {
		const char *key;
		enum outcome outcome;
	} keys[] = {
		{"delivered", OUTCOME_DELIVERED}, {"deferred", OUTCOME_DEFERRED},
		{"failed", OUTCOME_FAILED},       {"uncertain", OUTCOME_UNCERTAIN},
		{"queued", OUTCOME_QUEUED},       {"would_deliver", OUTCOME_WOULD_DELIVER},
	};
	json_t *object = object_of("summary");

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		put_number(object, keys[i].key, (int64_t)sums->outcomes[keys[i].outcome]);
	put_number(object, "exit", sums->exit);
	put_text(object, "advice", sums->advice);
	put_number(object, "ms", sums->ms);
	json_object_set_new(object, "dns", dns(&sums->dns));
	add_line(b, object);
}
