#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H
/* The header of a message as text with CRLF line ends: where it ends, its fields, and what is known
   of them by name (RFC 5322 3.6). Changes nothing. Private to message*.c and header*.c. */

#include "mail/address.h"

enum header_trait {
	HEADER_ADDRESSES = 1,  /* an address list */
	HEADER_RECIPIENTS = 2, /* -t reads it */
	HEADER_RESENT = 4,     /* belongs to a block of a resent message, RFC 5322 3.6.6 */
	HEADER_TRACE = 8,
	HEADER_REMOVED = 16, /* never sent */
	HEADER_NEEDED = 32   /* added where it is missing or empty */
};

struct header_name {
	const char *text;
	unsigned traits;
};

struct header_field {
	const struct header_name *name; /* "" without traits when it is none of ours */
	const char *line;               /* the whole field, name_size bytes of name first */
	size_t size, name_size;
	const char *value; /* all behind the colon, line end included */
	size_t value_size;
};

/* What is header in a message that is still being read. All zero to begin with. */
struct header_extent {
	size_t begin;  /* behind mbox lines */
	size_t end;    /* behind the last field */
	size_t body;   /* behind the empty line, which may be missing */
	size_t looked; /* no line ends between end and here */
};

/* Look for the end of the header in the first size bytes of a message; whole: there are no more.
   True when it is found. A line that is neither a field nor a continuation ends the header and
   belongs to the body. */
bool header_find(struct header_extent *e, const char *text, size_t size, bool whole);

/* The field at *at of a header of size bytes, and step over it; false at the end. */
bool header_next(const char *header, size_t size, size_t *at, struct header_field *field);

/* Nothing but blanks and folding in its value? */
bool header_blank(const struct header_field *field);

/* Is there a field of this name with something in it? */
bool header_has(const char *header, size_t size, const char *name);

/* Is there one field of this name, and is its value this word, in any case? */
bool header_says(const char *header, size_t size, const char *name, const char *word);

/* How many fields of this name are there? */
size_t header_count(const char *header, size_t size, const char *name);

/* Append the recipients that the header names: To, Cc and Bcc; in a resent message those of its
   newest block and no others, even when there are none. False when a field is no address list: why
   names it and the fault. */
bool header_recipients(const char *header, size_t size, struct arena *a, struct address_list *list,
                       const char **why);

#endif
