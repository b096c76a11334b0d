#include "cli/layout.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "base/arena.h"
#include "base/buf.h"

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

static size_t column_width(const struct layout_table *t, size_t column)
{
	size_t widest = 0;

	for (size_t i = 0; i < t->count; i++) {
		size_t width = layout_width(t->rows[i][column]);

		widest = width > widest ? width : widest;
	}
	return widest;
}

static size_t cells_of(const char *const *row)
{
	size_t count = LAYOUT_COLUMNS;

	while (count && !*row[count - 1])
		count--;
	return count;
}

static void print_row(const struct layout_table *t, const char *const *row, const size_t *widths,
                      struct buf *b)
{
	size_t cells = cells_of(row);
	size_t owed = t->indent; /* blanks due before the next cell that is not empty */

	for (size_t i = 0; i < cells; i++) {
		size_t room = widths[i] - layout_width(row[i]);

		blanks(b, owed + (t->right[i] ? room : 0));
		buf_text(b, row[i]);
		owed = (t->right[i] ? 0 : room) + (widths[i] ? 2 : 0);
	}
	buf_text(b, "\n");
}

void layout_table(const struct layout_table *t, struct buf *b)
{
	size_t widths[LAYOUT_COLUMNS];

	for (size_t i = 0; i < LAYOUT_COLUMNS; i++)
		widths[i] = column_width(t, i);
	for (size_t i = 0; i < t->count; i++)
		print_row(t, t->rows[i], widths, b);
}

void layout_paragraph(struct buf *b, const char *label, const char *text)
{
	size_t indent = layout_width(label);
	size_t column = indent;

	buf_text(b, label);
	while (*text) {
		size_t size = strcspn(text, " ");
		size_t width = width_of(text, size);
		bool first = column == indent;

		if (!first && column + 1 + width > LAYOUT_WIDTH) {
			buf_text(b, "\n");
			blanks(b, indent);
			column = indent;
			first = true;
		}
		buf_printf(b, "%s%.*s", first ? "" : " ", (int)size, text);
		column += width + !first;
		text += size;
		text += strspn(text, " ");
	}
	buf_text(b, "\n");
}
