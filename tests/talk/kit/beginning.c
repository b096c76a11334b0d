#include "beginning.h"

#include <string.h>

size_t beginning_size(const char *said, size_t size)
{
	static const char quit[] = "QUIT\r\n";

	for (size_t part = sizeof quit - 1; part; part--) {
		size_t rest = size - part;

		if (size >= part && memcmp(said + rest, quit, part) == 0 &&
		    (rest == 0 || said[rest - 1] == '\n' || said[rest - 1] == '>'))
			return rest;
	}
	return size;
}

static const char *next_mail(const char *bytes, const char *end)
{
	static const char mail[] = "MAIL FROM:";
	const char *p = bytes;

	while (p && (p = memmem(p, (size_t)(end - p), mail, sizeof mail - 1)) && p > bytes &&
	       p[-1] != '\n')
		p++;
	return p;
}

bool beginning_is(const char *said, size_t size, const char *whole, size_t whole_size)
{
	const char *end = said + size, *whole_end = whole + whole_size;

	while (said < end) {
		size_t same = 0;

		while (said + same < end && whole + same < whole_end && said[same] == whole[same])
			same++;
		if (said + same == end)
			return true;
		while (same && said[same - 1] != '\n')
			same--;
		said += same;
		whole += same;
		if (end - said >= 6 && memcmp(said, "RSET\r\n", 6) == 0)
			said += 6;
		if (next_mail(said, end) != said)
			return false;
		whole = next_mail(whole, whole_end);
		if (!whole)
			return true; /* the whole run lost this server before it could say that */
	}
	return true;
}

static const char tls_mark[] = "<tls>";

/* The commands that each stage brings. */
static const char *const commands[][3] = {
	[STAGE_HELLO] = {"EHLO ", "HELO "},
	[STAGE_TLS] = {"STARTTLS\r\n", tls_mark},
	[STAGE_MAIL] = {"MAIL FROM:", "RSET\r\n"},
	[STAGE_RCPT] = {"RCPT TO:"},
	[STAGE_DATA] = {"DATA\r\n"},
	[STAGE_DONE] = {NULL},
};

static bool begins(const char *line, size_t size, const char *word)
{
	return size >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

/* RFC 8446 5.1: of a handshake, or an alert, of which nobody here understands more. */
static bool is_tls_record(const char *line, size_t size)
{
	return size >= 2 && line[0] >= 0x14 && line[0] <= 0x17 && line[1] == 3;
}

static bool is_allowed(const char *line, size_t size, enum stage stage)
{
	for (enum stage s = STAGE_ROUTE; s <= stage; s++) {
		for (size_t i = 0; i < 3 && commands[s][i]; i++) {
			if (begins(line, size, commands[s][i]))
				return true;
		}
	}
	return false;
}

const char *beginning_excess(const char *said, size_t size, enum stage stage)
{
	const char *end = said + beginning_size(said, size);

	while (said < end) {
		size_t left = (size_t)(end - said);
		const char *newline = memchr(said, '\n', left);

		if (stage >= STAGE_TLS && is_tls_record(said, left))
			return NULL;
		if (!is_allowed(said, left, stage))
			return said;
		if (begins(said, left, tls_mark))
			said += sizeof tls_mark - 1;
		else
			said = newline ? newline + 1 : end;
	}
	return NULL;
}
