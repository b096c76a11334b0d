#include "net/dns_course.h"

enum { PENALTY = 30 * 1000 }; /* milliseconds for which a silent server is asked last */

/* Nobody is waited for who has let a whole time-out pass for others where there was an answer, if
   only an error. Who has been silent for a moment only may have had much to do. */
static bool is_worth_waiting(const struct dns_known *known, const struct dns_course *c)
{
	return !c->answered || !known->dead;
}

/* The first server that is left in this round and not under a penalty; else, in last_choice, the
   first one that is left and worth waiting for. -1: none. */
static int pick(const struct dns_known_servers *k, const struct dns_course *c, int64_t now,
                int *last_choice)
{
	*last_choice = -1;
	for (unsigned i = 0; i < k->count; i++) {
		unsigned server = (c->first + i) % k->count;

		if ((c->tried | c->useless) & 1u << server)
			continue;
		if (k->list[server].silent_until <= now)
			return (int)server;
		if (*last_choice < 0 && is_worth_waiting(&k->list[server], c))
			*last_choice = (int)server;
	}
	return -1;
}

void dns_known_open(struct dns_known_servers *k, const struct dns_settings *settings)
{
	*k = (struct dns_known_servers){.rotate = settings->rotate, .timeout = settings->timeout};
	for (size_t i = 0; i < settings->server_count; i++)
		k->list[k->count++].at = settings->servers[i];
	k->rounds = settings->attempts > 0 ? settings->attempts : 1;
}

struct dns_course dns_course_start(struct dns_known_servers *k)
{
	struct dns_course c = {0};

	if (k->rotate && k->count)
		c.first = k->next_first++ % k->count;
	return c;
}

bool dns_course_next(const struct dns_known_servers *k, struct dns_course *c, int64_t now)
{
	int last_choice, server = pick(k, c, now, &last_choice);

	if (server < 0)
		server = last_choice;
	if (server < 0)
		return false;
	c->server = (unsigned)server;
	c->tried |= 1u << server;
	return true;
}

bool dns_course_turn(const struct dns_known_servers *k, struct dns_course *c)
{
	c->tried = 0;
	return ++c->round < k->rounds;
}

bool dns_course_better(const struct dns_known_servers *k, const struct dns_course *c, int64_t now)
{
	int last_choice;

	return pick(k, c, now, &last_choice) >= 0;
}

void dns_known_heard(struct dns_known_servers *k, struct dns_course *c, unsigned server,
                     int64_t now)
{
	k->list[server].heard_at = now;
	k->list[server].silent_until = 0;
	k->list[server].dead = false;
	c->silent &= ~(1u << server);
}

bool dns_known_silent(struct dns_known_servers *k, struct dns_course *c, unsigned server,
                      int64_t sent_at, int64_t now)
{
	struct dns_known *known = &k->list[server];
	bool is_new = known->silent_until <= now;

	c->silent |= 1u << server;
	/* Who answered others meanwhile is not dead: this very question is slow to answer. */
	if (known->heard_at >= sent_at)
		return false;
	known->silent_until = now + PENALTY;
	known->dead |= now - sent_at >= k->timeout;
	return is_new;
}
