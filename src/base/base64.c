#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static int value_of(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *place = memchr(alphabet, c, sizeof alphabet - 1);

	return place ? (int)(place - alphabet) : -1;
}

/* The bytes that four characters stand for, less those that were padding. */
static void add_group(struct buf *bytes, uint32_t group, size_t padding)
{
	const char three[] = {(char)(group >> 16), (char)(group >> 8), (char)group};

	buf_add(bytes, three, sizeof three - padding);
}

bool base64_read(struct buf *bytes, const char *text)
{
	size_t count = 0, padding = 0;
	uint32_t group = 0;

	for (; *text; text++) {
		int value = value_of(*text);

		if (strchr(" \t\r\n", *text))
			continue;
		padding += *text == '=';
		if (*text == '=' ? padding > 2 : value < 0 || padding)
			return false;
		group = group << 6 | (value < 0 ? 0 : (uint32_t)value);
		if (++count % 4 == 0)
			add_group(bytes, group, padding);
	}
	return count && count % 4 == 0;
}
