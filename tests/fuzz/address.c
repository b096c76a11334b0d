/* Any bytes as a mailbox, as a domain and as a list. What is accepted must be safe on a command
   line and mean the same when it is read again. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim)
{
	if (!claim)
		abort();
}

/* Nothing outside quotes that could end an argument of MAIL or RCPT. */
static void wire_is_safe(const char *wire)
{
	bool quoted = false;

	for (const char *c = wire; *c; c++) {
		must((unsigned char)*c >= ' ' && *c != 127);
		if (quoted && *c == '\\')
			must((unsigned char)*++c >= ' ');
		else if (*c == '"')
			quoted = !quoted;
		else
			must(quoted || !strchr(" <>()\\,;", *c));
	}
	must(!quoted);
}

static void means_the_same_again(struct arena *a, const struct address *address)
{
	const char *wire = address_wire(a, address);
	struct address again;
	const char *why;

	wire_is_safe(wire);
	must(address_parse(a, wire, &again, &why));
	must(address_same(address, &again));
	must(strcmp(address_wire(a, &again), wire) == 0);
}

static void mailbox(struct arena *a, const char *text)
{
	struct address address;
	const char *why = NULL;

	if (address_parse(a, text, &address, &why))
		means_the_same_again(a, &address);
	else
		must(why && *why);
}

static void domain(struct arena *a, const char *text)
{
	const char *name, *again, *why = NULL;

	if (!domain_parse(a, text, &name, &why)) {
		must(why && *why);
		return;
	}
	must(strlen(name) <= 253 &&
	     strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(name));
	must(domain_parse(a, name, &again, &why) && strcmp(name, again) == 0);
}

static void list(struct arena *a, const char *text, size_t size)
{
	struct address_list found = {0};
	const char *why = NULL;

	if (!address_list_parse(a, text, size, &found, &why))
		must(why && *why && found.count == 0);
	for (size_t i = 0; i < found.count; i++)
		means_the_same_again(a, &found.items[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	const char *text = arena_bytes(&arena, data, size);

	mailbox(&arena, text);
	domain(&arena, text);
	list(&arena, (const char *)data, size);
	arena_free(&arena);
	return 0;
}
