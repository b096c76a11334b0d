#ifndef MAIL_RECODE_SOURCE_H
#define MAIL_RECODE_SOURCE_H
/* A rendered message read by lines, from any place. Private to recode.c. */

#include "mail/message.h"

/* A line up to this size is one piece. */
enum { SOURCE_LINE_MAX = 8 * 1024 };

struct source {
	const struct message *message;
	uint64_t at;  /* what is given next */
	bool in_line; /* the line that stands there has begun before */
	bool failed;  /* to read; errno is in error */
	int error;
	const char *loaded; /* bytes from `from` on */
	size_t size;
	uint64_t from;
	char window[MESSAGE_WINDOW];
};

/* A line, or a part of a long one. */
struct piece {
	const char *text;
	size_t size;
	bool begins, ends; /* the line; then its last two bytes are CRLF */
};

/* Go to the beginning of a line. */
void source_seek(struct source *s, uint64_t at);

/* Give the next piece and step over it; false at the end and on failure. */
bool source_line(struct source *s, struct piece *piece);

/* The same without regard to lines: at most max bytes of whatever comes. */
bool source_bytes(struct source *s, uint64_t max, struct piece *piece);

#endif
