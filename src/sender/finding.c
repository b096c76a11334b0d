#include "sender/finding.h"

#include "base/arena.h"
#include "base/text.h"
#include "sender/trouble.h"

#include <string.h>

enum { RSA_WANTED = 2048 }; /* RFC 8301 3.2: signers should use as many at least */

/* A sender being judged. */
struct bench {
	const struct sender_question *question;
	struct arena *arena;
	struct sender *sender;
	const char *ip; /* the address as text */
};

static void add(struct bench *b, enum sender_weight weight, const char *text)
{
	struct sender *s = b->sender;

	for (size_t i = 0; i < s->finding_count; i++) {
		if (strcmp(s->findings[i].text, text) == 0)
			return; /* the same trouble met twice */
	}
	if (s->finding_count < SENDER_FINDING_MAX)
		s->findings[s->finding_count++] = (struct sender_finding){weight, text};
}

static bool null_sender(const struct bench *b)
{
	return !*b->question->envelope.local;
}

/* Of a domain that does not exist it is enough to say so. */
static bool no_domain(const struct bench *b)
{
	return b->sender->bounces.status.fault == FAULT_NO_DOMAIN;
}

/* ---- the address and its names ---- */

static void advise_address(struct bench *b)
{
	const char *kind = b->sender->private_kind;

	if (kind)
		add(b, SENDER_PROBLEM,
		    arena_printf(b->arena,
		                 "%s is a %s: the world sees another address, that of a router or "
		                 "provider; name that one to have it judged",
		                 b->ip, kind));
}

/* A name with all four numbers of the address in it, in either order, was made by a machine. */
static bool is_generic(struct arena *a, const struct ip *ip, const char *name)
{
	const uint8_t *n = ip->bytes;

	if (ip->family != AF_INET)
		return false;
	for (size_t i = 0; i < 2; i++) {
		char c = "-."[i];
		const char *on = arena_printf(a, "%u%c%u%c%u%c%u", n[0], c, n[1], c, n[2], c, n[3]);
		const char *back =
			arena_printf(a, "%u%c%u%c%u%c%u", n[3], c, n[2], c, n[1], c, n[0]);

		if (strstr(name, on) || strstr(name, back))
			return true;
	}
	return false;
}

static void advise_names(struct bench *b)
{
	const struct reverse *r = &b->sender->reverse;
	bool leads_back = false, generic = r->count > 0;
	const char *trouble = r->trouble;

	if (b->sender->private_kind)
		return;
	for (size_t i = 0; i < r->count; i++) {
		leads_back |= r->names[i].leads_back;
		generic &= is_generic(b->arena, &b->question->ip, r->names[i].name);
		trouble = trouble ? trouble : r->names[i].trouble;
	}
	if (trouble && !leads_back)
		add(b, SENDER_TROUBLE, trouble);
	else if (!r->count)
		add(b, SENDER_PROBLEM,
		    arena_printf(b->arena,
		                 "%s has no name (no PTR record at %s), and many servers take no "
		                 "mail from such an address: whoever gave it to you can set one",
		                 b->ip, r->question));
	else if (!leads_back)
		add(b, SENDER_PROBLEM,
		    arena_printf(b->arena,
		                 "no name of %s leads back to it: give %s the address record %s",
		                 b->ip, r->names[0].name, b->ip));
	if (generic)
		add(b, SENDER_REMARK,
		    arena_printf(b->arena,
		                 "%s is made of the address and looks like a line for customers: "
		                 "ask for a name of your own",
		                 r->names[0].name));
}

static void advise_hello(struct bench *b)
{
	const struct sender_hello *h = &b->sender->hello;
	const char *name = b->question->hello;

	if (h->literal || !h->full)
		add(b, SENDER_PROBLEM,
		    arena_printf(b->arena,
		                 "EHLO says %s, which is no full name, and many servers refuse "
		                 "that: set hostname in sendmx.conf",
		                 name));
	else if (h->trouble)
		add(b, SENDER_TROUBLE, h->trouble);
	else if (!h->exists)
		add(b, SENDER_PROBLEM,
		    arena_printf(b->arena,
		                 "the EHLO name %s does not exist: give it an address record, or "
		                 "set hostname in sendmx.conf",
		                 name));
	else if (!h->leads_back && !b->sender->private_kind)
		/* RFC 5321 4.1.4: nobody may refuse mail for that, but filters count it */
		add(b, SENDER_REMARK,
		    arena_printf(b->arena, "the EHLO name %s does not lead to %s", name, b->ip));
}

/* ---- SPF ---- */

/* The term that would name the address in a record. */
static const char *own_term(const struct bench *b)
{
	bool four = b->question->ip.family == AF_INET;

	return arena_printf(b->arena, "%s:%s", four ? "ip4" : "ip6", b->ip);
}

static const char *spf_words(const struct bench *b, const char *domain, const struct spf *spf)
{
	switch (spf->verdict) {
	case SPF_NONE:
		return arena_printf(b->arena,
		                    "SPF: %s; a TXT record \"v=spf1 %s -all\" would name this "
		                    "address",
		                    spf->why, own_term(b));
	case SPF_PERMERROR:
		return arena_printf(b->arena, "the SPF record of %s is in error%s%s: %s", domain,
		                    spf->path ? " at " : "", spf->path ? spf->path : "", spf->why);
	case SPF_NEUTRAL:
	case SPF_SOFTFAIL:
	case SPF_FAIL:
	case SPF_PASS:
	case SPF_TEMPERROR: break;
	}
	return arena_printf(b->arena, "SPF of %s says %s to %s (%s): put %s into its record",
	                    domain, spf_verdict_name(spf->verdict), b->ip,
	                    spf->path ? spf->path : spf->why, own_term(b));
}

static void advise_spf(struct bench *b)
{
	const struct sender *s = b->sender;

	if (!s->spf_domain || s->spf.verdict == SPF_PASS)
		return;
	if (s->spf.verdict == SPF_TEMPERROR)
		add(b, SENDER_TROUBLE, s->spf.why);
	else if (s->spf.verdict != SPF_NONE)
		add(b, SENDER_PROBLEM, spf_words(b, s->spf_domain, &s->spf));
	else if (!no_domain(b)) /* hardly any EHLO name has a record for bounces */
		add(b, null_sender(b) ? SENDER_REMARK : SENDER_PROBLEM,
		    spf_words(b, s->spf_domain, &s->spf));
}

/* Without a record nothing is claimed about the EHLO name, and that is how it is with most. */
static void advise_spf_hello(struct bench *b)
{
	const char *hello = b->question->hello;
	const struct spf *spf = &b->sender->spf_hello;

	if (!b->sender->has_spf_hello)
		return;
	switch (spf->verdict) {
	case SPF_PASS:
	case SPF_NONE:
	case SPF_NEUTRAL: return;
	case SPF_TEMPERROR: add(b, SENDER_TROUBLE, spf->why); return;
	case SPF_SOFTFAIL: add(b, SENDER_REMARK, spf_words(b, hello, spf)); return;
	case SPF_FAIL:
	case SPF_PERMERROR: add(b, SENDER_PROBLEM, spf_words(b, hello, spf)); return;
	}
}

/* ---- DKIM and DMARC ---- */

static void advise_dkim(struct bench *b)
{
	const struct dkim_key *k = &b->sender->dkim;
	struct arena *a = b->arena;

	if (!k->name)
		return;
	if (k->trouble)
		add(b, SENDER_TROUBLE, k->fault);
	else if (k->fault)
		add(b, SENDER_PROBLEM,
		    arena_printf(a, "no verifier would use the DKIM key %s: %s", k->name,
		                 k->fault));
	if (k->testing)
		add(b, SENDER_REMARK,
		    arena_printf(a, "the DKIM key %s is marked as a test (t=y)", k->name));
	if (!k->fault && strcmp(k->type, "rsa") == 0 && k->bits < RSA_WANTED)
		add(b, SENDER_REMARK,
		    arena_printf(a, "the DKIM key %s has %u bits: 2048 are recommended (RFC 8301)",
		                 k->name, k->bits));
}

/* RFC 7489 3.1: the author's domain must be vouched for by one of them. */
static void advise_alignment(struct bench *b)
{
	const struct sender *s = b->sender;
	bool passes = s->spf_domain && s->spf.verdict == SPF_PASS;
	bool by_dkim = s->dkim.name && !s->dkim.fault;
	bool unknown = s->private_kind || (s->spf_domain && s->spf.verdict == SPF_TEMPERROR);
	const char *spf = "SPF does not";

	if (!s->dmarc.policy || text_same(s->dmarc.policy, "none"))
		return;
	if ((passes && s->spf_aligned) || by_dkim || unknown)
		return;
	if (passes)
		spf = arena_printf(b->arena, "SPF does for %s only", s->spf_domain);
	add(b, SENDER_PROBLEM,
	    arena_printf(b->arena,
	                 "DMARC of %s says %s to mail that nothing vouches for: %s, so it must "
	                 "be signed with DKIM for %s",
	                 s->dmarc.domain, s->dmarc.policy, spf, b->question->author.domain));
}

static void advise_dmarc(struct bench *b)
{
	const struct dmarc *d = &b->sender->dmarc;
	const char *author = b->question->author.domain;

	if (d->trouble)
		add(b, SENDER_TROUBLE, d->trouble);
	else if (d->fault)
		add(b, SENDER_PROBLEM,
		    arena_printf(b->arena, "DMARC record for %s: %s", author, d->fault));
	else if (!d->domain && !no_domain(b))
		add(b, SENDER_REMARK,
		    arena_printf(b->arena,
		                 "%s has no DMARC record, which large receivers want of whoever "
		                 "sends much: TXT \"v=DMARC1; p=none\" at _dmarc.%s is a beginning",
		                 author, author));
	advise_alignment(b);
}

/* ---- the way back ---- */

static void advise_bounces(struct bench *b)
{
	const struct status *status = &b->sender->bounces.status;
	char code[16];

	if (status->class == 2)
		return;
	if (status->fault == FAULT_DNS) {
		add(b, SENDER_TROUBLE, status->text);
		return;
	}
	add(b, status->class == 4 ? SENDER_TROUBLE : SENDER_PROBLEM,
	    arena_printf(b->arena, "%s cannot reach the sender: %s %s",
	                 null_sender(b) ? "replies" : "bounces",
	                 status_code(status, code), status->text));
}

void findings_write(const struct sender_question *q, struct arena *a, struct sender *sender)
{
	char ip[IP_TEXT];
	struct bench b = {q, a, sender, ip_print(&q->ip, ip)};

	advise_address(&b);
	advise_names(&b);
	advise_hello(&b);
	advise_spf(&b);
	advise_spf_hello(&b);
	advise_dkim(&b);
	advise_dmarc(&b);
	advise_bounces(&b);
	trouble_gather(sender, a);
}
