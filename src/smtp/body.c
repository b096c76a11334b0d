#include "smtp/body.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The next dot that begins a line, or end. */
static const char *line_dot(const char *p, const char *end, bool line_start)
{
	if (line_start && *p == '.')
		return p;
	/* Not memmem, which takes three times as long for two bytes */
	while ((p = memchr(p, '\n', (size_t)(end - p))) && ++p < end) {
		if (*p == '.')
			return p;
	}
	return end;
}

/* RFC 5321 4.5.2: a dot at the beginning of a line is doubled. */
static bool say_stuffed(struct talk *talk, const char *p, size_t size, bool *line_start,
                        int64_t block)
{
	const char *end = p + size;
	bool good = true;

	while (good && p < end) {
		const char *dot = line_dot(p, end, *line_start);

		good = talk_content(talk, p, (size_t)(dot - p), block) &&
		       (dot == end || talk_content(talk, "..", 2, block));
		p = dot < end ? dot + 1 : end;
		*line_start = false;
	}
	*line_start = end[-1] == '\n';
	return good;
}

/* The bytes at offset, or NULL when they cannot be read. */
static const char *bytes_at(struct talk *talk, const struct message *m, uint64_t offset,
                            char *window, size_t *size)
{
	const char *bytes = message_at(m, offset, window, size);

	if (!bytes)
		talk->fault = talk_fault(talk, FAULT_SYSTEM, STAGE_DATA,
		                         "cannot read the message back from its temporary file");
	return bytes;
}

bool body_say(struct talk *talk, const struct message *m, bool stuff, int64_t block)
{
	char *window = m->memory ? NULL : memory_get(1, MESSAGE_WINDOW);
	bool line_start = true, good = true;

	for (uint64_t at = 0; good && at < m->size;) {
		size_t size = 0;
		const char *bytes = bytes_at(talk, m, at, window, &size);

		good = bytes && (stuff ? say_stuffed(talk, bytes, size, &line_start, block)
		                       : talk_content(talk, bytes, size, block));
		at += size;
	}
	free(window);
	talk_remark(talk, "message, %" PRIu64 " bytes", m->size);
	return good;
}
