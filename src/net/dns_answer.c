#include "net/dns_answer.h"

#include "base/arena.h"
#include "base/text.h"
#include "net/dns_name.h"

#include <string.h>

struct found {
	const struct dns_record *record;
};

/* The records of an answer, so far. */
struct gathered {
	struct found *found;
	size_t count;
	uint16_t *slots; /* hash table: index in found plus one, 0 for none */
	size_t slot_count; /* a power of two, above twice the records */
};

static bool same_record(const struct dns_record *a, const struct dns_record *b)
{
	if (a->preference != b->preference)
		return false;
	return a->text ? strcmp(a->text, b->text) == 0 : ip_same(&a->ip, &b->ip);
}

static uint64_t record_hash(const struct dns_record *r)
{
	char text[IP_TEXT];

	return text_hash(r->text ? r->text : ip_print(&r->ip, text), r->preference);
}

/* Add what is not there yet. */
static void gather(struct gathered *g, const struct dns_record *r)
{
	size_t slot = record_hash(r) & (g->slot_count - 1);

	for (; g->slots[slot]; slot = (slot + 1) & (g->slot_count - 1)) {
		if (same_record(g->found[g->slots[slot] - 1].record, r))
			return;
	}
	g->found[g->count++].record = r;
	g->slots[slot] = (uint16_t)g->count;
}

static void gather_all(struct arena *a, struct gathered *g, const struct dns_reply *reply,
                       const char *owner, enum dns_type type)
{
	size_t most = reply->count < DNS_RECORD_MAX ? reply->count : DNS_RECORD_MAX;

	for (g->slot_count = 1; g->slot_count <= 2 * most;)
		g->slot_count *= 2;
	g->found = arena_array(a, most, sizeof *g->found);
	g->slots = arena_array(a, g->slot_count, sizeof *g->slots);
	for (size_t i = 0; i < reply->count && g->count < most; i++) {
		const struct dns_record *r = &reply->records[i];

		if (r->type == type && strcmp(r->owner, owner) == 0)
			gather(g, r);
	}
}

static void take_mx(struct arena *a, const struct gathered *g, struct dns_answer *answer)
{
	struct dns_mx *mx = arena_array(a, g->count, sizeof *mx);

	for (size_t i = 0; i < g->count; i++) {
		mx[i].preference = g->found[i].record->preference;
		mx[i].exchanger = g->found[i].record->text;
		mx[i].usable = dns_name_usable(g->found[i].record->text);
	}
	answer->mx = mx;
}

static void take_ip(struct arena *a, const struct gathered *g, struct dns_answer *answer)
{
	struct ip *ip = arena_array(a, g->count, sizeof *ip);

	for (size_t i = 0; i < g->count; i++)
		ip[i] = g->found[i].record->ip;
	answer->ip = ip;
}

static void take_text(struct arena *a, const struct gathered *g, struct dns_answer *answer)
{
	const char **text = arena_array(a, g->count, sizeof *text);

	for (size_t i = 0; i < g->count; i++)
		text[i] = g->found[i].record->text;
	answer->txt = text;
}

static void take_tlsa(struct arena *a, const struct gathered *g, struct dns_answer *answer)
{
	struct dane_record *tlsa = arena_array(a, g->count, sizeof *tlsa);

	for (size_t i = 0; i < g->count; i++) {
		const struct dns_record *r = g->found[i].record;

		tlsa[i] = (struct dane_record){r->tlsa[0], r->tlsa[1], r->tlsa[2], r->data,
		                               r->size};
	}
	answer->tlsa = tlsa;
}

static void take_data(struct arena *a, const struct gathered *g, enum dns_type type,
                      struct dns_answer *answer)
{
	switch (type) {
	case DNS_MX: take_mx(a, g, answer); break;
	case DNS_A:
	case DNS_AAAA: take_ip(a, g, answer); break;
	case DNS_TXT:
	case DNS_PTR:
	case DNS_CNAME: take_text(a, g, answer); break;
	case DNS_TLSA: take_tlsa(a, g, answer); break;
	}
}

bool dns_answer_take(struct arena *a, const struct dns_reply *reply, const char *owner,
                     enum dns_type type, struct dns_answer *answer)
{
	struct gathered g = {.count = 0};

	gather_all(a, &g, reply, owner, type);
	if (!g.count)
		return false;
	for (size_t i = 0; i < g.count; i++) {
		if (g.found[i].record->ttl < answer->ttl)
			answer->ttl = g.found[i].record->ttl;
	}
	answer->count = g.count;
	take_data(a, &g, type, answer);
	return true;
}
