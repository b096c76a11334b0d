#include "mail/recode.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "mail/charset.h"
#include "mail/encode.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/header_ascii.h"
#include "mail/message_store.h"
#include "mail/mime.h"
#include "mail/recode_source.h"

enum {
	DEPTH_MAX = 100,                         /* multiparts inside each other; Postfix's limit */
	HEADER_MAX = 2 * MESSAGE_HEADER_MAX,     /* a header that was folded has grown */
	HEADER_MADE_MAX = 16 * HEADER_MAX,       /* many one-letter words that are encoded */
	DELIMITER_MAX = 2 * ENCODE_LINE_MAX,     /* with the blanks behind it */
	OUT_MAX = HEADER_MADE_MAX + (ENCODE_GROWTH + 1) * MESSAGE_WINDOW + ENCODE_SLACK,
};

/* A multipart around the place that was reached. */
struct level {
	char boundary[MIME_BOUNDARY_MAX];
	size_t size;
	bool digest;
};

/* What begins at that place. */
enum next { NEXT_MESSAGE, NEXT_PART, NEXT_FILLER };

struct walk {
	enum recode_goal goal;
	struct source source;
	struct store store;
	struct buf out; /* on its way to the store */
	struct message *made;
	size_t length; /* of the line written last */
	enum next next;
	size_t depth;
	struct level levels[DEPTH_MAX];
};

/* The header of a message or part, without the empty line behind it. */
struct header {
	struct buf text;
	bool separated; /* by such a line */
	bool of_message;
	struct mime mime;
};

/* Bytes between a header, or a delimiter, and the next delimiter or the end. */
struct body {
	uint64_t begin, end;
	bool delimited;
	size_t level; /* of the delimiter */
	bool closing; /* it is the last of its multipart */
	struct charset charset;
	size_t length, longest; /* of lines */
	uint64_t strange;       /* bytes that quoted-printable has to encode */
};

/* Note what the written text says of the message that is made. */
static void measure(struct walk *w, const char *text, size_t size)
{
	const char *end = text + size;
	const char *feed;

	w->made->eight_bit = w->made->eight_bit || word_eight_bit(text, size);
	for (; (feed = memchr(text, '\n', (size_t)(end - text))); text = feed + 1) {
		size_t length = w->length + (size_t)(feed - text) - 1;

		if (length > w->made->longest_line)
			w->made->longest_line = length;
		w->length = 0;
	}
	w->length += (size_t)(end - text);
}

/* Write what waits. */
static bool flush(struct walk *w)
{
	if (!w->out.size)
		return true;
	measure(w, w->out.bytes, w->out.size);
	bool good = store_add(&w->store, w->out.bytes, w->out.size);
	buf_clear(&w->out);
	return good;
}

/* The same once it is worth a call of the system. */
static bool spill(struct walk *w)
{
	return w->out.size < MESSAGE_WINDOW || flush(w);
}

/* Is this line, without its line end, the delimiter of a multipart with this boundary (RFC 2046
   5.1.1)? Exactly: "--ab" is none of "a", or parts with such boundaries could not be nested. */
static bool is_delimiter(const struct level *level, const char *line, size_t size, bool *closing)
{
	size_t at = 2 + level->size;

	if (size < at || memcmp(line, "--", 2) != 0 ||
	    memcmp(line + 2, level->boundary, level->size) != 0)
		return false;
	*closing = size >= at + 2 && memcmp(line + at, "--", 2) == 0;
	at += *closing ? 2 : 0;
	while (at < size && text_is_blank(line[at]))
		at++;
	return at == size;
}

/* The innermost multipart of which it is one; an outer one's ends all within. */
static bool delimiter_find(const struct walk *w, const struct piece *piece, size_t *level,
                           bool *closing)
{
	if (!piece->begins || !piece->ends || piece->size < 4 || piece->size > DELIMITER_MAX ||
	    memcmp(piece->text, "--", 2) != 0)
		return false;
	for (size_t i = w->depth; i-- > 0;) {
		if (!is_delimiter(&w->levels[i], piece->text, piece->size - 2, closing))
			continue;
		*level = i;
		return true;
	}
	return false;
}

static bool is_delimiter_line(const struct walk *w, const struct piece *piece)
{
	size_t level;
	bool closing;

	return delimiter_find(w, piece, &level, &closing);
}

/* Does this line belong to the header? Attached messages may begin with the line of a mailbox. */
static bool is_header_line(const struct header *h, const struct piece *piece)
{
	struct header_field field;
	size_t at = 0;

	if (!piece->begins)
		return true;
	if (text_is_blank(*piece->text))
		return h->text.size;
	if (h->of_message && !h->text.size && piece->size > 6 &&
	    (!memcmp(piece->text, "From ", 5) || !memcmp(piece->text, ">From ", 6)))
		return true;
	return header_next(piece->text, piece->size, &at, &field) && field.name_size;
}

/* Read the header that begins here. What is too large for one is a body without header. */
static void header_read(struct walk *w, struct header *h)
{
	uint64_t begin = w->source.at, at = begin;
	struct piece piece;

	buf_init(&h->text, HEADER_MAX);
	while (!h->separated && source_line(&w->source, &piece)) {
		h->separated = piece.begins && piece.size == 2;
		if (!h->separated && (is_delimiter_line(w, &piece) || !is_header_line(h, &piece)))
			break;
		if (!h->separated)
			buf_add(&h->text, piece.text, piece.size);
		at = w->source.at;
	}
	if (h->text.failed) {
		buf_free(&h->text);
		h->separated = false;
		at = begin;
	}
	source_seek(&w->source, at);
}

/* Take changed for the header, unless it did not fit. */
static void header_change(struct header *h, struct buf *changed)
{
	if (changed->failed) {
		buf_free(changed);
		return;
	}
	buf_free(&h->text);
	h->text = *changed;
}

static void header_label(struct header *h, const char *encoding, const char *charset)
{
	struct mime_label label = {
		.encoding = encoding,
		.charset = charset,
		.version = charset && h->of_message,
	};
	struct buf labelled;

	buf_init(&labelled, HEADER_MADE_MAX);
	mime_label(&labelled, h->text.bytes ? h->text.bytes : "", h->text.size, &label);
	header_change(h, &labelled);
	/* Without it a body that begins like a field would become one. */
	h->separated = true;
}

/* Where the message's own header must keep what only SMTPUTF8 carries, that of an attached one has
   lost its meaning rather: it must not stop the message. */
static void header_encode(struct walk *w, struct header *h)
{
	bool own = !w->made->header_size;
	struct buf encoded;

	if (!word_eight_bit(h->text.bytes, h->text.size))
		return;
	buf_init(&encoded, HEADER_MADE_MAX);
	header_ascii(&encoded, h->text.bytes, h->text.size, own);
	header_change(h, &encoded);
}

static void header_fold(struct header *h)
{
	struct encoder encoder;
	struct buf folded;

	buf_init(&folded, HEADER_MADE_MAX);
	encode_begin(&encoder, CODING_FOLDED);
	encode_take(&encoder, &folded, h->text.bytes, h->text.size);
	encode_end(&encoder, &folded);
	header_change(h, &folded);
}

static bool header_write(struct walk *w, struct header *h)
{
	if (w->goal == RECODE_SEVEN_BIT)
		header_encode(w, h);
	header_fold(h);
	buf_add(&w->out, h->text.bytes, h->text.size);
	if (h->separated)
		buf_text(&w->out, "\r\n");
	if (!w->made->header_size)
		w->made->header_size = w->out.size;
	return spill(w);
}

static void body_note(struct body *b, const struct piece *piece)
{
	charset_take(&b->charset, piece->text, piece->size);
	for (size_t i = 0; i < piece->size; i++) {
		unsigned char c = (unsigned char)piece->text[i];

		b->strange += c == '=' || c > '~' || (c < ' ' && c != '\r' && c != '\n' && c != '\t');
	}
	b->length += piece->size - (piece->ends ? 2 : 0);
	if (b->length > b->longest)
		b->longest = b->length;
	if (piece->ends)
		b->length = 0;
}

/* Find the end of the body that begins here, and what it is made of. */
static void body_scan(struct walk *w, struct body *b)
{
	struct piece piece;

	*b = (struct body){.begin = w->source.at, .end = w->source.at};
	while (!b->delimited && source_line(&w->source, &piece)) {
		b->delimited = delimiter_find(w, &piece, &b->level, &b->closing);
		if (b->delimited)
			break;
		body_note(b, &piece);
		b->end = w->source.at;
	}
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
	w->depth = b->level + !b->closing;
	w->next = b->closing ? NEXT_FILLER : NEXT_PART;
	buf_add(&w->out, piece.text, piece.size);
	return spill(w);
}

static bool is_due(const struct walk *w, const struct body *b)
{
	return w->goal == RECODE_LINES ? b->longest > ENCODE_LINE_MAX : b->charset.eight_bit;
}

/* Most of a text can be read without a decoder, or quoted-printable is the larger of the two. */
static bool is_readable(const struct body *b)
{
	return b->strange <= (b->end - b->begin) / 6;
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

static bool multipart_begin(struct walk *w, struct header *h)
{
	struct level *level = &w->levels[w->depth++];

	*level = (struct level){.size = h->mime.boundary_size, .digest = h->mime.digest};
	memcpy(level->boundary, h->mime.boundary, level->size);
	w->next = NEXT_FILLER;
	header_narrow(w, h);
	return header_write(w, h);
}

static bool message_begin(struct walk *w, struct header *h)
{
	w->next = NEXT_MESSAGE;
	header_narrow(w, h);
	return header_write(w, h);
}

/* A multipart whose parts are none of our business is a leaf: nobody nests so deep in earnest. */
static bool is_multipart(const struct walk *w, const struct mime *mime)
{
	return mime->kind == MIME_MULTIPART && w->depth < DEPTH_MAX &&
	       !(w->goal == RECODE_LINES && mime->is_signed);
}

static bool entity_take(struct walk *w)
{
	struct header h = {.of_message = w->next == NEXT_MESSAGE};
	bool digest = w->next == NEXT_PART && w->depth && w->levels[w->depth - 1].digest;
	bool good;

	header_read(w, &h);
	mime_read(&h.mime, h.text.bytes ? h.text.bytes : "", h.text.size, digest);
	if (is_multipart(w, &h.mime))
		good = multipart_begin(w, &h);
	else if (h.mime.kind == MIME_MESSAGE)
		good = message_begin(w, &h);
	else
		good = leaf_take(w, &h);
	buf_free(&h.text);
	return good;
}

static bool walk(struct walk *w)
{
	bool good = entity_take(w);

	while (good && w->source.at < w->source.message->size)
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
