#ifndef ROUTE_PLAN_INDEX_H
#define ROUTE_PLAN_INDEX_H
/* Parts of a plan, by number, found again by what they stand for. Private to the plan. */

#include "route/plan.h"

/* Do these two parts stand for the same? */
typedef bool plan_same(const struct plan *plan, size_t one, size_t other);

/* Open addressing, at most half full. */
struct plan_index {
	struct plan_slot {
		uint64_t hash;
		size_t number; /* from 1; 0: free */
	} *slots;
	size_t mask;
};

/* Room for so many in the arena. */
void plan_index_begin(struct plan_index *index, struct arena *a, size_t most);

/* The number entered before that stands for the same, or number itself, now entered. */
size_t plan_index_enter(struct plan_index *index, uint64_t hash, size_t number,
                        const struct plan *plan, plan_same *same);

#endif
