#include "smtp/reply.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

struct line {
	const char *bytes; /* without code and CRLF */
	size_t size;
	unsigned code;
	bool last;
};

static const char bad_length[] = "a reply line longer than 4,096 bytes";
static const char bad_total[] = "a reply longer than 65,536 bytes";
static const char bad_end[] = "a reply line that ends in a bare LF";
static const char bad_bytes[] = "a NUL or bare CR in a reply";
static const char bad_code[] = "a line without a reply code";
static const char bad_change[] = "a reply whose code changes from line to line";

/* RFC 5321 4.2: Reply-code = %x32-35 %x30-35 %x30-39; the second digit is taken as it comes: only
   the first one decides. */
static bool parse_code(const char *p, size_t size, unsigned *code)
{
	if (size < 3 || p[0] < '2' || p[0] > '5' || !text_is_digit(p[1]) || !text_is_digit(p[2]))
		return false;
	*code = (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 + (unsigned)(p[2] - '0');
	return size == 3 || p[3] == ' ' || p[3] == '-';
}

static enum reply_result parse_line(const char *p, size_t size, struct line *line, size_t *used,
                                    const char **why)
{
	const char *end = memchr(p, '\n', size < REPLY_LINE_MAX ? size : REPLY_LINE_MAX);
	size_t length;

	*why = bad_length;
	if (!end)
		return size < REPLY_LINE_MAX ? REPLY_MORE : REPLY_BAD;
	*used = (size_t)(end - p) + 1;
	*why = bad_end;
	if (*used < 2 || end[-1] != '\r')
		return REPLY_BAD;
	length = *used - 2;
	*why = bad_bytes;
	if (memchr(p, '\0', length) || memchr(p, '\r', length))
		return REPLY_BAD;
	*why = bad_code;
	if (!parse_code(p, length, &line->code))
		return REPLY_BAD;
	line->last = length == 3 || p[3] == ' ';
	line->bytes = p + (length > 3 ? 4 : 3);
	line->size = length - (size_t)(line->bytes - p);
	return REPLY_WHOLE;
}

/* Size of an enhanced status code and the blank behind it at the front of text; 0 when there is
   none. */
static size_t enhanced_size(const char *text)
{
	size_t i = 0, dots = 0;

	if (text[0] < '2' || text[0] > '5' || text[1] != '.')
		return 0;
	for (; text_is_digit(text[i]) || text[i] == '.'; i++)
		dots += text[i] == '.';
	return dots == 2 && text_is_digit(text[i - 1]) && (text[i] == ' ' || !text[i])
	               ? i + (text[i] == ' ')
	               : 0;
}

/* RFC 2034 4 has servers repeat the enhanced code on every line; people want it once. */
static const char *without_repeated_code(const char *line, const char *first)
{
	size_t size = enhanced_size(line);

	return size && size <= strlen(first) && strncmp(line, first, size) == 0 ? line + size
	                                                                        : line;
}

static const char *join(struct arena *a, const char *const *lines, size_t count)
{
	size_t size = 1;
	char *text, *end;

	for (size_t i = 0; i < count; i++)
		size += strlen(lines[i]) + 1;
	text = end = arena_get(a, size);
	for (size_t i = 0; i < count; i++) {
		const char *line = i ? without_repeated_code(lines[i], lines[0]) : lines[0];
		size_t length = strlen(line);

		if (end != text && length)
			*end++ = ' ';
		memcpy(end, line, length);
		end += length;
	}
	return text;
}

/* Count the lines of the reply at the front. */
static enum reply_result measure(const char *bytes, size_t size, struct reply *reply, size_t *used,
                                 const char **why)
{
	struct line line = {.last = false};

	*used = 0;
	*reply = (struct reply){0};
	while (!line.last) {
		size_t taken;
		enum reply_result result =
			parse_line(bytes + *used, size - *used, &line, &taken, why);

		if (result == REPLY_MORE && size > REPLY_MAX) {
			*why = bad_total;
			return REPLY_BAD;
		}
		if (result != REPLY_WHOLE)
			return result;
		*used += taken;
		*why = reply->line_count && line.code != reply->code ? bad_change : bad_total;
		if (*used > REPLY_MAX || *why == bad_change)
			return REPLY_BAD;
		reply->code = line.code;
		reply->line_count++;
	}
	return REPLY_WHOLE;
}

enum reply_result reply_parse(struct arena *a, const char *bytes, size_t size, struct reply *reply,
                              size_t *used, const char **why)
{
	enum reply_result result = measure(bytes, size, reply, used, why);
	const char **lines;
	size_t at = 0;

	if (result != REPLY_WHOLE)
		return result;
	lines = arena_array(a, reply->line_count, sizeof *lines);
	for (size_t i = 0; i < reply->line_count; i++) {
		struct line line = {.size = 0};
		size_t taken = 0;

		parse_line(bytes + at, size - at, &line, &taken, why);
		lines[i] = text_clean(a, line.bytes, line.size);
		at += taken;
	}
	reply->lines = lines;
	reply->text = join(a, lines, reply->line_count);
	return REPLY_WHOLE;
}
