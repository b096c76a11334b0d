#include "mail/message_store.h"

#include "base/file.h"

#include <unistd.h>

static bool store_fail(struct store *s, const char *what, int error)
{
	s->failed = what;
	s->error = error;
	return false;
}

/* Move over from memory to a file. */
static bool file_begin(struct store *s)
{
	s->file = file_unnamed(s->folder);
	if (s->file < 0)
		return store_fail(s, "make", -s->file);
	int error = file_write(s->file, s->memory.bytes, s->memory.size);
	buf_free(&s->memory);
	return !error || store_fail(s, "write to", error);
}

void store_init(struct store *s, const char *folder, size_t memory_max)
{
	*s = (struct store){.folder = folder ? folder : "/tmp", .file = -1};
	buf_init(&s->memory, memory_max);
}

bool store_add(struct store *s, const char *bytes, size_t size)
{
	if (s->file < 0 && size > s->memory.ceiling - s->memory.size && !file_begin(s))
		return false;
	s->size += size;
	if (s->file >= 0) {
		int error = file_write(s->file, bytes, size);

		return !error || store_fail(s, "write to", error);
	}
	buf_add(&s->memory, bytes, size);
	return true;
}

void store_free(struct store *s)
{
	buf_free(&s->memory);
	if (s->file >= 0)
		close(s->file);
	s->file = -1;
}
