#include "cli/alias_lines.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

/* The text, read from left to right. */
struct scan {
	struct alias_file *file;
	struct arena *arena;
	const char *at, *end; /* what is left of the line */
	unsigned line;
};

static bool is_space(char c)
{
	return text_is_blank(c) || c == '\r';
}

/* Behind the byte at this place, or behind the quoted string or the comment that begins here. */
static const char *step_over(const char *at, const char *end)
{
	char close = *at == '"' ? '"' : *at == '(' ? ')' : 0;

	if (!close)
		return at + 1;
	for (at++; at < end && *at != close; at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
	}
	return at < end ? at + 1 : end;
}

/* The end of what counts: a "#" at the beginning or behind a blank opens a comment. */
static const char *content_end(const char *begin, const char *end)
{
	const char *at = begin;

	while (at < end && !(*at == '#' && (at == begin || is_space(at[-1]))))
		at = step_over(at, end);
	while (at > begin && is_space(at[-1]))
		at--;
	return at;
}

static const char *trimmed(struct arena *a, const char *begin, const char *end)
{
	while (begin < end && is_space(*begin))
		begin++;
	while (end > begin && is_space(end[-1]))
		end--;
	return arena_bytes(a, begin, (size_t)(end - begin));
}

/* The next place of the byte outside quotes and comments, or the end of the line. */
static const char *find(const struct scan *s, char c)
{
	const char *at = s->at;

	while (at < s->end && *at != c && !(c == ' ' && text_is_blank(*at)))
		at = step_over(at, s->end);
	return at;
}

static struct alias_target *target_new(struct scan *s, struct alias_entry *entry)
{
	struct alias_file *f = s->file;
	struct alias_target *target;

	f->targets = alias_room(s->arena, f->targets, f->target_count, &f->target_room,
	                        sizeof *f->targets);
	target = &f->targets[f->target_count++];
	*target = (struct alias_target){.line = s->line};
	entry->count++;
	return target;
}

static void target_bad(struct scan *s, struct alias_entry *entry, const char *why)
{
	struct alias_target *target = target_new(s, entry);

	target->kind = ALIAS_BAD;
	target->text = why;
}

/* The rest of the line belongs to the last entry. A line's end parts items as a comma does, so that
   a forgotten comma joins nothing and each fault has its own line. */
static void targets_read(struct scan *s)
{
	struct alias_entry *entry = &s->file->entries[s->file->entry_count - 1];

	while (s->at < s->end) {
		const char *comma = find(s, ',');
		const char *text = trimmed(s->arena, s->at, comma);

		if (*text)
			alias_target_parse(target_new(s, entry), s->arena, text);
		s->at = comma < s->end ? comma + 1 : comma;
	}
}

static bool name_parse(struct arena *a, const char *text, struct alias_entry *entry,
                       const char **why)
{
	if (!address_parse(a, text, &entry->address, why))
		return false;
	*why = "this file is for names without a domain; full addresses belong in the virtual map";
	entry->name = entry->address.local;
	entry->catch_all = !strcmp(entry->name, "*");
	return entry->address.kind == DOMAIN_NONE && *entry->name;
}

static bool full_name_parse(struct arena *a, const char *text, struct alias_entry *entry,
                            const char **why)
{
	entry->catch_all = *text == '@';
	if (entry->catch_all)
		text = arena_printf(a, "*%s", text);
	if (!address_parse(a, text, &entry->address, why))
		return false;
	*why = "this file is for user@domain and @domain; names without a domain belong in the "
	       "aliases file";
	entry->name = address_wire(a, &entry->address) + entry->catch_all;
	return entry->address.kind != DOMAIN_NONE;
}

static struct alias_entry *entry_new(struct scan *s)
{
	struct alias_file *f = s->file;
	struct alias_entry *entry;

	f->entries = alias_room(s->arena, f->entries, f->entry_count, &f->entry_room,
	                        sizeof *f->entries);
	entry = &f->entries[f->entry_count++];
	*entry = (struct alias_entry){.file = f, .line = s->line, .first = f->target_count};
	return entry;
}

/* An entry with a bad name is kept: the items of the lines that continue it are nobody else's. */
static struct alias_entry *entry_open(struct scan *s, const char *text)
{
	bool plain = s->file->syntax == ALIAS_NAMES;
	struct alias_entry *entry = entry_new(s);
	const char *why = NULL;

	if ((plain ? name_parse : full_name_parse)(s->arena, text, entry, &why))
		return entry;
	entry->lost = true;
	entry->name = text_clean(s->arena, text, strlen(text));
	alias_file_fault(s->file, s->arena, s->line,
	                 arena_printf(s->arena, "%s: %s", entry->name, why));
	return entry;
}

/* name: */
static void name_read(struct scan *s)
{
	const char *colon = find(s, ':');
	bool forgotten = colon == s->end;

	if (forgotten)
		colon = find(s, ' ');
	struct alias_entry *entry = entry_open(s, trimmed(s->arena, s->at, colon));
	s->at = forgotten ? s->end : colon + 1;
	if (forgotten) /* mail to this name must not go where unknown names go */
		target_bad(s, entry, "no \":\" behind the name");
}

/* user@domain, with a ":" behind it or without. */
static void full_name_read(struct scan *s)
{
	const char *blank = find(s, ' ');
	bool colon = blank > s->at && blank[-1] == ':';

	entry_open(s, arena_bytes(s->arena, s->at, (size_t)(blank - s->at) - colon));
	s->at = blank;
}

static void entry_read(struct scan *s)
{
	if (s->file->syntax == ALIAS_NAMES)
		name_read(s);
	else
		full_name_read(s);
}

/* A line that begins with a blank continues the one above, comments and empty lines between them
   or not. */
static void line_read(struct scan *s)
{
	bool indented = s->at < s->end && is_space(*s->at);

	while (s->at < s->end && is_space(*s->at))
		s->at++;
	s->end = content_end(s->at, s->end);
	if (s->at == s->end)
		return;
	if (s->file->syntax != ALIAS_LIST && !indented)
		entry_read(s);
	if (s->file->entry_count)
		targets_read(s);
	else
		alias_file_fault(s->file, s->arena, s->line, "a blank at its beginning continues "
		                                             "the line above, and there is none");
}

static void lines_read(struct scan *s, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		s->line++;
		s->at = text;
		s->end = newline ? newline : end;
		text = newline ? newline + 1 : end;
		line_read(s);
		if (alias_file_full(s->file))
			return;
	}
}

/* Mail to a name with nothing behind it must not vanish. A list may be empty. */
static void fill_empty(struct scan *s)
{
	for (size_t i = 0; i < s->file->entry_count; i++) {
		struct alias_entry *entry = &s->file->entries[i];

		if (entry->count || s->file->syntax == ALIAS_LIST)
			continue;
		s->line = entry->line;
		entry->first = s->file->target_count;
		target_bad(s, entry, "nobody stands behind this name");
	}
}

void alias_lines_read(struct alias_file *file, struct arena *a, const char *text, size_t size)
{
	struct scan s = {.file = file, .arena = a};

	if (file->syntax == ALIAS_LIST)
		entry_new(&s)->name = text_clean(a, file->path, strlen(file->path));
	lines_read(&s, text, size);
	fill_empty(&s);
}
