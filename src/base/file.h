#ifndef BASE_FILE_H
#define BASE_FILE_H
/* Files: read whole, written whole, or without a name. Knows nothing of what stands in them. Errors
   are errno's numbers, given back and not left behind. */

#include "base/buf.h"

/* Append all of the file at path to b. flags go to open(2) beside O_RDONLY: O_NONBLOCK where nobody
   shall hold us with a pipe. 0 or the error; EFBIG above b's ceiling. */
int file_read(const char *path, int flags, struct buf *b);

/* The same from a descriptor that is open, up to its end; it stays open. */
int file_read_rest(int fd, struct buf *b);

/* A new file in folder that has no name there and ends with its descriptor. The descriptor, or the
   error as a negative number. */
int file_unnamed(const char *folder);

/* Write all of it. 0 or the error. */
int file_write(int fd, const char *bytes, size_t size);

#endif
