#ifndef DELIVERY_WORK_H
#define DELIVERY_WORK_H
/* One delivery while it is carried out: whom it is still for, whom there is to try, and what is to
   be told. Private to delivery/: errand decides who is visited, visit holds the session. */

#include "delivery/deliver.h"
#include "delivery/race.h"

/* A candidate's side of a racer: which host it is, and what a first visit taught us. */
struct candidate {
	const struct route_host *host;
	char address[IP_TEXT];
	const char *tls_trouble; /* the handshake failed: the second visit is in clear */
	bool no_chunking;        /* BDAT failed: the second visit is without */
	bool visited;            /* somebody answered, and was talked to */
	bool hurried;            /* the last visit waited for the greeting only GREETING_HURRY */
	bool secured;            /* the last visit spoke TLS */
	bool again;              /* a second visit is worth it, once all others had their turn */
	bool visited_again;
	bool told;               /* that nobody answers there has been said */
};

struct work {
	struct delivery *delivery;
	const struct deliver_want *want;
	struct candidate *candidates; /* side by side with racers, in the order of the plan */
	struct racer *racers;
	size_t count;
	struct reach reach;
	struct status put_off; /* why hosts that were reached did not serve us: the first temporary
	                          reason, else the first of all */
};

/* Is another exchanger to be tried for this recipient? */
bool work_open(const struct recipient *r);

/* Open, and not put off by this very address: asked again at once it would say the same. */
bool work_due(const struct recipient *r, const struct candidate *c);

/* How many this candidate may still be asked for; NULL: how many are open at all. */
size_t work_due_count(const struct work *w, const struct candidate *c);

/* Is any of its racers in this state? */
bool work_has(const struct work *w, enum race_state state);

/* Remember why a host did not serve us. */
void work_reason(struct work *w, const struct status *reason);

/* "host [address]" for people; the address alone for a literal. */
const char *work_where(struct work *w, const char *host, const char *address);

/* Nobody will be visited any more: count the dials and give the racers back. May be called again.
   */
void work_close(struct work *w);

/* The verdict on a recipient is final. */
void work_tell(const struct work *w, const struct recipient *r);

#endif
