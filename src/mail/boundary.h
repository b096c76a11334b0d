#ifndef MAIL_BOUNDARY_H
#define MAIL_BOUNDARY_H
/* The multiparts around a place in a message, and the lines that divide them (RFC 2046 5.1.1).
   Private to recode*.c. */

#include "mail/mime.h"
#include "mail/recode_source.h"

enum { BOUNDARY_DEPTH_MAX = 100 }; /* inside each other; so many has Postfix */

struct boundaries {
	size_t depth;
	struct {
		char text[MIME_BOUNDARY_MAX];
		size_t size;
		bool digest;
	} levels[BOUNDARY_DEPTH_MAX]; /* outermost first */
};

/* A line that divides. */
struct delimiter {
	size_t level;
	bool closing; /* the last of its multipart */
};

/* A multipart begins here; false when there are too many around it. */
bool boundary_push(struct boundaries *b, const struct mime *mime);

/* Is this piece such a line? Of the innermost multipart whose it can be. */
bool boundary_find(const struct boundaries *b, const struct piece *piece, struct delimiter *found);

/* Step over it: all multiparts inside its own are over, and with the last its own too. */
void boundary_pass(struct boundaries *b, const struct delimiter *d);

/* Are the parts here messages unless they say otherwise? */
bool boundary_in_digest(const struct boundaries *b);

#endif
