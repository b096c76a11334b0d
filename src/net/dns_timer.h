#ifndef NET_DNS_TIMER_H
#define NET_DNS_TIMER_H
/* Time-outs of attempts, which double from round to round. Attempts of one round wait equally long
   and so stand in line in the order in which their time ends: nobody has to be sorted in, and each
   call costs the same however many wait. */

#include <stdint.h>

enum {
	DNS_TIMER_LINES = 16, /* rounds with a time-out of their own; later ones share the last */
	DNS_TIMER_MAX = 60 * 1000 /* milliseconds, however often the time was doubled */
};

struct dns_timer {
	int64_t started, ends;
	unsigned line;
	struct dns_timer *earlier, *later;
};

/* Zeroes but for the time-out of the first round, which is above 0. */
struct dns_timers {
	int64_t timeout; /* milliseconds */
	struct dns_timer *first[DNS_TIMER_LINES], *last[DNS_TIMER_LINES];
};

void dns_timer_start(struct dns_timers *all, struct dns_timer *timer, unsigned round, int64_t now);
void dns_timer_stop(struct dns_timers *all, struct dns_timer *timer);

/* The moment at which the next timer ends; INT64_MAX when none is running. */
int64_t dns_timers_end(const struct dns_timers *all);

/* A timer whose time is over, or NULL. It is still running. */
struct dns_timer *dns_timers_over(const struct dns_timers *all, int64_t now);

#endif
