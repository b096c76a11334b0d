#include "mail/message_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool store_fail(struct store *s, const char *what)
{
	s->failed = what;
	s->error = errno;
	return false;
}

/* For file systems without O_TMPFILE. */
static int named_file(const char *folder)
{
	char name[4096];

	if ((size_t)snprintf(name, sizeof name, "%s/sendmx.XXXXXX", folder) >= sizeof name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int file = mkostemp(name, O_CLOEXEC);
	if (file >= 0)
		unlink(name);
	return file;
}

static bool file_write(struct store *s, const char *bytes, size_t size)
{
	while (size) {
		ssize_t written = write(s->file, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return store_fail(s, "write to");
		bytes += written;
		size -= (size_t)written;
	}
	return true;
}

/* Move over from memory to a file. */
static bool file_begin(struct store *s)
{
	s->file = open(s->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->file < 0)
		s->file = named_file(s->folder);
	if (s->file < 0)
		return store_fail(s, "make");
	bool good = file_write(s, s->memory.bytes, s->memory.size);
	buf_free(&s->memory);
	return good;
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
	if (s->file >= 0)
		return file_write(s, bytes, size);
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
