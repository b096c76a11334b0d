/* Any bytes as a server's reply. What is taken is in order, fit to be shown, and the same however
   the bytes came in. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "smtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim)
{
	if (!claim)
		abort();
}

static void is_printable(const char *text)
{
	for (; *text; text++)
		must((unsigned char)*text >= ' ' && *text != 127);
}

static void is_in_order(const struct reply *reply, size_t used, size_t size)
{
	must(used >= 5 && used <= size && used <= REPLY_MAX);
	must(reply->code >= 200 && reply->code <= 599);
	must(reply->line_count >= 1);
	is_printable(reply->text);
	for (size_t i = 0; i < reply->line_count; i++)
		is_printable(reply->lines[i]);
}

/* A beginning may want more, but it never says something else than the whole. */
static void beginning_agrees(const char *bytes, size_t size, enum reply_result whole,
                             const struct reply *reply, size_t used)
{
	struct arena arena = {0};
	struct reply other;
	size_t other_used;
	const char *why;
	enum reply_result result = reply_parse(&arena, bytes, size, &other, &other_used, &why);

	must(result == REPLY_MORE || result == whole);
	if (result == REPLY_WHOLE)
		must(other_used == used && other.code == reply->code &&
		     strcmp(other.text, reply->text) == 0);
	if (whole == REPLY_WHOLE)
		must((result == REPLY_WHOLE) == (size >= used));
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data, *why = NULL;
	struct arena arena = {0};
	struct reply reply;
	size_t used = 0;

	/* Reply by reply, as long as they are. */
	for (size_t at = 0; at < size; at += used) {
		enum reply_result result =
			reply_parse(&arena, bytes + at, size - at, &reply, &used, &why);

		if (result == REPLY_WHOLE)
			is_in_order(&reply, used, size - at);
		if (result == REPLY_BAD)
			must(why && *why);
		for (size_t part = 0; part < 4; part++)
			beginning_agrees(bytes + at, (size - at) * part / 4, result, &reply, used);
		if (result != REPLY_WHOLE)
			break;
		beginning_agrees(bytes + at, used - 1, result, &reply, used);
		beginning_agrees(bytes + at, used, result, &reply, used);
	}
	arena_free(&arena);
	return 0;
}
