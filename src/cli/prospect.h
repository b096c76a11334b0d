#ifndef CLI_PROSPECT_H
#define CLI_PROSPECT_H
/* What a delivery would do with a route, in a sentence: whom it would dial when, as
   delivery/race.h decides, and what it would be called if nobody answered. */

#include "route/route.h"

struct arena;

/* "race mx1.example.org and mx2.example.org, 250 ms apart; then try mx3.example.org after 3 s of
   silence, or at once when they have failed. ..." To stand behind "would"; the route has hosts. */
const char *prospect_words(struct arena *a, const struct route *route);

/* "mx1.example.org", with a port that is not SMTP's "mx1.example.org:2525". */
const char *prospect_host(struct arena *a, const struct route_host *host);

#endif
