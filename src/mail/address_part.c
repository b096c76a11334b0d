#include "mail/address_part.h"

#include <idn2.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

enum {
	LABEL_MAX = 63,   /* RFC 1035 2.3.4 */
	DOMAIN_MAX = 253, /* 255 octets on the wire, without the root's dot */
	TYPED_MAX = 1024, /* 253 characters of four bytes: nothing longer can shrink to a name */
};

static bool ascii(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)bytes[i] > 127)
			return false;
	}
	return true;
}

static bool has_control(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)bytes[i] < ' ' || bytes[i] == 127)
			return true;
	}
	return false;
}

/* RFC 5321 4.1.2 Dot-string: may stand without quotes. */
static bool dot_string(const char *bytes, size_t size)
{
	bool dot = true;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '.' ? dot : !address_atom_char(bytes[i]))
			return false;
		dot = bytes[i] == '.';
	}
	return !dot;
}

static const char *quoted(struct arena *a, const char *bytes, size_t size)
{
	char *text = arena_get(a, 2 * size + 3);
	char *end = text;

	*end++ = '"';
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '"' || bytes[i] == '\\')
			*end++ = '\\';
		*end++ = bytes[i];
	}
	*end = '"';
	return text;
}

/* Say what is wrong with a domain; false, for its caller to return. */
static bool refuse(struct arena *a, const char *fault, const char *text, const char **why)
{
	*why = arena_printf(a, "%s in \"%s\"", fault, text_clean(a, text, strlen(text)));
	return false;
}

/* Our words for what is a fault of syntax; NULL where it is IDNA that knows no such name. */
static const char *mapping_words(int result)
{
	switch (result) {
	case IDN2_TOO_BIG_LABEL: return "label longer than 63 octets";
	case IDN2_TOO_BIG_DOMAIN: return "domain longer than 253 octets";
	case IDN2_ENCODING_ERROR: return "bytes that are not UTF-8";
	default: return NULL;
	}
}

static const char *mapping_fault(int result)
{
	const char *words = mapping_words(result);

	return words ? words : idn2_strerror(result);
}

/* RFC 5891 5 by UTS 46, nontransitional, as browsers have it. */
static int lookup(const char *text, uint8_t **found)
{
	return idn2_lookup_u8((const uint8_t *)text, found,
	                      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
}

/* ASCII goes around libidn2, which refuses good names such as aa--bb.example. */
static char *mapped(struct arena *a, const char *text, const char **why)
{
	uint8_t *found = NULL;

	if (ascii(text, strlen(text)))
		return arena_text(a, text);
	int result = lookup(text, &found);
	if (result != IDN2_OK) {
		refuse(a, mapping_fault(result), text, why);
		return NULL;
	}
	char *name = arena_text(a, (const char *)found);
	idn2_free(found);
	return name;
}

static bool label_good(const char *label, size_t size, const char **fault)
{
	for (size_t i = 0; i < size; i++) {
		if (!text_is_alnum(label[i]) && label[i] != '-' && label[i] != '_') {
			*fault = "character that no domain has";
			return false;
		}
	}
	if (size > 0 && size <= LABEL_MAX)
		return true;
	*fault = size ? "label longer than 63 octets" : "empty label";
	return false;
}

/* Check the labels of a name; the last one comes out in *top. */
static bool labels_good(const char *name, const char **top, const char **fault)
{
	const char *label = name;

	for (;;) {
		size_t size = strcspn(label, ".");

		if (!label_good(label, size, fault))
			return false;
		if (!label[size])
			break;
		label += size + 1;
	}
	*top = label;
	return true;
}

/* Lower case, and without the one trailing dot. */
static void name_trim(char *name)
{
	size_t size = strlen(name);

	if (size && name[size - 1] == '.')
		name[size - 1] = '\0';
	for (; *name; name++)
		*name = text_lower(*name);
}

static bool name_good(struct arena *a, const char *name, const char *typed, const char **why)
{
	const char *fault, *top;
	struct ip ip;

	if (!*name)
		return refuse(a, "no domain name", typed, why);
	if (!labels_good(name, &top, &fault))
		return refuse(a, fault, typed, why);
	if (strlen(name) > DOMAIN_MAX)
		return refuse(a, "domain longer than 253 octets", typed, why);
	if (top[strspn(top, "0123456789")])
		return true;
	if (ip_parse(name, &ip)) {
		*why = arena_printf(a, "an IP address is written \"[%s]\", not \"%s\"", name,
		                    name);
		return false;
	}
	return refuse(a, "top-level label of digits only", typed, why);
}

static bool literal_refuse(struct arena *a, const char *text, const char *advice, const char **why)
{
	*why = arena_printf(a, "address literal \"%s\": %s", text_clean(a, text, strlen(text)),
	                    advice);
	return false;
}

/* What stands between the brackets: RFC 5321 4.1.3. A scope names an interface of ours and has no
   business on the wire. */
static bool literal_inside(const char *inside, struct ip *ip, const char **advice)
{
	bool tagged = text_begins(inside, "IPv6:");

	if (!tagged && strchr(inside, ':')) {
		*advice = "the tag is unknown";
		if (ip_parse(inside, ip))
			*advice = "IPv6 is written [IPv6:...]";
		return false;
	}
	*advice = tagged ? "not an IPv6 address" : "not an IPv4 address";
	if (strchr(inside, '%') || !ip_parse(tagged ? inside + 5 : inside, ip))
		return false;
	return ip->family == (tagged ? AF_INET6 : AF_INET);
}

static bool literal(struct arena *a, const char *text, struct address *out, const char **why)
{
	size_t size = strlen(text);
	const char *advice;

	if (text[size - 1] != ']')
		return literal_refuse(a, text, "no \"]\" at its end", why);
	if (!literal_inside(arena_bytes(a, text + 1, size - 2), &out->ip, &advice))
		return literal_refuse(a, text, advice, why);
	out->domain = out->shown = arena_text(a, text);
	out->kind = DOMAIN_LITERAL;
	return true;
}

bool address_atom_char(char c)
{
	return text_is_alnum(c) || (unsigned char)c > 127 ||
	       (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

bool address_local(struct arena *a, const char *bytes, size_t size, struct address *out,
                   const char **why)
{
	*why = NULL;
	if (size > ADDRESS_LOCAL_MAX)
		*why = "local part longer than 255 octets";
	else if (has_control(bytes, size))
		*why = "control character in the local part";
	else if (strcmp(text_clean(a, bytes, size), arena_bytes(a, bytes, size)) != 0)
		*why = "bytes in the local part that are no printable UTF-8";
	if (*why)
		return false;
	out->local = dot_string(bytes, size) ? arena_bytes(a, bytes, size) : quoted(a, bytes, size);
	out->utf8 = !ascii(bytes, size);
	return true;
}

/* A name in Unicode with good labels as far as ASCII sees it, which IDNA has no form for. */
static bool unmapped(struct arena *a, const char *text)
{
	uint8_t *found = NULL;
	int result = ascii(text, strlen(text)) ? IDN2_OK : lookup(text, &found);

	idn2_free(found);
	return result != IDN2_OK && !mapping_words(result) &&
	       strcmp(text_clean(a, text, strlen(text)), text) == 0;
}

bool address_domain(struct arena *a, const char *text, struct address *out, const char **why)
{
	size_t size = strlen(text);

	if (*text == '[')
		return literal(a, text, out, why);
	if (size > 1 && text[size - 1] == '.') /* RFC 5321 4.1.2: Domain = sub-domain *("."
	                                          sub-domain) */
		return refuse(a, "trailing dot", text, why);
	if (size <= TYPED_MAX && unmapped(a, text)) {
		out->domain = out->shown = arena_text(a, text);
		out->kind = DOMAIN_UNMAPPED;
		return true;
	}
	if (!domain_parse(a, text, &out->domain, why))
		return false;
	out->shown = ascii(text, strlen(text)) ? out->domain : arena_text(a, text);
	out->kind = DOMAIN_NAME;
	return true;
}

bool domain_parse(struct arena *a, const char *text, const char **out, const char **why)
{
	if (strlen(text) > TYPED_MAX)
		return refuse(a, "domain longer than 253 octets", text, why);
	char *name = mapped(a, text, why);
	if (!name)
		return false;
	name_trim(name);
	*out = name;
	return name_good(a, name, text, why);
}

bool domain_is_localhost(const char *name)
{
	static const char self[] = "localhost", below[] = ".localhost";
	const size_t size = strlen(name), tail = sizeof below - 1;
	size_t rest = sizeof self - 1;

	if (size > tail && text_same(name + size - tail, below))
		return true;
	if (!text_begins(name, self))
		return false;
	rest += name[rest] == '4' || name[rest] == '6';
	return !name[rest] || name[rest] == '.';
}

const char *domain_readable(struct arena *a, const char *name)
{
	char *found = NULL;
	const char *readable = NULL, *back, *why;

	if (idn2_to_unicode_8z8z(name, &found, 0) == IDN2_OK && strcmp(found, name) != 0 &&
	    strcmp(text_clean(a, found, strlen(found)), found) == 0 &&
	    domain_parse(a, found, &back, &why) && strcmp(back, name) == 0)
		readable = arena_text(a, found);
	idn2_free(found);
	return readable;
}
