#include "sender/spf.h"

#include "base/arena.h"
#include "base/text.h"
#include "sender/reverse.h"
#include "sender/spf_macro.h"

#include <string.h>

/* One question being answered. */
struct judge {
	struct inquiry *inquiry;
	const struct spf_question *question;
	struct ip ip; /* IPv4 where it was IPv4 in IPv6's clothes */
	unsigned lookups, voids;
	/* What the last term or record was about. */
	enum spf_verdict error;
	const char *why;
	const char *path;
};

enum match { MATCH_NO, MATCH_YES, MATCH_ERROR };

static enum spf_verdict judge_record(struct judge *j, const char *domain);

static enum match fail(struct judge *j, enum spf_verdict error, const char *why)
{
	j->error = error;
	j->why = why;
	return MATCH_ERROR;
}

static bool over_limit(struct judge *j)
{
	if (++j->lookups <= SPF_LOOKUP_MAX)
		return false;
	j->lookups = SPF_LOOKUP_MAX + 1;
	fail(j, SPF_PERMERROR, "more than 10 look-ups would be needed");
	return true;
}

static bool over_voids(struct judge *j, unsigned voids)
{
	j->voids += voids;
	if (j->voids <= SPF_VOID_MAX)
		return false;
	fail(j, SPF_PERMERROR, "more than 2 look-ups found nothing");
	return true;
}

/* MATCH_YES: there are records in the answer. */
static enum match ask(struct judge *j, const char *name, enum dns_type type,
                      const struct dns_answer **answer)
{
	*answer = inquiry_ask(j->inquiry, name, type);
	if (!*answer)
		return fail(j, SPF_TEMPERROR, "");
	switch ((*answer)->outcome) {
	case DNS_FOUND: return MATCH_YES;
	case DNS_LOOP:
	case DNS_TROUBLE: return fail(j, SPF_TEMPERROR, (*answer)->trouble);
	case DNS_NO_DATA:
	case DNS_NO_NAME: break;
	}
	return over_voids(j, 1) ? MATCH_ERROR : MATCH_NO;
}

/* ---- domains ---- */

static bool is_below(const char *name, const char *domain)
{
	size_t size = strlen(name), top = strlen(domain);

	return size > top && name[size - top - 1] == '.' && text_same(name + size - top, domain);
}

/* RFC 7208 7.3: the domain itself, else a name below it, else any. */
static const char *best_name(const struct reverse *reverse, const char *domain)
{
	const char *best = "unknown";
	int rank = 0;

	for (size_t i = 0; i < reverse->count; i++) {
		const char *name = reverse->names[i].name;
		int here = text_same(name, domain) ? 3 : is_below(name, domain) ? 2 : 1;

		if (!reverse->names[i].leads_back || here <= rank)
			continue;
		best = name;
		rank = here;
	}
	return best;
}

/* %{p} is no term: it does not count as a look-up (4.6.4). */
static const char *validated_name(struct judge *j, const char *spec, const char *domain)
{
	struct reverse reverse;

	if (!spf_macro_uses(spec, 'p'))
		return "unknown";
	reverse_find(j->inquiry, &j->ip, &reverse);
	return best_name(&reverse, domain);
}

/* The name that a term is about; NULL when it cannot be one, which then does not exist. */
static const char *target_of(struct judge *j, const char *spec, const char *domain)
{
	const struct spf_question *q = j->question;

	if (!spec)
		return domain;
	const struct spf_macro_values values = {
		.local = *q->local ? q->local : "postmaster",
		.sender_domain = q->domain,
		.domain = domain,
		.hello = q->hello,
		.validated = validated_name(j, spec, domain),
		.ip = j->ip,
	};
	return spf_macro_name(j->inquiry->arena, spec, &values);
}

/* ---- mechanisms ---- */

static bool is_inside(const struct ip *ip, const struct ip *network, unsigned prefix)
{
	size_t whole = prefix / 8;
	unsigned rest = prefix % 8;

	if (ip->family != network->family || memcmp(ip->bytes, network->bytes, whole) != 0)
		return false;
	return !rest || (ip->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

static bool has_address(const struct judge *j, const struct spf_term *t,
                        const struct dns_answer *answer)
{
	unsigned prefix = j->ip.family == AF_INET ? t->prefix4 : t->prefix6;

	for (size_t i = 0; i < answer->count; i++) {
		if (is_inside(&j->ip, &answer->ip[i], prefix))
			return true;
	}
	return false;
}

static enum match match_all(struct judge *j, const struct spf_term *t, const char *target)
{
	(void)j;
	(void)t;
	(void)target;
	return MATCH_YES;
}

static enum match match_network(struct judge *j, const struct spf_term *t, const char *target)
{
	unsigned prefix = t->mechanism == SPF_IP4 ? t->prefix4 : t->prefix6;

	(void)target;
	return is_inside(&j->ip, &t->ip, prefix) ? MATCH_YES : MATCH_NO;
}

/* 5.2: what the other record says is a condition here. */
static enum match match_include(struct judge *j, const struct spf_term *t, const char *target)
{
	enum spf_verdict verdict = judge_record(j, target);

	(void)t;
	switch (verdict) {
	case SPF_PASS: return MATCH_YES;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL: return MATCH_NO;
	case SPF_TEMPERROR:
	case SPF_PERMERROR: return fail(j, verdict, j->why);
	case SPF_NONE: break;
	}
	return fail(j, SPF_PERMERROR, j->why);
}

static enum match match_a(struct judge *j, const struct spf_term *t, const char *target)
{
	const struct dns_answer *answer;
	enum match found = ask(j, target, reverse_type(&j->ip), &answer);

	if (found != MATCH_YES)
		return found;
	return has_address(j, t, answer) ? MATCH_YES : MATCH_NO;
}

/* All are asked for before the first is looked at: what counts is round trips. */
static void ask_exchangers(struct judge *j, const struct dns_answer *mx)
{
	for (size_t i = 0; i < mx->count; i++)
		inquiry_ask(j->inquiry, mx->mx[i].exchanger, reverse_type(&j->ip));
}

/* 5.4; without an MX record there is no match (no implicit MX). */
static enum match match_mx(struct judge *j, const struct spf_term *t, const char *target)
{
	const struct dns_answer *mx;
	enum match found = ask(j, target, DNS_MX, &mx);

	if (found != MATCH_YES)
		return found;
	if (mx->count > SPF_HOST_MAX) /* 4.6.4 */
		return fail(j, SPF_PERMERROR, "there are more than 10 MX records");
	ask_exchangers(j, mx);
	for (size_t i = 0; i < mx->count; i++) {
		if (strcmp(mx->mx[i].exchanger, ".") == 0)
			continue; /* RFC 7505: a null MX has no address to be asked for */
		found = match_a(j, t, mx->mx[i].exchanger);
		if (found != MATCH_NO)
			return found;
	}
	return MATCH_NO;
}

/* 5.5; trouble means no match. */
static enum match match_ptr(struct judge *j, const struct spf_term *t, const char *target)
{
	struct reverse reverse;
	unsigned voids;

	(void)t;
	reverse_find(j->inquiry, &j->ip, &reverse);
	voids = reverse.empty;
	for (size_t i = 0; i < reverse.count; i++)
		voids += reverse.names[i].empty;
	if (over_voids(j, voids))
		return MATCH_ERROR;
	for (size_t i = 0; i < reverse.count; i++) {
		const struct reverse_name *n = &reverse.names[i];

		if (n->leads_back && (text_same(n->name, target) || is_below(n->name, target)))
			return MATCH_YES;
	}
	return MATCH_NO;
}

/* 5.7: an A record, whatever the address is. */
static enum match match_exists(struct judge *j, const struct spf_term *t, const char *target)
{
	const struct dns_answer *answer;

	(void)t;
	return ask(j, target, DNS_A, &answer);
}

static const struct {
	enum match (*match)(struct judge *j, const struct spf_term *t, const char *target);
	bool asks;
} mechanisms[SPF_MECHANISMS] = {
	[SPF_ALL] = {match_all, false},        [SPF_INCLUDE] = {match_include, true},
	[SPF_A] = {match_a, true},             [SPF_MX] = {match_mx, true},
	[SPF_PTR] = {match_ptr, true},         [SPF_IP4] = {match_network, false},
	[SPF_IP6] = {match_network, false},    [SPF_EXISTS] = {match_exists, true},
};

/* ---- records ---- */

static enum match match_term(struct judge *j, const struct spf_term *t, const char *domain)
{
	const char *target;

	if (!mechanisms[t->mechanism].asks)
		return mechanisms[t->mechanism].match(j, t, NULL);
	if (over_limit(j))
		return MATCH_ERROR;
	target = target_of(j, t->domain, domain);
	if (target)
		return mechanisms[t->mechanism].match(j, t, target);
	if (t->mechanism != SPF_INCLUDE)
		return MATCH_NO;
	return fail(j, SPF_PERMERROR, "what is to be included is no domain name");
}

/* Put a term before the path of what it led to. */
static void lead(struct judge *j, const char *term)
{
	j->path = j->path ? arena_printf(j->inquiry->arena, "%s -> %s", term, j->path) : term;
}

/* 6.1 */
static enum spf_verdict redirect(struct judge *j, const char *spec, const char *domain)
{
	struct arena *a = j->inquiry->arena;
	const char *target = over_limit(j) ? NULL : target_of(j, spec, domain);
	enum spf_verdict verdict = SPF_PERMERROR;

	if (target)
		verdict = judge_record(j, target);
	else if (j->lookups <= SPF_LOOKUP_MAX)
		j->why = "what is redirected to is no domain name";
	lead(j, arena_printf(a, "redirect=%s", text_clean(a, spec, strlen(spec))));
	return verdict == SPF_NONE ? SPF_PERMERROR : verdict;
}

static enum spf_verdict judge_terms(struct judge *j, const struct spf_record *record,
                                    const char *domain)
{
	for (size_t i = 0; i < record->term_count; i++) {
		const struct spf_term *t = &record->terms[i];

		j->path = NULL;
		enum match match = match_term(j, t, domain);
		if (match == MATCH_NO)
			continue;
		lead(j, t->text);
		return match == MATCH_YES ? t->verdict : j->error;
	}
	j->path = NULL;
	if (record->redirect)
		return redirect(j, record->redirect, domain);
	j->why = "no term of the record fits, and it has no \"all\"";
	return SPF_NEUTRAL; /* 4.7 */
}

/* 4.3: a name of at least two labels. */
static bool is_full_name(const char *name)
{
	size_t label = 0, dots = 0;

	if (strlen(name) > 253 + 3 * 253) /* bytes may stand as \DDD */
		return false;
	for (; *name; name++) {
		if (*name == '.' && !label)
			return false;
		dots += *name == '.' && name[1];
		label = *name == '.' ? 0 : label + 1;
	}
	return dots > 0;
}

static enum spf_verdict none(struct judge *j, const char *format, const char *domain)
{
	struct arena *a = j->inquiry->arena;

	j->why = arena_printf(a, "%s %s", text_clean(a, domain, strlen(domain)), format);
	return SPF_NONE;
}

/* 4.5 */
static bool is_spf(const char *text)
{
	return text_begins(text, "v=spf1") && (!text[6] || text[6] == ' ');
}

/* check_host() for one domain; why and path are set. */
static enum spf_verdict judge_record(struct judge *j, const char *domain)
{
	struct spf_record record;
	size_t count;

	j->path = NULL;
	j->why = NULL;
	if (!is_full_name(domain))
		return none(j, "is not a full domain name", domain);
	const struct dns_answer *txt = inquiry_ask(j->inquiry, domain, DNS_TXT);
	if (!txt)
		return SPF_TEMPERROR;
	if (txt->outcome == DNS_TROUBLE || txt->outcome == DNS_LOOP) {
		j->why = txt->trouble; /* 4.4 */
		return SPF_TEMPERROR;
	}
	if (txt->outcome == DNS_NO_NAME)
		return none(j, "does not exist", domain);
	const char *text = inquiry_pick(txt, is_spf, &count);
	if (!count)
		return none(j, "has no SPF record", domain);
	if (count > 1) { /* 4.5 */
		none(j, "has more than one SPF record", domain);
		return SPF_PERMERROR;
	}
	if (!spf_record_parse(j->inquiry->arena, text, &record, &j->why))
		return SPF_PERMERROR;
	return judge_terms(j, &record, domain);
}

void spf_judge(struct inquiry *i, const struct spf_question *question, struct spf *spf)
{
	/* 5: an IPv4 address in an IPv6 socket is an IPv4 address */
	struct judge j = {.inquiry = i, .question = question, .ip = ip_unmapped(&question->ip)};

	*spf = (struct spf){.verdict = judge_record(&j, question->domain)};
	spf->path = j.path;
	spf->lookups = j.lookups;
	if (!j.path || spf->verdict == SPF_TEMPERROR || spf->verdict == SPF_PERMERROR)
		spf->why = j.why;
}
