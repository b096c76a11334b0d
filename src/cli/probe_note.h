#ifndef CLI_PROBE_NOTE_H
#define CLI_PROBE_NOTE_H
/* What a visit has shown that a person should know, in words: what the server offers, and what
   speaks against it. */

#include <stdint.h>

#include "delivery/deliver.h"

struct arena;

enum {
	PROBE_NOTES_MAX = 40, /* of one visit: SESSION_ANSWERS_MAX of them about recipients */
	PROBE_SOON = 14       /* days: who renews certificates by himself has done so by then */
};

/* A calendar day, "2026-11-20", for seconds since 1970. */
const char *probe_note_day(struct arena *a, int64_t moment);

/* Fill notes with sentences about a visit, at most PROBE_NOTES_MAX. now: seconds since 1970.
   Returns how many. */
size_t probe_notes(struct arena *a, const struct deliver_attempt *attempt, int64_t now,
                   const char *notes[PROBE_NOTES_MAX]);

#endif
