#ifndef CLI_PROBE_TEXT_H
#define CLI_PROBE_TEXT_H
/* What a probe has found, at a glance: visits are kept in words as they are told, and at the end
   there is a block for each delivery, with a row for each address in the order of the plan. */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "delivery/deliver.h"

struct buf;

struct probe_text {
	struct arena arena; /* owns what is kept */
	struct probe_visit *visits;
	size_t count, room;
	bool sorted;
};

/* now: seconds since 1970, by which certificates are judged. */
void probe_text_keep(struct probe_text *p, const struct deliver_attempt *attempt, int64_t now);

/* stop_after: how far the probe went. */
void probe_text_block(struct probe_text *p, struct buf *b, const struct delivery *delivery,
                      enum stage stop_after);

enum probe_sight {
	PROBE_UNSEEN, /* the run ended before it was known */
	PROBE_DEAD,
	PROBE_WORKS   /* it served us, if only in clear */
};

/* How this address of a host of the delivery looked. */
enum probe_sight probe_text_sight(struct probe_text *p, const struct delivery *d,
                                  const struct route_host *host, const struct ip *ip);

/* Is it a server that would take the mail without TLS whose verdict this is? */
bool probe_text_in_clear(struct probe_text *p, const struct status *s);

void probe_text_free(struct probe_text *p);

#endif
