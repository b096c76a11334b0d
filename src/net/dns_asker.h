#ifndef NET_DNS_ASKER_H
#define NET_DNS_ASKER_H
/* Who waits for which question, and whose turn it is. An asker is a number of the caller's. Whoever
   asks often is noted once for each question, and named once however many of his questions were
   answered meanwhile. */

#include "net/dns_index.h"

#include <stdbool.h>

struct arena;

struct dns_asker;
struct dns_waiting;

/* Those who wait for one question; zeroes are nobody. */
struct dns_crowd {
	struct dns_waiting *first;
};

/* All askers of a run. */
struct dns_askers {
	struct arena *arena;
	struct dns_index askers;
	struct dns_index waits;
	struct dns_asker *ready, *last_ready;
};

void dns_askers_open(struct dns_askers *all, struct arena *a);

/* The asker waits in this crowd. */
void dns_askers_add(struct dns_askers *all, struct dns_crowd *crowd, size_t asker);

/* What they waited for has come: each of them is ready to be named. */
void dns_askers_wake(struct dns_askers *all, struct dns_crowd *crowd);

/* The next who is ready; false when nobody is. */
bool dns_askers_next(struct dns_askers *all, size_t *asker);

void dns_askers_close(struct dns_askers *all);

#endif
