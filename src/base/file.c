#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

int file_read_rest(int fd, struct buf *b)
{
	ssize_t size = 1;
	char beyond;

	while (size) {
		size_t part = least(READ_SIZE, b->ceiling - b->size);

		/* Where nothing more may come, only the end is good. */
		size = read(fd, part ? buf_space(b, part) : &beyond, part ? part : 1);
		if (size < 0 && errno != EINTR)
			return errno;
		if (size > 0 && !part)
			return EFBIG;
		if (size > 0)
			buf_took(b, (size_t)size);
	}
	return 0;
}

int file_read(const char *path, int flags, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), error;

	if (fd < 0)
		return errno;
	error = file_read_rest(fd, b);
	close(fd);
	return error;
}

/* For file systems without O_TMPFILE. */
static int without_tmpfile(const char *folder)
{
	char name[4096];
	int fd;

	if ((size_t)snprintf(name, sizeof name, "%s/sendmx.XXXXXX", folder) >= sizeof name)
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(name);
	return fd;
}

int file_unnamed(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : without_tmpfile(folder);
}

int file_write(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}
