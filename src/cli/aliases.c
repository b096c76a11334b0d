#include "cli/aliases.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/alias_walk.h"

struct aliases *aliases_open(struct arena *a, const struct aliases_want *want)
{
	struct aliases *al = arena_get(a, sizeof *al);

	*al = (struct aliases){
		.arena = a,
		.mail_name = want->mail_name,
		.names = {
			.path = want->path,
			.syntax = ALIAS_NAMES,
			.must_exist = want->must_exist,
		},
		.addresses = {
			.path = want->virtual_path,
			.syntax = ALIAS_ADDRESSES,
			.must_exist = true,
		},
	};
	return al;
}

/* One line for a recipient, whatever number of faults he met: newaliases tells the others. */
static void fail(struct aliases *al, struct aliases_result *result, const struct alias_walk *w)
{
	const struct alias_fault *fault = &w->faults[0];
	struct arena *a = al->arena;
	const char *text = alias_fault_text(a, fault);

	result->failed = alias_room(a, result->failed, result->failed_count, &result->failed_room,
	                            sizeof *result->failed);
	result->failed[result->failed_count++] = (struct recipient){
		.address = *w->asked,
		.wire = address_wire(a, w->asked),
		.shown = address_shown(a, w->asked),
		.status = status_of(fault->fault, STAGE_ROUTE, a, "%s%s", text,
		                    w->fault_count > 1 ? " (and more: see newaliases)" : ""),
	};
}

void aliases_expand(struct aliases *al, const struct address_list *asked,
                    struct aliases_result *result)
{
	*result = (struct aliases_result){0};
	for (size_t i = 0; i < asked->count; i++) {
		struct alias_walk w = {
			.aliases = al,
			.result = result,
			.asked = &asked->items[i],
		};

		alias_walk(&w);
		if (w.fault_count)
			fail(al, result, &w);
	}
}

static void check_file(struct alias_walk *w, struct alias_file *file)
{
	struct alias_fault trouble = {.file = file->path};

	if (!alias_file_load(file, w->aliases->arena)) {
		trouble.text = file->trouble;
		alias_walk_fault(w, &trouble);
		return;
	}
	for (size_t i = 0; i < file->fault_count; i++)
		alias_walk_fault(w, &file->faults[i]);
	for (size_t i = 0; i < file->entry_count; i++)
		alias_walk_entry(w, &file->entries[i]);
}

static int compare(const void *one, const void *other)
{
	const struct alias_fault *a = one, *b = other;
	int order = strcmp(a->file, b->file);

	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	return order ? order : strcmp(a->text, b->text);
}

size_t aliases_check(struct aliases *al, const char ***faults)
{
	struct alias_walk w = {.aliases = al};
	size_t count = 0;

	check_file(&w, &al->names);
	check_file(&w, &al->addresses);
	if (w.fault_count)
		qsort(w.faults, w.fault_count, sizeof *w.faults, compare);
	*faults = arena_array(al->arena, w.fault_count, sizeof **faults);
	for (size_t i = 0; i < w.fault_count; i++) {
		if (!i || compare(&w.faults[i - 1], &w.faults[i]))
			(*faults)[count++] = alias_fault_text(al->arena, &w.faults[i]);
	}
	return count;
}

const char *aliases_advice(struct arena *a, const struct aliases_want *want,
                           const struct address *address)
{
	const char *path = want->path ? want->path : "/etc/aliases";
	const char *map = want->virtual_path ? want->virtual_path : "the virtual map";

	return arena_printf(a, "mail to %s comes back to this machine, which keeps no mailboxes: "
	                       "say where it goes, with \"%s: ADDRESS\" in %s (for %s without a "
	                       "domain) or \"%s ADDRESS\" in %s", address->shown, address->local,
	                    text_clean(a, path, strlen(path)), address->local,
	                    address_shown(a, address), text_clean(a, map, strlen(map)));
}
