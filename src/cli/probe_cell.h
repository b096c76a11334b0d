#ifndef CLI_PROBE_CELL_H
#define CLI_PROBE_CELL_H
/* A visit in the cells of a table: a word or a number each. What needs a sentence is a note. */

#include <stdint.h>

#include "delivery/deliver.h"

struct arena;

/* "41 ms", "refused", "timed out 10 s", or "failed" where a note has to say more. */
const char *probe_cell_connect(struct arena *a, const struct deliver_attempt *attempt);

/* "3 ms", the reply that is no greeting, "timed out 30 s", "failed". */
const char *probe_cell_greeting(struct arena *a, const struct deliver_attempt *attempt);

/* "TLS1.3"; "in clear": mail goes there without; "failed". */
const char *probe_cell_tls(struct arena *a, const struct deliver_attempt *attempt);

/* The day until which it is good, "DANE", "expired", "unproved". now: seconds since 1970. */
const char *probe_cell_certificate(struct arena *a, const struct deliver_attempt *attempt,
                                   int64_t now);

/* "250", "1 of 2", "MAIL 550". */
const char *probe_cell_answer(struct arena *a, const struct deliver_attempt *attempt);

/* It served us, and without TLS. */
bool probe_cell_in_clear(const struct deliver_attempt *attempt);

/* Does the cell say all there is to say of a dial that failed? */
bool probe_cell_says_all(const struct deliver_attempt *attempt);

#endif
