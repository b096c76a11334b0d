#include "cli/dsn_word.h"

#include <string.h>

#include "base/text.h"

/* The bit of a word, 0 for none. */
static unsigned notify_bit(const char *word, size_t size)
{
	static const char *const words[] = {"never", "success", "failure", "delay"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
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

const char *dsn_return(const char *text)
{
	text += strspn(text, " ");
	if (text_same(text, "full"))
		return "full";
	return text_same(text, "hdrs") ? "hdrs" : NULL;
}
