#ifndef BASE_ARENA_H
#define BASE_ARENA_H
/* Memory that lives as long as a run, a plan or a delivery and is given back in one stroke. An
   arena belongs to one thread at a time. */

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first; an arena of zeroes is empty and ready */
};

/* Zeroed memory, aligned for any type; never NULL (out of memory ends the program, exit 71). */
void *arena_get(struct arena *a, size_t size);

/* Like arena_get for count elements of size bytes; an overflow counts as out of memory. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A copy of text, or of size bytes with a NUL put behind them. */
char *arena_text(struct arena *a, const char *text);
char *arena_bytes(struct arena *a, const void *bytes, size_t size);

/* Formatted text. */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Give everything back; the arena is empty and usable again. */
void arena_free(struct arena *a);

#endif
