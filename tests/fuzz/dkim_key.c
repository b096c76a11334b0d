/* Any bytes for the record of a DKIM key: a fault in words, or a key of believable size. */

#include "base/arena.h"
#include "sender/dkim_key.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct dkim_key key = {0};

	dkim_key_parse(&arena, arena_bytes(&arena, data, size), &key);
	if (key.fault ? !*key.fault : !key.type || key.bits < 256 || key.bits > 16384)
		abort();
	arena_free(&arena);
	return 0;
}
