#ifndef MAIL_ENCODE_H
#define MAIL_ENCODE_H
/* The transfer encodings of RFC 2045 6, and what makes lines short where none may be used. Content
   comes in pieces of any size, with CRLF line ends and no CR or LF elsewhere; lines of at most 998
   bytes go out. Knows nothing of parts, but no line that it begins can be a boundary. */

#include "base/buf.h"

enum { ENCODE_LINE_MAX = 998 }; /* RFC 5322 2.1.1 */

enum coding {
	CODING_NONE, /* as it is */
	CODING_QUOTED,
	CODING_BASE64,
	CODING_QUOTED_AGAIN, /* is quoted-printable already, with long lines or 8-bit bytes in it */
	CODING_BASE64_AGAIN, /* is base64 already, the same */
	CODING_FOLDED        /* long lines broken before a blank, as RFC 5322 2.2.3 does it */
};

struct encoder {
	enum coding coding;
	size_t column; /* bytes in the line that is being written */
	char held;     /* CODING_QUOTED: a blank that may end its line, or NUL */
	bool dash;     /* the line being written is "-" so far */
	bool broken;   /* that line begins where we broke one; CODING_FOLDED, CODING_BASE64_AGAIN */
	unsigned group; /* CODING_BASE64: bytes that make no three yet */
	size_t grouped; /* so many */
	size_t filled;  /* CODING_FOLDED: bytes of the line that may still have to be broken */
	char line[ENCODE_LINE_MAX];
};

void encode_begin(struct encoder *e, enum coding coding);

/* encode_take may write so many bytes for each that it gets, and ENCODE_SLACK more. */
enum { ENCODE_GROWTH = 4, ENCODE_SLACK = 2 * ENCODE_LINE_MAX };
void encode_take(struct encoder *e, struct buf *out, const char *text, size_t size);

/* The content is over. An encoded last line without a line end gets one. */
void encode_end(struct encoder *e, struct buf *out);

/* Few bytes, at most ENCODE_WORD_MAX, in base64 and without a line end: RFC 2047 4.1. */
enum { ENCODE_WORD_MAX = 54 };
void encode_word(struct buf *out, const char *text, size_t size);

#endif
