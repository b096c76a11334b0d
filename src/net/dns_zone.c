#include "net/dns_zone.h"

#include "base/arena.h"
#include "base/text.h"
#include "net/dns_name.h"

#include <stdio.h>
#include <string.h>

struct entry {
	struct dns_record record;
	struct entry *next;
};

struct spoilt {
	unsigned type;
	enum dns_misfit misfit;
	const char *words;
	struct spoilt *next;
};

struct node {
	struct dns_link link; /* first: the index hands out links */
	const char *name;
	struct entry *entries, **last;
	size_t entry_count;
	struct spoilt *spoilt;
};

static struct node *node_find(const struct dns_zone *zone, const char *name)
{
	struct dns_link *link = dns_index_first(&zone->nodes, text_hash(name, 0));

	while (link && strcmp(((struct node *)link)->name, name) != 0)
		link = dns_index_next(link);
	return (struct node *)link;
}

static struct node *node_make(struct dns_zone *zone, const char *name)
{
	struct node *node = arena_get(zone->arena, sizeof *node);

	node->name = name;
	node->last = &node->entries;
	dns_index_add(&zone->nodes, &node->link, text_hash(name, 0));
	return node;
}

/* The name without its first label; NULL for the root. */
static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	if (strcmp(name, ".") == 0)
		return NULL;
	return dot ? dot + 1 : ".";
}

/* The node of the name. Its ancestors come into being with it: RFC 4592 2.2.2, empty non-terminals
   exist. */
static struct node *node_get(struct dns_zone *zone, const char *name)
{
	struct node *node = node_find(zone, name);

	if (node)
		return node;
	node = node_make(zone, name);
	while ((name = parent_of(name)) && !node_find(zone, name))
		node_make(zone, name);
	return node;
}

/* RFC 4592 3.3.1: a name that does not exist is served by the wildcard below the closest name above
   it that does. */
static const struct node *node_serving(const struct dns_zone *zone, const char *name)
{
	const struct node *node = node_find(zone, name);
	char wildcard[DNS_NAME_TEXT + 8];

	if (node)
		return node;
	while (!node_find(zone, name))
		name = parent_of(name); /* the root is always there */
	bool root = strcmp(name, ".") == 0;
	snprintf(wildcard, sizeof wildcard, "\\042%s%s", root ? "" : ".",
	         root ? "" : name); /* 042 is "*" */
	return node_find(zone, wildcard);
}

static const char *misfit_words(struct arena *a, const struct spoilt *s, const char *name,
                                unsigned type)
{
	const char *type_name = dns_type_name(a, type);

	switch (s->misfit) {
	case DNS_IN_WORDS: return s->words;
	case DNS_SERVFAIL:
		return arena_printf(a, "facts answers SERVFAIL to %s %s", type_name, name);
	case DNS_REFUSED: return arena_printf(a, "facts answers REFUSED to %s %s", type_name, name);
	case DNS_TIMEOUT:
		return arena_printf(a, "no answer from facts to %s %s within 5 s", type_name, name);
	}
	return NULL;
}

static const char *node_trouble(struct arena *a, const struct node *node, const char *name,
                                unsigned type)
{
	const struct spoilt *s = node->spoilt;

	while (s && s->type != DNS_ANY_TYPE && s->type != type)
		s = s->next;
	return s ? misfit_words(a, s, name, type) : NULL;
}

/* Records of the type and aliases, as if the name asked for had them even where a wildcard has. */
static void copy_records(struct arena *a, const struct node *node, const char *name, unsigned type,
                         struct dns_reply *reply)
{
	reply->records = arena_array(a, node->entry_count, sizeof *reply->records);
	for (const struct entry *e = node->entries; e; e = e->next) {
		if (e->record.type != type && e->record.type != DNS_CNAME)
			continue;
		reply->records[reply->count] = e->record;
		reply->records[reply->count++].owner = name;
	}
}

void dns_zone_open(struct dns_zone *zone, struct arena *a)
{
	*zone = (struct dns_zone){.arena = a};
	node_make(zone, ".");
}

void dns_zone_add(struct dns_zone *zone, const struct dns_record *record)
{
	struct node *node = node_get(zone, record->owner);
	struct entry *entry = arena_get(zone->arena, sizeof *entry);

	entry->record = *record;
	*node->last = entry;
	node->last = &entry->next;
	node->entry_count++;
}

void dns_zone_spoil(struct dns_zone *zone, const char *name, unsigned type, enum dns_misfit misfit,
                    const char *words)
{
	struct node *node = node_get(zone, name);
	struct spoilt *spoilt = arena_get(zone->arena, sizeof *spoilt);

	*spoilt = (struct spoilt){type, misfit, words, node->spoilt};
	node->spoilt = spoilt;
}

static bool has_soa(const struct node *node)
{
	enum { TYPE_SOA = 6 };

	for (const struct entry *e = node ? node->entries : NULL; e; e = e->next) {
		if (e->record.type == TYPE_SOA)
			return true;
	}
	return false;
}

/* The nearest name above this one that has a SOA record; NULL when none has. The root denies
   top-level domains: below one that the file knows it has nothing to say. */
static const char *zone_above(const struct dns_zone *zone, const char *name)
{
	const char *above;

	for (; (above = parent_of(name)); name = above) {
		if (has_soa(node_find(zone, above)))
			return strcmp(above, ".") == 0 && node_find(zone, name) ? NULL : above;
	}
	return NULL;
}

struct dns_reply dns_zone_answer(const struct dns_zone *zone, const char *name, unsigned type)
{
	const struct node *node = node_serving(zone, name);
	struct dns_reply reply = {.no_name = !node};

	if (!node) {
		reply.zone = zone_above(zone, name);
		return reply;
	}
	reply.trouble = node_trouble(zone->arena, node, name, type);
	if (!reply.trouble)
		copy_records(zone->arena, node, name, type, &reply);
	return reply;
}

void dns_zone_close(struct dns_zone *zone)
{
	dns_index_free(&zone->nodes);
}
