#ifndef TALK_SERVER_H
#define TALK_SERVER_H
/* One server in one conversation: it follows its dialogue as far as the variant lets it, hears what
   the client says, and complains of what is not in the script. Knows nothing of streams. */

#include "world.h"

struct shield;

/* What was said through TLS in one record, which is understood when its last byte has been read. */
struct sealed {
	size_t end; /* offset in out */
	const char *bytes;
	size_t size;
	struct sealed *next;
};

struct server {
	struct world *world;
	const struct door *door;
	/* NULL: nothing is scripted, it is as if the server had hung up. */
	const struct dialogue *dialogue;
	size_t event, matched; /* the current event, and how many of its bytes were heard */
	struct buf out;        /* what the server has said, as it goes over the wire */
	size_t read;           /* of that, by the client */
	size_t drips_from;     /* from this byte on it drips */
	int64_t next_drop;     /* then: when the next byte falls */
	int64_t quiet_until;   /* nothing can be read before */
	bool closed, reset, silent, deaf;
	bool farewell; /* QUIT was said */
	char tls_head[5];
	size_t tls_size;       /* of the record that is being heard, when nobody understands it */
	struct shield *shield; /* TLS, or NULL */
	size_t shield_from;    /* where in out it begins */
	struct sealed *sealed, **last_sealed;
	struct transcript *transcript;
	struct witness witness;
};

/* A client has come to this door, and the first byte moves: which visit it is shows only now, for
   races open more connections than they use. */
void server_meet(struct server *s, struct world *w, const struct door *door);

void server_hear(struct server *s, const char *bytes, size_t size);

/* What the client may read, and that it has read so much of it. */
const char *server_words(const struct server *s, size_t *size);
void server_read(struct server *s, size_t size);

bool server_drips(const struct server *s);

/* The client has gone. */
void server_part(struct server *s);

#endif
