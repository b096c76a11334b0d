#include "mail/address_word.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

enum { EXCERPT = 32 }; /* bytes of the text that a fault shows */

static bool one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* The text from `at`: to the end of its line, not in the middle of a character. */
static const char *excerpt(const struct address_scan *s, size_t at)
{
	size_t size = 0;

	while (size < EXCERPT && at + size < s->size && !one_of(s->text[at + size], "\r\n"))
		size++;
	while (size > 1 && at + size < s->size &&
	       ((unsigned char)s->text[at + size] & 0xc0) == 0x80)
		size--;
	return text_clean(s->arena, s->text + at, size);
}

static bool comment_skip(struct address_scan *s)
{
	size_t open = s->at;
	size_t depth = 0;

	while (s->at < s->size) {
		char c = s->text[s->at++];

		if (c == '\\' && s->at < s->size)
			s->at++;
		depth += c == '(';
		depth -= c == ')';
		if (!depth)
			return true;
	}
	return scan_fail(s, open, "comment that does not end");
}

/* A line end is allowed where a header is folded (RFC 5322 2.2.3), and at the very end. */
static bool fold_skip(struct address_scan *s)
{
	size_t begin = s->at;

	while (scan_peek(s) == '\r' || scan_peek(s) == '\n')
		s->at++;
	if (scan_peek(s) == SCAN_END || text_is_blank(s->text[s->at]))
		return true;
	return scan_fail(s, begin, "line break");
}

static void content_add(struct words *w, char c)
{
	if (w->size < ADDRESS_LOCAL_MAX)
		w->content[w->size] = c;
	if (w->size <= ADDRESS_LOCAL_MAX)
		w->size++;
}

static bool quoted_read(struct address_scan *s, struct words *w)
{
	size_t open = s->at++;

	while (s->at < s->size) {
		char c = s->text[s->at++];

		if (c == '"')
			return true;
		if (c == '\\' && s->at < s->size)
			c = s->text[s->at++];
		content_add(w, c);
	}
	return scan_fail(s, open, "quotation mark that is not closed");
}

/* Where "=?utf-8?Q?M=C3=BCller, A.?=" ends, so that a comma in it separates nothing although RFC
   2047 5 forbids it there; 0 when none begins here. It may hold no blank. */
static size_t encoded_word_end(const struct address_scan *s)
{
	size_t i = s->at + 2;

	if (s->size - s->at < 8 || memcmp(s->text + s->at, "=?", 2) != 0)
		return 0;
	while (i < s->size && (text_is_alnum(s->text[i]) || one_of(s->text[i], "-_*:.")))
		i++;
	if (s->size - i < 5 || s->text[i] != '?' || !text_is_alpha(s->text[i + 1]) ||
	    s->text[i + 2] != '?')
		return 0;
	i += 3;
	while (i < s->size && s->text[i] > ' ' && s->text[i] != '?')
		i++;
	return s->size - i >= 2 && s->text[i] == '?' && s->text[i + 1] == '=' ? i + 2 : 0;
}

static void atom_read(struct address_scan *s, struct words *w)
{
	size_t begin = s->at;
	size_t encoded = encoded_word_end(s);

	while (s->at < s->size && (s->at < encoded || address_atom_char(s->text[s->at]))) {
		if (!address_atom_char(s->text[s->at]) && w->broken == WORDS_WHOLE)
			w->broken = begin;
		content_add(w, s->text[s->at++]);
	}
}

/* A local part is words joined by dots, without blanks between them. (RFC 5322 4.4 once allowed
   blanks around the dots; then "Mr. bob@example.org" would be the mailbox Mr.bob.) */
static void joint_check(const struct address_scan *s, struct words *w)
{
	bool dot = s->text[s->at] == '.';

	if (!w->count || w->broken != WORDS_WHOLE)
		return;
	if (w->end != s->at || !(dot || w->dotted))
		w->broken = s->at;
}

static bool word_read(struct address_scan *s, struct words *w)
{
	char c = s->text[s->at];

	joint_check(s, w);
	if (c == '.')
		content_add(w, s->text[s->at++]);
	else if (c != '"')
		atom_read(s, w);
	else if (!quoted_read(s, w))
		return false;
	w->count++;
	w->dotted = c == '.';
	w->end = s->at;
	return true;
}

int scan_peek(const struct address_scan *s)
{
	return s->at < s->size ? (unsigned char)s->text[s->at] : SCAN_END;
}

bool scan_fail(struct address_scan *s, size_t at, const char *fault)
{
	if (s->why)
		return false;
	if (at < s->size)
		s->why = arena_printf(s->arena, "%s at character %zu, \"%s\"", fault, at + 1,
		                      excerpt(s, at));
	else
		s->why = arena_printf(s->arena, "%s at the end", fault);
	return false;
}

bool scan_blanks(struct address_scan *s)
{
	for (;;) {
		int c = scan_peek(s);

		if (c == ' ' || c == '\t')
			s->at++;
		else if (c == '\r' || c == '\n' ? !fold_skip(s) : c != '(' || !comment_skip(s))
			return !s->why;
	}
}

bool scan_words(struct address_scan *s, struct words *w)
{
	w->count = w->size = w->end = 0;
	w->broken = WORDS_WHOLE;
	w->dotted = false;
	for (;;) {
		if (!scan_blanks(s))
			return false;
		int c = scan_peek(s);
		if (c == SCAN_END || (c != '.' && c != '"' && !address_atom_char((char)c)))
			return true;
		if (!word_read(s, w))
			return false;
	}
}
