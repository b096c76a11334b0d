#ifndef NET_DNS_ZONE_H
#define NET_DNS_ZONE_H
/* Names with their records, and the answers that a name server with them gives. A name exists when
   it or something below it was added; names are as dns_name.h writes them and must outlive the
   zone. */

#include "net/dns_index.h"
#include "net/dns_wire.h"

struct arena;

struct dns_zone {
	struct arena *arena;
	struct dns_index nodes;
};

/* What a server may do instead of answering. */
enum dns_misfit { DNS_SERVFAIL, DNS_REFUSED, DNS_TIMEOUT, DNS_IN_WORDS };

enum { DNS_ANY_TYPE = 0 };

void dns_zone_open(struct dns_zone *zone, struct arena *a);

void dns_zone_add(struct dns_zone *zone, const struct dns_record *record);

/* From now on this is what comes of questions for the name, of one type or DNS_ANY_TYPE. words: for
   DNS_IN_WORDS, what is to be said of it. */
void dns_zone_spoil(struct dns_zone *zone, const char *name, unsigned type, enum dns_misfit misfit,
                    const char *words);

/* Records in the order in which they were added, or the alias; wildcards are heeded (RFC 4592). */
struct dns_reply dns_zone_answer(const struct dns_zone *zone, const char *name, unsigned type);

void dns_zone_close(struct dns_zone *zone);

#endif
