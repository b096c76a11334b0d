#ifndef CLI_ALIASES_H
#define CLI_ALIASES_H
/* Whom a recipient leads to: the aliases file for names without a domain, the virtual map for full
   addresses. Sends nothing, runs no command, writes no file.

   Both files have a name on the left and items on the right, with commas between them. A line that
   begins with a blank continues the one above; "#" opens a comment. Names have no case.

     aliases:   name: item, item       virtual:   user@domain item, item
                *: item                           @domain item, item

   An item is an address, a name (looked up again, as addresses are), \name (not looked up again),
   @domain (the same local part there), :include:/path. "*" is for names asked for that have no
   alias, and not for names on the right. A name that leads to itself is meant itself. */

#include "route/plan.h"

struct aliases;

struct aliases_want {
	const char *path;         /* the aliases file, or NULL */
	bool must_exist;          /* somebody has configured it: without it something is wrong */
	const char *virtual_path; /* or NULL */
	const char *mail_name;    /* the domain of a name without alias; NULL: it stays without */
};

struct aliases_result {
	struct address_list list;       /* duplicates included */
	const struct address **origins; /* what each was asked for as; NULL: as itself */
	struct recipient *failed;       /* those asked for of whom a part is missing */
	size_t failed_count, failed_room;
};

/* For one message: its files are read once, when they are needed first, and its recipients together
   may lead to 100,000 items. What want points to must live as long as the arena. */
struct aliases *aliases_open(struct arena *a, const struct aliases_want *want);

/* All that the addresses asked for lead to, in that order. A part that cannot be mailed to is a
   failure of the one asked for, and hinders nobody else. result is empty before; what it points to
   lives in the arena and in asked. */
void aliases_expand(struct aliases *al, const struct address_list *asked,
                    struct aliases_result *result);

/* All that is wrong in the files, "file:line: ..." each, sorted; for newaliases. Returns how
   many. */
size_t aliases_check(struct aliases *al, const char ***faults);

/* What to do when the mail name's exchanger is this very machine (FAULT_LOOP), in words. */
const char *aliases_advice(struct arena *a, const struct aliases_want *want,
                           const struct address *address);

#endif
