#include "cli/alias_walk.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

enum { LOOP_TEXT_MAX = 64 * 1024 }; /* ALIAS_DEPTH_MAX names of 500 bytes */

/* How the walk came to an address. */
enum arrival {
	ASKED,   /* it was asked for */
	WRITTEN, /* somebody wrote it into a file */
	KEPT     /* made from "@example.org" and the local part */
};

/* What an entry on the way means for an address that it fits. */
enum meeting {
	MEETING_NEW,
	MEETING_SELF, /* "bob: bob, carol" means bob himself */
	MEETING_LOOP
};

void alias_walk_fault(struct alias_walk *w, const struct alias_fault *fault)
{
	w->faults = alias_room(w->aliases->arena, w->faults, w->fault_count, &w->fault_room,
	                       sizeof *w->faults);
	w->faults[w->fault_count++] = *fault;
}

static void fault_at(struct alias_walk *w, enum fault fault, const struct alias_entry *entry,
                     unsigned line, const char *text)
{
	bool named = entry->file->syntax != ALIAS_LIST;
	struct alias_fault found = {
		.fault = fault,
		.file = entry->file->path,
		.line = line,
		.text = named ? arena_printf(w->aliases->arena, "%s: %s", entry->name, text) : text,
	};

	alias_walk_fault(w, &found);
}

static bool need(struct alias_walk *w, struct alias_file *file)
{
	struct alias_fault fault = {.fault = FAULT_SYSTEM, .file = file->path};

	if (alias_file_load(file, w->aliases->arena))
		return true;
	fault.text = file->trouble;
	alias_walk_fault(w, &fault);
	return false;
}

static void add(struct alias_walk *w, const struct address *address)
{
	struct aliases_result *r = w->result;
	struct arena *a = w->aliases->arena;
	size_t room;

	if (!r)
		return;
	room = r->list.room;
	r->list.items = alias_room(a, r->list.items, r->list.count, &r->list.room,
	                           sizeof *r->list.items);
	r->origins = alias_room(a, r->origins, r->list.count, &room, sizeof(struct address *));
	r->list.items[r->list.count] = *address;
	r->origins[r->list.count++] = w->depth ? w->asked : NULL;
}

/* Lists do not count: ":include:/home/bob/forward" with bob in it means bob himself. */
static bool only_lists_above(const struct alias_walk *w, size_t level)
{
	for (size_t n = level + 1; n < w->depth; n++) {
		if (w->levels[n].entry->file->syntax != ALIAS_LIST)
			return false;
	}
	return true;
}

/* The level at which the walk is in this entry; the depth when it is not. */
static size_t level_of(const struct alias_walk *w, const struct alias_entry *entry)
{
	size_t level = 0;

	while (level < w->depth && w->levels[level].entry != entry)
		level++;
	return level;
}

/* An address that is written behind a catch-all is one that it shall not catch again:
   "@example.org bob@example.org". But "@a @b" and "@b @a" never end. */
static enum meeting meet(const struct alias_walk *w, const struct alias_entry *entry,
                         enum arrival arrival)
{
	size_t level = level_of(w, entry);

	if (level == w->depth)
		return MEETING_NEW;
	if (entry->file->syntax == ALIAS_LIST)
		return MEETING_LOOP;
	if (only_lists_above(w, level) || (entry->catch_all && arrival == WRITTEN))
		return MEETING_SELF;
	return MEETING_LOOP;
}

static bool stands_before(const struct alias_entry *one, const struct alias_entry *other)
{
	int order = strcmp(one->file->path, other->file->path);

	return order ? order < 0 : one->line < other->line;
}

/* Told from the entry that stands first in the files, so that one loop is one fault wherever it was
   entered. */
static void fault_loop(struct alias_walk *w, const struct alias_entry *entry)
{
	size_t begin = level_of(w, entry), size = w->depth - begin, first = 0;
	struct buf text;

	for (size_t n = 1; n < size; n++) {
		if (stands_before(w->levels[begin + n].entry, w->levels[begin + first].entry))
			first = n;
	}
	entry = w->levels[begin + first].entry;
	buf_init(&text, LOOP_TEXT_MAX);
	buf_text(&text, "leads back to itself: ");
	for (size_t n = 0; n < size; n++)
		buf_printf(&text, "%s -> ", w->levels[begin + (first + n) % size].entry->name);
	buf_text(&text, entry->name);
	fault_at(w, FAULT_LOOP, entry, entry->line, arena_text(w->aliases->arena, text.bytes));
	buf_free(&text);
}

static void push(struct alias_walk *w, struct alias_entry *entry, const char *local)
{
	if (!w->result && entry->walked)
		return;
	if (w->depth == ALIAS_DEPTH_MAX) {
		fault_at(w, FAULT_LOOP, entry, entry->line,
		         arena_printf(w->aliases->arena, "is nested deeper than %d aliases",
		                      ALIAS_DEPTH_MAX));
		return;
	}
	entry->walked = true;
	w->levels[w->depth++] = (struct alias_level){.entry = entry, .local = local};
}

/* Go on behind the entry of an address. False: there is none, or it means the address itself. */
static bool enter(struct alias_walk *w, struct alias_entry *entry, const char *local,
                  enum arrival arrival)
{
	enum meeting meeting = entry ? meet(w, entry, arrival) : MEETING_SELF;

	switch (meeting) {
	case MEETING_NEW: push(w, entry, local); break;
	case MEETING_LOOP: fault_loop(w, entry); break;
	case MEETING_SELF: return false;
	}
	return true;
}

/* "*" is for names that nobody has thought of, not for those that somebody wrote into a file:
   "*: postmaster" and "postmaster: alice" shall not turn for ever. */
static struct alias_entry *name_find(const struct alias_walk *w, const struct address *address,
                                     enum arrival arrival)
{
	const struct alias_file *names = &w->aliases->names;
	struct alias_entry *entry = alias_file_find(names, address->local);

	return entry || arrival != ASKED ? entry : alias_file_find(names, "*");
}

static struct alias_entry *address_find(const struct alias_walk *w, const struct address *address)
{
	const struct alias_file *addresses = &w->aliases->addresses;
	struct arena *a = w->aliases->arena;
	struct alias_entry *entry;

	if (!addresses->entry_count)
		return NULL;
	entry = alias_file_find(addresses, address_wire(a, address));
	return entry ? entry : alias_file_find(addresses, arena_printf(a, "@%s", address->domain));
}

static void qualify(const struct alias_walk *w, struct address *address)
{
	if (w->aliases->mail_name)
		address_qualify(address, w->aliases->mail_name);
}

/* What has no entry is an address to send to. */
static void walk_address(struct alias_walk *w, struct address address, enum arrival arrival)
{
	struct aliases *al = w->aliases;

	if (address.kind == DOMAIN_NONE && *address.local) {
		if (!need(w, &al->names) ||
		    enter(w, name_find(w, &address, arrival), address.local, arrival))
			return;
		qualify(w, &address);
	}
	if (address.kind != DOMAIN_NONE) {
		if (!need(w, &al->addresses) ||
		    enter(w, address_find(w, &address), address.local, arrival))
			return;
	}
	add(w, &address);
}

/* The file of that path, which may be in use already. Lists are few: they need no index. */
static struct alias_file *list_file(struct aliases *al, const char *path)
{
	struct alias_file *file;

	for (file = al->lists; file; file = file->next) {
		if (!strcmp(file->path, path))
			return file;
	}
	file = arena_get(al->arena, sizeof *file);
	file->path = path;
	file->syntax = ALIAS_LIST;
	file->must_exist = true;
	file->next = al->lists;
	al->lists = file;
	return file;
}

/* A list that cannot be read is a fault of the line that names it. */
static void walk_list(struct alias_walk *w, const struct alias_level *level,
                      const struct alias_target *target)
{
	struct arena *a = w->aliases->arena;
	struct alias_file *file = list_file(w->aliases, target->text);

	if (alias_file_load(file, a)) {
		enter(w, file->entries, level->local, WRITTEN);
		return;
	}
	fault_at(w, FAULT_SYSTEM, level->entry, target->line,
	         arena_printf(a, "%s %s", text_clean(a, file->path, strlen(file->path)),
	                      file->trouble));
}

static void walk_target(struct alias_walk *w, const struct alias_level *level,
                        const struct alias_target *target)
{
	struct address address = target->address;

	switch (target->kind) {
	case ALIAS_ADDRESS:
		walk_address(w, address, WRITTEN);
		return;
	case ALIAS_FINAL:
		qualify(w, &address);
		add(w, &address);
		return;
	case ALIAS_DOMAIN:
		address.local = level->local;
		walk_address(w, address, KEPT);
		return;
	case ALIAS_INCLUDE:
		walk_list(w, level, target);
		return;
	case ALIAS_BAD:
		fault_at(w, FAULT_ALIAS, level->entry, target->line, target->text);
		return;
	}
}

/* Count an item; false when there have been too many. The faults of a file are not counted. */
static bool spend(struct alias_walk *w)
{
	const struct alias_entry *entry = w->levels[0].entry;

	if (!w->result || w->aliases->visits++ < ALIAS_VISITS_MAX)
		return true;
	fault_at(w, FAULT_ALIAS, entry, entry->line,
	         arena_printf(w->aliases->arena, "more than %d addresses come of this message's "
	                                         "recipients", ALIAS_VISITS_MAX));
	return false;
}

/* False: it did not come to an end. */
static bool walk_on(struct alias_walk *w)
{
	while (w->depth) {
		struct alias_level *level = &w->levels[w->depth - 1];
		const struct alias_entry *entry = level->entry;

		if (level->next == entry->count)
			w->depth--;
		else if (!spend(w))
			return false;
		else
			walk_target(w, level, &entry->file->targets[entry->first + level->next++]);
	}
	return true;
}

void alias_walk(struct alias_walk *w)
{
	size_t before = w->result->list.count;
	const struct alias_entry *entry;

	walk_address(w, *w->asked, ASKED);
	if (!walk_on(w))
		w->result->list.count = before;
	if (w->fault_count || w->result->list.count > before)
		return;
	entry = w->levels[0].entry;
	fault_at(w, FAULT_ALIAS, entry, entry->line, "leads to an empty list");
}

void alias_walk_entry(struct alias_walk *w, struct alias_entry *entry)
{
	push(w, entry, entry->address.local);
	walk_on(w);
}
