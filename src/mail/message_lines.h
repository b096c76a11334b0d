#ifndef MAIL_MESSAGE_LINES_H
#define MAIL_MESSAGE_LINES_H
/* Bytes in, canonical lines out: every line ends with CRLF and no CR or LF stands anywhere else, so
   that nothing inside a message can end it, whatever the next server takes for a line end (RULES.md
   B17). Private to message*.c.

   LF, CRLF and a run of CR before LF are one line end. A run of CR elsewhere becomes one blank. A
   lone dot is held back until something follows it: as the last line it ends the message, on a
   terminal it does so at once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines {
	bool ignore_dots;
	bool terminal;
	bool ended;     /* by a lone dot: what follows is not read */
	bool eight_bit; /* a byte above 127 was seen */
	size_t longest; /* line, without CRLF */
	size_t length;  /* of the line that is not at its end yet, as far as it is written */
	/* Bytes and lines of input; at a NUL, where it stands, both counted from 1. */
	uint64_t taken, line;
	/* Read but not written, in this order: */
	bool dot_line; /* a line with a lone dot */
	bool dot;      /* a dot at the beginning of a line */
	bool carriage; /* CRs */
};

/* lines_take and lines_end may write so much more than twice what they get. */
enum { LINES_SLACK = 16 };

/* Take size bytes, write into out[2 * size + LINES_SLACK], give the number of bytes written. False
   at a NUL, which no mail server takes (RFC 5321 4.5.2): l->taken and l->line say where. */
bool lines_take(struct lines *l, const char *in, size_t size, char *out, size_t *made);

/* The input is over: give the last line its end. Returns the number of bytes written. */
size_t lines_end(struct lines *l, char *out);

/* Note eight_bit and longest for canonical text; a line without its end is not counted. */
void lines_measure(struct lines *l, const char *text, size_t size);

#endif
