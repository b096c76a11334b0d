#include "crowd.h"

#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/dial.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crowd *crowd;

enum { LINE_LIMIT = 4096 };

struct server {
	struct stream stream;
	char address[IP_TEXT];
	struct crowd_visit *visit; /* once something was said */
	struct buf in, out;
	size_t read;       /* of out */
	size_t chunk;      /* of BDAT, to come */
	bool last;         /* it is the last one */
	bool content;      /* after 354 */
	bool mail;         /* a transaction is open */
	unsigned accepted; /* recipients of it */
	bool closed;
};

/* ---- temper ---- */

/* Which of sides it is for this server and this matter. */
static unsigned roll(const struct server *s, const char *matter, unsigned sides)
{
	return (unsigned)(text_hash(matter, text_hash(s->address, crowd->seed)) % sides);
}

static void say(struct server *s, const char *line)
{
	buf_printf(&s->out, "%s\r\n", line);
}

static void note_break(void)
{
	if (!crowd->broken)
		crowd->broken = crowd->visit_count;
}

/* One of the lines. NULL: it hangs up. True: it says yes. */
static bool say_one(struct server *s, const char *matter, const char *const *lines, unsigned count)
{
	const char *line = lines[roll(s, matter, count)];

	if (crowd->honest && (!line || strncmp(line, "421", 3) == 0))
		line = lines[0];
	if (line)
		say(s, line);
	if (!line || strncmp(line, "421", 3) == 0) {
		s->closed = true;
		note_break();
	}
	return line && *line == '2';
}

#define SAY_ONE(s, matter, lines) say_one(s, matter, lines, sizeof lines / sizeof *lines)

static void greet(struct server *s)
{
	static const char *const lines[] = {
		"220 here I am",
		"220 here I am",
		"220-please\r\n220 come in",
		"220 ESMTP",
		"220 ESMTP",
		"220 ESMTP",
		"220 ESMTP",
		"554 5.7.1 no service",
		"450 4.3.2 full",
		"421 4.3.2 later",
		"hello",
		NULL,
	};

	SAY_ONE(s, "greeting", lines);
}

/* ---- commands ---- */

static void on_hello(struct server *s, const char *rest)
{
	(void)rest;
	if (roll(s, "no ehlo", 12) == 0) {
		say(s, "502 5.5.1 what is that");
		return;
	}
	say(s, "250-good to see you");
	if (roll(s, "pipelining", 3))
		say(s, "250-PIPELINING");
	if (roll(s, "chunking", 2))
		say(s, "250-CHUNKING");
	if (roll(s, "starttls", 4) == 0)
		say(s, "250-STARTTLS");
	if (roll(s, "limits", 4) == 0)
		say(s, roll(s, "which", 2) ? "250-LIMITS MAILMAX=1" : "250-LIMITS RCPTMAX=2");
	say(s, roll(s, "size", 10) ? "250 SIZE" : "250 SIZE 20");
}

static void on_helo(struct server *s, const char *rest)
{
	(void)rest;
	say(s, "250 good to see you");
}

static void on_starttls(struct server *s, const char *rest)
{
	static const char *const lines[] = {"454 4.7.0 not now", "454 4.7.0 not now", "502 no",
	                                    NULL};

	(void)rest;
	SAY_ONE(s, "starttls answer", lines);
}

static void on_mail(struct server *s, const char *rest)
{
	static const char *const lines[] = {
		"250 2.1.0 fine", "250 2.1.0 fine",
		"250 2.1.0 fine", "250 2.1.0 fine",
		"250 fine",       "250 fine",
		"250 fine",       "250 fine",
		"451 4.3.0 busy", "550 5.7.1 not from you",
		"421 gone",       NULL,
	};
	(void)rest;
	s->accepted = 0;
	s->mail = SAY_ONE(s, "mail", lines);
}

static void on_rcpt(struct server *s, const char *rest)
{
	static const char *const lines[] = {
		"250 2.1.5 fine",    "250 2.1.5 fine", "250 fine",          "250 fine",
		"250 fine",          "250 fine",       "550 5.1.1 unknown", "451 4.2.0 later",
		"250 fine",          "250 fine",       "250 fine",          "250 fine",
		"553 5.7.1 refused", "452 4.2.2 full", "250 fine",          "250 fine",
		"250 fine",          "250 fine",       "421 gone",          NULL,
	};

	if (!s->mail) {
		say(s, "503 5.5.1 MAIL first");
		return;
	}
	if (s->accepted >= 2 && roll(s, "few", 4) == 0) {
		say(s, "452 4.5.3 too many");
		return;
	}
	s->accepted += SAY_ONE(s, rest, lines);
}

static void on_data(struct server *s, const char *rest)
{
	static const char *const lines[] = {"354 go on",   "354 go on", "354 go on",
	                                    "354 go on",   "354 go on", "451 4.3.0 disk",
	                                    "554 5.7.1 no"};
	unsigned line = crowd->honest ? 0 : roll(s, "data", sizeof lines / sizeof *lines);

	(void)rest;
	if (!s->accepted && roll(s, "nobody", 2)) {
		say(s, "554 5.5.1 nobody is there");
		return;
	}
	s->content = *lines[line] == '3';
	if (!s->content)
		note_break();
	say(s, lines[line]);
}

static void on_bdat(struct server *s, const char *rest)
{
	s->chunk = strtoul(rest, NULL, 10);
	s->last = strstr(rest, " LAST") != NULL;
}

static void on_rset(struct server *s, const char *rest)
{
	(void)rest;
	s->mail = false;
	say(s, "250 2.0.0 fine");
}

static void on_quit(struct server *s, const char *rest)
{
	(void)rest;
	say(s, "221 bye");
	s->closed = true;
}

static const struct {
	const char *verb;
	void (*answer)(struct server *s, const char *rest);
} answers[] = {
	{"EHLO ", on_hello},     {"HELO ", on_helo},    {"STARTTLS", on_starttls},
	{"MAIL FROM:", on_mail}, {"RCPT TO:", on_rcpt}, {"DATA", on_data},
	{"BDAT ", on_bdat},      {"RSET", on_rset},     {"QUIT", on_quit},
};

static void obey(struct server *s, const char *line)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		if (strncmp(line, answers[i].verb, strlen(answers[i].verb)) == 0) {
			answers[i].answer(s, line + strlen(answers[i].verb));
			return;
		}
	}
	crowd->trouble = "a command that nobody knows was said";
	s->closed = true;
}

/* ---- content ---- */

static void take_message(struct server *s)
{
	static const char *const lines[] = {
		"250 2.0.0 queued",   "250 2.0.0 queued",
		"250 2.0.0 queued",   "250 queued",
		"250 queued",         "250 queued",
		"451 4.3.0 disk",     "554 5.7.1 spam",
		"421 4.3.0 shutting", NULL,
	};

	if (!s->accepted)
		say(s, "554 5.5.1 nobody is there");
	else if (crowd->honest)
		say(s, "250 2.0.0 queued");
	else if (!SAY_ONE(s, "end", lines))
		note_break();
	s->mail = false;
	s->accepted = 0;
}

static size_t take_chunk(struct server *s)
{
	size_t part = s->in.size < s->chunk ? s->in.size : s->chunk;

	s->chunk -= part;
	if (!s->chunk && s->last)
		take_message(s);
	return part;
}

static size_t take_line(struct server *s, const char *newline)
{
	size_t size = (size_t)(newline - s->in.bytes) + 1;
	char line[LINE_LIMIT];

	if (s->content && size == 3 && s->in.bytes[0] == '.') {
		s->content = false;
		take_message(s);
	} else if (!s->content) {
		snprintf(line, sizeof line, "%.*s", (int)(size - 2), s->in.bytes);
		obey(s, line);
	}
	return size;
}

static void understand(struct server *s)
{
	const char *newline;

	while (!s->closed && s->in.size) {
		if (s->chunk)
			buf_drop(&s->in, take_chunk(s));
		else if ((newline = memchr(s->in.bytes, '\n', s->in.size)))
			buf_drop(&s->in, take_line(s, newline));
		else
			return;
	}
}

/* ---- the stream ---- */

static void note_visit(struct server *s)
{
	if (crowd->visit_count == CROWD_VISITS) {
		crowd->trouble = "visits without end";
		return;
	}
	s->visit = &crowd->visits[crowd->visit_count++];
	*s->visit = (struct crowd_visit){.number = 1, .from = crowd->said_size};
	memcpy(s->visit->address, s->address, sizeof s->address);
	for (struct crowd_visit *v = crowd->visits; v < s->visit; v++)
		s->visit->number += strcmp(v->address, s->address) == 0;
}

/* Of one connection after the other: with one delivery at a time nobody speaks to two servers. */
static void note_said(struct server *s, const void *bytes, size_t size)
{
	if (!s->visit)
		note_visit(s);
	if (!s->visit || s->visit->from + s->visit->size != crowd->said_size ||
	    crowd->said_size + size > CROWD_SAID) {
		crowd->trouble = "words without end, or to two servers at once";
		return;
	}
	memcpy(crowd->said + crowd->said_size, bytes, size);
	crowd->said_size += size;
	s->visit->size += size;
}

static ssize_t server_write(struct stream *stream, const void *from, size_t size)
{
	struct server *s = (struct server *)stream;

	if (s->closed && s->read == s->out.size) {
		stream->trouble = "connection reset by the server";
		return STREAM_BROKEN;
	}
	note_said(s, from, size);
	buf_add(&s->in, from, size);
	understand(s);
	return (ssize_t)size;
}

static ssize_t server_read(struct stream *stream, void *into, size_t size)
{
	struct server *s = (struct server *)stream;
	size_t left = s->out.size - s->read;

	if (!left)
		return s->closed ? STREAM_END : STREAM_AGAIN;
	size = size < left ? size : left;
	memcpy(into, s->out.bytes + s->read, size);
	s->read += size;
	return (ssize_t)size;
}

static int server_wait(struct stream *stream, short events, struct deadline until)
{
	const struct server *s = (const struct server *)stream;

	(void)until;
	if (events & POLLOUT || s->read < s->out.size || s->closed)
		return 1;
	crowd->trouble = "the program waits for what nobody will say";
	return 0;
}

static void server_close(struct stream *stream)
{
	struct server *s = (struct server *)stream;

	buf_free(&s->in);
	buf_free(&s->out);
	free(s);
}

/* ---- the dialer ---- */

static struct stream *server_open(const char *address)
{
	static const struct stream_ops ops = {server_read, server_write, server_wait, server_close};
	struct server *s = memory_get(1, sizeof *s);

	s->stream.ops = &ops;
	memcpy(s->address, address, sizeof s->address);
	buf_init(&s->in, CROWD_SAID);
	buf_init(&s->out, CROWD_SAID);
	greet(s);
	return &s->stream;
}

static struct dial crowd_begin(struct dialer *d, const struct ip *ip, uint16_t port)
{
	static const struct dial refused = {.state = DIAL_FAILED, .trouble = "connection refused"};
	char address[IP_TEXT] = "";

	(void)d;
	(void)port;
	if (crowd->dial_count == CROWD_DIALS) {
		crowd->trouble = "dials without end";
		return refused;
	}
	ip_print(ip, address);
	memcpy(crowd->dials[crowd->dial_count++], address, sizeof address);
	if (crowd->deaf || text_hash(address, crowd->seed) % 5 == 0)
		return refused;
	return (struct dial){.stream = server_open(address), .state = DIAL_UP};
}

static int crowd_wait(struct dialer *d, struct dial *dials[], size_t count, struct deadline until)
{
	(void)d;
	(void)dials;
	(void)until;
	crowd->trouble = "the program waits for a connection that stands";
	return (int)count;
}

static int64_t crowd_now(struct dialer *d)
{
	(void)d;
	return clock_now();
}

struct dialer *dial_network(void)
{
	static const struct dialer_ops ops = {crowd_begin, crowd_wait, crowd_now};
	static struct dialer dialer = {.ops = &ops};

	return &dialer;
}
