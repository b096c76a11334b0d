#include "net/dns_timer.h"

#include <stddef.h>

static int64_t patience(const struct dns_timers *all, unsigned line)
{
	int64_t wait = all->timeout;

	while (line-- > 0 && wait < DNS_TIMER_MAX)
		wait *= 2;
	return wait < DNS_TIMER_MAX ? wait : DNS_TIMER_MAX;
}

void dns_timer_start(struct dns_timers *all, struct dns_timer *timer, unsigned round, int64_t now)
{
	unsigned line = round < DNS_TIMER_LINES ? round : DNS_TIMER_LINES - 1;
	struct dns_timer *before = all->last[line];

	*timer = (struct dns_timer){.started = now, .line = line, .earlier = before};
	timer->ends = now + patience(all, line);
	*(before ? &before->later : &all->first[line]) = timer;
	all->last[line] = timer;
}

void dns_timer_stop(struct dns_timers *all, struct dns_timer *timer)
{
	struct dns_timer *earlier = timer->earlier, *later = timer->later;

	*(earlier ? &earlier->later : &all->first[timer->line]) = later;
	*(later ? &later->earlier : &all->last[timer->line]) = earlier;
}

int64_t dns_timers_end(const struct dns_timers *all)
{
	int64_t end = INT64_MAX;

	for (size_t i = 0; i < DNS_TIMER_LINES; i++) {
		if (all->first[i] && all->first[i]->ends < end)
			end = all->first[i]->ends;
	}
	return end;
}

struct dns_timer *dns_timers_over(const struct dns_timers *all, int64_t now)
{
	for (size_t i = 0; i < DNS_TIMER_LINES; i++) {
		if (all->first[i] && all->first[i]->ends <= now)
			return all->first[i];
	}
	return NULL;
}
