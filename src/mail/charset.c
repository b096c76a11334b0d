#include "mail/charset.h"

#include "base/text.h"

/* What may follow each lead byte, RFC 3629 4: shortest forms, no surrogates, at most U+10FFFF. */
static const struct {
	unsigned char first, last, left, least, most;
} leads[] = {
	{0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf}, {0xe1, 0xec, 2, 0x80, 0xbf},
	{0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf}, {0xf0, 0xf0, 3, 0x90, 0xbf},
	{0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

static void lead_take(struct charset *c, unsigned char byte)
{
	c->eight_bit = true;
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
		if (byte < leads[i].first || byte > leads[i].last)
			continue;
		c->left = leads[i].left;
		c->least = leads[i].least;
		c->most = leads[i].most;
		return;
	}
	c->broken = true;
}

static void next_take(struct charset *c, unsigned char byte)
{
	c->broken = c->broken || byte < c->least || byte > c->most;
	c->left--;
	c->least = 0x80;
	c->most = 0xbf;
}

void charset_take(struct charset *c, const char *bytes, size_t size)
{
	/* Nothing here can change what is known. */
	if (c->broken || (!c->left && !text_eight_bit(bytes, size)))
		return;
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (c->left && !c->broken)
			next_take(c, byte);
		else if (byte > 127)
			lead_take(c, byte);
	}
}

const char *charset_name(const struct charset *c)
{
	if (!c->eight_bit)
		return "us-ascii";
	return c->broken || c->left ? "unknown-8bit" : "utf-8";
}

size_t charset_character(const char *bytes, size_t size)
{
	struct charset c = {0};
	size_t length = 0;

	do
		charset_take(&c, bytes + length++, 1);
	while (c.left && !c.broken && length < size);
	return c.broken || c.left ? 1 : length;
}
