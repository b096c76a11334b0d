/* Any bytes for a domain's wish for reports (R) or for the lines of a day (L): targets are fit to be
   used, and a report about what was taken is JSON. */

#include "base/arena.h"
#include "cli/tlsrpt_rua.h"
#include "cli/tlsrpt_sums.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool fact)
{
	if (!fact)
		abort();
}

static void try_record(struct arena *a, const char *text)
{
	struct tlsrpt_target targets[TLSRPT_TARGET_MAX];
	size_t count = tlsrpt_rua_parse(a, &text, 1, targets);

	demand(count <= TLSRPT_TARGET_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct tlsrpt_target *t = &targets[i];

		if (t->mail) {
			demand(!strpbrk(t->address.local, "\r\n") && t->address.domain[0]);
			continue;
		}
		demand(t->path[0] == '/' && t->host[0]);
		for (const char *c = t->path; *c; c++)
			demand(*c > ' ' && *c < 127);
		demand(!t->host[strspn(t->host, "abcdefghijklmnopqrstuvwxyz0123456789-_.")]);
	}
}

static void try_lines(struct arena *a, const char *text, size_t size)
{
	const struct tlsrpt_reporter by = {.organization = "o", .submitter = "s", .begin = 0};
	struct tlsrpt_sums *sums = tlsrpt_sums_open();
	size_t taken = tlsrpt_sums_take_all(sums, text, size), count;
	const char *const *domains = tlsrpt_sums_domains(sums, a, &count);

	demand(count <= taken);
	for (size_t i = 0; i < count; i++) {
		struct buf b;

		buf_init(&b, TLSRPT_REPORT_MAX);
		tlsrpt_report(sums, domains[i], &by, &b);
		json_t *read = json_loadb(b.bytes, b.size, 0, NULL);
		demand(read);
		json_decref(read);
		buf_free(&b);
	}
	tlsrpt_sums_close(sums);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};

	if (!size)
		return 0;
	const char *rest = (const char *)data + 1;
	if (data[0] == 'R')
		try_record(&a, arena_bytes(&a, rest, size - 1));
	else if (data[0] == 'L')
		try_lines(&a, rest, size - 1);
	arena_free(&a);
	return 0;
}
