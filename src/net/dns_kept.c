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

static struct dns_verdict *verdict_find(const struct dns_kept *kept, const char *name,
                                        unsigned type, bool all_below)
{
	struct dns_link *link = dns_index_first(&kept->verdicts, text_hash(name, type));

	for (; link; link = dns_index_next(link)) {
		struct dns_verdict *v = (struct dns_verdict *)link;

		if (v->type == type && v->all_below == all_below && strcmp(v->name, name) == 0)
			return v;
	}
	return NULL;
}

bool dns_kept_judge(struct dns_kept *kept, struct dns_verdict *verdict)
{
	if (verdict_find(kept, verdict->name, verdict->type, verdict->all_below))
		return false;
	dns_index_add(&kept->verdicts, &verdict->link, text_hash(verdict->name, verdict->type));
	return true;
}

/* What is said of this type, else of any. */
static const struct dns_verdict *verdict_at(const struct dns_kept *kept, const char *name,
                                            unsigned type, bool all_below)
{
	const struct dns_verdict *v = verdict_find(kept, name, type, all_below);

	return v ? v : verdict_find(kept, name, 0, all_below);
}

const struct dns_verdict *dns_kept_verdict(const struct dns_kept *kept, const char *name,
                                           unsigned type)
{
	const struct dns_verdict *verdict = verdict_at(kept, name, type, false);

	while (!verdict && kept->verdicts.count) {
		verdict = verdict_at(kept, name, type, true);
		if (strcmp(name, ".") == 0)
			break;
		const char *dot = strchr(name, '.');
		name = dot ? dot + 1 : ".";
	}
	return verdict;
}

void dns_kept_close(struct dns_kept *kept)
{
	dns_index_free(&kept->replies);
	dns_index_free(&kept->verdicts);
}
