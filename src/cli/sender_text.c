#include "cli/sender_text.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/colour.h"
#include "cli/layout.h"
#include "cli/plan_hosts.h"

enum { PARAGRAPH_MAX = 64 * 1024, HOSTS_TOLD = 4 };

/* In place of what only the DNS could tell; a finding says why it did not. */
static const char unknown[] = "cannot be looked up now";

/* The block being written. */
struct block {
	struct buf *out;
	struct arena arena;
	const struct sender_question *question;
	const struct sender *sender;
};

static void heading(struct block *b, bool colour)
{
	char ip[IP_TEXT];

	colour_words(b->out, colour, COLOUR_HEADING,
	             arena_printf(&b->arena, "%s from %s",
	                          address_shown(&b->arena, &b->question->author),
	                          ip_print(&b->question->ip, ip)));
	buf_text(b->out, "\n");
}

static const char *leads_words(const struct reverse_name *name)
{
	if (name->leads_back)
		return "leads back";
	return name->trouble ? unknown : "does not lead back";
}

static void names(struct block *b)
{
	const struct reverse *r = &b->sender->reverse;

	if (b->sender->private_kind)
		plan_hosts_line(b->out, "PTR", b->sender->private_kind);
	else if (r->trouble)
		plan_hosts_line(b->out, "PTR", unknown);
	else if (!r->count)
		plan_hosts_line(b->out, "PTR", "none");
	for (size_t i = 0; i < r->count; i++)
		plan_hosts_line(b->out, "PTR",
		                arena_printf(&b->arena, "%s, which %s", r->names[i].name,
		                             leads_words(&r->names[i])));
	if (r->left_out)
		plan_hosts_line(b->out, "PTR",
		                arena_printf(&b->arena, "and %zu more, which nobody looks at",
		                             r->left_out));
}

static const char *hello_words(const struct sender *s)
{
	const struct sender_hello *h = &s->hello;

	if (h->literal)
		return "an address";
	if (!h->full)
		return "not a full name";
	if (h->trouble)
		return unknown;
	if (!h->exists)
		return "does not exist";
	if (s->private_kind)
		return "exists";
	if (!h->leads_back)
		return "does not lead to the address";
	return h->is_reverse ? "leads to the address and is its name" : "leads to the address";
}

static void hello(struct block *b)
{
	plan_hosts_line(b->out, "EHLO",
	                arena_printf(&b->arena, "%s: %s", b->question->hello,
	                             hello_words(b->sender)));
}

static void spf_line(struct block *b, const char *label, const char *domain, const struct spf *spf)
{
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	if (spf->verdict != SPF_NONE) /* the words name it */
		buf_printf(&text, "%s: ", domain);
	buf_text(&text, spf_verdict_name(spf->verdict));
	if (spf->path)
		buf_printf(&text, " by %s", spf->path);
	if (spf->why)
		buf_printf(&text, ": %s", spf->verdict == SPF_TEMPERROR ? unknown : spf->why);
	if (spf->lookups)
		buf_printf(&text, " (look-ups: %u of %d)", spf->lookups, SPF_LOOKUP_MAX);
	plan_hosts_line(b->out, label, text.bytes ? text.bytes : "");
	buf_free(&text);
}

static void spf(struct block *b)
{
	const struct sender *s = b->sender;

	if (s->spf_domain)
		spf_line(b, "SPF", s->spf_domain, &s->spf);
	else if (s->private_kind)
		plan_hosts_line(b->out, "SPF", "depends on the address that the world sees");
	if (s->has_spf_hello)
		spf_line(b, "SPF EHLO", b->question->hello, &s->spf_hello);
}

static void dkim(struct block *b)
{
	const struct dkim_key *k = &b->sender->dkim;

	if (!k->name)
		plan_hosts_line(b->out, "DKIM", "not looked at: --dkim-selector would name a key");
	else if (k->fault)
		plan_hosts_line(b->out, "DKIM",
		                arena_printf(&b->arena, "%s: %s", k->name,
		                             k->trouble ? unknown : k->fault));
	else
		plan_hosts_line(b->out, "DKIM",
		                arena_printf(&b->arena, "%s: %s key, %u bits%s", k->name, k->type,
		                             k->bits, k->testing ? ", a test" : ""));
}

static const char *alignment_words(const struct sender *s)
{
	bool by_spf = s->spf_domain && s->spf.verdict == SPF_PASS && s->spf_aligned;
	bool by_dkim = s->dkim.name && !s->dkim.fault;

	if (by_spf)
		return by_dkim ? "SPF vouches for it, and DKIM can" : "SPF vouches for it";
	return by_dkim ? "DKIM can vouch for it" : "nothing is known to vouch for it";
}

static void dmarc(struct block *b)
{
	const struct dmarc *d = &b->sender->dmarc;
	struct buf text;

	buf_init(&text, PARAGRAPH_MAX);
	if (!d->domain) {
		buf_text(&text, d->trouble ? unknown : "no record");
	} else {
		buf_printf(&text, "record of %s: %s", d->domain, d->policy);
		if (d->percent < 100)
			buf_printf(&text, " for %u %%", d->percent);
		buf_printf(&text, "; %s", alignment_words(b->sender));
	}
	plan_hosts_line(b->out, "DMARC", text.bytes);
	buf_free(&text);
}

static void bounces(struct block *b)
{
	const struct route *route = &b->sender->bounces;
	const char *label = *b->question->envelope.local ? "bounces" : "replies";
	size_t told = route->host_count < HOSTS_TOLD ? route->host_count : HOSTS_TOLD;
	struct buf text;

	if (route->status.fault == FAULT_DNS)
		plan_hosts_line(b->out, label, unknown);
	if (route->status.class != 2)
		return; /* a finding says why */
	buf_init(&text, PARAGRAPH_MAX);
	for (size_t i = 0; i < told; i++)
		buf_printf(&text, "%s%s", i ? ", " : "to ", route->hosts[i].name);
	if (told < route->host_count)
		buf_printf(&text, " and %zu more", route->host_count - told);
	plan_hosts_line(b->out, label, text.bytes);
	buf_free(&text);
}

static void findings(struct block *b, bool colour)
{
	static const struct {
		const char *label;
		enum colour colour;
	} weights[] = {
		[SENDER_PROBLEM] = {"problem", COLOUR_BAD},
		[SENDER_TROUBLE] = {"unknown", COLOUR_DOUBT},
		[SENDER_REMARK] = {"remark", COLOUR_TITLE},
	};
	const struct sender *s = b->sender;

	for (size_t weight = SENDER_PROBLEM; weight <= SENDER_REMARK; weight++) {
		for (size_t i = 0; i < s->finding_count; i++) {
			if (s->findings[i].weight == weight)
				plan_hosts_line(b->out, weights[weight].label, s->findings[i].text);
		}
	}
	if (sender_gravest(s) == SENDER_REMARK) {
		buf_text(b->out, "  ");
		colour_words(b->out, colour, COLOUR_GOOD, "nothing speaks against sending");
		buf_text(b->out, "\n");
	}
	buf_text(b->out, "\n");
}

void sender_text(struct buf *b, const struct sender_question *q, const struct sender *s,
                 bool colour)
{
	struct block block = {.out = b, .question = q, .sender = s};

	heading(&block, colour);
	names(&block);
	hello(&block);
	spf(&block);
	dkim(&block);
	dmarc(&block);
	bounces(&block);
	findings(&block, colour);
	arena_free(&block.arena);
}
