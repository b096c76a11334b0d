#ifndef MAIL_FOLD_H
#define MAIL_FOLD_H
/* Long lines broken before a blank, as RFC 5322 2.2.3 does it in headers: for content that has no
   other way to become short. Private to encode.c. */

#include "mail/encode.h"

/* Take at least one byte of content and at most size; how many. */
size_t fold_take(struct encoder *e, struct buf *out, const char *text, size_t size);

/* Write what is held of the last line. */
void fold_end(struct encoder *e, struct buf *out);

#endif
