#include "cli/tlsrpt_sums.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/memory.h"
#include "cli/json_line.h"
#include "cli/tlsrpt_log.h"
#include "net/dns_name.h"
#include "net/tls_failure.h"

enum { DAY = 24 * 3600 };

struct tlsrpt_sums {
	json_t *domains; /* by name: policies, by their text: what the report says of each, but that
	                    its failure-details are by their text too */
};

struct tlsrpt_sums *tlsrpt_sums_open(void)
{
	struct tlsrpt_sums *sums = memory_get(1, sizeof *sums);

	sums->domains = json_object();
	return sums;
}

void tlsrpt_sums_close(struct tlsrpt_sums *sums)
{
	json_decref(sums->domains);
	free(sums);
}

/* ---- a line ---- */

static const char *const policy_keys[] = {"policy-type", "policy-domain", "policy-string",
                                          "mx-host"};
static const char *const detail_keys[] = {"result-type", "sending-mta-ip", "receiving-mx-hostname",
                                          "receiving-ip", "failure-reason-code"};

enum {
	POLICY_KEYS = sizeof policy_keys / sizeof *policy_keys,
	POLICY_LISTS = 2, /* of these, the last ones are lists */
	DETAIL_KEYS = sizeof detail_keys / sizeof *detail_keys
};

static bool any_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; word && i < count; i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static bool result_known(const char *word)
{
	for (enum tls_failure f = TLS_FINE + 1; f <= TLS_STS_WEBPKI_INVALID; f++) {
		if (strcmp(word, tls_failure_name(f)) == 0)
			return true;
	}
	return false;
}

static bool list_good(const json_t *list)
{
	size_t i;
	const json_t *text;

	if (!json_is_array(list) || json_array_size(list) > TLSRPT_LIST_MAX)
		return false;
	json_array_foreach(list, i, text) {
		if (!json_is_string(text))
			return false;
	}
	return true;
}

static bool line_good(const json_t *line)
{
	static const char *const types[] = {"tlsa", "sts", "no-policy-found"};
	const char *domain = json_string_value(json_object_get(line, "policy-domain"));
	const char *result = json_string_value(json_object_get(line, "result-type"));
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)line, key, value) {
		bool list = any_of(key, policy_keys + POLICY_KEYS - POLICY_LISTS, POLICY_LISTS);

		if (!list && !any_of(key, policy_keys, POLICY_KEYS) &&
		    !any_of(key, detail_keys, DETAIL_KEYS))
			return false;
		if (list ? !list_good(value) : !json_is_string(value))
			return false;
	}
	return any_of(json_string_value(json_object_get(line, "policy-type")), types, 3) &&
	       domain && dns_name_usable(domain) && strlen(domain) < DNS_NAME_WIRE &&
	       (!result || result_known(result));
}

/* ---- sums ---- */

static json_t *part(const json_t *line, const char *const *keys, size_t count)
{
	json_t *some = json_object();

	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(line, keys[i]);

		if (value)
			json_object_set(some, keys[i], value);
	}
	return some;
}

/* The member called by this text, made where it is missing and there are not too many; takes over
   the value. NULL: there are. */
static json_t *member(json_t *object, const char *key, size_t most, json_t *value)
{
	json_t *found = json_object_get(object, key);

	if (!found && json_object_size(object) < most && json_object_set(object, key, value) == 0)
		found = value;
	json_decref(value);
	return found;
}

/* The same, called by the text of what is in it under `name`. */
static json_t *member_like(json_t *object, json_t *what, const char *name, size_t most)
{
	char *text = json_dumps(what, JSON_COMPACT | JSON_SORT_KEYS);
	json_t *value = json_object(), *found;

	json_object_set_new(value, name, what);
	found = text ? member(object, text, most, value) : NULL;
	free(text);
	return found;
}

static void add_number(json_t *object, const char *key, json_int_t more)
{
	json_t *number = json_object_get(object, key);

	json_object_set_new(object, key, json_integer(json_integer_value(number) + more));
}

static bool add(struct tlsrpt_sums *sums, const json_t *line)
{
	const char *domain = json_string_value(json_object_get(line, "policy-domain"));
	bool failed = json_object_get(line, "result-type");
	json_t *policies = member(sums->domains, domain, TLSRPT_DOMAIN_MAX, json_object());
	json_t *policy, *details, *detail;

	if (!policies)
		return false;
	policy = member_like(policies, part(line, policy_keys, POLICY_KEYS), "policy",
	                     TLSRPT_POLICY_MAX);
	if (!policy)
		return false;
	add_number(policy, "good", !failed);
	add_number(policy, "bad", failed);
	details = member(policy, "details", SIZE_MAX, json_object());
	if (!failed || !details)
		return true;
	detail = member_like(details, part(line, detail_keys, DETAIL_KEYS), "detail",
	                     TLSRPT_DETAIL_MAX);
	if (detail)
		add_number(detail, "count", 1);
	return true;
}

bool tlsrpt_sums_take(struct tlsrpt_sums *sums, const char *line, size_t size)
{
	json_t *read = size <= TLSRPT_LINE_MAX
	                       ? json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL)
	                       : NULL;
	bool taken = json_is_object(read) && line_good(read) && add(sums, read);

	json_decref(read);
	return taken;
}

size_t tlsrpt_sums_take_all(struct tlsrpt_sums *sums, const char *text, size_t size)
{
	size_t taken = 0;

	while (size) {
		const char *feed = memchr(text, '\n', size);
		size_t line = feed ? (size_t)(feed - text) : size, whole = line + (feed != NULL);

		taken += tlsrpt_sums_take(sums, text, line);
		text += whole;
		size -= whole;
	}
	return taken;
}

const char *const *tlsrpt_sums_domains(const struct tlsrpt_sums *sums, struct arena *a,
                                       size_t *count)
{
	const char **names = arena_array(a, json_object_size(sums->domains) + 1, sizeof *names);
	const char *domain;
	json_t *policies;

	*count = 0;
	json_object_foreach(sums->domains, domain, policies)
		names[(*count)++] = arena_text(a, domain);
	return names;
}

/* ---- the report ---- */

static json_t *details_of(json_t *policy)
{
	json_t *list = json_array(), *detail;
	const char *key;

	json_object_foreach(json_object_get(policy, "details"), key, detail) {
		json_t *row = json_copy(json_object_get(detail, "detail"));

		json_object_set(row, "failed-session-count", json_object_get(detail, "count"));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *policies_of(json_t *policies)
{
	json_t *list = json_array(), *policy;
	const char *key;

	json_object_foreach(policies, key, policy) {
		json_t *one = json_object(), *summary = json_object(),
		       *details = details_of(policy);

		json_object_set(one, "policy", json_object_get(policy, "policy"));
		json_object_set(summary, "total-successful-session-count",
		                json_object_get(policy, "good"));
		json_object_set(summary, "total-failure-session-count",
		                json_object_get(policy, "bad"));
		json_object_set_new(one, "summary", summary);
		if (json_array_size(details))
			json_object_set(one, "failure-details", details);
		json_decref(details);
		json_array_append_new(list, one);
	}
	return list;
}

const char *tlsrpt_report_id(struct arena *a, const struct tlsrpt_reporter *by, const char *domain)
{
	char day[11];

	tlsrpt_day(by->begin, day);
	return arena_printf(a, "%s.%s@%s", day, domain, by->submitter);
}

static json_t *range(struct arena *a, const struct tlsrpt_reporter *by)
{
	json_t *dates = json_object();
	char day[11];

	tlsrpt_day(by->begin, day);
	json_put_text(dates, "start-datetime", arena_printf(a, "%sT00:00:00Z", day));
	json_put_text(dates, "end-datetime", arena_printf(a, "%sT23:59:59Z", day));
	return dates;
}

void tlsrpt_report(const struct tlsrpt_sums *sums, const char *domain,
                   const struct tlsrpt_reporter *by, struct buf *out)
{
	json_t *report = json_object();
	struct arena a = {0};

	json_put_text(report, "organization-name", by->organization);
	json_object_set_new(report, "date-range", range(&a, by));
	json_put_text(report, "contact-info", by->contact);
	json_put_text(report, "report-id", tlsrpt_report_id(&a, by, domain));
	json_object_set_new(report, "policies",
	                    policies_of(json_object_get(sums->domains, domain)));
	json_line_end(report, out);
	arena_free(&a);
}
