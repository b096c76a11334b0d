#include "base/text.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

enum { CLEAN_MAX = 2000 };

bool text_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_is_alnum(char c)
{
	return text_is_alpha(c) || text_is_digit(c);
}

bool text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool text_is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 128)
		text++;
	return !*text;
}

/* Eight bytes at a time. */
bool text_eight_bit(const char *bytes, size_t size)
{
	const uint64_t high = 0x8080808080808080;
	uint64_t seen = 0, word;

	for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
		memcpy(&word, bytes, sizeof word);
		seen |= word;
	}
	while (size)
		seen |= (unsigned char)bytes[--size];
	return seen & high;
}

char text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_same(const char *a, const char *b)
{
	while (*a && text_lower(*a) == text_lower(*b)) {
		a++;
		b++;
	}
	return text_lower(*a) == text_lower(*b);
}

bool text_begins(const char *text, const char *beginning)
{
	while (*beginning && text_lower(*text) == text_lower(*beginning)) {
		text++;
		beginning++;
	}
	return !*beginning;
}

bool text_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t sum = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(unsigned char)*text - '0';

		if (!text_is_digit(*text) || digit > max || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

/* Bytes of the UTF-8 sequence at p (RFC 3629: shortest form, no surrogates, at most U+10FFFF); 0
   when it is none. */
static size_t utf8_sequence(const unsigned char *p, size_t size)
{
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = p[0] < 0x80   ? 1
	                : p[0] < 0xc2 ? 0
	                : p[0] < 0xe0 ? 2
	                : p[0] < 0xf0 ? 3
	                : p[0] < 0xf5 ? 4
	                              : 0;
	unsigned long code;

	if (length < 2 || length > size)
		return length <= size ? length : 0;
	code = p[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

/* C0, DEL, C1 (U+0080..U+009F) and the Unicode marks that turn text around (U+202A..E, U+2066..9):
   a terminal obeys them. */
static bool is_control(const unsigned char *p, size_t length)
{
	if (length == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (length == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	return length == 3 && p[0] == 0xe2 &&
	       ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
	        (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

static char *escape(char *end, const unsigned char *p, size_t length)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		*end++ = '\\';
		*end++ = 'x';
		*end++ = hex[p[i] >> 4];
		*end++ = hex[p[i] & 15];
	}
	return end;
}

size_t text_cut(const char *bytes, size_t size, size_t most)
{
	size_t cut = most;

	if (size <= most)
		return size;
	/* at most three bytes follow the first of a character */
	while (cut && most - cut < 3 && ((unsigned char)bytes[cut] & 0xc0) == 0x80)
		cut--;
	return ((unsigned char)bytes[cut] & 0xc0) == 0x80 ? most : cut;
}

void text_fit(char *into, size_t room, const char *text)
{
	size_t size = strlen(text);

	if (size < room)
		memcpy(into, text, size + 1);
	else
		snprintf(into, room, "%.*s...", (int)text_cut(text, size, room - sizeof "..."),
		         text);
}

char *text_clean(struct arena *a, const char *bytes, size_t size)
{
	const size_t limit = text_cut(bytes, size, CLEAN_MAX);
	const unsigned char *p = (const unsigned char *)bytes, *last = p + limit;
	char *text = arena_get(a, 4 * limit + sizeof "..."), *end = text;

	while (p < last) {
		size_t length = utf8_sequence(p, (size_t)(last - p));

		if (!length || is_control(p, length)) {
			length += !length;
			end = escape(end, p, length);
		} else {
			memcpy(end, p, length);
			end += length;
		}
		p += length;
	}
	memcpy(end, size > limit ? "..." : "", size > limit ? 4 : 1);
	return text;
}

uint64_t text_hash(const char *text, uint64_t seed)
{
	uint64_t hash = 0xcbf29ce484222325u ^ seed;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)text_lower(*text)) * 0x100000001b3u;
	/* FNV's high bits follow the last bytes poorly; fold them in, as splitmix64 does. */
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
	return hash ^ hash >> 31;
}
