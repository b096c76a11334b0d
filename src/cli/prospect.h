#ifndef CLI_PROSPECT_H
#define CLI_PROSPECT_H
/* What a delivery would do with a route, in words: whom it would dial when, as delivery/race.h
   decides, and what it would be called if nobody answered. All routes have hosts. */

#include "route/route.h"

struct arena;

/* Hosts of the same preference, in the order of attempt. */
struct prospect_tier {
	size_t from, to; /* hosts from..to-1 of the route */
	size_t addresses;
};

/* The tier that begins with this host. */
struct prospect_tier prospect_tier(const struct route *route, size_t from);

/* "try mx1.example.org", "race mx1.example.org and mx2.example.org, 200 ms apart", "race 5 hosts (6
   addresses), 200 ms apart" */
const char *prospect_step(struct arena *a, const struct route *route,
                          const struct prospect_tier *tier);

/* How the tiers of a route that has several follow each other, to stand before their list. */
const char *prospect_order(struct arena *a, const struct route *route);

/* Milliseconds until the last dial is given up if nobody ever answers: no race takes longer. */
int64_t prospect_patience(const struct route *route);

/* "If nobody answers within 30 s: 4.4.1, exit status 75" */
const char *prospect_silence(struct arena *a, const struct route *route);

/* "mx1.example.org", with a port that is not SMTP's "mx1.example.org:2525". */
const char *prospect_host(struct arena *a, const struct route_host *host);

#endif
