/* Any bytes for a set of TXT records (R), a policy (P), a remembered one (K) or a certificate in PEM
   (C): what is read keeps the promises of the headers, and what is remembered is read back the same. */

#include "base/arena.h"
#include "net/pem.h"
#include "route/sts_cache.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD_MAX = 8, DER_SIZE = 64 };

static void demand(bool fact)
{
	if (!fact)
		abort();
}

static void try_record(char *text)
{
	const char *records[RECORD_MAX], *why = NULL;
	char id[STS_ID_MAX + 1];
	size_t count = 0;

	for (char *line; (line = strsep(&text, "\n")) && count < RECORD_MAX;)
		records[count++] = line;
	enum sts_record record = sts_record_parse(records, count, id, &why);
	demand(record == STS_RECORD_FOUND ? sts_id_good(id) : !id[0]);
	demand(record != STS_RECORD_BAD || why);
}

static void check_policy(const struct sts_policy *policy)
{
	demand(policy->max_age <= STS_AGE_MAX);
	demand(policy->mode == STS_NONE || policy->mx_count > 0);
	for (size_t i = 0; i < policy->mx_count; i++) {
		const char *mx = policy->mx[i];

		demand(strlen(mx) > 0 && mx[strlen(mx) - 1] != '.');
		demand(mx[strspn(mx, "abcdefghijklmnopqrstuvwxyz0123456789-_.*")] == '\0');
		demand(strrchr(mx, '*') == NULL || (strrchr(mx, '*') == mx && mx[1] == '.'));
		demand(sts_match(policy, mx[0] == '*' ? "nobody.example" : mx) || mx[0] == '*');
	}
}

static void try_policy(struct arena *a, const char *text, size_t size)
{
	struct sts_policy policy;
	const char *why = NULL;

	if (sts_policy_parse(a, text, size, &policy, &why))
		check_policy(&policy);
	else
		demand(why && why[0]);
}

static void try_known(struct arena *a, const char *text, size_t size)
{
	struct sts_known known, again;
	struct buf b;

	if (!sts_known_parse(a, text, size, "example.org", &known))
		return;
	if (known.id)
		check_policy(&known.policy);
	buf_init(&b, 2 * size + 100);
	sts_known_print(&b, "example.org", &known);
	demand(!b.failed && sts_known_parse(a, b.bytes, b.size, "example.org", &again));
	demand(!known.id == !again.id && !known.failed_id == !again.failed_id);
	demand(!known.id || (strcmp(known.id, again.id) == 0 && known.fetched == again.fetched &&
	                     known.policy.mx_count == again.policy.mx_count));
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	uint8_t der[DER_SIZE];

	if (!size)
		return 0;
	/* Without a NUL behind it where the header promises none */
	const char *rest = (const char *)data + 1;
	char *text = arena_bytes(&a, rest, size - 1);
	switch (data[0]) {
	case 'R': try_record(text); break;
	case 'P': try_policy(&a, rest, size - 1); break;
	case 'K': try_known(&a, rest, size - 1); break;
	case 'C': demand(pem_certificate(text, der, sizeof der) <= sizeof der); break;
	}
	arena_free(&a);
	return 0;
}
