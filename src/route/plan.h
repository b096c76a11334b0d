#ifndef ROUTE_PLAN_H
#define ROUTE_PLAN_H
/* The plan: recipients gathered by domain, a route for each domain, and domains that share their
   exchangers joined into one delivery. What the dry run prints and what the delivery carries out
   are this one struct. */

#include "base/arena.h"
#include "base/deadline.h"
#include "route/route.h"

/* A recipient and what became of him. Only the worker of his delivery writes status. */
struct recipient {
	struct address address;  /* qualified */
	const char *wire;        /* for RCPT TO */
	const char *shown;       /* for people */
	const char *notify;      /* RFC 3461: "NEVER" or a list of the others; NULL. Set, like
	                            original, by who made the plan */
	const char *original;    /* "rfc822;" and xtext; NULL */
	struct status status;
};

struct plan_domain {
	const char *name;         /* A-labels, or "[192.0.2.1]" */
	const char *shown;        /* in Unicode where it was typed so */
	struct route route;
	struct recipient **recipients;
	size_t recipient_count;
	size_t delivery;          /* its number in the whole plan, from 1; 0: it has none */
};

struct delivery {
	const struct route *route;     /* of the first of its domains; the others' are the same */
	struct plan_domain **domains;
	size_t domain_count;
	size_t recipient_count;
	bool begun;                    /* it was told of before the plan was whole */
	struct arena arena;            /* texts of the verdicts; only its worker touches it */
};

struct plan {
	struct arena arena;            /* owns all of it but the addresses' texts */
	struct recipient *recipients;  /* duplicates removed (A20), in the order given */
	size_t recipient_count;
	struct plan_domain *domains;   /* in the order of first mention */
	size_t domain_count;
	struct delivery **deliveries;  /* domains whose route has class 2, in the same order */
	size_t delivery_count;
	bool whole;                    /* routes and deliveries are known */
};

/* Begin a plan: recipients and domains. All addresses are qualified (no DOMAIN_NONE); their texts
   must outlive the plan. */
void plan_open(struct plan *plan, const struct address *addresses, size_t count);

/* Who hears of a delivery while the plan is being made: one that no other domain can join any more,
   though there are others to be looked for. He may begin it in another thread, which has what that
   delivery points to for itself. */
struct plan_watch {
	void (*settled)(void *context, struct delivery *delivery);
	void *context;
};

/* Find the routes, and make the plan whole; watch may be NULL. Recipients of a domain that cannot
   be reached have their status when this returns; those of a delivery have class 0 until somebody
   carries it out. Never fails: what cannot be found out before the deadline is a verdict too. The
   plan is the same whoever watches, and in whatever order answers come. Linear in recipients and
   domains, apart from sorting. */
void plan_find(struct plan *plan, const struct facts *facts, struct deadline until,
               const struct plan_watch *watch);

void plan_free(struct plan *plan);

#endif
