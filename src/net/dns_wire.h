#ifndef NET_DNS_WIRE_H
#define NET_DNS_WIRE_H
/* Packets: a question encoded, a reply recognised, checked and taken apart. Trusts nothing that
   came in. No sockets here. */

#include "net/dns_raw.h"
#include "net/dns_record.h"

struct arena;

enum {
	DNS_HEADER = 12,
	DNS_QUERY_MAX = DNS_HEADER + 255 + 4 + 11, /* header, name, type and class, OPT */
	DNS_EDNS_SIZE = 1232, /* UDP replies up to here need no fragments (DNS flag day 2020) */
};

/* What a question got: the records of its packet, aliases included. */
struct dns_reply {
	const char *trouble; /* in words when there was no usable reply; the rest is empty then */
	bool no_name;        /* NXDOMAIN: for the last name of the chain of aliases (RFC 6604) */
	const char *zone;    /* whose SOA record is beside the answer: the zone that denies it */
	struct dns_record *records; /* answer section, class IN, types of enum dns_type, in order */
	size_t count;
	struct dns_raws raw; /* for the validator; where there is none, nothing */
	bool authentic; /* AD: the server vouches for it; means nothing where it was not asked to */
	/* What a file of facts says of it; DNS_UNCHECKED where it says nothing. */
	enum dns_security security;
	const char *security_reason;
};

/* What a packet says beside its records. */
struct dns_packet {
	unsigned rcode; /* extended by EDNS (RFC 6891 6.1.3) */
	bool truncated;
	bool referral;      /* no answer, and no recursion to be had: this server is none for us */
	const char *extra;  /* "EDE 22: No Reachable Authority" (RFC 8914), or NULL */
	const char *broken; /* why it is garbage, in words; NULL: the records may be used */
	struct dns_reply reply;
};

/* Into query[DNS_QUERY_MAX]; returns its size, 0 when name is no domain name. RD, CD and, with
   EDNS, DO are set: a validating server is to hand over what it would hide, as we judge for
   ourselves. */
size_t dns_wire_query(uint8_t *query, const char *name, unsigned type, uint16_t id, bool edns);

/* Make it a question of somebody who does not validate: with AD (RFC 6840 5.7), and without CD and
   DO, so that a server that does hides what is bogus, and says whether it has judged. */
void dns_wire_guard(uint8_t *query, size_t size, bool edns);

/* Is this a reply to that query: our id, QR, our opcode, our question (without regard to case)?
   Everything else on the socket is to be dropped and waited past. A reply that carries an error may
   leave the question out. */
bool dns_wire_matches(const uint8_t *query, size_t query_size, const uint8_t *reply, size_t size);

/* Take apart a packet that matches. name is the question's in the form of dns_name.h. */
void dns_wire_decode(struct arena *a, const uint8_t *bytes, size_t size, const char *name,
                     struct dns_packet *packet);

/* "SERVFAIL", "rcode 12". */
const char *dns_rcode_name(struct arena *a, unsigned rcode);

#endif
