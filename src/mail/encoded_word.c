#include "mail/encoded_word.h"

#include <string.h>

#include "base/text.h"
#include "mail/charset.h"
#include "mail/encode.h"

enum {
	LINE_MAX_SIZE = 76, /* RFC 2047 2; behind a blank an encoded word may have 75 */
	SHORT = 4,
	MARKS = 7,       /* all of an encoded word but its charset and content */
	LEAST_ROOM = 40, /* with less, a new line is begun: charset and marks may take 19 */
};

/* Text that becomes encoded words, without folding, quotes and escapes. */
struct run {
	struct buf text;
	const char *charset;
	bool base64;
};

static size_t column(const struct buf *out)
{
	const char *feed = out->size ? memrchr(out->bytes, '\n', out->size) : NULL;

	return feed ? out->size - (size_t)(feed - out->bytes) - 1 : out->size;
}

/* Is there more than blanks in the line that out ends with? A line of nothing else is obsolete (RFC
   5322 4.2), and some take it for the end of the header. */
static bool line_has_text(const struct buf *out)
{
	for (size_t left = column(out); left; left--) {
		if (!text_is_blank(out->bytes[out->size - left]))
			return true;
	}
	return false;
}

/* What may stand for itself in an encoded word anywhere: RFC 2047 5 (3). */
static bool is_plain(char c)
{
	return text_is_alnum(c) || (c && strchr("!*+-/", c));
}

static size_t quoted_size(const char *text, size_t size)
{
	size_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += is_plain(text[i]) || text[i] == ' ' ? 1 : 3;
	return sum;
}

static size_t base64_size(size_t size)
{
	return (size + 2) / 3 * 4;
}

static void quoted_write(struct buf *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == ' ')
			buf_text(out, "_");
		else if (is_plain(text[i]))
			buf_add(out, text + i, 1);
		else
			buf_printf(out, "=%02X", (unsigned)(unsigned char)text[i]);
	}
}

/* What is short, or plain for the most part, can be read without a program in Q. */
static void run_judge(struct run *run)
{
	struct charset charset = {0};

	charset_take(&charset, run->text.bytes, run->text.size);
	run->charset = charset_name(&charset);
	run->base64 = quoted_size(run->text.bytes, run->text.size) > 2 * run->text.size + SHORT;
}

/* So much of the text as fits into room, but at least one character. No word ends inside a
   character: RFC 2047 5. */
static size_t piece_size(const struct run *run, const char *text, size_t size, size_t room)
{
	size_t done = 0, used = 0;

	while (done < size) {
		size_t next = charset_character(text + done, size - done);

		used = run->base64 ? base64_size(done + next)
		                   : used + quoted_size(text + done, next);
		if (done && used > room)
			break;
		done += next;
	}
	return done;
}

static void piece_write(struct buf *out, const struct run *run, const char *text, size_t size)
{
	buf_printf(out, "=?%s?%c?", run->charset, run->base64 ? 'B' : 'Q');
	if (run->base64)
		encode_word(out, text, size);
	else
		quoted_write(out, text, size);
	buf_text(out, "?=");
}

static void run_write(struct buf *out, struct run *run)
{
	size_t marks = MARKS + strlen(run->charset);

	for (size_t done = 0, size; done < run->text.size && !out->failed; done += size) {
		if (done)
			buf_text(out, " ");
		word_fold(out, LEAST_ROOM);
		size_t used = column(out) + marks;
		size = piece_size(run, run->text.bytes + done, run->text.size - done,
		                  used < LINE_MAX_SIZE ? LINE_MAX_SIZE - used : 0);
		piece_write(out, run, run->text.bytes + done, size);
	}
}

/* Bytes of blanks and line ends at the beginning of the text. */
static size_t gap_size(const char *text, size_t size)
{
	size_t gap = 0;

	while (gap < size && (text_is_blank(text[gap]) || text[gap] == '\r' || text[gap] == '\n'))
		gap++;
	return gap;
}

static size_t word_size(const char *text, size_t size, enum word_style style)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < size && (quoted || !gap_size(text + i, 1)); i++) {
		if (style != WORD_TEXT && text[i] == '\\' && i + 1 < size)
			i++;
		else if (style == WORD_PHRASE && text[i] == '"')
			quoted = !quoted;
	}
	return i;
}

/* Words beyond ASCII with only blanks between them. Those count to it because the blanks between
   encoded words are not shown: RFC 2047 6.2. */
static size_t run_size(const char *text, size_t size, enum word_style style)
{
	size_t end = word_size(text, size, style);

	for (;;) {
		size_t gap = gap_size(text + end, size - end);
		size_t word = word_size(text + end + gap, size - end - gap, style);

		if (!text_eight_bit(text + end + gap, word))
			return end;
		end += gap + word;
	}
}

/* Is this an encoded word that somebody else made? The blanks between it and ours are not shown
   either, so that ours has to hold them. */
static bool is_encoded(const char *text, size_t size)
{
	return size > 4 && ((text[0] == '=' && text[1] == '?') ||
	                    (text[size - 2] == '?' && text[size - 1] == '='));
}

/* The blanks behind a run, when an encoded word comes behind them. */
static size_t gap_before_encoded(const char *text, size_t size, enum word_style style)
{
	size_t gap = gap_size(text, size);
	size_t word = word_size(text + gap, size - gap, style);

	return is_encoded(text + gap, word) ? gap : 0;
}

static void run_add(struct run *run, const char *text, size_t size, enum word_style style)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\r' || text[i] == '\n' || (style == WORD_PHRASE && text[i] == '"'))
			continue;
		if (style != WORD_TEXT && text[i] == '\\' && i + 1 < size)
			i++;
		buf_add(&run->text, text + i, 1);
	}
}

/* RFC 2047 5: before an encoded word there is a blank, or the parenthesis of its comment. */
static bool needs_blank(const struct buf *out, enum word_style style)
{
	char last = out->size ? out->bytes[out->size - 1] : ' ';

	return !text_is_blank(last) && !(style == WORD_COMMENT && last == '(');
}

static void run_encode(struct buf *out, const char *text, size_t size, enum word_style style)
{
	struct run run;

	buf_init(&run.text, size);
	run_add(&run, text, size, style);
	if (needs_blank(out, style))
		buf_text(out, " ");
	run_judge(&run);
	run_write(out, &run);
	buf_free(&run.text);
}

void word_fold(struct buf *out, size_t need)
{
	char blank = out->size ? out->bytes[out->size - 1] : '\0';

	if (column(out) + need <= LINE_MAX_SIZE || !line_has_text(out))
		return;
	if (text_is_blank(blank))
		out->size--;
	buf_printf(out, "\r\n%c", text_is_blank(blank) ? blank : ' ');
}

void word_encode(struct buf *out, const char *text, size_t size, enum word_style style)
{
	bool encoded = false, ours = false;

	for (size_t at = 0, end; at < size; at = end) {
		size_t begin = at + gap_size(text + at, size - at);

		buf_add(out, text + at, begin - at);
		end = begin + word_size(text + begin, size - begin, style);
		ours = text_eight_bit(text + begin, end - begin);
		if (ours) {
			end = begin + run_size(text + begin, size - begin, style);
			size_t before = encoded ? begin - at : 0;
			size_t behind = gap_before_encoded(text + end, size - end, style);
			run_encode(out, text + begin - before, end - begin + before + behind,
			           style);
		} else {
			buf_add(out, text + begin, end - begin);
		}
		encoded = !ours && is_encoded(text + begin, end - begin);
	}
	/* RFC 2047 5 (3): and behind it, when a special follows. */
	if (style == WORD_PHRASE && ours)
		buf_text(out, " ");
}
