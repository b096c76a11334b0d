#include "net/dns_string.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

void dns_string_write(struct buf *b, const char *bytes, size_t size)
{
	buf_text(b, "\"");
	for (size_t i = 0; i < size; i++) {
		char c = bytes[i];

		if (c < ' ' || c > '~')
			buf_printf(b, "\\%03u", (unsigned)(unsigned char)c);
		else if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else
			buf_add(b, &c, 1);
	}
	buf_text(b, "\"");
}

/* What stands behind a backslash: three digits, or a byte that means itself. NULL: no byte. */
static const char *take_escaped(struct buf *b, const char *at, const char *end)
{
	unsigned number = 0;

	if (at == end)
		return NULL;
	if (!text_is_digit(*at)) {
		buf_add(b, at, 1);
		return at + 1;
	}
	for (size_t i = 0; i < 3; i++, at++) {
		if (at == end || !text_is_digit(*at))
			return NULL;
		number = 10 * number + (unsigned)(*at - '0');
	}
	if (number > UINT8_MAX)
		return NULL;
	buf_add(b, &(char){(char)number}, 1);
	return at;
}

bool dns_string_read(struct buf *b, const char *word)
{
	const char *end = word + strlen(word);

	if (end - word >= 2 && *word == '"' && end[-1] == '"') {
		word++;
		end--;
	}
	while (word && word < end) {
		if (*word == '\\')
			word = take_escaped(b, word + 1, end);
		else
			buf_add(b, word++, 1);
	}
	return word != NULL;
}
