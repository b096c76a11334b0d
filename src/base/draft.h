#ifndef BASE_DRAFT_H
#define BASE_DRAFT_H
/* A file that appears whole or not at all: written beside its place, then put there by one
   rename(2). Only its owner may read it. */

#include <stdbool.h>
#include <stddef.h>

struct draft {
	const char *path; /* where it is to be; NULL: no draft */
	char *beside;     /* where it is until then */
	int fd;
};

/* Begin a draft for path, which must outlive it. False with words in why (static) when no file can
   be made there, or when something is there that is no plain file: it would be lost. */
bool draft_open(struct draft *d, const char *path, const char **why);

/* Write all of it and put it into its place. False with words in why; the draft is gone then, and
   what was at path is as it was. */
bool draft_keep(struct draft *d, const char *bytes, size_t size, const char **why);

/* Leave no trace of it. A draft of zeroes, or one that is kept, has none. */
void draft_drop(struct draft *d);

#endif
