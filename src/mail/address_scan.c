#include "mail/address_scan.h"

#include <string.h>

#include "base/arena.h"
#include "mail/address_word.h"

static bool local_take(struct address_scan *s, const struct words *w, struct address_found *found)
{
	const char *fault;

	if (!w->count)
		return scan_fail(s, s->at,
		                 scan_peek(s) == '@' ? "nothing before \"@\"" : "no address");
	if (w->broken != WORDS_WHOLE)
		return scan_fail(s, w->broken, "no comma or \"@\" before the word");
	if (!address_local(s->arena, w->content, w->size, &found->address, &fault))
		return scan_fail(s, w->end, fault);
	found->local_end = w->end;
	return true;
}

/* The end of a name or of a literal in brackets that begins here. */
static size_t domain_end(const struct address_scan *s)
{
	size_t end = s->at;

	if (scan_peek(s) == '[') {
		const char *close = memchr(s->text + s->at, ']', s->size - s->at);

		return close ? (size_t)(close - s->text) + 1 : s->size;
	}
	while (end < s->size && (s->text[end] == '.' || address_atom_char(s->text[end])))
		end++;
	return end;
}

static bool domain_take(struct address_scan *s, struct address *out)
{
	const char *fault;

	if (!scan_blanks(s))
		return false;
	size_t begin = s->at;
	size_t end = domain_end(s);
	if (end == begin)
		return scan_fail(s, begin, "no domain behind \"@\"");
	if (memchr(s->text + begin, '\0', end - begin))
		return scan_fail(s, begin, "NUL in the domain");
	s->at = end;
	if (!address_domain(s->arena, arena_bytes(s->arena, s->text + begin, end - begin), out,
	                    &fault))
		return scan_fail(s, begin, fault);
	return scan_blanks(s);
}

/* The mailbox whose local part has been read as words: "local@domain" or a local name. */
static bool mailbox_take(struct address_scan *s, const struct words *w, struct address_found *found)
{
	found->address = (struct address){.kind = DOMAIN_NONE};
	if (!local_take(s, w, found))
		return false;
	if (scan_peek(s) != '@')
		return true;
	s->at++;
	return domain_take(s, &found->address);
}

/* "@relay.example,@other.example:" of RFC 5321 appendix C says nothing that anybody heeds. */
static bool route_skip(struct address_scan *s)
{
	size_t begin = s->at;

	while (scan_peek(s) == '@' || scan_peek(s) == ',') {
		s->at++;
		if (!scan_blanks(s))
			return false;
		s->at = domain_end(s);
		if (!scan_blanks(s))
			return false;
	}
	if (scan_peek(s) != ':')
		return scan_fail(s, begin, "source route without \":\"");
	s->at++;
	return true;
}

static bool angle_read(struct address_scan *s, struct address_found *found)
{
	size_t open = s->at++;
	struct words w;

	if (!scan_blanks(s) || (scan_peek(s) == '@' && !route_skip(s)) || !scan_words(s, &w))
		return false;
	if (scan_peek(s) == '>' && !w.count && s->lone)
		found->address = (struct address){.local = "", .kind = DOMAIN_NONE};
	else if (!mailbox_take(s, &w, found))
		return false;
	if (scan_peek(s) == SCAN_END)
		return scan_fail(s, open, "\"<\" that is not closed");
	if (scan_peek(s) != '>')
		return scan_fail(s, s->at, "no \">\" before this,");
	s->at++;
	return scan_blanks(s);
}

/* Many programs write "bob@example.org <bob@example.org>". Another mailbox in front is a missing
   comma. */
static bool plain_read(struct address_scan *s, const struct words *w, struct address_found *found)
{
	struct address name;

	if (!mailbox_take(s, w, found))
		return false;
	if (scan_peek(s) != '<')
		return true;
	size_t open = s->at;
	name = found->address;
	if (!angle_read(s, found))
		return false;
	return address_same(&name, &found->address) ||
	       scan_fail(s, open, "no comma between two addresses,");
}

static bool group_open(struct address_scan *s, const struct words *w)
{
	if (s->lone)
		return scan_fail(s, s->at, "a group is not one address,");
	if (s->in_group || !w->count)
		return scan_fail(s, s->at, "\":\" without the name of a group");
	s->at++;
	s->in_group = true;
	return false;
}

static bool group_close(struct address_scan *s)
{
	if (!s->in_group)
		return scan_fail(s, s->at, "addresses are separated by commas, not by \";\",");
	s->at++;
	s->in_group = false;
	if (!scan_blanks(s))
		return false;
	if (scan_peek(s) != ',' && scan_peek(s) != SCAN_END)
		return scan_fail(s, s->at, "no comma behind the group,");
	return true;
}

/* Read up to the separator behind the element; false when that holds no mailbox. */
static bool element_read(struct address_scan *s, struct address_found *found)
{
	struct words w;

	if (!scan_words(s, &w))
		return false;
	if (scan_peek(s) == '<')
		return angle_read(s, found);
	if (scan_peek(s) == ':')
		return group_open(s, &w);
	return (w.count || scan_peek(s) == '@') && plain_read(s, &w, found);
}

/* Step over the separator. The end of the text closes an open group too: "To:
   undisclosed-recipients:" is often seen. */
static bool separator_skip(struct address_scan *s)
{
	int c = scan_peek(s);

	if (c == SCAN_END)
		return true;
	if (c == '@')
		return scan_fail(s, s->at, "a second \"@\"");
	if (s->lone)
		return scan_fail(s, s->at, "more than one address,");
	if (c == ';')
		return group_close(s);
	if (c != ',')
		return scan_fail(s, s->at, "no comma before this,");
	s->at++;
	return true;
}

void address_scan_begin(struct address_scan *s, struct arena *a, const char *text, size_t size)
{
	*s = (struct address_scan){.arena = a, .text = text, .size = size};
}

bool address_scan_next(struct address_scan *s, struct address_found *found)
{
	while (!s->why && s->at < s->size) {
		bool was_in_group = s->in_group;

		found->begin = s->at;
		bool found_one = element_read(s, found);
		found->end = s->at;
		if (s->why || (s->in_group && !was_in_group))
			continue;
		if (separator_skip(s) && found_one)
			return true;
	}
	return false;
}
