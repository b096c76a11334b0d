#ifndef CLI_COLOUR_H
#define CLI_COLOUR_H
/* Colour for those who look at a terminal. It never says anything that the words do not. */

#include <stdbool.h>

struct buf;

enum colour { COLOUR_HEADING, COLOUR_TITLE, COLOUR_GOOD, COLOUR_DOUBT, COLOUR_BAD };

/* Is colour welcome on this descriptor? It is a terminal that knows it (TERM is set, and not to
   "dumb"), and NO_COLOR is empty or not set (no-color.org). */
bool colour_wanted(int fd);

/* The words in that colour, or as they are when it is not wanted. They stand on one line: pagers
   begin each line without colour. */
void colour_words(struct buf *b, bool wanted, enum colour colour, const char *words);

#endif
