#ifndef BASE_TEXT_H
#define BASE_TEXT_H
/* Questions about text, in ASCII whatever the locale says. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

bool text_is_alpha(char c);
bool text_is_digit(char c);
bool text_is_alnum(char c);
bool text_is_blank(char c); /* space or tab */
char text_lower(char c);

bool text_is_ascii(const char *text);

/* Is there a byte above 127? Fast, for messages of any size. */
bool text_eight_bit(const char *bytes, size_t size);

/* Equal, and begins with, without regard to case. */
bool text_same(const char *a, const char *b);
bool text_begins(const char *text, const char *beginning);

/* A decimal number of digits only, at most max; false for anything else. */
bool text_number(const char *text, uint64_t max, uint64_t *number);

/* The size, at most most, to which size bytes of UTF-8 can be cut without cutting a character. */
size_t text_cut(const char *bytes, size_t size, size_t most);

/* Put a text into so much room, with "..." at its end when it is too long. */
void text_fit(char *into, size_t room, const char *text);

/* What may be shown on a terminal or in JSON: valid UTF-8; C0, C1 and DEL controls, marks that turn
   the direction of text and bad bytes as \xNN; at most 2,000 bytes of the original, the rest as
   "...". */
char *text_clean(struct arena *a, const char *bytes, size_t size);

/* 64 bits that differ for different texts (FNV-1a over lower-case ASCII, then mixed with seed). Not
   for adversaries. */
uint64_t text_hash(const char *text, uint64_t seed);

#endif
