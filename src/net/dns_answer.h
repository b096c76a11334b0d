#ifndef NET_DNS_ANSWER_H
#define NET_DNS_ANSWER_H
/* From the records of a reply to the fields of an answer. */

#include "net/dns_wire.h"

struct arena;

/* Give the answer the records of this type that the owner has in the reply, in order and without
   duplicates. Lowers ttl to the least of theirs. False when there are none; the answer is as it was
   then. */
bool dns_answer_take(struct arena *a, const struct dns_reply *reply, const char *owner,
                     enum dns_type type, struct dns_answer *answer);

#endif
