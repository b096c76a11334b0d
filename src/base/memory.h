#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H
/* The heap, asked in one place. A sendmail that cannot get memory has no road left: it says so on
   standard error and ends with 71 (EX_OSERR), so that no caller needs a path that no test can walk.
   */

#include <stddef.h>

/* Zeroed memory for count elements of size bytes; never NULL. */
void *memory_get(size_t count, size_t size);

/* Resize to count elements of size bytes; never NULL; new bytes are undefined. */
void *memory_resize(void *old, size_t count, size_t size);

#endif
