#ifndef BASE_GZIP_H
#define BASE_GZIP_H
/* Bytes made smaller, as RFC 1952 has it; by zlib, in no other file. */

#include "base/buf.h"

/* Append the packed form of size bytes. What does not fit fails the buf. */
void gzip_pack(struct buf *out, const char *bytes, size_t size);

#endif
