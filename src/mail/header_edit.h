#ifndef MAIL_HEADER_EDIT_H
#define MAIL_HEADER_EDIT_H
/* What is done to a header before it is sent: fields added, fields removed, local names given a
   domain; all else stays as it is, byte for byte. Private to message*.c and header*.c. */

#include "base/buf.h"
#include "mail/message.h"

/* Write the completed header and the empty line behind it to out. */
void header_complete(struct buf *out, const char *header, size_t size,
                     const struct message_want *want, struct arena *a);

#endif
