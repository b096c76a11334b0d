#ifndef NET_DNS_READER_H
#define NET_DNS_READER_H
/* A file of facts on its way from words to zones and statements. Private to dns_file.c and
   dns_remark.c. */

#include "base/buf.h"
#include "net/dns_file.h"
#include "net/dns_kept.h"
#include "net/dns_words.h"
#include "net/dns_zone.h"

struct dns_file {
	struct dns_zone zone;
	struct dns_kept kept;
	bool seeded;
	uint64_t seed;
	struct dns_document *documents;
};

/* What comes of asking a web server of this name: a text of lines, or words of trouble. With an id
   it is what is remembered of one that came under this id. */
struct dns_document {
	const char *host, *id, *text, *trouble;
	struct dns_document *next;
};

struct dns_reader {
	struct arena *arena;
	struct dns_file *file;
	struct machine *machine; /* or NULL */
	const char *path;
	struct dns_words words;
	struct buf data;
	const char *origin;
	const char *owner; /* of the last record, for lines that begin with a blank, or NULL */
	uint32_t ttl;
	struct dns_kept_reply *reply; /* to which records belong from now on, or NULL */
	const char *why;              /* set once something is wrong */
};

/* Note what is wrong, once: "FILE:LINE: words about". about may be NULL. Returns false. */
bool dns_reader_fail(struct dns_reader *r, const char *words, const char *about);

/* A name of the file in full and in its one form; NULL with an error noted. */
const char *dns_reader_name(struct dns_reader *r, const char *word);

/* The record ends here; else an error is noted. */
bool dns_reader_end(struct dns_reader *r);

/* A remark, behind its ";!". */
bool dns_remark_read(struct dns_reader *r);

#endif
