#ifndef MAIL_PARAMETER_H
#define MAIL_PARAMETER_H
/* The parameters of Content-Type and Content-Disposition in ASCII: values with bytes beyond it in
   the form of RFC 2231. Private to header*.c. */

#include "base/buf.h"

/* Write the value of such a field, all behind its colon; what is ASCII stays as it is. */
void parameter_encode(struct buf *out, const char *value, size_t size);

#endif
