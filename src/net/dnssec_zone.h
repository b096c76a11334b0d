#ifndef NET_DNSSEC_ZONE_H
#define NET_DNSSEC_ZONE_H
/* The chain of trust: from the anchors down to the zone that a name belongs to, label by label, by
   the DS and DNSKEY records on the way. What was found of a name is kept for the run. Replies come
   from a source; where one is still to come the walk ends, to be begun again when it is there. */

#include "net/dns_index.h"
#include "net/dns_wire.h"
#include "net/dnssec_anchor.h"
#include "net/dnssec_sign.h"

/* Where replies come from. Names are as dns_name.h writes them. */
struct dnssec_source {
	void *context;
	/* The reply, NULL when it is still to come; it is asked for then. */
	const struct dns_reply *(*get)(void *context, const char *name, unsigned type);
	/* The reply is not believed: ask once more, by another way. False when that was done
	   before, and the reply stays. */
	bool (*again)(void *context, const char *name, unsigned type);
};

enum dnssec_zone_state {
	DNSSEC_ZONE_NEW,      /* nothing is known yet */
	DNSSEC_ZONE_SECURE,   /* a signed zone begins here; we have its keys */
	DNSSEC_ZONE_INSECURE, /* proven: nothing here or below can be verified */
	DNSSEC_ZONE_NO_CUT,   /* the name belongs to the zone above */
	DNSSEC_ZONE_ABSENT,   /* it does not exist, nor anything below it */
	DNSSEC_ZONE_BOGUS,
	DNSSEC_ZONE_TROUBLE,  /* a reply is not to be had */
	DNSSEC_ZONE_TIRED     /* too much work, for this question; never kept */
};

struct dnssec_zone {
	struct dns_link link; /* first: the index hands out links */
	struct dnssec_signer signer;
	const char *text;     /* the name for people and for questions */
	enum dnssec_zone_state state;
	const char *why; /* INSECURE, BOGUS, TROUBLE, TIRED: in words */
};

struct dnssec_chain {
	struct arena *arena;
	struct dnssec_source source;
	struct dnssec_anchors anchors;
	struct dnssec_clock clock;
	struct dns_index zones;
};

/* The end of a walk. */
struct dnssec_end {
	enum dnssec_zone_state state; /* SECURE, INSECURE, BOGUS, TROUBLE or TIRED */
	struct dnssec_zone *zone;     /* SECURE: the deepest zone that the name is in */
	const char *why;
};

/* To the zone that name belongs to. False: a reply is missing. */
bool dnssec_walk(struct dnssec_chain *c, struct dnssec_work *work, const uint8_t *name,
                 struct dnssec_end *end);

/* Ask at once for what a walk to name is likely to need. */
void dnssec_walk_ahead(struct dnssec_chain *c, const uint8_t *name);

void dnssec_chain_close(struct dnssec_chain *c);

#endif
