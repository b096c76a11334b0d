#ifndef MAIL_RECODE_HEADER_H
#define MAIL_RECODE_HEADER_H
/* The header of a message or part on its way into another version of the message. Private to
   recode*.c. */

#include "mail/boundary.h"
#include "mail/mime.h"

struct header {
	struct buf text;
	bool separated;  /* an empty line stands behind it */
	bool of_message; /* not of a part */
	struct mime mime;
};

/* Read the one that begins here; what is too large for a header is a body without one.
   h->of_message says what it is to be; header_free is due. */
void header_read(struct header *h, struct source *source, const struct boundaries *boundaries);

/* Say how the body is encoded from now on; charset: for a type where there is none, or NULL. */
void header_label(struct header *h, const char *encoding, const char *charset);

/* Bring it into ASCII; header_ascii says what keep_utf8 keeps. */
void header_encode(struct header *h, bool keep_utf8);

/* Make its long lines short. */
void header_fold(struct header *h);

void header_free(struct header *h);

#endif
