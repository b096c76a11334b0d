#include "smtp/talk.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	COMMAND_MAX = 4096,
	WORDS_MAX = 1000,
	GIBBERISH_MAX = 200 /* bytes of what is no reply that the record shows */
};

/* The one gate to the record: whatever was said, a terminal and a bug report can bear it. */
static void record(struct talk *t, char direction, const char *bytes, size_t size)
{
	if (t->trace)
		t->trace->line(t->trace->context, t->host, t->address, direction,
		               text_clean(&t->scratch, bytes, size));
}

static void record_text(struct talk *t, char direction, const char *text)
{
	record(t, direction, text, strlen(text));
}

static void record_reply(struct talk *t, const struct reply *reply)
{
	for (size_t i = 0; t->trace && i < reply->line_count; i++) {
		char separator = i + 1 < reply->line_count ? '-' : ' ';

		record_text(t, '<',
		            arena_printf(&t->scratch, "%u%c%s", reply->code, separator,
		                         reply->lines[i]));
	}
}

/* What was heard and is no reply, or not a whole one: its beginning, for whoever has to find out
   what is wrong there. */
static void record_rest(struct talk *t)
{
	size_t size;
	const char *bytes = conn_heard(&t->conn, &size);

	if (size)
		record(t, '<', bytes, size < GIBBERISH_MAX ? size : GIBBERISH_MAX);
	if (size > GIBBERISH_MAX)
		talk_remark(t, "and more of this, %zu bytes so far", size);
}

/* The talk is over, for this reason. Returns false. */
static bool fail(struct talk *t, enum fault fault, enum stage stage, const char *words)
{
	record_rest(t);
	record_text(t, '*', words);
	t->fault = talk_fault(t, fault, stage, words);
	return false;
}

/* A fault of the connection as a verdict. Whether the message may have got through is for who knows
   what was said to add. */
static bool conn_failed(struct talk *t, enum stage stage)
{
	static const enum fault faults[] = {
		[CONN_FINE] = FAULT_LOST,           [CONN_ENDED] = FAULT_LOST,
		[CONN_BROKEN] = FAULT_LOST,         [CONN_SILENT] = FAULT_SILENT,
		[CONN_CANCELLED] = FAULT_CANCELLED, [CONN_FLOODED] = FAULT_PROTOCOL,
	};
	enum fault fault = faults[t->conn.fault];

	const char *words = t->conn.trouble ? t->conn.trouble : "connection lost";

	if (fault == FAULT_SILENT && deadline_passed(t->until)) {
		fault = FAULT_EXPIRED;
		words = "the time for this run is over";
	}
	return !t->fault.class && fail(t, fault, stage, words);
}

void talk_open(struct talk *t, struct stream *stream)
{
	conn_open(&t->conn, stream);
	t->fault = (struct status){0};
	t->lap = clock_now();
	for (size_t i = 0; i < sizeof t->spent / sizeof *t->spent; i++)
		t->spent[i] = -1;
}

void talk_lap(struct talk *t, enum stage stage)
{
	int64_t now = clock_now();

	t->spent[stage] = (t->spent[stage] < 0 ? 0 : t->spent[stage]) + now - t->lap;
	t->lap = now;
}

bool talk_content(struct talk *t, const char *bytes, size_t size, int64_t milliseconds)
{
	return conn_say(&t->conn, bytes, size, deadline_in(t->until, milliseconds));
}

static bool say(struct talk *t, const char *line, size_t size)
{
	record(t, '>', line, size);
	return conn_say(&t->conn, line, size, deadline_in(t->until, t->sending)) &&
	       conn_say(&t->conn, "\r\n", 2, deadline_in(t->until, t->sending));
}

bool talk_say(struct talk *t, const char *format, ...)
{
	char line[COMMAND_MAX];
	va_list values;
	int size;

	if (t->fault.class)
		return false;
	va_start(values, format);
	size = vsnprintf(line, sizeof line, format, values);
	va_end(values);
	if (size < 0 || (size_t)size >= sizeof line || strpbrk(line, "\r\n")) {
		/* Addresses and names were checked where they came in; this is the last gate before
		   the wire (RULES.md B18). */
		return fail(t, FAULT_PROTOCOL, STAGE_MAIL,
		            "a command that cannot be sent was held back");
	}
	return say(t, line, (size_t)size);
}

bool talk_flush(struct talk *t, int64_t milliseconds)
{
	return conn_flush(&t->conn, deadline_in(t->until, milliseconds));
}

bool talk_reply(struct talk *t, struct reply *reply, enum stage stage, int64_t milliseconds)
{
	struct deadline until = deadline_in(t->until, milliseconds);
	enum reply_result result;
	size_t size, used;
	const char *bytes, *why;
	bool more = conn_flush(&t->conn, until);

	if (t->fault.class)
		return false;
	for (;;) {
		bytes = conn_heard(&t->conn, &size);
		arena_free(&t->scratch);
		result = reply_parse(&t->scratch, bytes, size, reply, &used, &why);
		if (result != REPLY_MORE)
			break;
		if (!more || !conn_hear(&t->conn, until))
			return conn_failed(t, stage);
	}
	if (result == REPLY_BAD)
		return fail(t, FAULT_PROTOCOL, stage, why);
	conn_take(&t->conn, used);
	talk_lap(t, stage);
	t->greeted = true;
	record_reply(t, reply);
	return true;
}

bool talk_in_turn(struct talk *t, enum stage stage)
{
	size_t size, used;
	const char *bytes, *why;
	struct reply reply;
	bool good = conn_look(&t->conn);

	bytes = conn_heard(&t->conn, &size);
	if (!size)
		return good || conn_failed(t, stage);
	arena_free(&t->scratch);
	if (reply_parse(&t->scratch, bytes, size, &reply, &used, &why) == REPLY_WHOLE &&
	    reply.code == 421) {
		record_reply(t, &reply);
		t->fault = talk_status(t, &reply, stage);
		return false;
	}
	return fail(t, FAULT_PROTOCOL, stage,
	            "the server, or somebody on the way, spoke out of turn");
}

void talk_remark(struct talk *t, const char *format, ...)
{
	char line[COMMAND_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(line, sizeof line, format, values);
	va_end(values);
	record_text(t, '*', line);
}

/* A verdict is one line for a person, and there may be one for each of thousands of recipients:
   what is too long is cut, between two characters. */
const char *talk_words(struct talk *t, const struct reply *reply)
{
	size_t size = strlen(reply->text), cut = text_cut(reply->text, size, WORDS_MAX);

	return cut == size ? arena_text(t->texts, reply->text)
	                   : arena_printf(t->texts, "%.*s...", (int)cut, reply->text);
}

struct status talk_status(struct talk *t, const struct reply *reply, enum stage stage)
{
	struct status s = status_of_reply(reply->code, stage, talk_words(t, reply));

	s.host = t->host;
	s.address = t->address;
	return s;
}

struct status talk_fault(struct talk *t, enum fault fault, enum stage stage, const char *words)
{
	struct status s = status_of(fault, stage, t->texts, "%s", words);

	s.host = t->host;
	s.address = t->address;
	return s;
}

void talk_close(struct talk *t)
{
	/* A server that refused us hears it too; one that does not speak SMTP, or was silent, hears
	   nothing more. */
	if (t->conn.fault == CONN_FINE && t->greeted && t->fault.fault == FAULT_NONE)
		say(t, "QUIT", 4);
	conn_close(&t->conn);
	arena_free(&t->scratch);
}
