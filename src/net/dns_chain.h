#ifndef NET_DNS_CHAIN_H
#define NET_DNS_CHAIN_H
/* From replies to an answer: along the chain of aliases that begins at a question, each step judged
   by the validator. A chain waits for one reply at a time, its own or one of the chain of trust;
   aliases in a circle can hold up nobody, as replies depend on nothing. */

#include "net/dns_table.h"

/* Somebody wants the answer to this question: ask, and go as far as the replies at hand lead. */
void dns_chain_begin(struct dns *d, struct dns_question *q);

/* A reply has come: all chains that waited for it go on. */
void dns_chain_reply(struct dns *d, struct dns_question *q);

#endif
