#include "cli/dsn_word.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "mail/address.h"

static const char *const words[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
enum { WORDS = sizeof words / sizeof *words };

/* The bit of a word, 0 for none. */
static unsigned notify_bit(const char *word, size_t size)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (strlen(words[i]) == size && text_begins(word, words[i]))
			return 1u << i;
	}
	return 0;
}

/* Git passes "-N never" as one word, so that the value begins with a blank. RFC 3461 4.1: NEVER
   stands alone. */
bool dsn_notify(const char *text, unsigned *bits)
{
	const char *at = text + strspn(text, " ");

	*bits = 0;
	do {
		size_t size = strcspn(at, ", ");
		unsigned bit = notify_bit(at, size);

		*bits |= bit;
		if (!bit || (*bits & NOTIFY_NEVER && *bits != NOTIFY_NEVER))
			return false;
		at += size;
		at += strspn(at, ", ");
	} while (*at);
	return true;
}

const char *dsn_notify_text(struct arena *a, unsigned bits)
{
	const char *text = NULL;

	for (size_t i = 0; i < WORDS; i++) {
		if (bits & 1u << i)
			text = text ? arena_printf(a, "%s,%s", text, words[i]) : words[i];
	}
	return text;
}

const char *dsn_return(const char *text)
{
	text += strspn(text, " ");
	if (text_same(text, "full"))
		return "FULL";
	return text_same(text, "hdrs") ? "HDRS" : NULL;
}

const char *dsn_xtext(struct arena *a, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *xtext = arena_get(a, 3 * strlen(text) + 1), *end = xtext;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c > ' ' && c <= '~' && c != '+' && c != '=') {
			*end++ = *text;
			continue;
		}
		*end++ = '+';
		*end++ = digits[c >> 4];
		*end++ = digits[c & 15];
	}
	*end = '\0';
	return xtext;
}

const char *dsn_original(struct arena *a, const struct address *address)
{
	if (address->kind == DOMAIN_NONE || address->utf8)
		return NULL; /* RFC 6533 3 has another type for these */
	return arena_printf(a, "rfc822;%s", dsn_xtext(a, address_wire(a, address)));
}
