#ifndef NET_DNS_STRING_H
#define NET_DNS_STRING_H
/* Bytes as words of a zone file (RFC 1035 5.1) and back: quotation marks, backslashes, \DDD. */

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* In quotation marks; what is not printable ASCII as \DDD. */
void dns_string_write(struct buf *b, const char *bytes, size_t size);

/* Append what a word of dns_words.h means, with or without quotation marks. False when a \DDD is no
   byte. */
bool dns_string_read(struct buf *b, const char *word);

#endif
