#include "delivery/reach.h"

#include "route/route.h"

#include <string.h>

/* As far as one provider's network may go: a /16 of IPv4, a /32 of IPv6. */
static bool same_network(const struct ip *one, const struct ip *other)
{
	return one->family == other->family &&
	       !memcmp(one->bytes, other->bytes, one->family == AF_INET ? 2 : 4);
}

static void count_silent(struct reach *reach, const struct ip *ip)
{
	if (!reach->silent++)
		reach->first = *ip;
	else if (!same_network(&reach->first, ip))
		reach->networks = true;
}

static bool was_silent(const struct racer *r)
{
	if (r->state == RACE_FAILED)
		return r->trouble && r->dial.cause == DIAL_SILENT;
	return r->state == RACE_IDLE && r->ended - r->begun >= REACH_SILENT;
}

static void count_one(struct reach *reach, const struct racer *r)
{
	bool failed = r->state == RACE_FAILED && r->trouble;

	if (r->stood)
		reach->up++;
	else if (was_silent(r) && r->port == SMTP_PORT)
		count_silent(reach, &r->ip);
	else if (failed && r->dial.cause == DIAL_FORBIDDEN)
		reach->forbidden++;
	else if (failed && r->dial.cause == DIAL_UNREACHABLE)
		reach->unreachable[r->ip.family == AF_INET6]++;
	else if (failed)
		reach->other++;
}

void reach_count(struct reach *reach, const struct racer *racers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		count_one(reach, &racers[i]);
	reach->domains += reach->silent > 0;
}

void reach_join(struct reach *reach, const struct reach *other)
{
	bool known = other->silent && reach->silent && ip_same(&reach->first, &other->first);

	if (other->silent && reach->silent)
		reach->networks |= !same_network(&reach->first, &other->first);
	else if (other->silent)
		reach->first = other->first;
	reach->up += other->up;
	reach->silent += other->silent;
	reach->forbidden += other->forbidden;
	reach->unreachable[0] += other->unreachable[0];
	reach->unreachable[1] += other->unreachable[1];
	reach->other += other->other;
	/* One dead server is no more than that, however many domains have it. */
	reach->domains += known ? 0 : other->domains;
	reach->networks |= other->networks;
}
