#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H
/* A server's reply, RFC 5321 4.2: bytes in, code and text out. */

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum {
	REPLY_LINE_MAX = 4 * 1024,  /* RFC 5321 says 512; real servers write poems (B2) */
	REPLY_MAX = 64 * 1024
};

struct reply {
	unsigned code;          /* 200..599 */
	const char *text;       /* lines cleaned and joined with one blank, codes left out, a
	                           repeated enhanced status code only once */
	const char *const *lines; /* as they came, cleaned, codes left out: EHLO's keywords */
	size_t line_count;
};

enum reply_result { REPLY_WHOLE, REPLY_MORE, REPLY_BAD };

/* Take one reply off the front of size bytes. REPLY_WHOLE: *used bytes were taken. REPLY_MORE: it
   is not complete. REPLY_BAD: this is not SMTP, and why says so (static). Texts live in the arena.
   */
enum reply_result reply_parse(struct arena *a, const char *bytes, size_t size, struct reply *reply,
                              size_t *used, const char **why);

#endif
