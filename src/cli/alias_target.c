#include "cli/alias_target.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

static const char *shown(struct arena *a, const char *text)
{
	return text_clean(a, text, strlen(text));
}

static void refuse(struct alias_target *out, const char *why)
{
	out->kind = ALIAS_BAD;
	out->text = why;
}

/* Sendmail takes "|command" and "/file" in quotes and without. Quotes that end earlier are those of
   a local part. */
static const char *unquoted(struct arena *a, const char *text)
{
	const char *end = *text == '"' ? strchr(text + 1, '"') : NULL;

	return end && !end[1] ? arena_bytes(a, text + 1, (size_t)(end - text - 1)) : text;
}

static void take_address(struct alias_target *out, struct arena *a, const char *text,
                         enum alias_kind kind)
{
	const char *why;

	out->kind = kind;
	if (!address_parse(a, text, &out->address, &why))
		refuse(out, arena_printf(a, "%s: %s", shown(a, text), why));
	else if (!*out->address.local)
		refuse(out, "nobody can be reached at the null address");
}

static void take_include(struct alias_target *out, struct arena *a, const char *text)
{
	const char *path = text + strlen(":include:");

	if (!text_begins(text, ":include:")) {
		refuse(out, arena_printf(a, "%s means nothing to sendmx; of such words it knows "
		                            "only :include:", shown(a, text)));
		return;
	}
	path = unquoted(a, path + strspn(path, " \t"));
	out->kind = ALIAS_INCLUDE;
	out->text = path;
	if (*path != '/')
		refuse(out, arena_printf(a, "%s does not name an absolute path", shown(a, text)));
}

/* X.400 gateways have addresses that begin like a path: /PN=Bob/O=Example/@gateway.example */
static void take_path(struct alias_target *out, struct arena *a, const char *text, const char *path)
{
	take_address(out, a, text, ALIAS_ADDRESS);
	if (out->kind == ALIAS_ADDRESS && out->address.kind != DOMAIN_NONE)
		return;
	refuse(out, arena_printf(a, "a file (%s) is not written by sendmx; name an address instead",
	                         shown(a, path)));
}

static void take_domain(struct alias_target *out, struct arena *a, const char *text)
{
	const char *why;

	out->kind = ALIAS_DOMAIN;
	if (!address_parse(a, arena_printf(a, "x%s", text), &out->address, &why))
		refuse(out, arena_printf(a, "%s is no \"@\" and a domain", shown(a, text)));
}

void alias_target_parse(struct alias_target *out, struct arena *a, const char *text)
{
	const char *inner = unquoted(a, text);

	switch (*inner) {
	case '|':
		refuse(out, arena_printf(a, "a command (%s) is not run by sendmx; name an address "
		                            "instead", shown(a, inner)));
		return;
	case '/': take_path(out, a, text, inner); return;
	case ':': take_include(out, a, inner); return;
	case '\\': take_address(out, a, inner + 1, ALIAS_FINAL); return;
	case '@': take_domain(out, a, inner); return;
	default: take_address(out, a, text, ALIAS_ADDRESS); return;
	}
}
