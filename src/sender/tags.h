#ifndef SENDER_TAGS_H
#define SENDER_TAGS_H
/* "tag=value; tag=value" (RFC 6376 3.2), the form of DKIM's and DMARC's records. */

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { TAGS_MAX = 64 }; /* DKIM and DMARC know 18 between them */

struct tags {
	struct tag {
		const char *name, *value; /* without blanks around them */
	} items[TAGS_MAX];
	size_t count;
};

/* Values that were read live in the arena. False with words in why. */
bool tags_parse(struct arena *a, const char *text, struct tags *tags, const char **why);

/* NULL when there is no such tag. Names are told apart by case. */
const char *tags_get(const struct tags *tags, const char *name);

/* Is the word one of the value's, which colons separate? Without regard to case. */
bool tags_lists(const char *value, const char *word);

#endif
