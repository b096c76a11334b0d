#ifndef BASE_BUF_H
#define BASE_BUF_H
/* Bytes that grow up to a ceiling. Adding past the ceiling sets `failed` and drops the addition;
   nothing after that is added, so the owner may build with many calls and ask once, at the end. */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *bytes; /* followed by a NUL whenever not NULL */
	size_t size;
	size_t room;
	size_t ceiling;
	bool failed;
};

/* An empty buffer; a buf that was never added to needs no buf_free. */
void buf_init(struct buf *b, size_t ceiling);

void buf_add(struct buf *b, const void *bytes, size_t size);
void buf_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list values)
	__attribute__((format(printf, 2, 0)));

/* Room for size more bytes at the end, to be written to and then counted by buf_took; NULL past the
   ceiling (failed is set). */
char *buf_space(struct buf *b, size_t size);
void buf_took(struct buf *b, size_t size);

/* Remove the first size bytes. */
void buf_drop(struct buf *b, size_t size);

/* Empty it, keep the memory; buf_free gives the memory back too. Both clear failed. */
void buf_clear(struct buf *b);
void buf_free(struct buf *b);

#endif
