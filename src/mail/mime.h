#ifndef MAIL_MIME_H
#define MAIL_MIME_H
/* What the header of a message or of one of its parts says about the body behind it (RFC 2045), and
   how it is told that the body's encoding has changed. Knows nothing of the body. */

#include "base/buf.h"

/* RFC 2046 5.1.1 says 70; some programs do not know that. */
enum { MIME_BOUNDARY_MAX = 200 };

enum mime_kind {
	MIME_LEAF,
	MIME_MULTIPART, /* parts between boundaries */
	MIME_MESSAGE    /* another message, which no encoding may hide: RFC 2046 5.2.1 */
};

enum mime_encoding { MIME_IDENTITY, MIME_QUOTED, MIME_BASE64 };

struct mime {
	enum mime_kind kind;
	enum mime_encoding encoding;
	bool text;      /* a person may read it as it is */
	bool rigid;     /* a leaf that no encoding may change: RFC 2046 5.1 and 5.2 */
	bool digest;    /* a multipart whose parts are messages: RFC 2046 5.1.5 */
	bool is_signed; /* a multipart whose bytes nobody on the way may change: RFC 1847 2.1 */
	bool wide;      /* labelled as 8bit or binary */
	size_t boundary_size;
	char boundary[MIME_BOUNDARY_MAX];
};

/* Read a header of size bytes. Nonsense reads as what RFC 2045 5.2 makes of it, plain text; message
   is what a part of a digest is unless it says otherwise. */
void mime_read(struct mime *m, const char *header, size_t size, bool message);

struct mime_label {
	const char *encoding; /* for Content-Transfer-Encoding */
	const char *charset;  /* for a Content-Type where there is none; NULL: add none */
	bool version;         /* add MIME-Version where there is none: this is a message's header */
};

/* Write the header with these fields; all others stay as they are. */
void mime_label(struct buf *out, const char *header, size_t size, const struct mime_label *label);

#endif
