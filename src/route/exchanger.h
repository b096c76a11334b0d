#ifndef ROUTE_EXCHANGER_H
#define ROUTE_EXCHANGER_H
/* The exchangers of one route on their way from names to hosts. Knows nothing of how they were
   found, nor of what speaks against one: that is exclude.h. */

#include "route/route.h"

struct exchanger_address {
	struct ip ip;
	const char *reason; /* why it is left out; NULL: it stands */
	enum fault fault;
};

struct exchanger {
	const char *name; /* or "[192.0.2.1]" */
	unsigned preference;
	uint64_t rank;                       /* order among equal preferences */
	const struct dns_answer *six, *four; /* AAAA and A; NULL when it was not to be looked up */
	struct exchanger_address *addresses; /* all that it has, in the order of attempt */
	size_t count;
	size_t considered;  /* addresses before this one that have no reason are tried */
	bool granted;       /* at least one of them is */
	struct duty duty;   /* the TLS that is owed, where it is not left out for other reasons */
	const char *reason; /* why the exchanger as a whole is left out; NULL: it stands */
	enum fault fault;   /* what that means for the domain when nothing is left */
};

struct exchangers {
	const struct facts *facts;
	struct arena *arena;
	size_t asker;
	bool configured; /* named by our own user: may be this machine, and on a loopback address */
	struct duty_case owed; /* what all of them have in common when it comes to TLS */
	const char *names[2];  /* that the case points to */
	struct exchanger *items;
	size_t count;
};

/* Are the A and AAAA records of a host there, and what else is to be known before it can be judged?
   Asks for all of it at once where it can: what counts is round trips, not questions. */
bool exchangers_ask(const struct exchangers *list, const char *name);

/* Once that is there: does it take the domain's MTA-STS policy, too? */
bool exchangers_want_policy(const struct exchangers *list, const char *name);

/* Room for so many. Then add: a name whose A and AAAA are answered already; an address; a name that
   is left out from the start. */
void exchangers_begin(struct exchangers *list, size_t most);
void exchangers_add(struct exchangers *list, const char *name, unsigned preference);
void exchangers_add_address(struct exchangers *list, const char *name, const struct ip *ip);
void exchangers_add_unfit(struct exchangers *list, const char *name, unsigned preference,
                          const char *reason);

/* Leave an exchanger out. */
void exchanger_drop(struct exchanger *e, enum fault fault, const char *reason);

/* Is there an address that stands? */
bool exchanger_has_address(const struct exchanger *e);

/* Why one of the two families is not known, in words; NULL when both are. */
const char *exchanger_trouble(const struct exchanger *e);

/* Those that stand become the route's hosts, the others its excluded. */
void exchangers_write(const struct exchangers *list, struct route *route);

/* When no host is left: what that means for the domain. */
enum fault exchangers_fault(const struct exchangers *list);

#endif
