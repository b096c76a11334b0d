#include "route/plan_index.h"

void plan_index_begin(struct plan_index *index, struct arena *a, size_t most)
{
	size_t room = 8;

	while (room < 2 * most)
		room *= 2;
	index->slots = arena_array(a, room, sizeof *index->slots);
	index->mask = room - 1;
}

size_t plan_index_enter(struct plan_index *index, uint64_t hash, size_t number,
                        const struct plan *plan, plan_same *same)
{
	size_t i = hash & index->mask;

	for (; index->slots[i].number; i = (i + 1) & index->mask) {
		size_t before = index->slots[i].number - 1;

		if (index->slots[i].hash == hash && same(plan, before, number))
			return before;
	}
	index->slots[i] = (struct plan_slot){hash, number + 1};
	return number;
}
