#ifndef CLI_PROBE_SHARE_H
#define CLI_PROBE_SHARE_H
/* Notes about the hosts of a route, so told that nothing is said twice: what is true of several
   hosts once for all of them, and what is true of some addresses only with these. */

#include <stddef.h>
#include <stdint.h>

#include "route/route.h"

struct arena;
struct buf;

enum { PROBE_SHARE_MAX = 1000 }; /* different notes; hostile servers have more */

struct probe_share {
	struct arena *a;
	const struct route *route;
	struct probe_share_note *notes;
	size_t count, room;
	uint64_t seen[ROUTE_ADDRESS_MAX]; /* addresses of each host that were visited: bit i is the
	                                     i-th of the route */
};

/* This address, by its place among all of the route, was visited; it is one of this host's. */
void probe_share_visit(struct probe_share *s, size_t host, size_t address);

/* This is true of it. text is kept as it is. */
void probe_share_add(struct probe_share *s, size_t address, const char *text);

/* What is true of this host and of no other one, a line each. */
void probe_share_host(const struct probe_share *s, struct buf *b, size_t host);

/* What is true of several, below their names. */
void probe_share_all(const struct probe_share *s, struct buf *b);

#endif
