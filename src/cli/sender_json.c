#include "cli/sender_text.h"

#include <jansson.h>

#include "base/arena.h"
#include "cli/json_line.h"

static json_t *names(const struct reverse *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->count; i++)
		json_array_append_new(array, json_pack("{s:s, s:b, s:s*}", "name",
		                                       r->names[i].name, "leads_back",
		                                       (int)r->names[i].leads_back, "trouble",
		                                       r->names[i].trouble));
	return array;
}

static json_t *hello(const struct sender_question *q, const struct sender *s)
{
	const struct sender_hello *h = &s->hello;

	return json_pack("{s:s, s:b, s:b, s:b, s:b, s:s*}", "name", q->hello, "full", (int)h->full,
	                 "exists", (int)h->exists, "leads_back", (int)h->leads_back, "is_ptr",
	                 (int)h->is_reverse, "trouble", h->trouble);
}

/* NULL where nothing was judged: a missing key. */
static json_t *spf(bool judged, const char *domain, const struct spf *spf)
{
	if (!judged)
		return NULL;
	return json_pack("{s:s, s:s, s:s*, s:s*, s:i}", "domain", domain, "result",
	                 spf_verdict_name(spf->verdict), "path", spf->path, "text", spf->why,
	                 "lookups", (int)spf->lookups);
}

static json_t *dkim(const struct dkim_key *k)
{
	if (!k->name)
		return NULL;
	return json_pack("{s:s, s:s*, s:i, s:b, s:s*}", "name", k->name, "key", k->type, "bits",
	                 (int)k->bits, "testing", (int)k->testing, "fault", k->fault);
}

static json_t *dmarc(const struct sender *s)
{
	const struct dmarc *d = &s->dmarc;

	return json_pack("{s:s*, s:s, s:s*, s:s, s:s, s:i, s:s*, s:b, s:s*, s:s*}", "domain",
	                 d->domain, "organization", d->organization, "policy", d->policy, "adkim",
	                 d->strict_dkim ? "s" : "r", "aspf", d->strict_spf ? "s" : "r", "pct",
	                 (int)d->percent, "rua", d->reports, "spf_aligned", (int)s->spf_aligned,
	                 "fault", d->fault, "trouble", d->trouble);
}

static json_t *bounces(const struct route *route)
{
	const struct status *status = &route->status;
	json_t *hosts = json_array();
	char code[16];

	for (size_t i = 0; i < route->host_count; i++)
		json_array_append_new(hosts, json_string(route->hosts[i].name));
	if (status->class == 2)
		return json_pack("{s:s, s:o}", "outcome", "ok", "hosts", hosts);
	return json_pack("{s:s, s:o, s:s, s:s}", "outcome",
	                 status->class == 5 ? "failed" : "deferred", "hosts", hosts, "status",
	                 status_code(status, code), "text", status->text);
}

static json_t *findings(const struct sender *s, enum sender_weight weight)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->finding_count; i++) {
		if (s->findings[i].weight == weight)
			json_array_append_new(array, json_string(s->findings[i].text));
	}
	return array;
}

static const char *outcome(const struct sender *s)
{
	switch (sender_gravest(s)) {
	case SENDER_PROBLEM: return "failed";
	case SENDER_TROUBLE: return "deferred";
	case SENDER_REMARK: break;
	}
	return "ok";
}

void sender_json(struct buf *b, const struct sender_question *q, const struct sender *s)
{
	struct arena a = {0};
	char ip[IP_TEXT];
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:s, s:s*, s:o, s:o, s:o*, s:o*, s:o*, s:o, s:o, s:o, s:o, s:o, "
		"s:s}",
		"type", "sender", "address", address_shown(&a, &q->author), "envelope",
		address_shown(&a, &q->envelope), "ip", ip_print(&q->ip, ip), "private",
		s->private_kind, "ptr", names(&s->reverse), "hello", hello(q, s), "spf",
		spf(s->spf_domain != NULL, s->spf_domain, &s->spf), "spf_hello",
		spf(s->has_spf_hello, q->hello, &s->spf_hello), "dkim", dkim(&s->dkim), "dmarc",
		dmarc(s), "bounces", bounces(&s->bounces), "problems",
		findings(s, SENDER_PROBLEM), "unknown", findings(s, SENDER_TROUBLE), "remarks",
		findings(s, SENDER_REMARK), "outcome", outcome(s));

	json_line_end(object, b);
	arena_free(&a);
}
