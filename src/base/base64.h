#ifndef BASE_BASE64_H
#define BASE_BASE64_H
/* Base64 (RFC 4648 4) into bytes. */

#include "base/buf.h"

/* Append the bytes of text, in which blanks and line ends may stand anywhere (RFC 6376 2.10). False
   when it is no base64, lacks its padding, or is empty. */
bool base64_read(struct buf *bytes, const char *text);

#endif
