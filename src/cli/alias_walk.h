#ifndef CLI_ALIAS_WALK_H
#define CLI_ALIAS_WALK_H
/* The way from one address through the alias files to all those it leads to. Nothing recurses: the
   entries on the way are a list with a ceiling. Private to aliases.c. */

#include "cli/alias_file.h"
#include "cli/aliases.h"

enum {
	ALIAS_DEPTH_MAX = 50,     /* entries on one way; people nest five */
	ALIAS_VISITS_MAX = 100000 /* items of one message: as many as ADDRESS_LIST_MAX */
};

struct aliases {
	struct arena *arena;
	const char *mail_name;
	struct alias_file names, addresses; /* the aliases file, the virtual map */
	struct alias_file *lists;           /* what :include: named */
	size_t visits;
};

struct alias_level {
	struct alias_entry *entry;
	const char *local; /* what stands before the "@" behind "@example.org" */
	size_t next;       /* of its targets */
};

struct alias_walk {
	struct aliases *aliases;
	struct aliases_result *result; /* NULL: only faults are wanted, and each entry only once */
	const struct address *asked;
	struct alias_level levels[ALIAS_DEPTH_MAX];
	size_t depth;
	struct alias_fault *faults; /* in the order met */
	size_t fault_count, fault_room;
};

/* Add whom w->asked leads to. Nobody is added without a fault being noted. */
void alias_walk(struct alias_walk *w);

/* Find the faults behind an entry, unless it has been walked. */
void alias_walk_entry(struct alias_walk *w, struct alias_entry *entry);

void alias_walk_fault(struct alias_walk *w, const struct alias_fault *fault);

#endif
