#include "mail/recode_header.h"

#include <string.h>

#include "base/text.h"
#include "mail/encode.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/header_ascii.h"

enum {
	READ_MAX = 2 * MESSAGE_HEADER_MAX, /* a header that was folded has grown */
	MADE_MAX = 16 * READ_MAX           /* many words of one letter that are encoded */
};

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

void header_read(struct header *h, struct source *source, const struct boundaries *boundaries)
{
	uint64_t begin = source->at, at = begin;
	struct delimiter delimiter;
	struct piece piece;

	buf_init(&h->text, READ_MAX);
	while (!h->separated && source_line(source, &piece)) {
		h->separated = piece.begins && piece.size == 2;
		if (!h->separated &&
		    (boundary_find(boundaries, &piece, &delimiter) || !is_header_line(h, &piece)))
			break;
		if (!h->separated)
			buf_add(&h->text, piece.text, piece.size);
		at = source->at;
	}
	if (h->text.failed) {
		buf_free(&h->text);
		h->separated = false;
		at = begin;
	}
	/* What reads or changes it need not ask whether it is empty. */
	buf_text(&h->text, "");
	source_seek(source, at);
	mime_read(&h->mime, h->text.bytes, h->text.size,
	          !h->of_message && boundary_in_digest(boundaries));
}

void header_label(struct header *h, const char *encoding, const char *charset)
{
	struct mime_label label = {
		.encoding = encoding,
		.charset = charset,
		.version = charset && h->of_message,
	};
	struct buf labelled;

	buf_init(&labelled, MADE_MAX);
	mime_label(&labelled, h->text.bytes, h->text.size, &label);
	header_change(h, &labelled);
	/* Without it a body that begins like a field would become one. */
	h->separated = true;
}

void header_encode(struct header *h, bool keep_utf8)
{
	struct buf encoded;

	if (!text_eight_bit(h->text.bytes, h->text.size))
		return;
	buf_init(&encoded, MADE_MAX);
	header_ascii(&encoded, h->text.bytes, h->text.size, keep_utf8);
	header_change(h, &encoded);
}

void header_fold(struct header *h)
{
	struct encoder encoder;
	struct buf folded;

	buf_init(&folded, MADE_MAX);
	encode_begin(&encoder, CODING_FOLDED);
	encode_take(&encoder, &folded, h->text.bytes, h->text.size);
	encode_end(&encoder, &folded);
	header_change(h, &folded);
}

void header_free(struct header *h)
{
	buf_free(&h->text);
}
