#ifndef TALK_WORLD_H
#define TALK_WORLD_H
/* The world of one run of a script: a dialer whose servers follow the script, and a clock that
   moves only when somebody waits. In a variant the servers follow as far as they can, and hang up
   on what is not in the script. */

#include "net/dial.h"
#include "script.h"
#include "witness.h"

/* How the world differs from the script's own. */
struct variant {
	const char *name;
	bool whole; /* nothing differs: the client must say what is written, to the letter */
	enum stage stop_after;
	bool shortened; /* stop_after is earlier than the script's: the server answers each command
	                   as it comes, and knows RSET */
	bool crumbs;    /* what the server says is handed over byte by byte */
	bool sips;      /* the client can write 1 to 7 bytes at a time */
	const struct dialogue *changed; /* the dialogue that is cut or falls silent, or NULL */
	size_t cut;                     /* after so many bytes of the server's */
	enum event_kind end;            /* how it is cut: CLOSE, RESET or SILENCE */
};

/* What the client said on one connection, heard or not. */
struct transcript {
	const struct door *door;
	unsigned visit;
	struct buf said; /* in clear; TLS is a mark */
	size_t heard;    /* bytes of the server's that went over the wire */
	struct transcript *next;
};

struct world {
	struct dialer dialer;
	const struct script *script;
	const struct variant *variant;
	struct arena arena;
	struct book book;
	struct transcript *transcripts, **last; /* in the order of the connections that were used */
	size_t connections, open;
	size_t steps;  /* of everything; against running in circles */
	int cancel[2]; /* a pipe */
	bool cancelled;
	struct buf complaints; /* what the client did against the script */
};

/* The clock of the whole program: base/deadline asks it through clock_gettime. */
int64_t world_now(void);

void world_open(struct world *w, const struct script *script, const struct variant *variant);
void world_complain(struct world *w, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One step of the client's: after very many it is thought to run in circles, and the program
   ends. */
void world_step(struct world *w);

/* How often this door was used so far. */
unsigned world_visits(const struct world *w, const struct door *door);

/* When the run is over: complain of what is left undone. */
void world_check(struct world *w);
void world_close(struct world *w);

#endif
