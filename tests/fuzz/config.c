/* Any bytes as a configuration file. What is accepted must be within the bounds that the rest of
   the program relies on; what is not must be refused with file and line. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim)
{
	if (!claim)
		abort();
}

static void is_printable(const char *text)
{
	for (; *text; text++)
		must((unsigned char)*text >= ' ' && *text != 127);
}

static void is_sane(const struct config *c)
{
	must(c->timeout > 0 && c->timeout <= 7 * 86400);
	must(c->parallel > 0 && c->parallel <= 10000);
	must(c->server_count <= DNS_SERVER_MAX);
	must(c->temporary_folder[0] == '/' && c->aliases[0] == '/');
	must(!c->virtual || c->virtual[0] == '/');
	for (size_t i = 0; i < c->server_count; i++)
		must(c->servers[i].port > 0);
	for (size_t i = 0; i < c->rule_count; i++)
		must(c->rules[i].domain && (c->rules[i].literal || *c->rules[i].host));
	if (c->hostname)
		is_printable(c->hostname);
	if (c->mail_name)
		is_printable(c->mail_name);
}

/* What --show-config prints is a configuration that says the same. */
static void is_shown(const struct config *c, struct arena *a)
{
	struct config again;
	struct buf text;
	const char *why;

	buf_init(&text, 64 << 20);
	config_show(c, &text);
	must(!text.failed);
	config_default(&again, a);
	if (config_parse(&again, "y", text.bytes, text.size, &why)) {
		must(again.timeout == c->timeout && again.parallel == c->parallel);
		must(again.rule_count == c->rule_count && again.size_max == c->size_max);
	}
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct config c;
	const char *why = NULL;

	config_default(&c, &a);
	if (config_parse(&c, "x", (const char *)data, size, &why)) {
		is_sane(&c);
		is_shown(&c, &a);
	} else {
		must(!strncmp(why, "x:", 2));
		is_printable(why);
	}
	arena_free(&a);
	return 0;
}
