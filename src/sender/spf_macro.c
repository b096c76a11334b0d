#include "sender/spf_macro.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum {
	/* Of an expansion: 253 bytes of it count, and a record could make megabytes of them */
	EXPANSION_MAX = 8192,
	NAME_MAX_BYTES = 253,
	LABEL_MAX = 63,
	PART_MAX = 128 /* parts of a value that are told apart: a name has 127 */
};

/* "%{ir.}" taken apart. */
struct macro {
	char letter; /* lower case; '%', '_' and '-' for %%, %_ and %- */
	bool escape; /* the letter is a capital: as in a URL */
	unsigned keep; /* parts, from the right; 0: all */
	bool reverse;
	char delimiters[8];
};

/* "7", "r" and the delimiters behind the letter. */
static bool parse_transformers(const char **at, struct macro *m)
{
	const char *p = *at;
	bool digits = text_is_digit(*p);
	size_t count = 0;

	for (; text_is_digit(*p); p++) {
		if (m->keep < PART_MAX)
			m->keep = m->keep * 10 + (unsigned)(*p - '0');
	}
	if (digits && !m->keep) /* 7.1: DIGIT must be nonzero */
		return false;
	m->reverse = text_lower(*p) == 'r';
	p += m->reverse;
	for (; *p && strchr(".-+,/_=", *p); p++) {
		if (!strchr(m->delimiters, *p) && count < sizeof m->delimiters - 1)
			m->delimiters[count++] = *p;
	}
	*at = p + 1;
	return *p == '}';
}

/* *at is behind the percent sign, and is left behind the macro. */
static bool parse_macro(const char **at, struct macro *m)
{
	const char *p = *at;

	*m = (struct macro){.letter = *p};
	if (*p && strchr("%_-", *p)) {
		*at = p + 1;
		return true;
	}
	if (*p != '{' || !p[1])
		return false;
	m->letter = text_lower(p[1]);
	m->escape = m->letter != p[1];
	*at = p + 2;
	return strchr("slodiphcrtv", m->letter) && parse_transformers(at, m);
}

/* The end of the text where it follows the grammar, NULL where it does not; *last is where its last
   macro ends. */
static const char *walk(const char *text, const char *letters, const char **last)
{
	struct macro m;

	*last = NULL;
	while (*text) {
		if (*text < '!' || *text > '~')
			return NULL;
		if (*text++ != '%')
			continue;
		if (!parse_macro(&text, &m) || !strchr(letters, m.letter))
			return NULL;
		*last = text;
	}
	return text;
}

bool spf_macro_is_string(const char *text)
{
	const char *last;

	return walk(text, "slodiphcrtv%_-", &last) != NULL;
}

/* toplabel: letters, digits and hyphens, no hyphen at the ends, not digits alone. */
static bool is_top_label(const char *label, size_t size)
{
	bool digits = true;

	for (size_t i = 0; i < size; i++) {
		if (!text_is_alnum(label[i]) && label[i] != '-')
			return false;
		digits &= text_is_digit(label[i]);
	}
	return size && !digits && label[0] != '-' && label[size - 1] != '-';
}

bool spf_macro_is_domain(const char *text)
{
	const char *last;
	const char *end = walk(text, "slodiphv%_-", &last);

	if (!end || end == text)
		return false;
	if (last == end)
		return true;
	end -= end[-1] == '.';
	const char *label = end;
	while (label > text && label != last && label[-1] != '.')
		label--;
	return label > text && label != last && is_top_label(label, (size_t)(end - label));
}

bool spf_macro_uses(const char *text, char letter)
{
	struct macro m;

	while (*text) {
		if (*text++ == '%' && parse_macro(&text, &m) && m.letter == letter)
			return true;
	}
	return false;
}

/* 7.3: IPv6 as dot-separated nibbles. */
static const char *ip_text(const struct ip *ip, char *text)
{
	char *end = text;
	_Static_assert(IP_TEXT >= 2 * 32, "32 nibbles, each with its dot");

	if (ip->family == AF_INET)
		return ip_print(ip, text);
	for (size_t i = 0; i < 32; i++) {
		*end++ = "0123456789abcdef"[i % 2 ? ip->bytes[i / 2] & 15 : ip->bytes[i / 2] >> 4];
		*end++ = '.';
	}
	end[-1] = '\0';
	return text;
}

static void add_value(struct buf *b, char letter, const struct spf_macro_values *v)
{
	char text[IP_TEXT];

	switch (letter) {
	case 's': buf_printf(b, "%s@%s", v->local, v->sender_domain); break;
	case 'l': buf_text(b, v->local); break;
	case 'o': buf_text(b, v->sender_domain); break;
	case 'd': buf_text(b, v->domain); break;
	case 'i': buf_text(b, ip_text(&v->ip, text)); break;
	case 'p': buf_text(b, v->validated); break;
	case 'v': buf_text(b, v->ip.family == AF_INET ? "in-addr" : "ip6"); break;
	case 'h': buf_text(b, v->hello); break;
	case '_': buf_text(b, " "); break;
	case '-': buf_text(b, "%20"); break;
	default: buf_text(b, "%"); break;
	}
}

/* Parts of a value; where there are too many, the last one has the rest. */
static size_t split(const char *value, const char *delimiters, const char **parts, size_t *sizes)
{
	size_t count = 0;

	for (;;) {
		bool last = count + 1 == PART_MAX;

		parts[count] = value;
		sizes[count] = last ? strlen(value) : strcspn(value, delimiters);
		value += sizes[count++];
		if (!*value)
			return count;
		value++;
	}
}

/* 7.3: a capital asks for what RFC 3986 2.3 does not call unreserved to be escaped. */
static void add_part(struct buf *b, const char *part, size_t size, bool escape)
{
	for (size_t i = 0; i < size; i++) {
		if (escape && !text_is_alnum(part[i]) && !strchr("-._~", part[i]))
			buf_printf(b, "%%%02X", (unsigned char)part[i]);
		else
			buf_add(b, &part[i], 1);
	}
}

/* 7.3: split, reversed, as many as wanted from the right, joined with dots. */
static void add_transformed(struct buf *b, const struct macro *m, const char *value)
{
	const char *delimiters = *m->delimiters ? m->delimiters : ".";
	const char *parts[PART_MAX];
	size_t sizes[PART_MAX];
	size_t count = split(value, delimiters, parts, sizes);
	size_t first = m->keep && m->keep < count ? count - m->keep : 0;

	for (size_t i = first; i < count; i++) {
		size_t part = m->reverse ? count - 1 - i : i;

		if (i > first)
			buf_text(b, ".");
		add_part(b, parts[part], sizes[part], m->escape);
	}
}

static void add_macro(struct buf *b, const struct macro *m, const struct spf_macro_values *values)
{
	struct buf value;

	buf_init(&value, EXPANSION_MAX);
	add_value(&value, m->letter, values);
	if (text_is_alpha(m->letter))
		add_transformed(b, m, value.size ? value.bytes : "");
	else
		buf_text(b, value.bytes);
	buf_free(&value);
}

static void expand(struct buf *b, const char *text, const struct spf_macro_values *values)
{
	while (*text && !b->failed) {
		struct macro m;
		size_t plain = strcspn(text, "%");

		buf_add(b, text, plain);
		text += plain;
		if (!*text++ || !parse_macro(&text, &m))
			return;
		add_macro(b, &m, values);
	}
}

/* Labels of 1 to 63 bytes. */
static bool is_name(const char *name)
{
	size_t label = 0;

	for (; *name; name++) {
		if (*name == '.' ? label == 0 : label == LABEL_MAX)
			return false;
		label = *name == '.' ? 0 : label + 1;
	}
	return label > 0;
}

static const char *cut_left(const char *name)
{
	while (strlen(name) > NAME_MAX_BYTES) {
		const char *dot = strchr(name, '.');

		if (!dot)
			return "";
		name = dot + 1;
	}
	return name;
}

static const char *escaped(struct arena *a, const char *name)
{
	char *text = arena_get(a, 4 * strlen(name) + 1), *end = text;

	for (; *name; name++) {
		if (text_is_alnum(*name) || strchr("-_.", *name))
			*end++ = *name;
		else
			end += snprintf(end, 5, "\\%03u", (unsigned char)*name);
	}
	return text;
}

const char *spf_macro_name(struct arena *a, const char *text,
                           const struct spf_macro_values *values)
{
	const char *name = NULL;
	struct buf b;

	buf_init(&b, EXPANSION_MAX);
	expand(&b, text, values);
	if (b.size && !b.failed) {
		if (b.bytes[b.size - 1] == '.')
			b.bytes[--b.size] = '\0';
		name = cut_left(b.bytes);
		name = is_name(name) ? escaped(a, name) : NULL;
	}
	buf_free(&b);
	return name;
}
