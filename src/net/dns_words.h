#ifndef NET_DNS_WORDS_H
#define NET_DNS_WORDS_H
/* A zone file as records of words (RFC 1035 5.1): knows comments, quotation marks and parentheses,
   not what the words mean. */

#include "base/buf.h"

struct dns_words {
	const char *at, *end;
	unsigned line;  /* of `at` */
	unsigned depth; /* of parentheses: a record goes on over line ends within them */
	struct buf word;
	const char *why; /* once the text is no such file: what is wrong with it; static */

	/* The record being read. */
	unsigned first_line; /* 0 before the first */
	bool indented;       /* it begins with a blank: no owner is given */
	bool remark;         /* it stands in a comment that begins with ";!" */
};

/* The text must outlive the words. */
void dns_words_open(struct dns_words *w, const char *text, size_t size);

/* On to the next record, over empty lines and comments. All words of the one before have been read.
   False at the end of the text or when something is wrong. */
bool dns_words_record(struct dns_words *w);

/* The next word of the record, quotation marks and backslashes included; NULL at its end or when
   something is wrong. Gone with the next call. */
const char *dns_words_next(struct dns_words *w);

void dns_words_close(struct dns_words *w);

#endif
