#ifndef NET_DNS_TIMER_H
#define NET_DNS_TIMER_H
/* How long questions wait: a moment for a server before another one is asked beside it, and, when
   all were asked, the rest of the round's time-out, which doubles from round to round. Those who
   wait for the same thing wait equally long and so stand in line in the order in which their time
   ends: nobody has to be sorted in, and each call costs the same however many wait. */

#include <stdbool.h>
#include <stdint.h>

enum {
	DNS_TIMER_MOMENT = 0, /* the line of those who will ask another server soon */
	DNS_TIMER_ROUND = 1,  /* the first round's; the next ones follow */
	DNS_TIMER_LINES = 16, /* later rounds share the last */
	DNS_TIMER_MAX = 60 * 1000 /* milliseconds, however often the time was doubled */
};

/* Zeroes: not running. */
struct dns_timer {
	bool running;
	int64_t started, ends;
	unsigned line;
	struct dns_timer *earlier, *later;
};

struct dns_timers {
	int64_t timeout; /* milliseconds */
	int64_t moment;
	struct dns_timer *first[DNS_TIMER_LINES], *last[DNS_TIMER_LINES];
};

/* Milliseconds. A moment is at most half of the time-out of the first round. */
void dns_timers_open(struct dns_timers *all, int64_t timeout, int64_t moment);

/* It may be running: then it begins anew. */
void dns_timer_start(struct dns_timers *all, struct dns_timer *timer, unsigned line, int64_t now);
void dns_timer_stop(struct dns_timers *all, struct dns_timer *timer);

/* The moment at which the next timer ends; INT64_MAX when none is running. */
int64_t dns_timers_end(const struct dns_timers *all);

/* A timer whose time is over, or NULL. It is still running. */
struct dns_timer *dns_timers_over(const struct dns_timers *all, int64_t now);

#endif
