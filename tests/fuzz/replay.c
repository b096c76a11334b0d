/* Runs a corpus through a fuzz entry without a fuzzer: every file, every prefix of it, and bytes
   changed one at a time, so that `make check` holds what fuzzing once found. Prints TAP. */

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FILE_MAX = 1 << 20, /* a corpus file is a few hundred bytes; more is a mistake */
	PREFIX_MAX = 2048,  /* prefixes of one file */
	FLIP_MAX = 4096,    /* changed copies of one file */
};

/* Stands on the screen when the entry crashes: nothing else would say which input it was. */
static void announce(const char *name, size_t size)
{
	printf("# %s, %zu bytes\n", name, size);
	fflush(stdout);
}

/* Each input has memory of its own and of its exact size, so that ASan sees a read past the end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_prefixes(const uint8_t *data, size_t size)
{
	size_t step = size / PREFIX_MAX + 1;

	for (size_t n = 0; n < size; n += step)
		run(data, n);
}

/* Bits first, then the bytes that parsers tend to treat specially. */
static void run_flips(uint8_t *data, size_t size)
{
	static const uint8_t special[] = {0x00, 0xff, '\r', '\n', ' ', '"', '\\', '.'};
	size_t ways = 8 + sizeof special;
	size_t step = size * ways / FLIP_MAX + 1;

	for (size_t i = 0; i < size * ways; i += step) {
		uint8_t *byte = &data[i / ways];
		uint8_t kept = *byte;
		size_t way = i % ways;

		*byte = way < 8 ? (uint8_t)(kept ^ 1u << way) : special[way - 8];
		run(data, size);
		*byte = kept;
	}
}

static bool replay(const char *name)
{
	static uint8_t data[FILE_MAX];
	FILE *file = fopen(name, "rb");

	if (!file)
		return false;
	size_t size = fread(data, 1, sizeof data, file);
	bool whole = !ferror(file) && size < sizeof data;
	fclose(file);
	if (!whole)
		return false;
	announce(name, size);
	run(data, size);
	run_prefixes(data, size);
	run_flips(data, size);
	return true;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The corpus of the entry tests/fuzz/reply.c, linked as .../reply, is tests/fuzz/corpus/reply. */
static void corpus_find(const char *program, char *folder, size_t size)
{
	const char *top = getenv("TOP");
	const char *slash = strrchr(program, '/');

	snprintf(folder, size, "%s/tests/fuzz/corpus/%s", top ? top : ".",
	         slash ? slash + 1 : program);
}

int main(int argc, char **argv)
{
	char folder[4096];
	struct dirent **entries;
	int failures = 0;

	if (argc > 1)
		snprintf(folder, sizeof folder, "%s", argv[1]);
	else
		corpus_find(argv[0], folder, sizeof folder);
	int count = chdir(folder) ? -1 : scandir(".", &entries, visible, alphasort);
	if (count <= 0) {
		printf("1..1\nnot ok 1 - %s: %s\n", folder, count ? strerror(errno) : "no input");
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		bool ok = replay(entries[i]->d_name);

		printf("%s %d - %s\n", ok ? "ok" : "not ok", i + 1, entries[i]->d_name);
		failures += !ok;
		free(entries[i]);
	}
	free(entries);
	return failures > 0;
}
