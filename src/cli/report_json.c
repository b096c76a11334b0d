#include "cli/report_json.h"

#include <string.h>

#include <jansson.h>

#include "cli/json_line.h"

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

	json_put_text(object, "host", host->name);
	json_put_number(object, "port", host->port);
	json_put_number(object, "preference", host->preference);
	json_object_set_new(object, "addresses", addresses(host));
	json_put_number(object, "ttl", host->ttl);
	json_put_text(object, "alias", host->alias);
	json_put_text(object, "trouble", host->trouble);
	json_put_text(object, "security", route_security_name(host->security));
	json_put_text(object, "tls", host->duty.name);
	json_put_text(object, "tls_reason", host->duty.reason);
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

		json_put_text(object, "host", route->excluded[i].host);
		json_put_number(object, "preference", route->excluded[i].preference);
		json_put_text(object, "reason", route->excluded[i].reason);
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
	json_put_text(object, "security", route_security_name(route->security));
	json_put_text(object, "security_reason", reason);
}

static void put_policy(json_t *object, const struct sts_finding *f)
{
	json_t *policy;

	if (!f || !f->policy)
		return;
	policy = json_object();
	json_put_text(policy, "mode", sts_mode_name(f->policy->mode));
	json_put_text(policy, "id", f->id);
	json_put_text(policy, "source", f->source);
	json_object_set_new(object, "mta_sts", policy);
}

static void put_rule(json_t *object, const struct route_rule *rule)
{
	json_put_text(object, "rule", rule->text);
	json_put_text(object, "rule_source", rule->origin);
}

void report_json_route(struct buf *b, const struct plan_domain *domain)
{
	const struct route *route = &domain->route;
	json_t *object = json_line_begin("route");

	json_put_text(object, "domain", domain->name);
	if (strcmp(domain->shown, domain->name) != 0)
		json_put_text(object, "domain_unicode", domain->shown);
	json_object_set_new(object, "recipients", recipients(domain));
	json_put_text(object, "source", route_source_name(route->source));
	if (route->rule)
		put_rule(object, route->rule);
	json_object_set_new(object, "aliases", aliases(route));
	json_put_number(object, "ttl", route->ttl);
	put_security(object, route);
	put_policy(object, route->policy);
	if (route->policy && !route->policy->none)
		json_put_text(object, "mta_sts_reason", route->policy->reason);
	json_object_set_new(object, "hosts", hosts(route));
	json_object_set_new(object, "excluded", excluded(route));
	if (domain->delivery)
		json_put_number(object, "delivery", (int64_t)domain->delivery);
	json_put_outcome(object, &route->status);
	if (route->status.class != 2) {
		json_put_code(object, &route->status);
		json_put_text(object, "text", route->status.text);
	}
	json_line_end(object, b);
}

void report_json_result(struct buf *b, const struct recipient *recipient, const char *tls)
{
	const struct status *s = &recipient->status;
	json_t *object = json_line_begin("result");

	json_put_text(object, "recipient", recipient->shown);
	if (strcmp(recipient->shown, recipient->wire) != 0)
		json_put_text(object, "recipient_wire", recipient->wire);
	json_put_text(object, "outcome", outcome_name(outcome_of(s)));
	json_put_code(object, s);
	if (s->reply)
		json_put_number(object, "reply", s->reply);
	json_put_text(object, "stage", stage_name(s->stage));
	json_put_text(object, "host", s->host);
	json_put_text(object, "address", s->address);
	json_put_text(object, "tls", tls);
	json_put_text(object, "text", s->text);
	json_line_end(object, b);
}

void report_json_line(struct buf *b, const char *host, const char *address, char direction,
                      const char *line, int64_t ms)
{
	const char way[] = {direction, 0};
	json_t *object = json_line_begin("line");

	json_put_text(object, "host", host);
	json_put_text(object, "address", address);
	json_put_text(object, "direction", way);
	json_put_text(object, "text", line);
	json_put_number(object, "ms", ms);
	json_line_end(object, b);
}

void report_json_setting(struct buf *b, const char *key, const char *value, const char *source)
{
	json_t *object = json_line_begin("setting");

	json_put_text(object, "key", key);
	json_put_text(object, "value", value);
	json_put_text(object, "source", source);
	json_line_end(object, b);
}

void report_json_error(struct buf *b, int exit, const char *text)
{
	json_t *object = json_line_begin("error");

	json_put_text(object, "text", text);
	json_put_number(object, "exit", exit);
	json_line_end(object, b);
}

static json_t *dns(const struct dns_counts *counts)
{
	json_t *object = json_object();

	json_put_number(object, "questions", (int64_t)counts->questions);
	json_put_number(object, "packets", (int64_t)counts->packets);
	json_put_number(object, "tcp", (int64_t)counts->tcp);
	json_put_number(object, "retries", (int64_t)counts->retries);
	json_put_number(object, "most_in_flight", counts->most_in_flight);
	return object;
}

void report_json_summary(struct buf *b, const struct report_sums *sums, const char *advice)
{
	static const struct {
		const char *key;
		enum outcome outcome;
	} keys[] = {
		{"delivered", OUTCOME_DELIVERED}, {"deferred", OUTCOME_DEFERRED},
		{"failed", OUTCOME_FAILED},       {"uncertain", OUTCOME_UNCERTAIN},
		{"queued", OUTCOME_QUEUED},       {"would_deliver", OUTCOME_WOULD_DELIVER},
	};
	json_t *object = json_line_begin("summary");

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		json_put_number(object, keys[i].key, (int64_t)sums->outcomes[keys[i].outcome]);
	json_put_number(object, "exit", sums->exit);
	json_put_text(object, "advice", advice);
	json_put_number(object, "ms", sums->ms);
	json_object_set_new(object, "dns", dns(&sums->dns));
	json_line_end(object, b);
}
