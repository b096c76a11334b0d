#ifndef MAIL_HEADER_ASCII_H
#define MAIL_HEADER_ASCII_H
/* A header for servers that take only ASCII (RFC 5322 2.2): names, comments and text beyond it as
   encoded words (RFC 2047), parameters as RFC 2231 has it, domains as A-labels. Private to
   message*.c and recode.c. */

#include "base/buf.h"

/* Write such a header; fields that are ASCII stay as they are. The one thing that has no form in
   ASCII is a local part: with keep_utf8 an address with such a one stays as it is, else its field
   becomes text. */
void header_ascii(struct buf *out, const char *header, size_t size, bool keep_utf8);

/* Is there an address with such a local part? Only SMTPUTF8 carries it (RFC 6531). Raw bytes in
   other text ask for nothing: they are a program's carelessness, and can be encoded. */
bool header_needs_utf8(const char *header, size_t size);

#endif
