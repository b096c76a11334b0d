#include "mail/recode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "mail/boundary.h"
#include "mail/charset.h"
#include "mail/encode.h"
#include "mail/message_store.h"
#include "mail/recode_header.h"
#include "mail/recode_source.h"

/* A header and the longest that one window of body can become. */
enum { OUT_MAX = 32 * MESSAGE_HEADER_MAX + (ENCODE_GROWTH + 1) * MESSAGE_WINDOW + ENCODE_SLACK };

enum {
	BLOCK = 64,
	SAMPLE = 1 << 20 /* bytes of a body */
};

/* What begins at the place that was reached. */
enum next { NEXT_MESSAGE, NEXT_PART, NEXT_FILLER };

struct walk {
	enum recode_goal goal;
	struct source source;
	struct store store;
	struct buf out; /* on its way to the store */
	struct message *made;
	enum next next;
	struct boundaries boundaries;
};

/* Bytes between a header, or a delimiter, and the next delimiter or the end. */
struct body {
	uint64_t begin, end;
	bool delimited;
	struct delimiter delimiter;
	struct charset charset;
	size_t length, longest; /* of lines */
	uint64_t seen, strange; /* bytes */
};

/* Write what waits. */
static bool flush(struct walk *w)
{
	if (w->out.failed) {
		w->store.failed = "write to";
		w->store.error = EMSGSIZE;
		return false;
	}
	w->made->eight_bit = w->made->eight_bit || text_eight_bit(w->out.bytes, w->out.size);
	bool good = store_add(&w->store, w->out.bytes, w->out.size);
	buf_clear(&w->out);
	return good;
}

/* The same once it is worth a call of the system. */
static bool spill(struct walk *w)
{
	return w->out.size < MESSAGE_WINDOW || flush(w);
}

static bool header_write(struct walk *w, struct header *h)
{
	/* An attached message has no need that would be worth stopping this one. */
	if (w->goal == RECODE_SEVEN_BIT)
		header_encode(h, !w->made->header_size);
	header_fold(h);
	buf_add(&w->out, h->text.bytes, h->text.size);
	if (h->separated)
		buf_text(&w->out, "\r\n");
	if (!w->made->header_size)
		w->made->header_size = w->out.size;
	return spill(w);
}

/* Does quoted-printable have to encode it? What is white space beside blanks is not told apart. */
static unsigned char is_strange(char c)
{
	return ((unsigned char)(c - ' ') > '~' - ' ' && (unsigned char)(c - '\t') > '\r' - '\t') ||
	       c == '=';
}

/* By blocks, which a processor looks at as a whole. */
static size_t strange_count(const char *text, size_t size)
{
	size_t count = 0;

	for (; size >= BLOCK; text += BLOCK, size -= BLOCK) {
		unsigned char some = 0;

		for (size_t i = 0; i < BLOCK; i++)
			some += is_strange(text[i]);
		count += some;
	}
	while (size)
		count += is_strange(text[--size]);
	return count;
}

static void body_note(struct body *b, const struct piece *piece)
{
	size_t strange = strange_count(piece->text, piece->size);

	/* What has none is ASCII, and says something only inside a character. */
	if (strange || b->charset.left)
		charset_take(&b->charset, piece->text, piece->size);
	b->strange += strange;
	b->seen += piece->size;
	b->length += piece->size - (piece->ends ? 2 : 0);
	if (b->length > b->longest)
		b->longest = b->length;
	if (piece->ends)
		b->length = 0;
}

/* Is all known that decides? Most long lines are in large messages that are one body of ASCII: no
   delimiter can come there, and what it is mostly made of shows soon. */
static bool is_decided(const struct walk *w, const struct body *b)
{
	return !w->boundaries.depth && !w->source.message->eight_bit &&
	       b->longest > ENCODE_LINE_MAX && b->seen > SAMPLE;
}

/* Find the end of the body that begins here, and what it is made of. */
static void body_scan(struct walk *w, struct body *b)
{
	struct piece piece;

	*b = (struct body){.begin = w->source.at, .end = w->source.at};
	while (!b->delimited && !is_decided(w, b) && source_line(&w->source, &piece)) {
		b->delimited = boundary_find(&w->boundaries, &piece, &b->delimiter);
		if (b->delimited)
			break;
		body_note(b, &piece);
		b->end = w->source.at;
	}
	if (is_decided(w, b))
		b->end = w->source.message->size;
	source_seek(&w->source, b->begin);
}

static bool body_write(struct walk *w, const struct body *b, enum coding coding)
{
	/* The line end before a delimiter is the delimiter's own: RFC 2046 5.1.1. */
	uint64_t own = coding == CODING_BASE64 && b->delimited && b->end > b->begin ? 2 : 0;
	struct encoder encoder;
	struct piece piece;

	encode_begin(&encoder, coding);
	while (source_bytes(&w->source, b->end - own - w->source.at, &piece)) {
		encode_take(&encoder, &w->out, piece.text, piece.size);
		if (!spill(w))
			return false;
	}
	encode_end(&encoder, &w->out);
	source_seek(&w->source, b->end);
	return spill(w);
}

/* Write the delimiter behind a body, and say what begins behind that. */
static bool delimiter_write(struct walk *w, const struct body *b)
{
	struct piece piece;

	if (!b->delimited || !source_line(&w->source, &piece))
		return true;
	boundary_pass(&w->boundaries, &b->delimiter);
	w->next = b->delimiter.closing ? NEXT_FILLER : NEXT_PART;
	buf_add(&w->out, piece.text, piece.size);
	return spill(w);
}

static bool is_due(const struct walk *w, const struct body *b)
{
	return w->goal == RECODE_LINES ? b->longest > ENCODE_LINE_MAX : b->charset.eight_bit;
}

/* Can it be read in quoted-printable, and is that hardly larger than base64? */
static bool is_readable(const struct body *b)
{
	return b->strange <= b->seen / 3;
}

static enum coding leaf_coding(const struct walk *w, const struct mime *mime, const struct body *b)
{
	bool lines = w->goal == RECODE_LINES;

	if (!is_due(w, b) || (lines && mime->is_signed))
		return CODING_NONE;
	if (mime->encoding == MIME_QUOTED)
		return CODING_QUOTED_AGAIN;
	if (mime->encoding == MIME_BASE64)
		return CODING_BASE64_AGAIN;
	if (lines && (mime->rigid || mime->kind == MIME_MULTIPART))
		return CODING_FOLDED;
	return mime->text && is_readable(b) ? CODING_QUOTED : CODING_BASE64;
}

/* What is behind a multipart's header before its first part, and behind its last: nobody reads it,
   and it has no header of its own that could say how it is encoded (RFC 2046 5.1.1). */
static enum coding filler_coding(const struct walk *w, const struct body *b)
{
	if (!is_due(w, b))
		return CODING_NONE;
	return w->goal == RECODE_LINES ? CODING_FOLDED : CODING_QUOTED;
}

static bool filler_take(struct walk *w)
{
	struct body b;

	body_scan(w, &b);
	return body_write(w, &b, filler_coding(w, &b)) && delimiter_write(w, &b);
}

/* A label of 8bit would be a lie to a server that does not take it. */
static void header_narrow(const struct walk *w, struct header *h)
{
	if (w->goal == RECODE_SEVEN_BIT && h->mime.wide)
		header_label(h, "7bit", NULL);
}

static bool leaf_take(struct walk *w, struct header *h)
{
	struct body b;

	body_scan(w, &b);
	enum coding coding = leaf_coding(w, &h->mime, &b);
	if (coding == CODING_QUOTED || coding == CODING_BASE64)
		header_label(h, coding == CODING_QUOTED ? "quoted-printable" : "base64",
		             charset_name(&b.charset));
	else
		header_narrow(w, h);
	return header_write(w, h) && body_write(w, &b, coding) && delimiter_write(w, &b);
}

static bool composite_begin(struct walk *w, struct header *h, enum next next)
{
	w->next = next;
	header_narrow(w, h);
	return header_write(w, h);
}

/* Parts that are none of our business, or stand too deep for anybody to mean it, are no parts. */
static bool multipart_open(struct walk *w, const struct mime *mime)
{
	return mime->kind == MIME_MULTIPART && !(w->goal == RECODE_LINES && mime->is_signed) &&
	       boundary_push(&w->boundaries, mime);
}

static bool entity_take(struct walk *w)
{
	struct header h = {.of_message = w->next == NEXT_MESSAGE};
	bool good;

	header_read(&h, &w->source, &w->boundaries);
	if (multipart_open(w, &h.mime))
		good = composite_begin(w, &h, NEXT_FILLER);
	else if (h.mime.kind == MIME_MESSAGE)
		good = composite_begin(w, &h, NEXT_MESSAGE);
	else
		good = leaf_take(w, &h);
	header_free(&h);
	return good;
}

static bool walk(struct walk *w)
{
	bool good = entity_take(w);

	while (good && !w->source.failed && w->source.at < w->source.message->size)
		good = w->next == NEXT_FILLER ? filler_take(w) : entity_take(w);
	return good && !w->source.failed && flush(w);
}

/* Hand over what was made, or say why it was not. */
static bool walk_end(struct walk *w, bool good, struct recode_trouble *trouble)
{
	if (good) {
		w->made->size = w->store.size;
		w->made->memory = w->store.memory.bytes;
		w->made->file = w->store.file;
		return true;
	}
	*trouble = (struct recode_trouble){w->store.failed, w->store.error};
	if (w->source.failed)
		*trouble = (struct recode_trouble){"read back", w->source.error};
	store_free(&w->store);
	return false;
}

bool recode(struct message *made, const struct message *m, enum recode_goal goal,
            const char *temporary_folder, struct recode_trouble *trouble)
{
	struct walk *w = memory_get(1, sizeof *w);

	*made = (struct message){
		.recipients = m->recipients,
		.eight_bit_header = goal == RECODE_LINES ? m->eight_bit_header : m->needs_utf8,
		.needs_utf8 = m->needs_utf8,
		.file = -1,
	};
	w->goal = goal;
	w->made = made;
	w->source.message = m;
	buf_init(&w->out, OUT_MAX);
	store_init(&w->store, temporary_folder, MESSAGE_MEMORY_MAX);
	bool good = walk_end(w, walk(w), trouble);
	buf_free(&w->out);
	free(w);
	return good;
}

struct status recode_fault(const struct recode_trouble *trouble, const char *temporary_folder,
                           enum stage stage, struct arena *a)
{
	return status_of(FAULT_SYSTEM, stage, a, "cannot %s a file in %s: %s", trouble->what,
	                 temporary_folder, strerror(trouble->error));
}
