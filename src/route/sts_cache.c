#include "route/sts_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "net/dns_name.h"

enum {
	HEAD_MAX = 1024, /* bytes of a file before the policy */
	PATH_SIZE = 4096
};

static const char title[] = "sendmx mta-sts 1";

/* A clock that shows more than this is wrong; so sums of seconds do not overflow. */
#define MOMENT_MAX ((uint64_t)1 << 40)

bool sts_known_in_force(const struct sts_known *known, int64_t now)
{
	return known->id && known->fetched + known->policy.max_age > now;
}

/* ---- the text of a file ---- */

/* "1700000000 20240101"; the id may be empty. */
static bool parse_moment(char *text, int64_t *moment, const char **id)
{
	char *blank = strchr(text, ' ');
	uint64_t number;

	if (!blank)
		return false;
	*blank = '\0';
	*id = blank + 1;
	if (!text_number(text, MOMENT_MAX, &number) || (**id && !sts_id_good(*id)))
		return false;
	*moment = (int64_t)number;
	return true;
}

static bool parse_line(char *line, const char *domain, struct sts_known *known)
{
	char *value = strchr(line, ' ');

	if (!value)
		return false;
	*value++ = '\0';
	if (strcmp(line, "domain") == 0)
		return strcmp(value, domain) == 0;
	if (strcmp(line, "fetched") == 0)
		return parse_moment(value, &known->fetched, &known->id);
	return strcmp(line, "failed") == 0 &&
	       parse_moment(value, &known->failed, &known->failed_id);
}

/* Lines up to an empty one. Returns what follows it, NULL when it never comes. */
static char *parse_head(char *text, const char *domain, struct sts_known *known)
{
	for (bool first = true;; first = false) {
		char *end = strchr(text, '\n');

		if (!end)
			return NULL;
		*end = '\0';
		if (!*text)
			return end + 1;
		if (first ? strcmp(text, title) != 0 : !parse_line(text, domain, known))
			return NULL;
		text = end + 1;
	}
}

bool sts_known_parse(struct arena *a, const char *text, size_t size, const char *domain,
                     struct sts_known *known)
{
	struct sts_known found = {0};
	char *copy = arena_bytes(a, text, size), *rest;
	const char *why;

	*known = found;
	rest = memchr(text, '\0', size) ? NULL : parse_head(copy, domain, &found);
	if (!rest)
		return false;
	found.text = rest;
	found.text_size = size - (size_t)(rest - copy);
	if (found.id && !sts_policy_parse(a, found.text, found.text_size, &found.policy, &why))
		return false;
	*known = found;
	return true;
}

void sts_known_print(struct buf *b, const char *domain, const struct sts_known *known)
{
	buf_printf(b, "%s\ndomain %s\n", title, domain);
	if (known->failed_id)
		buf_printf(b, "failed %lld %s\n", (long long)known->failed, known->failed_id);
	if (known->id)
		buf_printf(b, "fetched %lld %s\n", (long long)known->fetched, known->id);
	buf_text(b, "\n");
	if (known->id)
		buf_add(b, known->text, known->text_size);
}

/* ---- files ---- */

/* The name of a domain's file: never one that leads elsewhere. */
static bool file_path(char *path, const char *folder, const char *domain)
{
	if (!dns_name_usable(domain) || domain[0] == '.' || strlen(domain) > DNS_NAME_WIRE)
		return false;
	return snprintf(path, PATH_SIZE, "%s/%s", folder, domain) < PATH_SIZE;
}

/* Only root and we may write it. */
static bool is_ours(const struct stat *s)
{
	return !(s->st_mode & (S_IWGRP | S_IWOTH)) && (s->st_uid == 0 || s->st_uid == geteuid());
}

static bool file_trusted(int fd)
{
	struct stat s;

	return !fstat(fd, &s) && S_ISREG(s.st_mode) && is_ours(&s);
}

/* Who may change a folder cannot write files of ours, but brings back one that he has kept. */
static bool folder_trusted(const char *path)
{
	struct stat s;

	return !stat(path, &s) && S_ISDIR(s.st_mode) && is_ours(&s);
}

static bool read_file(const char *folder, struct arena *a, const char *domain,
                      struct sts_known *known)
{
	char path[PATH_SIZE];
	struct buf text;
	bool good;
	int fd;

	if (!file_path(path, folder, domain) || !folder_trusted(folder))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	buf_init(&text, STS_POLICY_MAX + HEAD_MAX);
	good = file_trusted(fd) && file_read_rest(fd, &text) == 0 && text.size &&
	       sts_known_parse(a, text.bytes, text.size, domain, known);
	close(fd);
	buf_free(&text);
	return good;
}

void sts_cache_read(const struct sts_cache *cache, struct arena *a, const char *domain,
                    struct sts_known *known)
{
	*known = (struct sts_known){0};
	for (size_t i = 0; i < cache->count; i++) {
		struct sts_known other, older = *known;

		if (!read_file(cache->folders[i].path, a, domain, &other))
			continue;
		if (other.id && (!older.id || other.fetched > older.fetched))
			*known = other;
		known->failed_id = older.failed_id;
		known->failed = older.failed;
		if (other.failed_id && (!older.failed_id || other.failed > older.failed)) {
			known->failed_id = other.failed_id;
			known->failed = other.failed;
		}
	}
}

/* Not by its name: in a folder of somebody else's that may lead to another one by now. */
static void set_mode(const char *path, mode_t mode)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	fchmod(fd, mode);
	close(fd);
}

/* Every folder on the way that is missing. umask is ours, so the mode is set once more. */
static void make_folder(const struct sts_folder *folder)
{
	mode_t mode = folder->mode | 0100 | (folder->mode & 0444) >> 2;
	char path[PATH_SIZE];
	size_t size = strlen(folder->path);

	if (size >= sizeof path)
		return;
	memcpy(path, folder->path, size + 1);
	for (size_t i = 1; i <= size; i++) {
		if (path[i] && path[i] != '/')
			continue;
		path[i] = '\0';
		if (!mkdir(path, 0700))
			set_mode(path, mode);
		path[i] = folder->path[i];
	}
}

static int open_new(const struct sts_folder *folder, char *path)
{
	if (snprintf(path, PATH_SIZE, "%s/.new.XXXXXX", folder->path) >= PATH_SIZE)
		return -1;
	return mkostemp(path, O_CLOEXEC);
}

static bool write_new(int fd, mode_t mode, const struct buf *text)
{
	bool good = fd >= 0 && !file_write(fd, text->bytes, text->size) && !fchmod(fd, mode);

	return fd >= 0 && !close(fd) && good;
}

/* By rename, so that a reader sees the old file or the new one. Not synchronised with the disk:
   what is lost is fetched again. */
static bool write_file(const struct sts_folder *folder, const char *domain, const struct buf *text)
{
	char path[PATH_SIZE], new[PATH_SIZE];
	int fd;

	if (!file_path(path, folder->path, domain))
		return false;
	if (!folder_trusted(folder->path))
		make_folder(folder);
	if (!folder_trusted(folder->path))
		return false;
	fd = open_new(folder, new);
	if (write_new(fd, folder->mode, text) && !rename(new, path))
		return true;
	if (fd >= 0)
		unlink(new);
	return false;
}

bool sts_cache_write(const struct sts_cache *cache, const char *domain,
                     const struct sts_known *known)
{
	bool written = false;
	struct buf text;

	buf_init(&text, STS_POLICY_MAX + HEAD_MAX);
	sts_known_print(&text, domain, known);
	for (size_t i = 0; i < cache->count && !written && !text.failed; i++)
		written = write_file(&cache->folders[i], domain, &text);
	buf_free(&text);
	return written;
}
