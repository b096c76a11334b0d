#ifndef CLI_PLAN_HOSTS_H
#define CLI_PLAN_HOSTS_H
/* The hosts of a route as a table for a terminal: those to be tried, the TLS that they are owed,
   and those that are left out. */

#include "route/route.h"

struct buf;

/* Side by side where 80 columns have room for it, else the addresses below their host. Nothing when
   there is no host. */
void plan_hosts(struct buf *b, const struct route *route, bool colour);

/* Which TLS they are owed and why; hosts that are owed the same in one line. */
void plan_hosts_tls(struct buf *b, const struct route *route);

/* What is left out, each with its reason; many with the same reason in one list. */
void plan_hosts_left_out(struct buf *b, const struct route *route, bool colour);

/* A line of the block: "  label     text", wrapped at the screen's end. */
void plan_hosts_line(struct buf *b, const char *label, const char *text);

#endif
