#include "sender/spf_record.h"

#include "base/arena.h"
#include "base/text.h"
#include "sender/spf_macro.h"

#include <string.h>

/* What may stand behind a mechanism's name. */
enum argument { NOTHING, DOMAIN_OR_NOTHING, DOMAIN_NEEDED, NETWORK };

static const struct mechanism {
	const char *name;
	enum argument argument;
	bool prefixes; /* "/24//64" may follow */
} mechanisms[SPF_MECHANISMS] = {
	[SPF_ALL] = {"all", NOTHING, false},
	[SPF_INCLUDE] = {"include", DOMAIN_NEEDED, false},
	[SPF_A] = {"a", DOMAIN_OR_NOTHING, true},
	[SPF_MX] = {"mx", DOMAIN_OR_NOTHING, true},
	[SPF_PTR] = {"ptr", DOMAIN_OR_NOTHING, false},
	[SPF_IP4] = {"ip4", NETWORK, false},
	[SPF_IP6] = {"ip6", NETWORK, false},
	[SPF_EXISTS] = {"exists", DOMAIN_NEEDED, false},
};

/* A record being read. */
struct reader {
	struct arena *arena;
	struct spf_record *record;
	const char *explanation; /* exp=, of which there may be one */
	const char *why;
};

static bool fail(struct reader *r, const char *term, const char *words)
{
	r->why = arena_printf(r->arena, "\"%s\" %s", text_clean(r->arena, term, strlen(term)),
	                      words);
	return false;
}

static enum spf_verdict take_qualifier(const char **term)
{
	static const char signs[] = "+-~?";
	static const enum spf_verdict verdicts[] = {SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_NEUTRAL};
	const char *sign = strchr(signs, **term);

	if (!sign || !*sign)
		return SPF_PASS;
	++*term;
	return verdicts[sign - signs];
}

/* 5.6: no leading zeros, and not more bits than there are. */
static bool parse_prefix(const char *digits, unsigned most, unsigned *prefix)
{
	uint64_t bits;

	if (!text_number(digits, most, &bits) || (*digits == '0' && digits[1]))
		return false;
	*prefix = (unsigned)bits;
	return true;
}

/* Take "/24", "//64" or both from the end of the text; what stands before may have slashes too. */
static bool cut_prefixes(char *text, struct spf_term *t)
{
	char *slash = strrchr(text, '/');

	if (slash && slash > text && slash[-1] == '/') {
		if (!parse_prefix(slash + 1, 128, &t->prefix6))
			return false;
		slash[-1] = '\0';
		slash = strrchr(text, '/');
	}
	if (!slash || strspn(slash + 1, "0123456789") != strlen(slash + 1))
		return true;
	*slash = '\0';
	return parse_prefix(slash + 1, 32, &t->prefix4);
}

/* ":192.0.2.0/24" */
static bool parse_network(char *text, struct spf_term *t)
{
	bool four = t->mechanism == SPF_IP4;
	char *slash = strchr(text, '/');

	if (*text != ':' || strchr(text, '%'))
		return false;
	if (slash)
		*slash = '\0';
	if (!ip_parse(text + 1, &t->ip) || t->ip.family != (four ? AF_INET : AF_INET6))
		return false;
	return !slash || (four ? parse_prefix(slash + 1, 32, &t->prefix4)
	                       : parse_prefix(slash + 1, 128, &t->prefix6));
}

/* What stands behind the name. False: it must not stand there. */
static bool parse_argument(struct reader *r, const struct mechanism *m, const char *behind,
                           struct spf_term *t)
{
	char *text = arena_text(r->arena, behind);

	t->prefix4 = 32;
	t->prefix6 = 128;
	if (m->argument == NETWORK)
		return parse_network(text, t);
	if (m->prefixes && !cut_prefixes(text, t))
		return false;
	if (!*text)
		return m->argument != DOMAIN_NEEDED;
	t->domain = text + 1;
	return m->argument != NOTHING && *text == ':' && spf_macro_is_domain(t->domain);
}

static bool read_directive(struct reader *r, const char *term)
{
	static const char *const wants[] = {
		[NOTHING] = "takes nothing behind it",
		[DOMAIN_OR_NOTHING] = "is not followed by a good domain or prefix length",
		[DOMAIN_NEEDED] = "is not followed by a good domain",
		[NETWORK] = "is not followed by a good address or prefix length",
	};
	struct spf_term *t = &r->record->terms[r->record->term_count];
	const char *name = term;

	t->verdict = take_qualifier(&name);
	size_t size = strcspn(name, ":/");
	for (size_t i = 0; i < SPF_MECHANISMS; i++) {
		const struct mechanism *m = &mechanisms[i];

		if (strlen(m->name) != size || !text_begins(name, m->name))
			continue;
		t->mechanism = (enum spf_mechanism)i;
		t->text = text_clean(r->arena, term, strlen(term));
		r->record->term_count++;
		return parse_argument(r, m, name + size, t) || fail(r, term, wants[m->argument]);
	}
	return fail(r, term, "is no mechanism of SPF");
}

static bool read_unique(struct reader *r, const char *term, const char *value, const char **place)
{
	if (*place)
		return fail(r, term, "stands there for the second time"); /* 6 */
	*place = value;
	return spf_macro_is_domain(value) || fail(r, term, "is not followed by a good domain");
}

static bool read_modifier(struct reader *r, const char *term)
{
	const char *value = strchr(term, '=') + 1;

	if (text_begins(term, "redirect="))
		return read_unique(r, term, value, &r->record->redirect);
	if (text_begins(term, "exp="))
		return read_unique(r, term, value, &r->explanation);
	/* 6: others must be well-formed and mean nothing */
	return spf_macro_is_string(value) || fail(r, term, "is not followed by good text");
}

/* name "=": a letter, then letters, digits, "-", "_", ".". */
static bool is_modifier(const char *term)
{
	size_t size = strcspn(term, "=");

	if (!text_is_alpha(*term) || term[size] != '=')
		return false;
	for (size_t i = 1; i < size; i++) {
		if (!text_is_alnum(term[i]) && !strchr("-_.", term[i]))
			return false;
	}
	return true;
}

static size_t count_terms(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == ' ';
	return count;
}

bool spf_record_parse(struct arena *a, const char *text, struct spf_record *record,
                      const char **why)
{
	struct reader r = {.arena = a, .record = record};

	*record = (struct spf_record){0};
	record->terms = arena_array(a, count_terms(text) + 1, sizeof *record->terms);
	text += strcspn(text, " ");
	while (!r.why) {
		text += strspn(text, " ");
		size_t size = strcspn(text, " ");
		if (!size)
			return true;
		const char *term = arena_bytes(a, text, size);
		if (is_modifier(term))
			read_modifier(&r, term);
		else
			read_directive(&r, term);
		text += size;
	}
	*why = r.why;
	return false;
}

const char *spf_verdict_name(enum spf_verdict verdict)
{
	static const char *const names[] = {
		[SPF_PASS] = "pass",
		[SPF_NEUTRAL] = "neutral",
		[SPF_NONE] = "none",
		[SPF_SOFTFAIL] = "softfail",
		[SPF_FAIL] = "fail",
		[SPF_TEMPERROR] = "temperror",
		[SPF_PERMERROR] = "permerror",
	};

	return names[verdict];
}
