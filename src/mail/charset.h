#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H
/* Which character set unlabelled bytes have, as far as the bytes alone can tell. Takes them in
   pieces of any size. */

#include <stdbool.h>
#include <stddef.h>

/* All zero to begin with. */
struct charset {
	bool eight_bit; /* a byte above 127 was seen */
	bool broken;    /* one that has no place in UTF-8 was seen */
	/* Inside a character of UTF-8: bytes to come, and what the next may be. */
	unsigned char left, least, most;
};

void charset_take(struct charset *c, const char *bytes, size_t size);

/* "us-ascii", "utf-8", or "unknown-8bit": RFC 1428 3 made that name for text whose set nobody
   knows, and a reader's guess is as good as ours. */
const char *charset_name(const struct charset *c);

/* Bytes of the first character in the bytes: one, or all of one in UTF-8. */
size_t charset_character(const char *bytes, size_t size);

#endif
