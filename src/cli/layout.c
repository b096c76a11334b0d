#include "cli/layout.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "base/arena.h"
#include "base/buf.h"

enum {
	BEFORE_PROSE = 36, /* widest column before sentences: they are to have half of the screen */
	ITEM_MAX = 4096    /* of a list: a domain name in Unicode, or escaped */
};

static size_t utf8_width(const char *text, size_t size)
{
	mbstate_t state = {0};
	size_t width = 0;

	while (size) {
		wchar_t c;
		size_t used = mbrtowc(&c, text, size, &state);
		bool bad = used == 0 || used > size;
		int places = bad ? 1 : wcwidth(c);

		if (bad)
			state = (mbstate_t){0};
		width += places < 0 ? 1 : (size_t)places;
		text += bad ? 1 : used;
		size -= bad ? 1 : used;
	}
	return width;
}

static bool is_ascii(const char *text, size_t size)
{
	while (size && (unsigned char)*text < 0x80) {
		text++;
		size--;
	}
	return !size;
}

/* Whatever the caller's locale is, C.UTF-8 knows the widths of all characters. */
static size_t width_of(const char *text, size_t size)
{
	locale_t utf8 = is_ascii(text, size) ? (locale_t)0
	                                     : newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t kept;
	size_t width;

	if (!utf8)
		return size;
	kept = uselocale(utf8);
	width = utf8_width(text, size);
	uselocale(kept);
	freelocale(utf8);
	return width;
}

size_t layout_width(const char *text)
{
	return width_of(text, strlen(text));
}

void layout_row(struct layout_table *t, const char *const cells[LAYOUT_COLUMNS])
{
	if (t->count == t->room) {
		const char *(*larger)[LAYOUT_COLUMNS];

		t->room = t->room ? 2 * t->room : 16;
		larger = arena_array(t->arena, t->room, sizeof *larger);
		if (t->count)
			memcpy(larger, t->rows, t->count * sizeof *larger);
		t->rows = larger;
	}
	for (size_t i = 0; i < LAYOUT_COLUMNS; i++)
		t->rows[t->count][i] = cells[i] ? cells[i] : "";
	t->count++;
}

static void blanks(struct buf *b, size_t count)
{
	buf_printf(b, "%*s", (int)count, "");
}

/* A column as wide as its widest cell; one name that is very long must not push all sentences to
   the edge. */
static size_t column_width(const struct layout_table *t, size_t column)
{
	size_t widest = 0;

	for (size_t i = 0; i < t->count; i++) {
		size_t width = layout_width(t->rows[i][column]);

		widest = width > widest ? width : widest;
	}
	if (t->prose && column < t->prose && widest > BEFORE_PROSE)
		return BEFORE_PROSE;
	return widest;
}

static size_t cells_of(const char *const *row)
{
	size_t count = LAYOUT_COLUMNS;

	while (count && !*row[count - 1])
		count--;
	return count;
}

/* On to the place where the sentences begin: `used` is what the cells before them really take. */
static void print_prose(const char *text, size_t used, size_t begin, struct buf *b)
{
	if (used > begin) {
		buf_text(b, "\n");
		used = 0;
	}
	blanks(b, begin - used);
	layout_words(b, text, begin, begin);
}

static void print_row(const struct layout_table *t, const char *const *row, const size_t *widths,
                      struct buf *b)
{
	size_t cells = cells_of(row);
	size_t column = t->indent; /* where this cell begins, and the line would be if all fitted */
	size_t used = 0;

	for (size_t i = 0; i < cells; i++) {
		size_t width = layout_width(row[i]);
		size_t room = widths[i] > width ? widths[i] - width : 0;

		if (i && i == t->prose) {
			print_prose(row[i], used, column, b);
			return;
		}
		if (width) {
			size_t from = column + (t->right[i] ? room : 0);

			blanks(b, from > used ? from - used : 0);
			buf_text(b, row[i]);
			used = from + width;
		}
		column += widths[i] + (widths[i] ? 2 : 0);
	}
	buf_text(b, "\n");
}

size_t layout_table_width(const struct layout_table *t)
{
	size_t width = t->indent;

	for (size_t i = 0; i < LAYOUT_COLUMNS && !(i && i == t->prose); i++) {
		size_t column = column_width(t, i);

		width += column + (column && i ? 2 : 0);
	}
	return width;
}

void layout_rows(const struct layout_table *t, size_t from, size_t to, struct buf *b)
{
	size_t widths[LAYOUT_COLUMNS];

	for (size_t i = 0; i < LAYOUT_COLUMNS; i++)
		widths[i] = column_width(t, i);
	for (size_t i = from; i < to; i++)
		print_row(t, t->rows[i], widths, b);
}

void layout_table(const struct layout_table *t, struct buf *b)
{
	layout_rows(t, 0, t->count, b);
}

/* A piece that must not be broken. `taken` says how much of the line is taken, and is moved on. */
static void put_piece(struct buf *b, const char *piece, size_t size, size_t indent, size_t *taken)
{
	size_t width = width_of(piece, size);
	bool first = *taken == indent;

	if (!first && *taken + 1 + width > LAYOUT_WIDTH) {
		buf_text(b, "\n");
		blanks(b, indent);
		*taken = indent;
		first = true;
	}
	buf_printf(b, "%s%.*s", first ? "" : " ", (int)size, piece);
	*taken += width + !first;
}

void layout_words(struct buf *b, const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t size = strcspn(text, " ");

		put_piece(b, text, size, indent, &column);
		text += size;
		text += strspn(text, " ");
	}
	buf_text(b, "\n");
}

void layout_paragraph(struct buf *b, const char *label, const char *text)
{
	size_t width = layout_width(label);

	buf_text(b, label);
	layout_words(b, text, width, width);
}

void layout_list(struct buf *b, size_t indent, const char *const *items, size_t count)
{
	struct buf item;
	size_t column = indent;

	blanks(b, indent);
	for (size_t i = 0; i < count; i++) {
		buf_init(&item, ITEM_MAX);
		buf_printf(&item, "%s%s", items[i], i + 1 < count ? "," : "");
		put_piece(b, item.size ? item.bytes : "", item.size, indent, &column);
		buf_free(&item);
	}
	buf_text(b, "\n");
}
