#include "mail/boundary.h"

#include <string.h>

#include "base/text.h"

/* A line of dashes and blanks may be long; more than this is no delimiter. */
enum { LINE_MAX_SIZE = 2000 };

/* Is it one of this boundary? To the byte: if "--ab" were one of "a", as RFC 2046 5.1.1 once allows
   and once forbids, parts with such boundaries could not stand in each other. */
static bool is_delimiter(const char *line, size_t size, const char *boundary, size_t boundary_size,
                         bool *closing)
{
	size_t at = 2 + boundary_size;

	if (size < at || memcmp(line + 2, boundary, boundary_size) != 0)
		return false;
	*closing = size >= at + 2 && memcmp(line + at, "--", 2) == 0;
	at += *closing ? 2 : 0;
	while (at < size && text_is_blank(line[at]))
		at++;
	return at == size;
}

bool boundary_push(struct boundaries *b, const struct mime *mime)
{
	if (b->depth == BOUNDARY_DEPTH_MAX)
		return false;
	memcpy(b->levels[b->depth].text, mime->boundary, mime->boundary_size);
	b->levels[b->depth].size = mime->boundary_size;
	b->levels[b->depth++].digest = mime->digest;
	return true;
}

bool boundary_find(const struct boundaries *b, const struct piece *piece, struct delimiter *found)
{
	if (!piece->begins || !piece->ends || piece->size < 4 || piece->size > LINE_MAX_SIZE ||
	    memcmp(piece->text, "--", 2) != 0)
		return false;
	for (size_t i = b->depth; i-- > 0;) {
		found->level = i;
		if (is_delimiter(piece->text, piece->size - 2, b->levels[i].text, b->levels[i].size,
		                 &found->closing))
			return true;
	}
	return false;
}

void boundary_pass(struct boundaries *b, const struct delimiter *d)
{
	b->depth = d->level + !d->closing;
}

bool boundary_in_digest(const struct boundaries *b)
{
	return b->depth && b->levels[b->depth - 1].digest;
}
