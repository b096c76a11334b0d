#include "cli/recipients.h"

#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/text.h"
#include "cli/report.h"

/* Told in the form of every other verdict on a recipient. */
static int reject(struct report *report, struct arena *a, const char *text, const char *why)
{
	const char *shown = text_clean(a, text, strlen(text));
	struct recipient bad = {
		.wire = shown,
		.shown = shown,
		.status = status_of(FAULT_ADDRESS, STAGE_ROUTE, a, "not an address: %s", why),
	};

	report->delivery.result(report->delivery.context, &bad, NULL);
	return status_exit(&bad.status);
}

int recipients_parse(struct address_list *list, struct arena *a, char *const *operands,
                     size_t count, struct report *report)
{
	int exit = EX_OK;

	for (size_t i = 0; i < count; i++) {
		const char *text = operands[i];
		const char *why;

		if (*text && !address_list_parse(a, text, strlen(text), list, &why))
			exit = reject(report, a, text, why);
	}
	return exit;
}

void recipients_add(struct address_list *list, struct arena *a, const struct address_list *more)
{
	size_t count = list->count + more->count;
	struct address *items;

	if (count > list->room) {
		items = arena_array(a, 2 * count, sizeof *items);
		if (list->count)
			memcpy(items, list->items, list->count * sizeof *items);
		*list = (struct address_list){items, list->count, 2 * count};
	}
	if (more->count)
		memcpy(list->items + list->count, more->items, more->count * sizeof *items);
	list->count = count;
}

static int nameless(struct report *report, struct arena *a, const char *local)
{
	report_error(report, EX_CONFIG,
	             arena_printf(a,
	                          "%s has no domain, and this machine has no mail name: set "
	                          "mail-name in sendmx.conf",
	                          local));
	return EX_CONFIG;
}

int recipients_qualify(struct address_list *list, const char *mail_name, struct arena *a,
                       struct report *report)
{
	for (size_t i = 0; i < list->count; i++) {
		struct address *address = &list->items[i];

		if (address->kind != DOMAIN_NONE)
			continue;
		if (!*address->local)
			return reject(report, a, "<>", "nobody can be reached at the null address");
		if (!mail_name)
			return nameless(report, a, address->local);
		address_qualify(address, mail_name);
	}
	return EX_OK;
}
