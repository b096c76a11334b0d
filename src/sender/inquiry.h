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

/* The only TXT record whose first word is that version: "v=spf1", "v=DMARC1". count: how many there
   are; NULL unless it is 1. The character behind the version must be one of ends, or the text's
   end. */
const char *inquiry_pick(const struct dns_answer *txt, const char *version, const char *ends,
                         size_t *count);

#endif
