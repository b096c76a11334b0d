#include "mail/address.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "mail/address_scan.h"

static void list_grow(struct arena *a, struct address_list *list)
{
	size_t room = list->room ? 2 * list->room : 8;
	struct address *items = arena_array(a, room, sizeof *items);

	if (list->count)
		memcpy(items, list->items, list->count * sizeof *items);
	list->items = items;
	list->room = room;
}

static bool list_add(struct arena *a, struct address_list *list, const struct address *address)
{
	if (list->count == ADDRESS_LIST_MAX)
		return false;
	if (list->count == list->room)
		list_grow(a, list);
	list->items[list->count++] = *address;
	return true;
}

static const char *join(struct arena *a, const struct address *address, const char *domain)
{
	if (address->kind == DOMAIN_NONE)
		return address->local;
	return arena_printf(a, "%s@%s", address->local, domain);
}

bool address_parse(struct arena *a, const char *text, struct address *out, const char **why)
{
	struct address_scan scan;
	struct address_found found = {.address = {.local = "", .kind = DOMAIN_NONE}};

	address_scan_begin(&scan, a, text, strlen(text));
	scan.lone = true;
	address_scan_next(&scan, &found);
	*why = scan.why;
	*out = found.address;
	if (scan.why || found.address.kind != DOMAIN_UNMAPPED)
		return !scan.why;
	return domain_parse(a, found.address.shown, &out->domain, why); /* says why it cannot be */
}

bool address_list_parse(struct arena *a, const char *text, size_t size, struct address_list *list,
                        const char **why)
{
	size_t before = list->count;
	struct address_scan scan;
	struct address_found found;

	address_scan_begin(&scan, a, text, size);
	while (address_scan_next(&scan, &found)) {
		if (!list_add(a, list, &found.address))
			scan.why = arena_printf(a, "more than %d addresses", ADDRESS_LIST_MAX);
	}
	*why = scan.why;
	if (scan.why)
		list->count = before;
	return !scan.why;
}

void address_qualify(struct address *address, const char *domain)
{
	if (address->kind != DOMAIN_NONE || !*address->local)
		return;
	address->domain = address->shown = domain;
	address->kind = DOMAIN_NAME;
}

bool address_same(const struct address *one, const struct address *other)
{
	if (one->kind != other->kind || strcmp(one->local, other->local) != 0)
		return false;
	switch (one->kind) {
	case DOMAIN_NONE: return true;
	case DOMAIN_NAME:
	case DOMAIN_UNMAPPED: return text_same(one->domain, other->domain);
	case DOMAIN_LITERAL: return ip_same(&one->ip, &other->ip);
	}
	return false;
}

const char *address_wire(struct arena *a, const struct address *address)
{
	return join(a, address, address->domain);
}

const char *address_shown(struct arena *a, const struct address *address)
{
	return join(a, address, address->shown);
}
