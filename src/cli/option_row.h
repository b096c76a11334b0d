#ifndef CLI_OPTION_ROW_H
#define CLI_OPTION_ROW_H
/* The table of options: what each is called, what may follow it, what it sets, and how --help
   explains it. Private to option*.c. */

#include "cli/options.h"

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_NEEDED, /* -fX, -f X; --facts=X, --facts X */
	ARGUMENT_GLUED,  /* only what is glued on, which may be nothing: -q30m; --dry-run=tls */
	ARGUMENT_JOINED  /* the next letter is part of the name, even as a word: -o i is -oi */
};

struct option_row;

/* An option as it was found. */
struct option_given {
	struct options *options;
	struct arena *arena;
	const struct option_row *row;
	const char *value; /* "" where the row takes none */
	const char *why;   /* set by a setter that says no */
};

struct option_row {
	const char *name;    /* letters as typed after "-", or "--long" */
	enum argument argument;
	int choice;          /* set_task: which */
	bool (*set)(struct option_given *g);
	size_t target;       /* set_flag, set_text: offset in struct options */
	const char *word;    /* set_setting: the key; refuse: the end of the sentence */
	const char *value;   /* how --help writes the argument */
	const char *help;
};

/* All that real callers and the sendmails of this world know. The longest name that the letters
   begin with is meant. */
extern const struct option_row option_rows[];
extern const size_t option_row_count;

/* "-" for letters, nothing for a long name, which has its own. */
const char *option_dashes(const struct option_row *row);

/* For a setter, or on its behalf: why becomes "-x SENTENCE". Returns false. */
bool option_refuse(struct option_given *g, const char *sentence);

/* Is it one of the options that are there to be refused? */
bool option_is_refused(const struct option_row *row);

#endif
