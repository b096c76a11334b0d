#include "base/draft.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool draft_open(struct draft *d, const char *path, const char **why)
{
	static const char suffix[] = ".XXXXXX";
	size_t size = strlen(path);
	struct stat there;

	*d = (struct draft){0};
	if (lstat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
		*why = "there is something that is no plain file";
		return false;
	}
	d->path = path;
	d->beside = memory_get(size + sizeof suffix, 1);
	memcpy(d->beside, path, size);
	memcpy(d->beside + size, suffix, sizeof suffix);
	d->fd = mkostemp(d->beside, O_CLOEXEC);
	if (d->fd >= 0)
		return true;
	*why = strerror(errno);
	free(d->beside);
	*d = (struct draft){0};
	return false;
}

static int put_in_place(struct draft *d, const char *bytes, size_t size)
{
	int error = file_write(d->fd, bytes, size);
	int fd = d->fd;

	d->fd = -1;
	/* A full disk may show only now. */
	if (close(fd) != 0 && !error)
		error = errno;
	if (error)
		return error;
	return rename(d->beside, d->path) == 0 ? 0 : errno;
}

bool draft_keep(struct draft *d, const char *bytes, size_t size, const char **why)
{
	int error = put_in_place(d, bytes, size);

	if (error) {
		*why = strerror(error);
		draft_drop(d);
		return false;
	}
	free(d->beside);
	*d = (struct draft){0};
	return true;
}

void draft_drop(struct draft *d)
{
	if (!d->path)
		return;
	if (d->fd >= 0)
		close(d->fd);
	unlink(d->beside);
	free(d->beside);
	*d = (struct draft){0};
}
