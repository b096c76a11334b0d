#ifndef CLI_ALIAS_FILE_H
#define CLI_ALIAS_FILE_H
/* The text of an aliases file, a virtual map or a list for :include:, as entries with what stands
   behind them. Knows what a line means, not where a name leads in the end. Private to alias*.c. */

#include "cli/alias_target.h"
#include "mail/status.h"

#include <stdbool.h>
#include <stddef.h>

enum alias_syntax {
	ALIAS_NAMES,     /* name: item, item */
	ALIAS_ADDRESSES, /* user@domain item, item; @domain item, item */
	ALIAS_LIST       /* item, item */
};

struct alias_fault {
	enum fault fault;
	const char *file;
	unsigned line;    /* 0: the file as a whole */
	const char *text; /* printable, without the place */
};

struct alias_entry {
	const struct alias_file *file;
	const char *name;       /* "bob", "*", "bob@example.org", "@example.org"; a list's path */
	struct address address; /* the same, the local part of "@example.org" being "*" */
	unsigned line;
	bool catch_all;         /* "*", "@example.org" */
	bool lost;              /* cannot be found: its name is bad, or stands there already */
	bool walked;            /* for aliases_check: what it leads to has been looked at */
	size_t first, count;    /* its targets */
};

/* The first four are set by the owner, the rest by loading it. */
struct alias_file {
	const char *path; /* NULL: there is none, and it is empty */
	enum alias_syntax syntax;
	bool must_exist;
	struct alias_file *next; /* the lists are chained */
	bool loaded;
	const char *trouble; /* why nothing could be made of it; else NULL */
	struct alias_entry *entries; /* of a list: one */
	size_t entry_count, entry_room;
	struct alias_target *targets;
	size_t target_count, target_room;
	struct alias_fault *faults; /* of lines; bad targets are not among them */
	size_t fault_count, fault_room;
	unsigned *slots; /* entry numbers from 1 on, by the hash of the name */
	size_t slot_count;
};

/* Read the file, at the first call. False: file->trouble says why. */
bool alias_file_load(struct alias_file *file, struct arena *a);

/* The same for a text that is there already. */
bool alias_file_parse(struct alias_file *file, struct arena *a, const char *text, size_t size);

/* The entry of that name whatever its case, or NULL. */
struct alias_entry *alias_file_find(const struct alias_file *file, const char *name);

/* Note what is wrong with a line; text is printable. */
void alias_file_fault(struct alias_file *file, struct arena *a, unsigned line, const char *text);

/* It has more entries than this program reads. */
bool alias_file_full(const struct alias_file *file);

/* Room for one more: items, or a larger copy of them. */
void *alias_room(struct arena *a, void *items, size_t count, size_t *room, size_t size);

/* "file:line: text" */
const char *alias_fault_text(struct arena *a, const struct alias_fault *fault);

#endif
