#include "cli/content.h"

#include "base/file.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	MEMORY_MAX = 1 << 20, /* a larger message goes from memory to a file in the folder */
	CHUNK = 64 * 1024
};

static bool fail(struct content *c, const char *what, int error)
{
	c->failed = what;
	c->error = error;
	return false;
}

static bool write_all(struct content *c, const char *bytes, size_t size)
{
	int error = file_write(c->file, bytes, size);

	return !error || fail(c, "write to", error);
}

/* All of one file behind the end of another. */
static bool copy(struct content *c, int from)
{
	char chunk[CHUNK];
	ssize_t size;

	if (lseek(from, 0, SEEK_SET) < 0)
		return fail(c, "read", errno);
	while ((size = read(from, chunk, sizeof chunk)) > 0) {
		if (!write_all(c, chunk, (size_t)size))
			return false;
	}
	return size == 0 || fail(c, "read", errno);
}

/* Move over from memory to the folder. */
static bool move_out(struct content *c)
{
	int memory = c->file;
	bool good;

	c->in_memory = false;
	c->file = file_unnamed(c->folder);
	good = c->file < 0 ? fail(c, "make", -c->file) : memory < 0 || copy(c, memory);
	if (memory >= 0)
		close(memory);
	return good;
}

static void keep(struct content *c, const char *bytes, size_t size)
{
	c->too_large |= c->max && size > c->max - c->size;
	if (!size || c->failed || c->too_large)
		return;
	if (c->in_memory && (c->file < 0 || c->size + size > MEMORY_MAX) && !move_out(c))
		return;
	c->size += size;
	write_all(c, bytes, size);
}

/* A line end as this caller writes it? */
static bool is_end(struct content *c, bool carriage)
{
	if (c->ends == CONTENT_UNDECIDED)
		c->ends = carriage ? CONTENT_CRLF : CONTENT_LF;
	return carriage || c->ends == CONTENT_LF;
}

static enum content_place place_after(struct content *c, char byte)
{
	if (byte == '\n')
		return is_end(c, c->place == CONTENT_CR) ? CONTENT_BEGIN : CONTENT_INSIDE;
	return byte == '\r' ? CONTENT_CR : CONTENT_INSIDE;
}

/* A byte behind a dot that began a line. True: it was no lone dot, and the byte is content. */
static bool is_content_after_dot(struct content *c, char byte)
{
	if (byte == '\n' && is_end(c, c->place == CONTENT_DOT_CR)) {
		c->ended = true;
		return false;
	}
	if (byte == '\r' && c->place == CONTENT_DOT) {
		c->place = CONTENT_DOT_CR;
		return false;
	}
	if (c->place == CONTENT_DOT_CR)
		keep(c, "\r", 1);
	return true;
}

/* The next byte. True: it is to be kept. */
static bool step(struct content *c, char byte)
{
	if (c->place == CONTENT_BEGIN && byte == '.') {
		c->place = CONTENT_DOT;
		return false;
	}
	if ((c->place == CONTENT_DOT || c->place == CONTENT_DOT_CR) &&
	    !is_content_after_dot(c, byte))
		return false;
	c->place = place_after(c, byte);
	return true;
}

void content_open(struct content *c, const char *folder, uint64_t max)
{
	*c = (struct content){.folder = folder, .max = max, .in_memory = true};
	c->file = memfd_create("message", MFD_CLOEXEC);
}

size_t content_take(struct content *c, const char *bytes, size_t size)
{
	size_t begin = 0, i = 0;

	for (; i < size && !c->ended; i++) {
		if (!step(c, bytes[i])) {
			keep(c, bytes + begin, i - begin);
			begin = i + 1;
		}
	}
	keep(c, bytes + begin, i - begin);
	return i;
}

bool content_rewind(struct content *c)
{
	return lseek(c->file, 0, SEEK_SET) == 0 || fail(c, "read", errno);
}

void content_close(struct content *c)
{
	if (c->file >= 0)
		close(c->file);
	c->file = -1;
}
