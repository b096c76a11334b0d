#ifndef NET_DNS_SURVEY_H
#define NET_DNS_SURVEY_H
/* What a reply shows of the server that sent it. Looks at the frames of records, not at what they
   say, and trusts no more than that. */

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_survey {
	size_t size;         /* of the packet */
	unsigned rcode;      /* extended by EDNS */
	bool truncated;      /* TC */
	bool recursion;      /* RA */
	bool authentic;      /* AD */
	bool edns;           /* OPT is there */
	unsigned edns_size;  /* what the server takes over UDP */
	unsigned answers;    /* records of the answer section, signatures apart */
	unsigned signatures; /* RRSIG among them */
	unsigned addresses;  /* A among them */
	struct ip first;     /* of these the first */
};

/* False when the packet is cut short. It has a whole header: dns_wire_matches has seen it. */
bool dns_survey_read(struct dns_survey *s, const uint8_t *packet, size_t size);

#endif
