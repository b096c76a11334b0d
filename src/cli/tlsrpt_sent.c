#include "cli/tlsrpt_sent.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

enum { SENT_MAX = 64 * 1024 * 1024, LINE_SIZE = 2048 }; /* 100,000 domains with four targets */

static bool ours(int fd)
{
	struct stat s;

	return !fstat(fd, &s) && S_ISREG(s.st_mode) && s.st_uid == geteuid() && s.st_nlink == 1;
}

static int open_ours(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd < 0 || ours(fd))
		return fd;
	close(fd);
	return -1;
}

void tlsrpt_sent_open(struct tlsrpt_sent *s, struct arena *a, const char *folder, const char *day)
{
	int fd;

	s->path = arena_printf(a, "%s/%s.sent", folder, day);
	buf_init(&s->text, SENT_MAX);
	buf_text(&s->text, "\n");
	fd = open_ours(s->path, O_RDONLY);
	if (fd < 0)
		return;
	file_read_rest(fd, &s->text);
	close(fd);
}

/* A line with the ends of those around it. */
static bool line_of(struct buf *line, const char *domain, const char *where)
{
	buf_init(line, LINE_SIZE);
	buf_printf(line, "\n%s %s\n", domain, where);
	return !line->failed && !memchr(line->bytes + 1, '\n', line->size - 2);
}

bool tlsrpt_sent_has(const struct tlsrpt_sent *s, const char *domain, const char *where)
{
	struct buf line;
	bool found = line_of(&line, domain, where) &&
	             memmem(s->text.bytes, s->text.size, line.bytes, line.size);

	buf_free(&line);
	return found;
}

void tlsrpt_sent_add(struct tlsrpt_sent *s, const char *domain, const char *where)
{
	struct buf line;
	int fd = open_ours(s->path, O_WRONLY | O_APPEND | O_CREAT);

	if (line_of(&line, domain, where) && fd >= 0)
		file_write(fd, line.bytes + 1, line.size - 1);
	if (fd >= 0)
		close(fd);
	buf_free(&line);
}

void tlsrpt_sent_drop(const struct tlsrpt_sent *s)
{
	unlink(s->path);
}

void tlsrpt_sent_close(struct tlsrpt_sent *s)
{
	buf_free(&s->text);
}
