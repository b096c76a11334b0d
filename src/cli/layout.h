#ifndef CLI_LAYOUT_H
#define CLI_LAYOUT_H
/* Text for a terminal: columns as wide as their widest cell, paragraphs that fit a line. Widths are
   those of the screen: a Chinese character takes two places, an accent that combines none. */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

enum { LAYOUT_WIDTH = 80, LAYOUT_COLUMNS = 6 };

/* Places that UTF-8 text takes on a screen. Bytes that are no UTF-8 count one each. */
size_t layout_width(const char *text);

struct layout_table {
	struct arena *arena;
	size_t indent;
	bool right[LAYOUT_COLUMNS]; /* aligned to the right: numbers */
	const char *(*rows)[LAYOUT_COLUMNS];
	size_t count, room;
};

/* Add a row; cells are kept as they are, a missing one is NULL and counts as empty. */
void layout_row(struct layout_table *t, const char *const cells[LAYOUT_COLUMNS]);

/* All rows, a line each, nothing behind the last cell of a line. */
void layout_table(const struct layout_table *t, struct buf *b);

/* The label, and behind it the words of text in lines that fit where words allow, indented to the
   place behind the label. */
void layout_paragraph(struct buf *b, const char *label, const char *text);

#endif
