#include "net/dns_words.h"

#include "base/text.h"

#include <string.h>

enum { WORD_MAX = 192 << 10 }; /* no record's data is longer, even in hexadecimal */

static bool fail(struct dns_words *w, const char *why)
{
	if (!w->why)
		w->why = why;
	return false;
}

static bool is_space(char c)
{
	return text_is_blank(c) || c == '\r';
}

static void skip_comment(struct dns_words *w)
{
	while (w->at < w->end && *w->at != '\n')
		w->at++;
}

/* To the next word of this record, over comments and, in parentheses, line ends. False at the
   record's end. */
static bool skip_to_word(struct dns_words *w)
{
	for (; w->at < w->end; w->at++) {
		if (*w->at == ';')
			skip_comment(w);
		if (w->at == w->end || (*w->at == '\n' && !w->depth))
			break;
		if (*w->at == ')' && !w->depth)
			return fail(w, "\")\" without \"(\"");
		if (*w->at == '(')
			w->depth++;
		else if (*w->at == ')')
			w->depth--;
		else if (*w->at == '\n')
			w->line++;
		else if (!is_space(*w->at))
			return true;
	}
	return w->depth ? fail(w, "\"(\" without \")\"") : false;
}

/* RFC 1035 5.1: a backslash takes the meaning from the byte behind it. */
static void pass_byte(struct dns_words *w)
{
	w->at += *w->at == '\\' && w->end - w->at > 1 && w->at[1] != '\n' ? 2 : 1;
}

static void pass_quoted(struct dns_words *w)
{
	pass_byte(w);
	while (w->at < w->end && *w->at != '"' && *w->at != '\n')
		pass_byte(w);
	if (w->at < w->end && *w->at == '"')
		pass_byte(w);
	else
		fail(w, "a quotation mark is missing");
}

static void pass_plain(struct dns_words *w)
{
	while (w->at < w->end && !is_space(*w->at) && !strchr("\n;()\"", *w->at))
		pass_byte(w);
}

/* What stands at the beginning of a line; false when there is no word in it. */
static bool begin_line(struct dns_words *w)
{
	w->first_line = w->line;
	w->indented = w->at < w->end && is_space(*w->at);
	while (w->at < w->end && is_space(*w->at))
		w->at++;
	w->remark = w->end - w->at >= 2 && w->at[0] == ';' && w->at[1] == '!';
	w->at += w->remark ? 2 : 0;
	return w->remark || skip_to_word(w);
}

void dns_words_open(struct dns_words *w, const char *text, size_t size)
{
	*w = (struct dns_words){.at = text, .end = text + size, .line = 1};
	buf_init(&w->word, WORD_MAX);
	const char *nul = memchr(text, '\0', size);
	if (!nul)
		return;
	fail(w, "not a text file");
	for (w->first_line = 1; text < nul; text++)
		w->first_line += *text == '\n';
}

bool dns_words_record(struct dns_words *w)
{
	while (!w->why) {
		if (w->first_line && w->at == w->end)
			return false;
		if (w->first_line) { /* at the line end that closes the record before */
			w->at++;
			w->line++;
		}
		if (begin_line(w))
			return true;
	}
	return false;
}

const char *dns_words_next(struct dns_words *w)
{
	buf_clear(&w->word);
	if (w->why || !skip_to_word(w))
		return NULL;
	const char *from = w->at;
	if (*from == '"')
		pass_quoted(w);
	else
		pass_plain(w);
	buf_add(&w->word, from, (size_t)(w->at - from));
	if (w->word.failed)
		fail(w, "a word is too long");
	return w->why ? NULL : w->word.bytes;
}

void dns_words_close(struct dns_words *w)
{
	buf_free(&w->word);
}
