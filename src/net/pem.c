#include "net/pem.h"

#include "base/text.h"

#include <string.h>

/* RFC 4648 4; -1 for what is no digit. */
static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (text_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t pem_certificate(const char *text, uint8_t *der, size_t size)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----",
			  end[] = "-----END CERTIFICATE-----";
	const char *at = strstr(text, begin);
	uint32_t bits = 0;
	unsigned held = 0;
	size_t used = 0;

	if (!at)
		return 0;
	for (at += strlen(begin); digit(*at) >= 0 || (*at && strchr(" \t\r\n", *at)); at++) {
		if (digit(*at) < 0)
			continue;
		bits = bits << 6 | (uint32_t)digit(*at);
		held += 6;
		if (held < 8)
			continue;
		if (used == size)
			return 0;
		held -= 8;
		der[used++] = (uint8_t)(bits >> held);
	}
	at += strspn(at, "=\r\n");
	return strncmp(at, end, strlen(end)) == 0 ? used : 0;
}
