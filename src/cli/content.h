#ifndef CLI_CONTENT_H
#define CLI_CONTENT_H
/* What comes between DATA and the lone dot: dots taken off (RFC 5321 4.5.2), kept in a file without
   a name until it can be read as a message. Knows nothing of what stands in it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where in a line. */
enum content_place { CONTENT_BEGIN, CONTENT_DOT, CONTENT_DOT_CR, CONTENT_CR, CONTENT_INSIDE };

/* How lines end. The first line decides. Who ends it with CRLF may have a bare LF inside a line,
   and what stands behind that is never taken for the end of the message: a text with LF "." LF in
   it could go on with commands of its own (SMTP smuggling, CVE-2023-51764). */
enum content_ends { CONTENT_UNDECIDED, CONTENT_CRLF, CONTENT_LF };

struct content {
	int file;           /* -1: there is none */
	uint64_t size, max; /* bytes kept; 0: no ceiling. What is above it is not kept */
	bool too_large;
	const char *failed; /* what the system does not do, "write to"...; errno is in error */
	int error;
	const char *folder;
	bool in_memory;
	enum content_place place;
	enum content_ends ends;
	bool ended; /* the lone dot has come */
};

/* A small message takes no room in the folder. */
void content_open(struct content *c, const char *folder, uint64_t max);

/* Take the bytes up to the lone dot; returns how many. Trouble is noted, and the rest still found
   its way to the end, so that the conversation can go on. */
size_t content_take(struct content *c, const char *bytes, size_t size);

/* All is there: the file can be read from its beginning. */
bool content_rewind(struct content *c);

void content_close(struct content *c);

#endif
