#include "base/memory.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static void *got(void *memory)
{
	static const char words[] = "sendmx: out of memory\n";

	if (memory)
		return memory;
	if (write(STDERR_FILENO, words, sizeof words - 1) < 0)
		_exit(EX_OSERR); /* nobody is left to tell */
	_exit(EX_OSERR);
}

void *memory_get(size_t count, size_t size)
{
	return got(calloc(count ? count : 1, size ? size : 1));
}

void *memory_resize(void *old, size_t count, size_t size)
{
	return got(reallocarray(old, count ? count : 1, size ? size : 1));
}
