#include "net/dns_kept.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

struct entry {
	struct dns_record record;
	struct entry *next;
};

struct dns_kept_reply {
	struct dns_link link; /* first: the index hands out links */
	const char *name;
	unsigned type;
	bool no_name;
	const char *zone;
	struct entry *entries, **last;
	size_t count;
};

void dns_kept_open(struct dns_kept *kept, struct arena *a)
{
	*kept = (struct dns_kept){.arena = a};
}

static struct dns_kept_reply *reply_find(const struct dns_kept *kept, const char *name,
                                         unsigned type)
{
	struct dns_link *link = dns_index_first(&kept->replies, text_hash(name, type));

	for (; link; link = dns_index_next(link)) {
		struct dns_kept_reply *reply = (struct dns_kept_reply *)link;

		if (reply->type == type && strcmp(reply->name, name) == 0)
			return reply;
	}
	return NULL;
}

struct dns_kept_reply *dns_kept_reply(struct dns_kept *kept, const char *name, unsigned type,
                                      bool no_name, const char *zone)
{
	struct dns_kept_reply *reply;

	if (reply_find(kept, name, type))
		return NULL;
	reply = arena_get(kept->arena, sizeof *reply);
	reply->name = name;
	reply->type = type;
	reply->no_name = no_name;
	reply->zone = zone;
	reply->last = &reply->entries;
	dns_index_add(&kept->replies, &reply->link, text_hash(name, type));
	return reply;
}

bool dns_kept_add(struct dns_kept *kept, struct dns_kept_reply *reply,
                  const struct dns_record *record)
{
	struct entry *entry;

	if (reply->count == DNS_RECORD_MAX)
		return false;
	entry = arena_get(kept->arena, sizeof *entry);
	entry->record = *record;
	*reply->last = entry;
	reply->last = &entry->next;
	reply->count++;
	return true;
}

bool dns_kept_find(const struct dns_kept *kept, const char *name, unsigned type,
                   struct dns_reply *reply)
{
	const struct dns_kept_reply *found = reply_find(kept, name, type);

	if (!found)
		return false;
	*reply = (struct dns_reply){.no_name = found->no_name, .zone = found->zone};
	reply->records = arena_array(kept->arena, found->count, sizeof *reply->records);
	for (const struct entry *e = found->entries; e; e = e->next)
		reply->records[reply->count++] = e->record;
	return true;
}

static struct dns_verdict *verdict_first(const struct dns_kept *kept, const char *name)
{
	return (struct dns_verdict *)dns_index_first(&kept->verdicts, text_hash(name, 0));
}

static struct dns_verdict *verdict_next(const struct dns_verdict *verdict)
{
	return (struct dns_verdict *)dns_index_next(&verdict->link);
}

bool dns_kept_judge(struct dns_kept *kept, struct dns_verdict *verdict)
{
	const struct dns_verdict *v = verdict_first(kept, verdict->name);

	for (; v; v = verdict_next(v)) {
		if (v->type == verdict->type && v->all_below == verdict->all_below &&
		    strcmp(v->name, verdict->name) == 0)
			return false;
	}
	dns_index_add(&kept->verdicts, &verdict->link, text_hash(verdict->name, 0));
	return true;
}

/* above: the name stands above the one that is asked about. */
static const struct dns_verdict *verdict_at(const struct dns_kept *kept, const char *name,
                                            unsigned type, bool above)
{
	const struct dns_verdict *best = NULL;
	int best_weight = -1;

	for (const struct dns_verdict *v = verdict_first(kept, name); v; v = verdict_next(v)) {
		int weight = 2 * !v->all_below + (v->type != 0);

		if (strcmp(v->name, name) != 0 || (v->type && v->type != type))
			continue;
		if ((above && !v->all_below) || weight <= best_weight)
			continue;
		best = v;
		best_weight = weight;
	}
	return best;
}

const struct dns_verdict *dns_kept_verdict(const struct dns_kept *kept, const char *name,
                                           unsigned type)
{
	const struct dns_verdict *verdict = verdict_at(kept, name, type, false);

	while (!verdict && kept->verdicts.count && strcmp(name, ".") != 0) {
		const char *dot = strchr(name, '.');

		name = dot ? dot + 1 : ".";
		verdict = verdict_at(kept, name, type, true);
	}
	return verdict;
}

void dns_kept_close(struct dns_kept *kept)
{
	dns_index_free(&kept->replies);
	dns_index_free(&kept->verdicts);
}
