#ifndef CLI_CALLER_H
#define CLI_CALLER_H
/* The program at the other end of -bs: its lines in, our replies out. Knows what a reply looks
   like, not which one is due. Replies are kept until input has to be waited for, so that a caller
   who sends many commands in one flight gets the answers in one (RFC 2920 3.2). */

#include "base/buf.h"
#include "base/deadline.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	CALLER_LINE_MAX = 4096, /* a command with its line end; RFC 5321 4.5.3.1.4 demands 512 */
	CALLER_ROOM = 64 * 1024 /* what a pipe holds */
};

enum caller_got {
	CALLER_LINE,
	CALLER_LONG, /* a line above the ceiling, now thrown away */
	CALLER_END,
	CALLER_CANCELLED
};

struct caller {
	int in, out;
	struct deadline until;
	struct buf replies;
	bool utf8;   /* replies may be UTF-8 (RFC 6531 3.7.4.2); otherwise they are ASCII */
	bool broken; /* nobody hears our replies any more */
	size_t begin, end;
	char bytes[CALLER_ROOM];
};

void caller_open(struct caller *c, int in, int out, struct deadline until);

/* The next line without its end, which is LF or CRLF; it stands there until more is read. What
   comes behind the last line end is no line. */
enum caller_got caller_line(struct caller *c, const char **line, size_t *size);

/* The same, but only if the line has come already, and it stays the next one. */
bool caller_line_ahead(const struct caller *c, const char **line, size_t *size);

/* What there is to read, at least one byte; caller_took says how much of it was used. */
enum caller_got caller_bytes(struct caller *c, const char **bytes, size_t *size);
void caller_took(struct caller *c, size_t size);

/* code: "250", or with an enhanced status code "250 2.1.0", which then stands in each line (RFC
   2034 4). text: printable lines with LF between them; a long one is cut into several. */
void caller_reply(struct caller *c, const char *code, const char *text);

/* Send the replies that wait. */
void caller_flush(struct caller *c);

void caller_close(struct caller *c);

#endif
