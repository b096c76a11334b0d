/* Any bytes for a file of facts: an error with words, or answers. */

#include "base/arena.h"
#include "net/dns_file.h"
#include "net/machine.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct dns_file *file)
{
	static const char *const names[] = {".", "org", "example.org", "mx.example.org",
	                                    "x.y.example.org"};
	static const enum dns_type types[] = {DNS_MX, DNS_A, DNS_AAAA, DNS_TXT, DNS_CNAME, DNS_PTR, DNS_TLSA};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		for (size_t k = 0; k < sizeof types / sizeof types[0]; k++) {
			struct dns_reply reply = dns_file_answer(file, names[i], types[k]);

			if (reply.trouble && reply.count)
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct machine machine;
	const char *why = NULL;

	machine_blank(&machine);
	struct dns_file *file =
		dns_file_parse(&arena, "facts", (const char *)data, size, &machine, &why);
	if (file)
		ask(file);
	else if (!why || !*why)
		abort();
	dns_file_close(file);
	machine_free(&machine);
	arena_free(&arena);
	return 0;
}
