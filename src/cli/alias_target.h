#ifndef CLI_ALIAS_TARGET_H
#define CLI_ALIAS_TARGET_H
/* One item of the right side of an alias: whom it leads to, or in words why to nobody. Knows
   nothing of lines and files. Private to alias*.c. */

#include "mail/address.h"

struct arena;

enum alias_kind {
	ALIAS_ADDRESS, /* bob, bob@example.org: may have an alias itself */
	ALIAS_FINAL,   /* \bob: has none */
	ALIAS_DOMAIN,  /* @example.org: the same local part there */
	ALIAS_INCLUDE, /* :include:/path: the addresses in that file */
	ALIAS_BAD
};

struct alias_target {
	enum alias_kind kind;
	unsigned line;
	struct address address; /* ALIAS_DOMAIN: its local part means nothing */
	const char *text;       /* ALIAS_INCLUDE: the path. ALIAS_BAD: what is wrong, printable */
};

/* Read an item without the blanks around it; line is left alone. */
void alias_target_parse(struct alias_target *out, struct arena *a, const char *text);

#endif
