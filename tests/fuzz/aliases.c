/* Any bytes as an aliases file, a virtual map and a list, cut at the first lines "%%". What comes
   out must be good addresses, and nobody asked for may be lost without a word. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cli/alias_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim)
{
	if (!claim)
		abort();
}

static void is_printable(const char *text)
{
	must(*text);
	for (; *text; text++)
		must((unsigned char)*text >= ' ' && *text != 127);
}

/* The text up to a line "%%", which is stepped over. */
static size_t part(const uint8_t **data, size_t *size)
{
	const uint8_t *cut = *size ? memmem(*data, *size, "\n%%\n", 4) : NULL;
	size_t length = cut ? (size_t)(cut - *data) + 1 : *size;
	size_t skip = cut ? length + 3 : length;

	*data += skip;
	*size -= skip;
	return length;
}

/* In place of the files. The list is called /list; what else an :include: names is looked for on
   this machine. */
static void load(struct aliases *al, const uint8_t *data, size_t size)
{
	struct alias_file *list = arena_get(al->arena, sizeof *list);
	const char *text = (const char *)data;

	al->names.path = "aliases";
	alias_file_parse(&al->names, al->arena, text, part(&data, &size));
	text = (const char *)data;
	al->addresses.path = "virtual";
	alias_file_parse(&al->addresses, al->arena, text, part(&data, &size));
	*list = (struct alias_file){.path = "/list", .syntax = ALIAS_LIST};
	alias_file_parse(list, al->arena, (const char *)data, size);
	al->lists = list;
}

static bool is_told(const struct aliases_result *r, const struct address *asked)
{
	for (size_t i = 0; i < r->list.count; i++) {
		const struct address *origin = r->origins[i];

		if (origin == asked || (!origin && !strcmp(r->list.items[i].local, asked->local)))
			return true;
	}
	for (size_t i = 0; i < r->failed_count; i++) {
		if (address_same(&r->failed[i].address, asked))
			return true;
	}
	return false;
}

static void check_result(struct arena *a, const struct aliases_result *r)
{
	struct address again;
	const char *why;

	for (size_t i = 0; i < r->list.count; i++) {
		must(r->list.items[i].kind != DOMAIN_NONE && *r->list.items[i].local);
		must(address_parse(a, address_wire(a, &r->list.items[i]), &again, &why));
	}
	for (size_t i = 0; i < r->failed_count; i++) {
		must(r->failed[i].status.class == 5 || r->failed[i].status.class == 4);
		is_printable(r->failed[i].status.text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char ask[] = "a, b, nobody, a@a.test, b@b.test, c@[192.0.2.1]";
	struct arena arena = {0};
	const struct aliases_want want = {.mail_name = "mail.test"};
	struct aliases *al = aliases_open(&arena, &want);
	struct address_list asked = {0};
	struct aliases_result result;
	const char *why, **faults;

	load(al, data, size);
	must(address_list_parse(&arena, ask, strlen(ask), &asked, &why));
	aliases_expand(al, &asked, &result);
	check_result(&arena, &result);
	for (size_t i = 0; i < asked.count; i++)
		must(is_told(&result, &asked.items[i]));
	for (size_t i = aliases_check(al, &faults); i > 0; i--)
		is_printable(faults[i - 1]);
	arena_free(&arena);
	return 0;
}
