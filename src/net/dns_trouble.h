#ifndef NET_DNS_TROUBLE_H
#define NET_DNS_TROUBLE_H
/* The words for a question without an answer: who was asked for what, and what came of it. */

#include "net/dns_course.h"

struct arena;

/* "MX example.org" */
const char *dns_trouble_question(struct arena *a, const char *name, enum dns_type type);

/* "192.0.2.53 answers SERVFAIL to MX example.org (EDE 22: No Reachable Authority)"; extra may be
   NULL. */
const char *dns_trouble_error(struct arena *a, const struct dns_server *server, const char *what,
                              const char *question, const char *extra);

/* "192.0.2.53 cannot be asked for MX example.org: Connection refused"; over TCP "192.0.2.53 cuts
   its answer to MX example.org short, and over TCP: Connection refused". */
const char *dns_trouble_unreachable(struct arena *a, const struct dns_server *server,
                                    const char *question, bool tcp, int error);

/* What is to be said in the end, where `worst` is the weightiest of the above or NULL and `waited`
   the sum of the time-outs: "no answer from 192.0.2.53, 192.0.2.54 to MX example.org within 15 s".
 */
const char *dns_trouble_end(struct arena *a, const struct dns_known_servers *k,
                            const struct dns_course *c, const char *question, const char *worst,
                            int64_t waited);

/* The same when there was no time to wait for the end; words as "before the run was cancelled". */
const char *dns_trouble_abandoned(struct arena *a, const struct dns_known_servers *k,
                                  const struct dns_course *c, const char *question,
                                  const char *worst, const char *words);

/* And when it was never sent. */
const char *dns_trouble_unsent(struct arena *a, const char *name, enum dns_type type,
                               const char *words);

#endif
