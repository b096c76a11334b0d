#include "word.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 16 << 20 };

char *word_next(char **rest)
{
	char *word = *rest + strspn(*rest, " "), *end;

	if (!*word)
		return NULL;
	if (*word == '"') {
		end = ++word;
		while (*end && *end != '"')
			end += end[0] == '\\' && end[1] ? 2 : 1;
	} else {
		end = word + strcspn(word, " ");
	}
	*rest = end + (*end != '\0');
	*end = '\0';
	return word;
}

/* One escape at p, behind the backslash. Returns what follows it, NULL when it is bad. */
static const char *escape(struct buf *b, const char *p)
{
	static const char letters[] = "rnt0\\\"", meanings[] = "\r\n\t\0\\\"";
	const char *letter = *p ? strchr(letters, *p) : NULL;
	unsigned number;
	int used = 0;
	char c;

	if (letter) {
		buf_add(b, &meanings[letter - letters], 1);
		return p + 1;
	}
	if (sscanf(p, "x%2x%n", &number, &used) == 1 && used == 3) {
		c = (char)number;
		buf_add(b, &c, 1);
		return p + 3;
	}
	if (sscanf(p, "{%c*%u}%n", &c, &number, &used) != 2 || !used)
		return NULL;
	while (number--)
		buf_add(b, &c, 1);
	return p + used;
}

char *word_bytes(struct arena *a, const char *text, size_t *size)
{
	struct buf b;
	char *bytes = NULL;

	buf_init(&b, WORD_MAX);
	while (text && *text) {
		size_t plain = strcspn(text, "\\");

		buf_add(&b, text, plain);
		text += plain;
		if (*text)
			text = escape(&b, text + 1);
	}
	if (text && !b.failed) {
		bytes = arena_bytes(a, b.bytes, b.size);
		*size = b.size;
	}
	buf_free(&b);
	return bytes;
}

char *word_numbered(struct arena *a, const char *pattern, size_t number)
{
	const char *at = strstr(pattern, "%d");

	return at ? arena_printf(a, "%.*s%zu%s", (int)(at - pattern), pattern, number, at + 2)
	          : arena_text(a, pattern);
}
