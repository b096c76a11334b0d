#include "mail/recode_source.h"

#include <errno.h>
#include <string.h>

/* Have the bytes from s->at on at hand: as many as a window holds if fresh, else at least one. */
static bool source_load(struct source *s, bool fresh)
{
	bool here = s->loaded && s->at >= s->from && s->at < s->from + s->size;

	if (here && !fresh)
		return true;
	errno = EIO; /* what a file that has become shorter means */
	s->loaded = message_at(s->message, s->at, s->window, &s->size);
	s->from = s->at;
	s->error = errno;
	s->failed = !s->loaded;
	return s->loaded;
}

static void piece_take(struct source *s, struct piece *piece)
{
	size_t left = s->size - (size_t)(s->at - s->from);

	piece->text = s->loaded + (s->at - s->from);
	piece->size = left < MESSAGE_WINDOW ? left : MESSAGE_WINDOW;
}

/* Shorten the piece to its first line; false when that does not end in it. */
static bool piece_cut(struct piece *piece)
{
	const char *feed = memchr(piece->text, '\n', piece->size);

	if (feed)
		piece->size = (size_t)(feed - piece->text) + 1;
	piece->ends = feed;
	return feed;
}

void source_seek(struct source *s, uint64_t at)
{
	s->at = at;
	s->in_line = false;
}

bool source_line(struct source *s, struct piece *piece)
{
	if (s->at >= s->message->size || !source_load(s, false))
		return false;
	piece_take(s, piece);
	if (!piece_cut(piece) && piece->size < SOURCE_LINE_MAX) {
		if (!source_load(s, true))
			return false;
		piece_take(s, piece);
		piece_cut(piece);
	}
	piece->begins = !s->in_line;
	s->in_line = !piece->ends;
	s->at += piece->size;
	return true;
}

bool source_bytes(struct source *s, uint64_t max, struct piece *piece)
{
	if (!max || s->at >= s->message->size || !source_load(s, false))
		return false;
	piece_take(s, piece);
	if (piece->size > max)
		piece->size = (size_t)max;
	s->at += piece->size;
	return true;
}
