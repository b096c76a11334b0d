#include "net/dns_timer.h"

#include <stddef.h>

/* What is left of a round's time-out when a moment of it has passed, or the moment. */
static int64_t patience(const struct dns_timers *all, unsigned line)
{
	int64_t wait = all->timeout;

	if (line == DNS_TIMER_MOMENT)
		return all->moment;
	while (line-- > DNS_TIMER_ROUND && wait < DNS_TIMER_MAX)
		wait *= 2;
	return (wait < DNS_TIMER_MAX ? wait : DNS_TIMER_MAX) - all->moment;
}

void dns_timers_open(struct dns_timers *all, int64_t timeout, int64_t moment)
{
	int64_t wait = timeout < 1 ? 1 : timeout < DNS_TIMER_MAX ? timeout : DNS_TIMER_MAX;
	int64_t most = (wait + 1) / 2;

	*all = (struct dns_timers){.timeout = wait, .moment = moment < most ? moment : most};
}

void dns_timer_start(struct dns_timers *all, struct dns_timer *timer, unsigned line, int64_t now)
{
	if (line >= DNS_TIMER_LINES)
		line = DNS_TIMER_LINES - 1;
	dns_timer_stop(all, timer);
	struct dns_timer *before = all->last[line];
	*timer = (struct dns_timer){
		.running = true, .started = now, .line = line, .earlier = before};
	timer->ends = now + patience(all, line);
	*(before ? &before->later : &all->first[line]) = timer;
	all->last[line] = timer;
}

void dns_timer_stop(struct dns_timers *all, struct dns_timer *timer)
{
	struct dns_timer *earlier = timer->earlier, *later = timer->later;

	if (!timer->running)
		return;
	*(earlier ? &earlier->later : &all->first[timer->line]) = later;
	*(later ? &later->earlier : &all->last[timer->line]) = earlier;
	timer->running = false;
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
