/* The content of one message as it comes in: where it ends, how long it is, and the SHA-256 of its
   body. Knows nothing of sessions. Only the body is hashed (what follows the first empty line),
   because honest mailers add header fields; a transparent dot is taken off first, so that DATA and
   BDAT give the same hash. */
#ifndef BENCH_CONTENT_H
#define BENCH_CONTENT_H

#include <gnutls/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DIGEST_SIZE = 32 };

/* Where in a line the last byte of DATA stood. */
enum place { LINE_START, LINE_TEXT, LINE_CR, LINE_DOT, LINE_DOT_CR };

struct content {
	enum place place;
	uint64_t size;
	unsigned header_end;   /* bytes of CR LF CR LF seen; 4: in the body */
	gnutls_hash_hd_t hash; /* NULL: not wanted */
};

static inline void content_begin(struct content *c, bool hashed)
{
	/* A message may begin with its empty line. */
	*c = (struct content){.place = LINE_START, .header_end = 2};
	if (hashed && gnutls_hash_init(&c->hash, GNUTLS_DIG_SHA256) != 0)
		c->hash = NULL;
}

/* Release, and write the hash if there is one. */
static inline bool content_end(struct content *c, unsigned char digest[DIGEST_SIZE])
{
	bool hashed = c->hash != NULL;
	if (hashed)
		gnutls_hash_deinit(c->hash, digest);
	c->hash = NULL;
	return hashed;
}

/* Take bytes that are content as they stand (BDAT). */
static inline void content_add(struct content *c, const char *bytes, size_t size)
{
	c->size += size;
	if (!c->hash)
		return;
	size_t at = 0;
	for (; at < size && c->header_end < 4; at++) {
		if (bytes[at] == "\r\n\r\n"[c->header_end])
			c->header_end++;
		else
			c->header_end = bytes[at] == '\r';
	}
	if (at < size)
		gnutls_hash(c->hash, bytes + at, size - at);
}

static inline enum place content_step(enum place place, char byte)
{
	switch (place) {
	case LINE_START: return byte == '.' ? LINE_DOT : byte == '\r' ? LINE_CR : LINE_TEXT;
	case LINE_CR: return byte == '\n' ? LINE_START : byte == '\r' ? LINE_CR : LINE_TEXT;
	case LINE_DOT: return byte == '\r' ? LINE_DOT_CR : LINE_TEXT;
	case LINE_TEXT:
	case LINE_DOT_CR: break;
	}
	return byte == '\r' ? LINE_CR : LINE_TEXT;
}

/* Take bytes of DATA. True at CR LF "." CR LF; *taken tells how many of the bytes belong to it. */
static inline bool content_data(struct content *c, const char *bytes, size_t size, size_t *taken)
{
	size_t from = 0; /* what is before it has been added */
	for (size_t at = 0; at < size; at++) {
		if (c->place == LINE_TEXT) {
			const char *cr = memchr(bytes + at, '\r', size - at);
			if (!cr)
				break;
			at = (size_t)(cr - bytes);
		}
		if (c->place == LINE_DOT_CR) {
			if (bytes[at] == '\n') {
				*taken = at + 1;
				return true;
			}
			content_add(c, "\r", 1); /* it was content, and had been held back */
			from = at;
		}
		c->place = content_step(c->place, bytes[at]);
		if (c->place == LINE_DOT || c->place == LINE_DOT_CR) {
			content_add(c, bytes + from, at - from);
			from = at + 1;
		}
	}
	content_add(c, bytes + from, size - from);
	*taken = size;
	return false;
}

#endif
