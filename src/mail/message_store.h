#ifndef MAIL_MESSAGE_STORE_H
#define MAIL_MESSAGE_STORE_H
/* Where a rendered message is kept: in memory while it is small, then in an unlinked file. Private
   to message*.c. */

#include "base/buf.h"

#include <stdint.h>

struct store {
	const char *folder; /* for the file */
	struct buf memory;
	int file; /* -1: all is in memory */
	uint64_t size;
	const char *failed; /* what could not be done, "write to" or "make"; errno is in error */
	int error;
};

void store_init(struct store *s, const char *folder, size_t memory_max);

/* Append; false when the file fails. */
bool store_add(struct store *s, const char *bytes, size_t size);

/* Give back what the store still holds. */
void store_free(struct store *s);

#endif
