#include "sender/sender.h"

#include "base/arena.h"
#include "base/text.h"
#include "sender/finding.h"

#include <string.h>

const char *sender_private(const struct ip *ip)
{
	static const struct {
		sa_family_t family;
		uint8_t bytes[2], mask[2];
		const char *kind;
	} networks[] = {
		{AF_INET, {10, 0}, {255, 0}, "private address (RFC 1918)"},
		{AF_INET, {172, 16}, {255, 240}, "private address (RFC 1918)"},
		{AF_INET, {192, 168}, {255, 255}, "private address (RFC 1918)"},
		{AF_INET, {100, 64}, {255, 192}, "provider's shared address (RFC 6598)"},
		{AF_INET6, {0xfc, 0}, {0xfe, 0}, "unique local address (RFC 4193)"},
	};

	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
		if (ip->family == networks[i].family &&
		    (ip->bytes[0] & networks[i].mask[0]) == networks[i].bytes[0] &&
		    (ip->bytes[1] & networks[i].mask[1]) == networks[i].bytes[1])
			return networks[i].kind;
	}
	return ip_unroutable(ip);
}

static bool is_reverse_name(const struct reverse *reverse, const char *name)
{
	for (size_t i = 0; i < reverse->count; i++) {
		if (reverse->names[i].leads_back && text_same(reverse->names[i].name, name))
			return true;
	}
	return false;
}

static void find_hello(struct inquiry *i, const struct sender_question *q, struct sender *s)
{
	struct sender_hello *h = &s->hello;

	h->literal = q->hello[0] == '[';
	h->full = !h->literal && strchr(q->hello, '.') && !domain_is_localhost(q->hello);
	if (!h->full)
		return;
	h->is_reverse = is_reverse_name(&s->reverse, q->hello);
	const struct dns_answer *answer = inquiry_ask(i, q->hello, reverse_type(&q->ip));
	if (!answer)
		return;
	h->exists = answer->outcome == DNS_FOUND || answer->outcome == DNS_NO_DATA;
	h->leads_back = reverse_has(answer, &q->ip);
	if (answer->outcome == DNS_TROUBLE || answer->outcome == DNS_LOOP)
		h->trouble = answer->trouble;
}

static void judge_spf(struct inquiry *i, const struct sender_question *q, const char *domain,
                      const char *local, struct spf *spf)
{
	const struct spf_question question = {
		.ip = q->ip,
		.domain = domain,
		.local = local,
		.hello = q->hello,
	};

	spf_judge(i, &question, spf);
}

/* RFC 7208 2.4: the null sender is judged as postmaster at the EHLO name. */
static void find_spf(struct inquiry *i, const struct sender_question *q, struct sender *s)
{
	const struct address *e = &q->envelope;
	bool null = !*e->local;

	if (s->private_kind)
		return;
	if (null ? s->hello.full : e->kind == DOMAIN_NAME)
		s->spf_domain = null ? q->hello : e->domain;
	s->has_spf_hello = s->hello.full && !null; /* 2.3 */
	if (s->has_spf_hello)
		judge_spf(i, q, q->hello, "", &s->spf_hello);
	if (!s->spf_domain)
		return;
	judge_spf(i, q, s->spf_domain, e->local, &s->spf);
	s->spf_aligned = dmarc_aligned(i, s->spf_domain, q->author.domain, s->dmarc.strict_spf);
}

static void find_bounces(struct inquiry *i, const struct sender_question *q, struct sender *s)
{
	const struct address *back = *q->envelope.local ? &q->envelope : &q->author;

	if (!route_find(q->facts, i->arena, back, i->asker, &s->bounces))
		i->waiting = true;
}

bool sender_judge(const struct sender_question *q, struct arena *a, size_t asker,
                  struct sender *sender)
{
	struct inquiry i = {.dns = q->facts->dns, .arena = a, .asker = asker};

	*sender = (struct sender){.private_kind = sender_private(&q->ip)};
	if (!sender->private_kind)
		reverse_find(&i, &q->ip, &sender->reverse);
	find_hello(&i, q, sender);
	dmarc_find(&i, q->author.domain, &sender->dmarc);
	find_spf(&i, q, sender);
	if (q->selector)
		dkim_key_find(&i, q->selector, q->author.domain, &sender->dkim);
	find_bounces(&i, q, sender);
	if (i.waiting)
		return false;
	findings_write(q, a, sender);
	return true;
}

enum sender_weight sender_gravest(const struct sender *sender)
{
	enum sender_weight gravest = SENDER_REMARK;

	for (size_t i = 0; i < sender->finding_count; i++) {
		if (sender->findings[i].weight < gravest)
			gravest = sender->findings[i].weight;
	}
	return gravest;
}
