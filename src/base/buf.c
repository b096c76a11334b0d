#include "base/buf.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void buf_init(struct buf *b, size_t ceiling)
{
	*b = (struct buf){.ceiling = ceiling};
}

char *buf_space(struct buf *b, size_t size)
{
	size_t room = b->room ? b->room : BUF_FIRST;

	if (b->failed || size > b->ceiling - b->size) {
		b->failed = true;
		return NULL;
	}
	while (room < b->size + size + 1) /* one for the NUL */
		room *= 2;
	if (room != b->room) {
		b->bytes = memory_resize(b->bytes, room, 1);
		b->bytes[b->size] = '\0';
		b->room = room;
	}
	return b->bytes + b->size;
}

void buf_took(struct buf *b, size_t size)
{
	b->size += size;
	b->bytes[b->size] = '\0';
}

void buf_add(struct buf *b, const void *bytes, size_t size)
{
	char *end = buf_space(b, size);

	if (!end)
		return;
	if (size)
		memcpy(end, bytes, size);
	buf_took(b, size);
}

void buf_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_vprintf(struct buf *b, const char *format, va_list values)
{
	va_list again;
	char *end;
	int size;

	va_copy(again, values);
	size = vsnprintf(NULL, 0, format, values);
	end = size < 0 ? NULL : buf_space(b, (size_t)size);
	if (end) {
		vsnprintf(end, (size_t)size + 1, format, again);
		buf_took(b, (size_t)size);
	} else {
		b->failed = true;
	}
	va_end(again);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	buf_vprintf(b, format, values);
	va_end(values);
}

void buf_drop(struct buf *b, size_t size)
{
	if (!size)
		return;
	memmove(b->bytes, b->bytes + size, b->size - size);
	b->size -= size;
	b->bytes[b->size] = '\0';
}

void buf_clear(struct buf *b)
{
	b->size = 0;
	b->failed = false;
	if (b->bytes)
		b->bytes[0] = '\0';
}

void buf_free(struct buf *b)
{
	free(b->bytes);
	buf_init(b, b->ceiling);
}
