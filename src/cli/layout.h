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
	size_t prose;               /* the last column, when it holds sentences: they go on in
	                               further lines where the screen ends; 0: none does */
	const char *(*rows)[LAYOUT_COLUMNS];
	size_t count, room;
};

/* Add a row; cells are kept as they are, a missing one is NULL and counts as empty. */
void layout_row(struct layout_table *t, const char *const cells[LAYOUT_COLUMNS]);

/* Places that the widest row takes; sentences are not counted. */
size_t layout_table_width(const struct layout_table *t);

/* Rows from..to-1, nothing behind the last cell of a line. All have the columns of the whole table;
   but where a name before sentences is very long, its sentences begin on the next line. */
void layout_rows(const struct layout_table *t, size_t from, size_t to, struct buf *b);
void layout_table(const struct layout_table *t, struct buf *b);

/* The words of text in lines that fit where words allow. The first goes on where `column` places of
   the line are taken, the others are indented. */
void layout_words(struct buf *b, const char *text, size_t column, size_t indent);

/* The label, and behind it the words of text, all indented to the place behind the label. */
void layout_paragraph(struct buf *b, const char *label, const char *text);

/* Items with commas between them, each in one piece, in lines that fit where items allow. */
void layout_list(struct buf *b, size_t indent, const char *const *items, size_t count);

#endif
