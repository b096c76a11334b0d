#include "net/dns_asker.h"

#include "base/arena.h"

struct dns_asker {
	struct dns_link link; /* first, as in all that an index here holds */
	size_t number;
	bool is_ready;
	struct dns_asker *next_ready;
};

struct dns_waiting {
	struct dns_link link;
	const struct dns_crowd *crowd;
	struct dns_asker *asker;
	struct dns_waiting *next;
};

static uint64_t number_hash(uint64_t number)
{
	number = (number ^ number >> 32) * 0x9e3779b97f4a7c15u;
	return number ^ number >> 29;
}

static struct dns_asker *asker_get(struct dns_askers *all, size_t number)
{
	uint64_t hash = number_hash(number);

	for (struct dns_link *l = dns_index_first(&all->askers, hash); l; l = dns_index_next(l)) {
		if (((struct dns_asker *)l)->number == number)
			return (struct dns_asker *)l;
	}
	struct dns_asker *asker = arena_get(all->arena, sizeof *asker);
	asker->number = number;
	dns_index_add(&all->askers, &asker->link, hash);
	return asker;
}

static void make_ready(struct dns_askers *all, struct dns_asker *asker)
{
	if (asker->is_ready)
		return;
	asker->is_ready = true;
	asker->next_ready = NULL;
	*(all->ready ? &all->last_ready->next_ready : &all->ready) = asker;
	all->last_ready = asker;
}

void dns_askers_open(struct dns_askers *all, struct arena *a)
{
	*all = (struct dns_askers){.arena = a};
}

void dns_askers_add(struct dns_askers *all, struct dns_crowd *crowd, size_t asker)
{
	uint64_t hash = number_hash((uintptr_t)crowd ^ number_hash(asker));

	for (struct dns_link *l = dns_index_first(&all->waits, hash); l; l = dns_index_next(l)) {
		struct dns_waiting *known = (struct dns_waiting *)l;

		if (known->crowd == crowd && known->asker->number == asker)
			return;
	}
	struct dns_waiting *waiting = arena_get(all->arena, sizeof *waiting);
	waiting->crowd = crowd;
	waiting->asker = asker_get(all, asker);
	waiting->next = crowd->first;
	crowd->first = waiting;
	dns_index_add(&all->waits, &waiting->link, hash);
}

void dns_askers_wake(struct dns_askers *all, struct dns_crowd *crowd)
{
	for (struct dns_waiting *w = crowd->first; w; w = w->next)
		make_ready(all, w->asker);
	crowd->first = NULL;
}

bool dns_askers_next(struct dns_askers *all, size_t *asker)
{
	struct dns_asker *next = all->ready;

	if (!next)
		return false;
	next->is_ready = false;
	all->ready = next->next_ready;
	*asker = next->number;
	return true;
}

void dns_askers_close(struct dns_askers *all)
{
	dns_index_free(&all->askers);
	dns_index_free(&all->waits);
}
