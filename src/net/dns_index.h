#ifndef NET_DNS_INDEX_H
#define NET_DNS_INDEX_H
/* A hash table whose links stand inside what is found by them. It grows with its content and owns
   nothing but its array. */

#include <stddef.h>
#include <stdint.h>

/* A member of everything that is kept in an index. */
struct dns_link {
	uint64_t hash;
	struct dns_link *next;
};

/* An index of zeroes is empty and ready. */
struct dns_index {
	struct dns_head {
		struct dns_link *first;
	} *heads;
	size_t room; /* a power of two */
	size_t count;
};

/* The first link with this hash, and the one after a given link; NULL when there is none. Equal
   hashes are not equal keys: the caller compares. */
struct dns_link *dns_index_first(const struct dns_index *index, uint64_t hash);
struct dns_link *dns_index_next(const struct dns_link *link);

void dns_index_add(struct dns_index *index, struct dns_link *link, uint64_t hash);

void dns_index_free(struct dns_index *index);

#endif
