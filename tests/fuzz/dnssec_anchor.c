/* Any bytes for a file of trust anchors: keys, or words. */

#include "base/arena.h"
#include "net/dnssec_anchor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct dnssec_anchors anchors;
	const char *why = NULL;
	bool ok = dnssec_anchors_parse(&anchors, &arena, (const char *)data, size, &why);

	if (ok != (anchors.count > 0 && !why) || (!ok && !*why))
		abort();
	for (size_t i = 0; i < anchors.count; i++) {
		if (!dnssec_ds_known(&anchors.list[i]))
			abort();
	}
	arena_free(&arena);
	return 0;
}
