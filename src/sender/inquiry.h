#ifndef SENDER_INQUIRY_H
#define SENDER_INQUIRY_H
/* The DNS as a judge sees it: he asks on although an answer is not there yet, so that all that can
   be asked for is under way at once, and he is run again from the beginning when one has come. */

#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct inquiry {
	struct dns *dns;
	struct arena *arena;
	size_t asker;
	bool waiting; /* an answer is missing: what was found is worth nothing */
};

/* The answer, or NULL with `waiting` set. */
const struct dns_answer *inquiry_ask(struct inquiry *i, const char *name, enum dns_type type);

/* The only TXT record that is one of those. count: how many there are; NULL unless it is 1. */
const char *inquiry_pick(const struct dns_answer *txt, bool (*is_one)(const char *text),
                         size_t *count);

#endif
