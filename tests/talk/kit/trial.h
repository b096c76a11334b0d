#ifndef TALK_TRIAL_H
#define TALK_TRIAL_H
/* The whole program, run in a process of its own with a crowd for its network, and what it has
   printed in JSON. */

#include "crowd.h"

#include <jansson.h>

struct trial {
	struct crowd *crowd;      /* what was dialled and said */
	json_t *routes, *results; /* the lines of these types, in order */
	int exit;                 /* 128 and more: it was killed */
};

/* words: the arguments behind the program's name, with a NULL at the end. kept: a descriptor to
   which all lines are added, or -1. */
void trial_open(struct trial *t, uint64_t seed, bool deaf, bool honest, const char *const *words,
                int kept);
/* It was killed, or a sanitizer has found something; then what it said was shown. */
bool trial_crashed(const struct trial *t);

void trial_close(struct trial *t);

#endif
