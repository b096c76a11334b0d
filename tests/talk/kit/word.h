#ifndef TALK_WORD_H
#define TALK_WORD_H
/* Words of a script. */

#include <stddef.h>

struct arena;

/* The next word: up to a blank, or between double quotes; escapes in it are left as they are. Moves
   rest; NULL when there is none. */
char *word_next(char **rest);

/* Text with its escapes taken as what they mean: \r \n \t \0 \\ \" \xNN, and \{c*500} for 500 times
   c. NULL when one is bad. */
char *word_bytes(struct arena *a, const char *text, size_t *size);

/* A copy of pattern with its %d replaced. */
char *word_numbered(struct arena *a, const char *pattern, size_t number);

#endif
