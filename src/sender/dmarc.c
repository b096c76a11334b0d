#include "sender/dmarc.h"

#include "base/arena.h"
#include "base/text.h"
#include "sender/tags.h"

#include <string.h>

/* What stands at _dmarc. of one name. */
struct place {
	const char *domain;
	const char *text; /* the record, or NULL */
	struct tags tags;
	const char *why;  /* it is there but cannot be used, or could not be asked for */
	bool trouble;
};

/* The places from the domain upwards. */
struct walk {
	struct place places[DMARC_WALK_MAX];
	size_t count;
};

static size_t labels_of(const char *domain)
{
	size_t count = 1;

	for (; *domain; domain++)
		count += *domain == '.';
	return count;
}

/* The next name above: DMARCbis 4.10 goes from a long name to seven labels at once. */
static const char *above(const char *domain)
{
	size_t drop = labels_of(domain) > DMARC_WALK_MAX ? labels_of(domain) - 7 : 1;

	while (domain && drop--) {
		domain = strchr(domain, '.');
		domain = domain ? domain + 1 : NULL;
	}
	return domain;
}

static const char *behind_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* RFC 7489 6.3: the version must match to the letter, else the whole record is ignored. */
static bool is_dmarc(const char *text)
{
	if (*text++ != 'v')
		return false;
	text = behind_blanks(text);
	if (*text++ != '=')
		return false;
	text = behind_blanks(text);
	return strncmp(text, "DMARC1", 6) == 0 && (!text[6] || strchr(" \t;", text[6]));
}

/* RFC 7489 6.6.3: what does not begin as a DMARC record is none, and two are none either. */
static void look(struct inquiry *i, struct place *place)
{
	const char *name = arena_printf(i->arena, "_dmarc.%s", place->domain);
	const struct dns_answer *txt = inquiry_ask(i, name, DNS_TXT);
	size_t count;

	if (!txt)
		return;
	place->trouble = txt->outcome == DNS_TROUBLE || txt->outcome == DNS_LOOP;
	place->why = txt->trouble;
	if (txt->outcome != DNS_FOUND)
		return;
	place->text = inquiry_pick(txt, is_dmarc, &count);
	if (count > 1)
		place->why = arena_printf(i->arena, "%s has more than one DMARC record", name);
	if (place->text && !tags_parse(i->arena, place->text, &place->tags, &place->why))
		place->text = NULL;
}

static void climb(struct inquiry *i, const char *domain, struct walk *walk)
{
	walk->count = 0;
	for (; domain && walk->count < DMARC_WALK_MAX; domain = above(domain)) {
		struct place *place = &walk->places[walk->count++];

		*place = (struct place){.domain = domain};
		look(i, place);
	}
}

static bool says(const struct place *place, const char *tag, const char *value)
{
	const char *said = place->text ? tags_get(&place->tags, tag) : NULL;

	return said && text_same(said, value);
}

/* DMARCbis 4.10.2: the highest record, unless one says where the organization begins (psd=n) or
   that it is a registry's (psd=y). */
static const struct place *organization(const struct walk *walk)
{
	const struct place *highest = NULL;

	for (size_t i = 0; i < walk->count; i++) {
		const struct place *here = &walk->places[i];

		if (!here->text)
			continue;
		if (says(here, "psd", "n"))
			return here;
		if (i > 0 && says(here, "psd", "y"))
			return &walk->places[i - 1];
		highest = here;
	}
	return highest ? highest : &walk->places[0];
}

/* ---- the record that applies ---- */

static bool is_policy(const char *p)
{
	return p && (text_same(p, "none") || text_same(p, "quarantine") || text_same(p, "reject"));
}

static const char *policy_of(struct dmarc *dmarc, const struct tags *tags, bool below)
{
	const char *p = tags_get(tags, "p"), *sp = tags_get(tags, "sp");

	if (!is_policy(p)) {
		dmarc->fault = p ? "p= is not none, quarantine or reject" : "there is no p=";
		/* RFC 7489 6.6.3: with an address for reports it counts as none */
		return "none";
	}
	if (sp && !is_policy(sp))
		dmarc->fault = "sp= is not none, quarantine or reject";
	return below && is_policy(sp) ? sp : p;
}

static bool is_strict(struct dmarc *dmarc, const struct tags *tags, const char *tag,
                      const char *fault)
{
	const char *mode = tags_get(tags, tag);

	if (mode && !text_same(mode, "r") && !text_same(mode, "s"))
		dmarc->fault = fault;
	return mode && text_same(mode, "s");
}

static unsigned percent_of(struct dmarc *dmarc, const struct tags *tags)
{
	const char *pct = tags_get(tags, "pct");
	uint64_t percent = 100;

	if (pct && !text_number(pct, 100, &percent))
		dmarc->fault = "pct= is not a number from 0 to 100";
	return (unsigned)percent;
}

/* RFC 7489 6.2: a list of URIs. */
static const char *reports_of(struct arena *a, struct dmarc *dmarc, const struct tags *tags)
{
	const char *rua = tags_get(tags, "rua");

	if (!rua)
		return NULL;
	if (!strchr(rua, ':'))
		dmarc->fault = "rua= is not a list of URIs such as mailto:dmarc@example.org";
	return text_clean(a, rua, strlen(rua));
}

static void apply(struct inquiry *i, struct dmarc *dmarc, const struct place *place, bool below)
{
	const struct tags *tags = &place->tags;

	dmarc->domain = place->domain;
	dmarc->policy = policy_of(dmarc, tags, below);
	dmarc->strict_dkim = is_strict(dmarc, tags, "adkim", "adkim= is neither r nor s");
	dmarc->strict_spf = is_strict(dmarc, tags, "aspf", "aspf= is neither r nor s");
	dmarc->percent = percent_of(dmarc, tags);
	dmarc->reports = reports_of(i->arena, dmarc, tags);
}

void dmarc_find(struct inquiry *i, const char *domain, struct dmarc *dmarc)
{
	struct walk walk;

	climb(i, domain, &walk);
	const struct place *own = &walk.places[0], *org = organization(&walk);
	*dmarc = (struct dmarc){.organization = org->domain, .percent = 100};
	if (own->text)
		apply(i, dmarc, own, false);
	else if (org->text)
		apply(i, dmarc, org, true);
	if (!dmarc->fault && !own->text && !own->trouble)
		dmarc->fault = own->why; /* although another one may count */
	/* Without the answers from below nobody can say that what was found above applies; what is
	   above all organizations hardly ever counts */
	for (size_t k = 0; !own->text && k < walk.count && !dmarc->trouble; k++) {
		const struct place *here = &walk.places[k];

		if (here->trouble && strchr(here->domain, '.'))
			dmarc->trouble = here->why;
	}
}

bool dmarc_aligned(struct inquiry *i, const char *domain, const char *author, bool strict)
{
	struct walk one = {.count = 0}, other = {.count = 0};

	if (text_same(domain, author))
		return true;
	if (strict)
		return false;
	climb(i, domain, &one);
	climb(i, author, &other);
	return text_same(organization(&one)->domain, organization(&other)->domain);
}
