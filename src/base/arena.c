#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SMALL = 512, BLOCK_LARGE = 64 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char bytes[];
};

/* Blocks double, so that a small arena stays small and a large one asks the heap seldom. */
static struct arena_block *block_new(const struct arena_block *last, size_t size)
{
	size_t room = last ? last->size * 2 : BLOCK_SMALL;
	struct arena_block *block;

	if (room > BLOCK_LARGE)
		room = BLOCK_LARGE;
	if (room < size)
		room = size;
	block = memory_get(1, sizeof *block + room);
	block->size = room;
	return block;
}

void *arena_get(struct arena *a, size_t size)
{
	const size_t unit = alignof(max_align_t);
	struct arena_block *block = a->blocks;
	void *place;

	if (size > SIZE_MAX / 2)
		return memory_get(SIZE_MAX, SIZE_MAX); /* cannot be: ends the program */
	size = (size + unit - 1) / unit * unit;
	if (!block || block->size - block->used < size) {
		block = block_new(block, size);
		block->next = a->blocks;
		a->blocks = block;
	}
	place = block->bytes + block->used;
	block->used += size;
	return place;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / 2 / size)
		return memory_get(SIZE_MAX, SIZE_MAX);
	return arena_get(a, count * size);
}

char *arena_bytes(struct arena *a, const void *bytes, size_t size)
{
	char *copy = arena_get(a, size + 1);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_text(struct arena *a, const char *text)
{
	return arena_bytes(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list values, again;
	char *text;
	int size;

	va_start(values, format);
	va_copy(again, values);
	size = vsnprintf(NULL, 0, format, values);
	va_end(values);
	text = arena_get(a, size < 0 ? 1 : (size_t)size + 1);
	if (size >= 0)
		vsnprintf(text, (size_t)size + 1, format, again);
	va_end(again);
	return text;
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
}
