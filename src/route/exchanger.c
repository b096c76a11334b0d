#include "route/exchanger.h"

#include "base/arena.h"
#include "base/text.h"

static struct duty_host host_of(const struct exchangers *list, const char *name)
{
	return (struct duty_host){
		.name = name,
		.six = dns_get(list->facts->dns, name, DNS_AAAA, list->asker),
		.four = dns_get(list->facts->dns, name, DNS_A, list->asker),
	};
}

bool exchangers_ask(const struct exchangers *list, const char *name)
{
	const struct duty_host host = host_of(list, name);

	return host.six && host.four && duty_ask(&list->owed, &host);
}

bool exchangers_want_policy(const struct exchangers *list, const char *name)
{
	const struct duty_host host = host_of(list, name);

	return duty_wants_policy(&list->owed, &host);
}

void exchangers_begin(struct exchangers *list, size_t most)
{
	list->items = arena_array(list->arena, most, sizeof *list->items);
	list->count = 0;
}

static struct exchanger *add(struct exchangers *list, const char *name, unsigned preference)
{
	struct exchanger *e = &list->items[list->count++];

	/* Seed and name only: the same exchangers get the same order, hence one delivery (A18) */
	*e = (struct exchanger){
		.name = name,
		.preference = preference,
		.rank = text_hash(name, list->facts->seed),
	};
	return e;
}

void exchangers_add(struct exchangers *list, const char *name, unsigned preference)
{
	struct exchanger *e = add(list, name, preference);

	e->six = dns_get(list->facts->dns, name, DNS_AAAA, list->asker);
	e->four = dns_get(list->facts->dns, name, DNS_A, list->asker);
	e->addresses =
		arena_array(list->arena, e->six->count + e->four->count, sizeof *e->addresses);
	/* RFC 8305 4: families in turn, IPv6 first; in a family as they came (RFC 5321 5.1) */
	for (size_t i = 0; i < e->six->count || i < e->four->count; i++) {
		if (i < e->six->count)
			e->addresses[e->count++].ip = e->six->ip[i];
		if (i < e->four->count)
			e->addresses[e->count++].ip = e->four->ip[i];
	}
}

void exchangers_add_address(struct exchangers *list, const char *name, const struct ip *ip)
{
	struct exchanger *e = add(list, name, 0);

	e->addresses = arena_array(list->arena, 1, sizeof *e->addresses);
	e->addresses[e->count++].ip = *ip;
}

void exchangers_add_unfit(struct exchangers *list, const char *name, unsigned preference,
                          const char *reason)
{
	exchanger_drop(add(list, name, preference), FAULT_NO_EXCHANGER, reason);
}

void exchanger_drop(struct exchanger *e, enum fault fault, const char *reason)
{
	e->fault = fault;
	e->reason = reason;
}

bool exchanger_has_address(const struct exchanger *e)
{
	for (size_t i = 0; i < e->count; i++) {
		if (!e->addresses[i].reason)
			return true;
	}
	return false;
}

const char *exchanger_trouble(const struct exchanger *e)
{
	if (e->four && e->four->outcome == DNS_TROUBLE)
		return e->four->trouble;
	return e->six && e->six->outcome == DNS_TROUBLE ? e->six->trouble : NULL;
}

static void exclude(struct route *route, const char *host, unsigned preference, const char *reason,
                    const struct duty *duty)
{
	route->excluded[route->excluded_count++] =
		(struct route_excluded){host, preference, reason, duty};
}

static void write_excluded(const struct exchangers *list, const struct exchanger *e,
                           struct route *route)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < e->count; i++) {
		const struct exchanger_address *address = &e->addresses[i];
		const char *host = e->name;

		if (!address->reason)
			continue;
		if (host[0] != '[')
			host = arena_printf(list->arena, "%s [%s]", host,
			                    ip_print(&address->ip, text));
		exclude(route, host, e->preference, address->reason, NULL);
	}
	if (e->reason)
		exclude(route, e->name, e->preference, e->reason,
		        e->duty.refusal ? &e->duty : NULL);
}

/* What an answer says of a host beside its addresses. */
static void write_answer(struct route_host *host, const struct dns_answer *answer)
{
	if (!answer || !answer->count)
		return;
	if (answer->ttl < host->ttl)
		host->ttl = answer->ttl;
	if (answer->alias_count)
		host->alias = answer->name; /* A7: tolerated, and told */
}

static void write_host(const struct exchangers *list, const struct exchanger *e,
                       struct route *route)
{
	struct route_host *host = &route->hosts[route->host_count++];

	*host = (struct route_host){
		.name = e->name,
		.preference = e->preference,
		.port = list->owed.port,
		.addresses = arena_array(list->arena, e->considered, sizeof *host->addresses),
		.ttl = e->four ? UINT32_MAX : 0,
		.trouble = exchanger_trouble(e), /* A11: the other family is used */
		.security = duty_security(&(struct duty_host){e->name, e->six, e->four}),
		.duty = e->duty,
	};
	for (size_t i = 0; i < e->considered; i++) {
		if (!e->addresses[i].reason)
			host->addresses[host->address_count++] = e->addresses[i].ip;
	}
	write_answer(host, e->six);
	write_answer(host, e->four);
}

void exchangers_write(const struct exchangers *list, struct route *route)
{
	size_t most = list->count;

	for (size_t i = 0; i < list->count; i++)
		most += list->items[i].count;
	route->hosts = arena_array(list->arena, list->count, sizeof *route->hosts);
	route->excluded = arena_array(list->arena, most, sizeof *route->excluded);
	for (size_t i = 0; i < list->count; i++) {
		write_excluded(list, &list->items[i], route);
		if (list->items[i].granted)
			write_host(list, &list->items[i], route);
	}
}

static enum fault weightier(enum fault one, enum fault other)
{
	/* In doubt temporary: one exchanger that may be there tomorrow outweighs all that are not.
	   Of the permanent ones the loop comes first: something must be done about it here */
	static const unsigned char weight[FAULT_COUNT] = {
		[FAULT_DANGLING] = 1, [FAULT_NO_EXCHANGER] = 2,   [FAULT_LOOP] = 3,
		[FAULT_CONNECT] = 4,  [FAULT_DANGLING_MAYBE] = 5, [FAULT_TLS] = 6,
		[FAULT_REQUIRETLS] = 3,
	};

	return weight[one] >= weight[other] ? one : other;
}

enum fault exchangers_fault(const struct exchangers *list)
{
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < list->count; i++) {
		const struct exchanger *e = &list->items[i];

		fault = weightier(fault, e->fault);
		for (size_t j = 0; j < e->count; j++)
			fault = weightier(fault, e->addresses[j].fault);
	}
	return fault;
}
