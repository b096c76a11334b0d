#include "cli/tlsrpt_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/json_line.h"

enum { PATH_SIZE = 4096, DAY_SIZE = 11 };

void tlsrpt_day(int64_t now, char *day)
{
	time_t moment = (time_t)now;
	struct tm utc;

	if (!gmtime_r(&moment, &utc) || strftime(day, DAY_SIZE, "%Y-%m-%d", &utc) != DAY_SIZE - 1)
		day[0] = '\0';
}

int64_t tlsrpt_day_begin(const char *day)
{
	struct tm utc = {0};
	char again[DAY_SIZE];
	int64_t begin;

	if (strlen(day) != DAY_SIZE - 1 || day[4] != '-' || day[7] != '-' ||
	    sscanf(day, "%4d-%2d-%2d", &utc.tm_year, &utc.tm_mon, &utc.tm_mday) != 3)
		return -1;
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	begin = timegm(&utc);
	tlsrpt_day(begin, again); /* the 31st of June is another day */
	return begin >= 0 && strcmp(day, again) == 0 ? begin : -1;
}

static json_t *short_text(struct arena *a, const char *bytes, size_t size)
{
	char *kept = arena_bytes(a, bytes, text_cut(bytes, size, TLSRPT_TEXT_MAX));

	return json_string(text_clean(a, kept, strlen(kept)));
}

static json_t *lines(struct arena *a, const char *text, size_t size)
{
	json_t *list = json_array();

	while (size && json_array_size(list) < TLSRPT_LIST_MAX) {
		const char *feed = memchr(text, '\n', size);
		size_t line = feed ? (size_t)(feed - text) : size, whole = line + (feed != NULL);

		while (line && strchr("\r \t", text[line - 1]))
			line--;
		if (line)
			json_array_append_new(list, short_text(a, text, line));
		text += whole;
		size -= whole;
	}
	return list;
}

static json_t *names(struct arena *a, const char *const *names_given, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count && i < TLSRPT_LIST_MAX; i++)
		json_array_append_new(list, short_text(a, names_given[i], strlen(names_given[i])));
	return list;
}

static void put_short(struct arena *a, json_t *line, const char *key, const char *text)
{
	if (text)
		json_object_set_new(line, key, short_text(a, text, strlen(text)));
}

/* The names are those of the report (4.4). */
static json_t *line_of(struct arena *a, const struct tlsrpt_session *s)
{
	const struct tlsrpt_policy *p = &s->policy;
	json_t *line = json_object();

	put_short(a, line, "policy-type", p->type);
	put_short(a, line, "policy-domain", p->domain);
	if (p->text_size)
		json_object_set_new(line, "policy-string", lines(a, p->text, p->text_size));
	if (p->mx_count)
		json_object_set_new(line, "mx-host", names(a, p->mx, p->mx_count));
	put_short(a, line, "result-type", s->result);
	put_short(a, line, "failure-reason-code", s->reason);
	put_short(a, line, "sending-mta-ip", s->sending_ip);
	put_short(a, line, "receiving-mx-hostname", s->mx);
	put_short(a, line, "receiving-ip", s->receiving_ip);
	return line;
}

static int open_day(const char *folder, int64_t now)
{
	char path[PATH_SIZE], day[DAY_SIZE];

	tlsrpt_day(now, day);
	if (!day[0] || snprintf(path, sizeof path, "%s/%s.%u", folder, day, (unsigned)geteuid()) >=
	                       (int)sizeof path) {
		errno = EINVAL;
		return -1;
	}
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
	            0600);
}

/* One write at the end, which the kernel does not mix with another's; so no lock. What a full disk
   leaves of a line is ended, so that it spoils no other. */
static bool append(int fd, const struct buf *line)
{
	struct stat s;
	ssize_t written;

	if (fstat(fd, &s))
		return false;
	/* In a folder for all, what bears our name may be another's, or another file of ours */
	errno = EPERM;
	if (!S_ISREG(s.st_mode) || s.st_uid != geteuid() || s.st_nlink != 1)
		return false;
	errno = EFBIG;
	if (s.st_size > TLSRPT_FILE_MAX || line->failed)
		return false;
	written = write(fd, line->bytes, line->size);
	if (written == (ssize_t)line->size)
		return true;
	if (written >= 0 && write(fd, "\n", 1) >= 0)
		errno = ENOSPC;
	return false;
}

bool tlsrpt_log(const char *folder, int64_t now, const struct tlsrpt_session *session, int *error)
{
	struct arena a = {0};
	struct buf line;
	bool kept;
	int fd;

	buf_init(&line, TLSRPT_LINE_MAX);
	json_line_end(line_of(&a, session), &line);
	arena_free(&a);
	fd = open_day(folder, now);
	kept = fd >= 0 && append(fd, &line);
	*error = kept ? 0 : errno;
	if (fd >= 0)
		close(fd);
	buf_free(&line);
	return kept;
}
