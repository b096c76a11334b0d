#ifndef TALK_SCRIPT_H
#define TALK_SCRIPT_H
/* A *.talk file: the scene (hosts, recipients, message), what is said with each host, and what must
   be told in the end. The form is described in ../scripts/README. */

#include "base/arena.h"
#include "base/ip.h"
#include "mail/message.h"
#include "mail/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fate { FATE_UP, FATE_REFUSED, FATE_SILENT, FATE_UNREACHABLE };

struct door {
	const char *text; /* the address as written */
	struct ip ip;
	enum fate fate;
	int64_t after; /* milliseconds until its fate shows */
};

struct place {
	const char *name;
	unsigned preference;
	struct door *doors;
	size_t door_count;
};

enum event_kind {
	HEAR,     /* the client must say exactly these bytes */
	HEAR_TLS, /* one TLS record, whatever is in it */
	SAY,
	CLOSE,
	RESET,
	SILENCE, /* nothing more is said */
	DRIP,    /* from here one byte a minute */
	PAUSE,   /* `size` seconds go by before the client can read more */
	DEAF,    /* nothing more is read */
	ENCRYPT, /* from here through TLS; the handshake comes first */
	CANCEL   /* somebody cancels the run */
};

struct event {
	enum event_kind kind;
	const char *bytes;
	size_t size;
	unsigned line;
};

struct dialogue {
	const struct door *door;
	unsigned visit;
	struct event *events;
	size_t count, room;
	struct event *in_turn; /* the same, each answer behind its command, also within a flight */
	long turns;    /* how often the client may have spoken and then listened; -1: not said */
	bool eager;    /* the server answers as it goes, the client need not wait */
	size_t window; /* the server reads nothing while more of its own is unread; 0: no limit */
	unsigned line;
};

/* What must be told of a recipient. */
struct verdict {
	const char *wire;                          /* "*" for all others */
	const char *code, *outcome, *host, *words; /* the last two may be NULL */
	const char *tls;                           /* "opportunistic", "none"; NULL: not said */
	unsigned line;
};

/* What must be told of a visit. */
struct visit {
	const char *address, *stage, *words; /* words may be NULL */
	unsigned line;
};

/* What must stand in the record of the conversation. */
struct trace {
	const char *address, *direction, *text;
	unsigned line;
};

struct script {
	struct arena arena;
	const char *name, *title;
	struct place *places;
	size_t place_count;
	const char *hello, *sender;
	const char **wires;
	size_t wire_count;
	struct message message;
	bool tls;
	const char *owed; /* "encrypt", "verify", "none": what all hosts owe; NULL: opportunistic */
	bool require;     /* REQUIRETLS */
	bool racy; /* what is said depends on how the bytes travel; the verdict does not */
	enum stage stop_after;
	bool probe; /* everybody is visited */
	int64_t seconds; /* that the run may take */
	struct dialogue *dialogues;
	size_t dialogue_count;
	struct verdict *verdicts;
	size_t verdict_count;
	struct visit *visits; /* all of them in order, if any is given */
	size_t visit_count;
	struct trace *traces;
	size_t trace_count;
	long took; /* seconds that the run must have taken; -1: not said */
};

/* False: why names line and reason. script_close is due in either case. */
bool script_open(struct script *s, const char *path, const char **why);
bool script_read(struct script *s, const char *name, const char *text, const char **why);
void script_close(struct script *s);

#endif
