#ifndef MAIL_ADDRESS_WORD_H
#define MAIL_ADDRESS_WORD_H
/* The words of an address list: blanks, comments, atoms, dots, quoted strings. Knows nothing of
   what they mean together. Private to address*.c. */

#include "mail/address_part.h"
#include "mail/address_scan.h"

#include <stdint.h>

/* A run of words and dots. What it is, a local part or the name of a mailbox or group, is known
   only at the character behind it, so what may be a local part is gathered meanwhile. */
struct words {
	size_t count;  /* words and dots */
	size_t end;    /* behind the last */
	size_t broken; /* first place that no local part has, or WORDS_WHOLE */
	bool dotted;   /* the last was a dot */
	size_t size;   /* of content; above the maximum: too long */
	char content[ADDRESS_LOCAL_MAX + 1]; /* without quotes and escapes */
};

static const size_t WORDS_WHOLE = SIZE_MAX;

enum { SCAN_END = -1 };

/* The next byte, SCAN_END behind the last. */
int scan_peek(const struct address_scan *s);

/* Note a fault and its place; the first one stays. False, for the caller to return. */
bool scan_fail(struct address_scan *s, size_t at, const char *fault);

/* Step over blanks, folding and comments (CFWS of RFC 5322 3.2.2). */
bool scan_blanks(struct address_scan *s);

/* Read as many words and dots as there are, none included, and the blanks behind them. */
bool scan_words(struct address_scan *s, struct words *w);

#endif
