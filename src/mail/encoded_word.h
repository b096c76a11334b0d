#ifndef MAIL_ENCODED_WORD_H
#define MAIL_ENCODED_WORD_H
/* Text of a header in ASCII: words with bytes beyond it become encoded words (RFC 2047), all else
   stays as it is, byte for byte. */

#include "base/buf.h"

/* Where the text stands decides where its words end and what a backslash or quote in them means. */
enum word_style {
	WORD_TEXT,    /* unstructured, RFC 2047 5 (1) */
	WORD_COMMENT, /* between parentheses, (2) */
	WORD_PHRASE   /* the name of a mailbox or group, quoted strings in it, (3) */
};

/* Write the text, blanks and line ends included. Lines are folded so that none with an encoded word
   is longer than the 76 characters of RFC 2047 2. */
void word_encode(struct buf *out, const char *text, size_t size, enum word_style style);

/* Begin a new line of the same field at the blank that out ends with, or at one that is added, when
   need bytes more would make the line longer than that. */
void word_fold(struct buf *out, size_t need);

#endif
