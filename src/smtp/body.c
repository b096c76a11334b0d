#include "smtp/body.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The first dot behind a line end from p on, or end; no line begins at p. Dots are rarer than line
   ends, and after one in the midst of a line the next can only stand behind its end: so a text full
   of dots costs two looks a line, and base64 none. */
static const char *line_dot(const char *p, const char *end)
{
	const char *dot, *feed;

	while ((dot = memchr(p, '.', (size_t)(end - p)))) {
		if (dot > p && dot[-1] == '\n')
			return dot;
		feed = memchr(dot, '\n', (size_t)(end - dot));
		if (!feed || feed + 1 == end)
			return end;
		if (feed[1] == '.')
			return feed + 1;
		p = feed + 1;
	}
	return end;
}

/* RFC 5321 4.5.2: a dot at the beginning of a line is doubled. It ends what is said up to it, and
   begins what follows. */
static bool say_stuffed(struct talk *talk, const char *p, size_t size, bool line_start,
                        struct deadline until)
{
	const char *end = p + size;
	const char *dot = line_start && *p == '.' ? p : line_dot(p, end);
	bool good = true;

	for (; good && dot < end; dot = line_dot(dot + 1, end)) {
		good = conn_say(&talk->conn, p, (size_t)(dot + 1 - p), until);
		p = dot;
	}
	return good && conn_say(&talk->conn, p, (size_t)(end - p), until);
}

/* The bytes at offset, no more than one wait shall be for; NULL when they cannot be read. */
static const char *bytes_at(struct talk *talk, const struct message *m, uint64_t offset,
                            char *window, size_t *size)
{
	const char *bytes = message_at(m, offset, window, size);

	if (*size > MESSAGE_WINDOW)
		*size = MESSAGE_WINDOW;
	if (!bytes)
		talk->fault = talk_fault(talk, FAULT_SYSTEM, STAGE_DATA,
		                         "cannot read the message back from its temporary file");
	return bytes;
}

bool body_say(struct talk *talk, const struct message *m, bool stuff, int64_t block)
{
	char *window = m->memory ? NULL : memory_get(1, MESSAGE_WINDOW);
	bool line_start = stuff, good = true;

	for (uint64_t at = 0; good && at < m->size;) {
		size_t size = 0;
		const char *bytes = bytes_at(talk, m, at, window, &size);
		struct deadline until = deadline_in(talk->until, block);

		good = bytes && (stuff ? say_stuffed(talk, bytes, size, line_start, until)
		                       : conn_say(&talk->conn, bytes, size, until));
		line_start = good && bytes[size - 1] == '\n';
		at += size;
	}
	free(window);
	talk_remark(talk, "message, %" PRIu64 " bytes", m->size);
	return good;
}
