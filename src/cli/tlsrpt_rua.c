#include "cli/tlsrpt_rua.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

static const char *skip_blanks(const char *text)
{
	while (text_is_blank(*text))
		text++;
	return text;
}

/* What follows "v=TLSRPTv1" and its semicolon; NULL: this is another's record. */
static const char *record_fields(const char *text)
{
	static const char version[] = "v=TLSRPTv1";

	if (strncmp(text, version, strlen(version)) != 0)
		return NULL;
	text = skip_blanks(text + strlen(version));
	return *text == ';' ? text + 1 : NULL;
}

static int hex_digit(char c)
{
	return text_is_digit(c) ? c - '0'
	       : text_lower(c) >= 'a' && text_lower(c) <= 'f' ? text_lower(c) - 'a' + 10 : -1;
}

/* RFC 3986 2.1. False: a sign of percent that means nothing, or a NUL. */
static bool percent_decode(char *text)
{
	char *to = text;

	for (; *text; text++) {
		int high, low;

		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		high = hex_digit(text[1]);
		low = high >= 0 ? hex_digit(text[2]) : -1;
		if (low < 0 || high * 16 + low == 0)
			return false;
		*to++ = (char)(high * 16 + low);
		text += 2;
	}
	*to = '\0';
	return true;
}

/* RFC 6068: the address, and after "?" what we have no use for. */
static bool parse_mail(struct arena *a, char *rest, struct tlsrpt_target *target)
{
	const char *why;

	rest[strcspn(rest, "?")] = '\0';
	target->mail = true;
	return percent_decode(rest) && address_parse(a, rest, &target->address, &why) &&
	       target->address.kind == DOMAIN_NAME;
}

static bool parse_web(struct arena *a, char *rest, struct tlsrpt_target *target)
{
	size_t host = strcspn(rest, "/?#");
	char *name = arena_bytes(a, rest, host), *colon = strchr(name, ':');
	uint64_t port = 0;
	const char *why;

	rest += host;
	rest[strcspn(rest, "#")] = '\0';
	for (const char *c = rest; *c; c++) {
		if (*c < 0x21 || *c > 0x7e)
			return false;
	}
	target->path = *rest == '/' ? rest : arena_printf(a, "/%s", rest);
	if (colon) {
		*colon = '\0';
		if (!text_number(colon + 1, UINT16_MAX, &port) || !port)
			return false;
	}
	target->port = (uint16_t)port;
	return text_is_ascii(name) && domain_parse(a, name, &target->host, &why);
}

static bool parse_target(struct arena *a, char *uri, struct tlsrpt_target *target)
{
	*target = (struct tlsrpt_target){.mail = false};
	if (text_begins(uri, "mailto:"))
		return parse_mail(a, uri + strlen("mailto:"), target);
	return text_begins(uri, "https://") && parse_web(a, uri + strlen("https://"), target);
}

static size_t parse_list(struct arena *a, char *list, struct tlsrpt_target *targets)
{
	size_t count = 0;

	for (char *uri; (uri = strsep(&list, ",")) && count < TLSRPT_TARGET_MAX;) {
		uri += strspn(uri, " \t");
		uri[strcspn(uri, " \t")] = '\0';
		count += parse_target(a, uri, &targets[count]);
	}
	return count;
}

size_t tlsrpt_rua_parse(struct arena *a, const char *const *txt, size_t count,
                        struct tlsrpt_target *targets)
{
	const char *only = NULL;
	char *fields, *field;

	for (size_t i = 0; i < count; i++) {
		const char *found = record_fields(txt[i]);

		if (found && only)
			return 0; /* 3: more than one is none */
		if (found)
			only = found;
	}
	fields = only ? arena_text(a, only) : NULL;
	while ((field = strsep(&fields, ";"))) {
		field += strspn(field, " \t");
		if (strncmp(field, "rua=", 4) == 0)
			return parse_list(a, field + 4, targets);
	}
	return 0;
}
