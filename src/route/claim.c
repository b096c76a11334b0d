#include "route/claim.h"

#include "base/arena.h"
#include "base/text.h"

struct claim {
	struct dns_link link; /* first: the index hands out links */
	const char *name;
	struct claimant *first, *last;
	size_t open; /* made, and the route not found yet; one route may make several */
};

/* The names in turn; NULL at the end. */
static const char *name_of(const struct route *route, size_t number)
{
	if (route->mx)
		return number < route->mx->count ? route->mx->mx[number].exchanger : NULL;
	return number ? NULL : route->only;
}

static struct claim *claim_find(const struct claims *claims, const char *name)
{
	struct dns_link *l = dns_index_first(&claims->names, text_hash(name, 0));

	while (l && !text_same(((struct claim *)l)->name, name))
		l = dns_index_next(l);
	return (struct claim *)l;
}

static struct claim *claim_get(struct claims *claims, struct arena *a, const char *name)
{
	struct claim *claim = claim_find(claims, name);

	if (claim)
		return claim;
	claim = arena_get(a, sizeof *claim);
	claim->name = name;
	dns_index_add(&claims->names, &claim->link, text_hash(name, 0));
	return claim;
}

static void claim_make(struct claim *claim, struct arena *a, size_t number)
{
	struct claimant *new;

	claim->open++;
	if (claim->last && claim->last->number == number)
		return;
	new = arena_get(a, sizeof *new);
	new->number = number;
	*(claim->last ? &claim->last->next : &claim->first) = new;
	claim->last = new;
}

bool claim_known(const struct route *route)
{
	return route->mx || route->only || route->status.class;
}

void claims_add(struct claims *claims, struct arena *a, const struct route *route, size_t number)
{
	const char *name;

	for (size_t i = 0; (name = name_of(route, i)); i++)
		claim_make(claim_get(claims, a, name), a, number);
}

void claims_found(struct claims *claims, const struct route *route,
                  void (*settled)(void *context, const char *name, const struct claimant *first),
                  void *context)
{
	const char *name;

	for (size_t i = 0; (name = name_of(route, i)); i++) {
		struct claim *claim = claim_find(claims, name);

		if (--claim->open == 0)
			settled(context, claim->name, claim->first);
	}
}

void claims_free(struct claims *claims)
{
	dns_index_free(&claims->names);
}
