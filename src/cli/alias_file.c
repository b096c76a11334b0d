#include "cli/alias_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/alias_lines.h"

enum {
	FILE_MAX = 16 << 20, /* ten times the aliases of a university */
	ITEMS_MAX = 200000,  /* names, and items behind them; 100 bytes of memory each */
	READ_SIZE = 64 * 1024
};

/* The slot of that name, or the empty one where it belongs. */
static unsigned *slot_find(const struct alias_file *f, const char *name)
{
	size_t n = text_hash(name, 0) & (f->slot_count - 1);

	while (f->slots[n] && !text_same(f->entries[f->slots[n] - 1].name, name))
		n = (n + 1) & (f->slot_count - 1);
	return &f->slots[n];
}

static void index_entry(struct alias_file *f, struct arena *a, struct alias_entry *entry)
{
	unsigned *slot = slot_find(f, entry->name);

	if (!*slot) {
		*slot = (unsigned)(entry - f->entries) + 1;
		return;
	}
	entry->lost = true;
	alias_file_fault(f, a, entry->line,
	                 arena_printf(a, "%s: stands in line %u already, and that line counts",
	                              entry->name, f->entries[*slot - 1].line));
}

/* At most half of the slots are taken, so that every search ends soon. */
static void index_make(struct alias_file *f, struct arena *a)
{
	f->slot_count = 2;
	while (f->slot_count < 2 * f->entry_count)
		f->slot_count *= 2;
	f->slots = arena_array(a, f->slot_count, sizeof *f->slots);
	for (size_t i = 0; i < f->entry_count; i++) {
		if (!f->entries[i].lost)
			index_entry(f, a, &f->entries[i]);
	}
}

static bool unusable(struct alias_file *f, const char *why)
{
	f->trouble = why;
	f->entry_count = 0;
	return false;
}

bool alias_file_parse(struct alias_file *file, struct arena *a, const char *text, size_t size)
{
	file->loaded = true;
	if (memchr(text, 0, size))
		return unusable(file, "is no text: there is a NUL byte in it");
	alias_lines_read(file, a, text, size);
	if (alias_file_full(file))
		return unusable(file, arena_printf(a, "has more than %d entries", ITEMS_MAX));
	index_make(file, a);
	return true;
}

static bool unreadable(struct alias_file *f, struct arena *a, int error)
{
	return unusable(f, arena_printf(a, "cannot be read: %s", strerror(error)));
}

bool alias_file_load(struct alias_file *file, struct arena *a)
{
	struct buf text;
	int error;

	if (file->loaded)
		return !file->trouble;
	if (!file->path)
		return alias_file_parse(file, a, "", 0);
	buf_init(&text, FILE_MAX);
	error = file_read(file->path, O_NONBLOCK | O_NOCTTY, &text);
	file->loaded = true;
	if (error && (error != ENOENT || file->must_exist))
		unreadable(file, a, error);
	else
		alias_file_parse(file, a, text.size ? text.bytes : "", text.size);
	buf_free(&text);
	return !file->trouble;
}

void *alias_room(struct arena *a, void *items, size_t count, size_t *room, size_t size)
{
	void *larger;

	if (count < *room)
		return items;
	*room = *room ? 2 * *room : 8;
	larger = arena_array(a, *room, size);
	if (count)
		memcpy(larger, items, count * size);
	return larger;
}

void alias_file_fault(struct alias_file *f, struct arena *a, unsigned line, const char *text)
{
	f->faults = alias_room(a, f->faults, f->fault_count, &f->fault_room, sizeof *f->faults);
	f->faults[f->fault_count++] = (struct alias_fault){
		.fault = FAULT_ALIAS,
		.file = f->path,
		.line = line,
		.text = text,
	};
}

bool alias_file_full(const struct alias_file *f)
{
	return f->entry_count > ITEMS_MAX || f->target_count > ITEMS_MAX;
}

struct alias_entry *alias_file_find(const struct alias_file *file, const char *name)
{
	unsigned number = file->slot_count ? *slot_find(file, name) : 0;

	return number ? &file->entries[number - 1] : NULL;
}

const char *alias_fault_text(struct arena *a, const struct alias_fault *fault)
{
	const char *file = text_clean(a, fault->file, strlen(fault->file));

	if (!fault->line)
		return arena_printf(a, "%s %s", file, fault->text);
	return arena_printf(a, "%s:%u: %s", file, fault->line, fault->text);
}
