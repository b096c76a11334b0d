/* resolv.conf(5), read as glibc reads it: a keyword counts at the very beginning of a line only,
   and so do ";" and "#". */

#include "net/dns.h"

#include "base/file.h"
#include "base/text.h"

#include <string.h>

enum {
	PORT = 53,
	TIMEOUT_USUAL = 5, /* seconds */
	TIMEOUT_MOST = 30,
	ATTEMPTS_USUAL = 2,
	ATTEMPTS_MOST = 5,
	WORD_MAX = 256, /* an address with an interface's name is far shorter */
	FILE_MAX = 1 << 20
};

/* The rest of a line. */
struct line {
	const char *at, *end;
};

static bool is_space(char c)
{
	return text_is_blank(c) || c == '\r' || c == '\f' || c == '\v';
}

/* The next word, cut off at WORD_MAX - 1 bytes; "" at the end of the line. */
static const char *next_word(struct line *line, char *word)
{
	size_t size = 0;

	while (line->at < line->end && is_space(*line->at))
		line->at++;
	for (; line->at < line->end && !is_space(*line->at); line->at++) {
		if (size < WORD_MAX - 1)
			word[size++] = *line->at;
	}
	word[size] = '\0';
	return word;
}

static void add_server(struct dns_settings *s, const char *word)
{
	struct dns_server server = {.port = PORT};

	if (s->server_count < DNS_SERVER_MAX && ip_parse(word, &server.ip))
		s->servers[s->server_count++] = server;
}

/* Zero would be no time and no attempt at all; what is too much is brought down to the most, as
   glibc does. */
static bool read_number(const char *word, const char *option, uint64_t most, uint64_t *number)
{
	if (!text_begins(word, option) || !text_number(word + strlen(option), UINT32_MAX, number))
		return false;
	if (*number > most)
		*number = most;
	return *number > 0;
}

static void take_option(struct dns_settings *s, const char *word)
{
	uint64_t number;

	if (read_number(word, "timeout:", TIMEOUT_MOST, &number))
		s->timeout = (int64_t)number * 1000;
	else if (read_number(word, "attempts:", ATTEMPTS_MOST, &number))
		s->attempts = (unsigned)number;
	else if (strcmp(word, "rotate") == 0)
		s->rotate = true;
}

static void take_line(struct dns_settings *s, struct line line)
{
	char word[WORD_MAX];

	if (line.at == line.end || is_space(*line.at))
		return;
	next_word(&line, word);
	if (strcmp(word, "nameserver") == 0)
		add_server(s, next_word(&line, word));
	if (strcmp(word, "options") != 0)
		return;
	while (*next_word(&line, word))
		take_option(s, word);
}

/* resolv.conf(5): where no server is named it is this machine. */
static void assume_server(struct dns_settings *s)
{
	add_server(s, "127.0.0.1");
	s->servers[0].assumed = true;
}

static void clear(struct dns_settings *s)
{
	*s = (struct dns_settings){.timeout = TIMEOUT_USUAL * 1000, .attempts = ATTEMPTS_USUAL};
}

void dns_settings_default(struct dns_settings *s)
{
	clear(s);
	assume_server(s);
}

void dns_settings_parse(struct dns_settings *s, const char *text, size_t size)
{
	const char *end = text + size;

	clear(s);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		struct line line = {.at = text, .end = newline ? newline : end};

		take_line(s, line);
		text = newline ? newline + 1 : end;
	}
	if (!s->server_count)
		assume_server(s);
}

void dns_settings_read(struct dns_settings *s, const char *path)
{
	struct buf text;

	buf_init(&text, FILE_MAX);
	dns_settings_default(s);
	if (!file_read(path, 0, &text) && text.size)
		dns_settings_parse(s, text.bytes, text.size);
	buf_free(&text);
}
