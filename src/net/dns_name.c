#include "net/dns_name.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

enum { LABEL_MAX = 63 };

static bool is_plain(char c)
{
	return text_is_alnum(c) || c == '-' || c == '_';
}

/* RFC 1035 5.1: \DDD is a byte by its decimal number, \X is X itself. */
static bool unescape(const char **at, uint8_t *byte)
{
	const char *p = *at + 1;

	if (!*p)
		return false;
	if (!text_is_digit(*p)) {
		*byte = (uint8_t)*p;
		*at = p + 1;
		return true;
	}
	if (!text_is_digit(p[1]) || !text_is_digit(p[2]))
		return false;
	int value = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	*byte = (uint8_t)value;
	*at = p + 3;
	return value <= UINT8_MAX;
}

/* One label to label[1 + LABEL_MAX], its length first; *at is left on what follows the label. */
static bool read_label(const char **at, uint8_t *label)
{
	size_t size = 0;

	while (**at && **at != '.') {
		uint8_t byte = (uint8_t)(*at)[0];

		if (size == LABEL_MAX)
			return false;
		if (byte == '\\') {
			if (!unescape(at, &byte))
				return false;
		} else {
			++*at;
		}
		label[++size] = byte;
	}
	label[0] = (uint8_t)size;
	return size > 0;
}

size_t dns_name_wire(const char *text, uint8_t *wire)
{
	const char *at = strcmp(text, ".") == 0 ? "" : text;
	uint8_t label[1 + LABEL_MAX];
	size_t size = 0;

	while (*at) {
		if (!read_label(&at, label) || size + 1u + label[0] >= DNS_NAME_WIRE)
			return 0;
		memcpy(wire + size, label, 1u + label[0]);
		size += 1u + label[0];
		at += *at == '.';
	}
	wire[size] = 0;
	return size + 1;
}

static char *write_byte(char *end, uint8_t byte)
{
	if (is_plain((char)byte)) {
		*end++ = text_lower((char)byte);
		return end;
	}
	*end++ = '\\';
	*end++ = (char)('0' + byte / 100);
	*end++ = (char)('0' + byte / 10 % 10);
	*end++ = (char)('0' + byte % 10);
	return end;
}

size_t dns_name_print(const uint8_t *wire, size_t size, char *text)
{
	char *end = text;
	size_t at = 0;

	if (size > DNS_NAME_WIRE)
		return 0;
	while (at < size && wire[at] > 0) {
		size_t last = at + wire[at];

		if (wire[at] > LABEL_MAX || last >= size)
			return 0;
		if (at > 0)
			*end++ = '.';
		while (at < last)
			end = write_byte(end, wire[++at]);
		at++;
	}
	if (at + 1 != size)
		return 0;
	if (end == text)
		*end++ = '.';
	return (size_t)(end - text);
}

const char *dns_name_text(struct arena *a, const uint8_t *wire, size_t size)
{
	char text[DNS_NAME_TEXT + 1];
	size_t length = dns_name_print(wire, size, text);

	return length ? arena_bytes(a, text, length) : NULL;
}

const char *dns_name_canonical(struct arena *a, const char *text)
{
	uint8_t wire[DNS_NAME_WIRE];
	size_t size = dns_name_wire(text, wire);

	return size ? dns_name_text(a, wire, size) : NULL;
}

bool dns_name_below(const char *name, const char *top)
{
	size_t size = strlen(name), tail = strlen(top);

	if (strcmp(top, ".") == 0)
		return strcmp(name, ".") != 0;
	return size > tail && name[size - tail - 1] == '.' && strcmp(name + size - tail, top) == 0;
}

bool dns_name_usable(const char *text)
{
	if (strcmp(text, ".") == 0)
		return false;
	while (is_plain(*text) || *text == '.')
		text++;
	return !*text;
}
