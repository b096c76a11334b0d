#include "cli/tlsrpt_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/tlsrpt_log.h"

/* "2026-11-20.1000": whose file of this day it is. */
static bool name_of_day(const char *name, const char *day, uint64_t *uid)
{
	size_t size = strlen(day);

	return strncmp(name, day, size) == 0 && name[size] == '.' &&
	       text_number(name + size + 1, UINT32_MAX, uid);
}

static bool belongs_to(int fd, uint64_t uid)
{
	struct stat s;

	return !fstat(fd, &s) && S_ISREG(s.st_mode) && s.st_uid == uid &&
	       !(s.st_mode & (S_IWGRP | S_IWOTH));
}

/* -1: it is not there, not to be read, or not his. */
static int open_file(int folder, const char *name, uint64_t uid)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 || belongs_to(fd, uid))
		return fd;
	close(fd);
	return -1;
}

static bool take_file(struct tlsrpt_sums *sums, int folder, const char *name, uint64_t uid,
                      size_t *taken)
{
	int fd = open_file(folder, name, uid);
	struct buf text;
	bool good;

	if (fd < 0)
		return false;
	buf_init(&text, (size_t)TLSRPT_FILE_MAX + TLSRPT_LINE_MAX);
	good = file_read_rest(fd, &text) == 0;
	if (good && text.size)
		*taken += tlsrpt_sums_take_all(sums, text.bytes, text.size);
	buf_free(&text);
	close(fd);
	return good;
}

size_t tlsrpt_files_take(struct tlsrpt_sums *sums, const char *folder, const char *day,
                         size_t *files, int *error)
{
	DIR *open = opendir(folder);
	struct dirent *entry;
	size_t taken = 0;
	uint64_t uid;

	*files = 0;
	*error = open ? 0 : errno;
	while (open && *files < TLSRPT_USERS_MAX && (entry = readdir(open))) {
		if (name_of_day(entry->d_name, day, &uid))
			*files += take_file(sums, dirfd(open), entry->d_name, uid, &taken);
	}
	if (open)
		closedir(open);
	return taken;
}

/* Only what could be read: another's lines that nobody has seen stay. */
static bool drop_file(int folder, const char *name, uint64_t uid)
{
	int fd = open_file(folder, name, uid);

	if (fd < 0)
		return true;
	close(fd);
	return unlinkat(folder, name, 0) == 0;
}

bool tlsrpt_files_drop(const char *folder, const char *day, int *error)
{
	DIR *open = opendir(folder);
	struct dirent *entry;
	uint64_t uid;

	*error = open ? 0 : errno;
	while (open && (entry = readdir(open))) {
		if (name_of_day(entry->d_name, day, &uid) &&
		    !drop_file(dirfd(open), entry->d_name, uid))
			*error = errno;
	}
	if (open)
		closedir(open);
	return *error == 0;
}
