#include "route/exclude.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_OF_ADDRESS_MAX = 4 }; /* a zone must not make us knock at one door 64 times */

const char *exclude_unfit(const struct dns_mx *mx)
{
	struct ip ip;

	if (strcmp(mx->exchanger, ".") == 0)
		return "a null MX counts only when it is alone (RFC 7505 3)";
	if (ip_parse(mx->exchanger, &ip))
		return "an IP address, not a host name (RFC 5321 5.1)";
	if (domain_is_localhost(mx->exchanger))
		return "the name of every machine (RFC 6761 6.3)";
	if (!mx->usable)
		return "bad characters in the name";
	return NULL;
}

static int by_name(const void *left, const void *right)
{
	const struct exchanger *one = left, *other = right;
	int order = strcmp(one->name, other->name);

	if (order)
		return order;
	return one->preference < other->preference ? -1 : one->preference > other->preference;
}

static int by_preference(const void *left, const void *right)
{
	const struct exchanger *one = left, *other = right;

	if (one->preference != other->preference)
		return one->preference < other->preference ? -1 : 1;
	if (one->rank != other->rank)
		return one->rank < other->rank ? -1 : 1;
	return strcmp(one->name, other->name);
}

/* An exchanger that is named twice keeps its better preference. */
static void collapse_names(struct exchangers *list)
{
	qsort(list->items, list->count, sizeof *list->items, by_name);
	for (size_t i = 1; i < list->count; i++) {
		const struct exchanger *before = &list->items[i - 1];
		struct exchanger *e = &list->items[i];

		if (strcmp(e->name, before->name) == 0)
			exchanger_drop(e, FAULT_NONE, "named before, with a better preference");
	}
}

static bool has_our_name(const struct machine *m, const struct exchanger *e)
{
	return machine_has_name(m, e->name) || (e->four && machine_has_name(m, e->four->name)) ||
	       (e->six && machine_has_name(m, e->six->name));
}

/* In which way an exchanger is this machine, NULL when it is not. */
static const char *is_self(const struct exchangers *list, const struct exchanger *e)
{
	const struct machine *m = list->facts->machine;
	char text[IP_TEXT];

	if (has_our_name(m, e))
		return "this machine (by its name)";
	for (size_t i = 0; i < e->count; i++) {
		const struct ip *ip = &e->addresses[i].ip;

		/* Everybody has the loopback addresses: they make nobody an exchanger */
		if (!ip_is_loopback(ip) && machine_has_address(m, ip))
			return arena_printf(list->arena, "this machine (by its address %s)",
			                    ip_print(ip, text));
	}
	return NULL;
}

/* The best exchanger that is this machine; the list is in order. */
static const struct exchanger *find_self(const struct exchangers *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!list->items[i].reason && is_self(list, &list->items[i]))
			return &list->items[i];
	}
	return NULL;
}

/* RFC 5321 5.1: who finds himself among the exchangers drops himself and all that are not better,
   or mail would go in circles (A12). */
static void drop_self(struct exchangers *list)
{
	const struct exchanger *self = list->configured ? NULL : find_self(list);

	for (size_t i = 0; i < list->count && self; i++) {
		struct exchanger *e = &list->items[i];
		const char *how;

		if (e->reason || e->preference < self->preference)
			continue;
		how = is_self(list, e);
		if (!how)
			how = arena_printf(list->arena, "not better than %s, which is this machine",
			                   self->name);
		exchanger_drop(e, FAULT_LOOP, how);
	}
}

static void judge_address(const struct exchangers *list, struct exchanger_address *address)
{
	const struct facts *facts = list->facts;
	const struct ip *ip = &address->ip;

	/* Before the families are asked for, which are about reaching strangers */
	if (ip_is_loopback(ip) && (list->configured || facts->allow_loopback))
		return;
	address->reason = ip_unroutable(ip); /* A13 */
	address->fault = address->reason ? FAULT_NO_EXCHANGER : FAULT_NONE;
	/* What our own user has named may be in a network of his own, which no route of the
	   internet tells us about: there the kernel decides */
	if (address->reason || list->configured ||
	    (ip->family == AF_INET ? facts->machine->ipv4 : facts->machine->ipv6))
		return;
	/* This is our state of today and says nothing about the domain: temporary */
	address->reason = ip->family == AF_INET ? "IPv4 is not reachable from here"
	                                        : "IPv6 is not reachable from here";
	address->fault = FAULT_CONNECT;
}

static void judge_addresses(struct exchangers *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct exchanger *e = &list->items[i];

		for (size_t j = 0; j < e->count && !e->reason; j++)
			judge_address(list, &e->addresses[j]);
	}
}

/* An address and who has it; number is its place in the order of attempt. */
struct place {
	struct exchanger_address *address;
	const struct exchanger *host;
	size_t number;
};

static int by_address(const void *left, const void *right)
{
	const struct place *one = left, *other = right;
	const struct ip *a = &one->address->ip, *b = &other->address->ip;
	int order = memcmp(a->bytes, b->bytes, sizeof a->bytes);

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (order)
		return order;
	return one->number < other->number ? -1 : one->number > other->number;
}

/* All addresses that stand; returns how many. */
static size_t find_places(const struct exchangers *list, struct place *places)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct exchanger *e = &list->items[i];

		for (size_t j = 0; j < e->count && !e->reason; j++) {
			if (e->addresses[j].reason)
				continue;
			places[count] = (struct place){&e->addresses[j], e, count};
			count++;
		}
	}
	return count;
}

/* Could the other name of an address prove what the first one could not? Where less is owed to it
   it is no way around the first. */
static bool proves_more(const struct exchanger *first, const struct exchanger *other)
{
	return first != other && first->duty.tls.level >= TLS_VERIFY &&
	       other->duty.tls.level >= first->duty.tls.level;
}

/* An address is tried once, under the best of its names, and where proofs are owed to names under
   a few of them. Sorted, because 512 exchangers with 100 addresses each are too many to compare
   each with each. */
static void collapse_addresses(struct exchangers *list)
{
	struct place *places, *first;
	size_t count = 0, names = 1;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].count;
	first = places = arena_array(list->arena, count, sizeof *places);
	count = find_places(list, places);
	qsort(places, count, sizeof *places, by_address);
	for (size_t i = 1; i < count; i++) {
		struct exchanger_address *address = places[i].address;
		bool same = ip_same(&address->ip, &first->address->ip);

		names = same ? names : 0;
		if (!same || (names < NAMES_OF_ADDRESS_MAX &&
		              proves_more(first->host, places[i].host))) {
			first = &places[i];
			names++;
		} else {
			address->reason = arena_printf(list->arena, "the same address as %s",
			                               first->host->name);
		}
	}
}

static const char *why_dangling(struct arena *a, const struct exchanger *e)
{
	const struct dns_answer *four = e->four;
	bool gone = four->outcome == DNS_NO_NAME;

	if (four->outcome == DNS_LOOP)
		return four->trouble;
	if (four->alias_count)
		return arena_printf(a, "alias of %s, which %s", four->name,
		                    gone ? "does not exist" : "has no address record");
	return gone ? "the name does not exist" : "no address record";
}

/* A3 */
static void drop_dangling(struct exchangers *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct exchanger *e = &list->items[i];
		const char *trouble = exchanger_trouble(e);

		if (e->reason || exchanger_has_address(e))
			continue;
		/* The family that could not be looked up may have what the other one lacks */
		if (trouble)
			exchanger_drop(e, FAULT_DANGLING_MAYBE, trouble);
		else if (e->count == 0)
			exchanger_drop(e, FAULT_DANGLING, why_dangling(list->arena, e));
	}
}

/* RULES.md C: a host that cannot give the TLS that is owed gets no mail. */
static void judge_duties(struct exchangers *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct exchanger *e = &list->items[i];
		const struct duty_host host = {e->name, e->six, e->four};

		if (e->reason || !exchanger_has_address(e))
			continue;
		duty_find(&list->owed, &host, &e->duty);
		if (e->duty.refusal)
			exchanger_drop(e, e->duty.fault, e->duty.refusal);
	}
}

/* Go on to the next address that stands; false when there is none. */
static bool grant_next(struct exchanger *e)
{
	while (!e->reason && e->considered < e->count) {
		if (!e->addresses[e->considered++].reason)
			return e->granted = true;
	}
	return false;
}

static void drop_rest(struct exchanger *e)
{
	static const char words[] = "over the limit of 64 addresses";
	_Static_assert(ROUTE_ADDRESS_MAX == 64, "the words name the limit");

	if (e->reason || !exchanger_has_address(e))
		return;
	if (!e->granted)
		exchanger_drop(e, FAULT_NONE, words);
	for (size_t i = e->considered; i < e->count && e->granted; i++) {
		if (!e->addresses[i].reason)
			e->addresses[i].reason = words;
	}
}

/* A17: an address of every host, best hosts first, then another one of every host, up to the limit,
   so that a host with a hundred addresses does not keep the others out. */
static void limit(struct exchangers *list)
{
	size_t left = ROUTE_ADDRESS_MAX;

	for (bool more = true; more && left;) {
		more = false;
		for (size_t i = 0; i < list->count && left; i++) {
			if (!grant_next(&list->items[i]))
				continue;
			more = true;
			left--;
		}
	}
	for (size_t i = 0; i < list->count; i++)
		drop_rest(&list->items[i]);
}

void exclude_judge(struct exchangers *list)
{
	collapse_names(list);
	qsort(list->items, list->count, sizeof *list->items, by_preference);
	drop_self(list);
	judge_addresses(list);
	judge_duties(list); /* who may get no mail keeps no address from others */
	collapse_addresses(list);
	drop_dangling(list);
	limit(list);
}
