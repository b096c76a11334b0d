#include "net/dns_index.h"

#include "base/memory.h"

#include <stdlib.h>

enum { ROOM_FIRST = 64 };

static struct dns_link *same_hash(struct dns_link *link, uint64_t hash)
{
	while (link && link->hash != hash)
		link = link->next;
	return link;
}

static void put(struct dns_index *index, struct dns_link *link)
{
	struct dns_head *head = &index->heads[link->hash & (index->room - 1)];

	link->next = head->first;
	head->first = link;
}

static void grow(struct dns_index *index)
{
	struct dns_index larger = {.room = index->room ? 2 * index->room : ROOM_FIRST};

	larger.heads = memory_get(larger.room, sizeof *larger.heads);
	larger.count = index->count;
	for (size_t i = 0; i < index->room; i++) {
		for (struct dns_link *link = index->heads[i].first, *next; link; link = next) {
			next = link->next;
			put(&larger, link);
		}
	}
	free(index->heads);
	*index = larger;
}

struct dns_link *dns_index_first(const struct dns_index *index, uint64_t hash)
{
	if (!index->room)
		return NULL;
	return same_hash(index->heads[hash & (index->room - 1)].first, hash);
}

struct dns_link *dns_index_next(const struct dns_link *link)
{
	return same_hash(link->next, link->hash);
}

void dns_index_add(struct dns_index *index, struct dns_link *link, uint64_t hash)
{
	if (index->count >= index->room)
		grow(index);
	link->hash = hash;
	put(index, link);
	index->count++;
}

void dns_index_free(struct dns_index *index)
{
	free(index->heads);
	*index = (struct dns_index){0};
}
