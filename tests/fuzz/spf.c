/* Any bytes for an SPF record: an error with words, or terms whose domains give names for the DNS or
   none. */

#include "base/arena.h"
#include "net/dns_name.h"
#include "sender/spf_macro.h"
#include "sender/spf_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expand(struct arena *a, const char *domain)
{
	uint8_t wire[DNS_NAME_WIRE];
	struct spf_macro_values values = {
		.local = "a.b-c+d",
		.sender_domain = "example.org",
		.domain = "example.net",
		.hello = "mail.example.com",
		.validated = "unknown",
	};

	ip_parse("2001:db8::1", &values.ip);
	spf_macro_uses(domain, 'p');
	const char *name = spf_macro_name(a, domain, &values);
	if (name && !dns_name_wire(name, wire))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct spf_record record;
	const char *why = NULL;
	const char *text = arena_bytes(&arena, data, size);

	if (!spf_record_parse(&arena, text, &record, &why) && (!why || !*why))
		abort();
	for (size_t i = 0; !why && i < record.term_count; i++) {
		if (record.terms[i].prefix4 > 32 || record.terms[i].prefix6 > 128)
			abort();
		if (record.terms[i].domain)
			expand(&arena, record.terms[i].domain);
	}
	if (!why && record.redirect)
		expand(&arena, record.redirect);
	expand(&arena, text); /* whatever it is */
	arena_free(&arena);
	return 0;
}
