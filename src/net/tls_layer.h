#ifndef NET_TLS_LAYER_H
#define NET_TLS_LAYER_H
/* A TLS session as a stream over another: the records, and what of them waits to be sent. Knows
   nothing of the handshake's questions. Private to tls.c. */

#include "base/buf.h"
#include "net/stream.h"

struct gnutls_session_int; /* what a gnutls_session_t points to */

enum { LAYER_TROUBLE_MAX = 256 };

struct layer {
	struct stream stream;
	struct stream *below;
	struct gnutls_session_int *session;
	struct buf out; /* ciphertext for the stream below */
	bool mute;      /* below takes no more; what it has received can still be read */
	bool ended;     /* below has no more to be read */
	char trouble[LAYER_TROUBLE_MAX];
};

/* A client's session over below, which the layer owns. The handshake comes first, by the caller;
   the session is NULL where GnuTLS has none for us. Closing the stream says goodbye and frees. */
struct layer *layer_open(struct stream *below);

/* In words what a code of GnuTLS means here, into text: after what, which says where it went wrong.
 */
const char *layer_describe(const struct layer *l, int code, const char *what, char *text,
                           size_t room);

/* Close and free, without the goodbye: there never was a session. */
void layer_abandon(struct layer *l);

#endif
