#ifndef NET_DNS_RECORD_H
#define NET_DNS_RECORD_H
/* One resource record, made from a packet or from a line of a zone file. The only place that knows
   ldns: it decodes, and what it gives is looked at with suspicion before it becomes a struct of
   ours. */

#include "net/dns.h"

struct arena;

struct dns_record {
	const char *owner; /* as dns_name.h writes names, like all names here */
	uint16_t type;     /* the fields below are set for a type of enum dns_type only */
	uint16_t preference;
	uint32_t ttl;
	const char *text; /* exchanger, target of a CNAME or PTR, or the strings of a TXT joined;
	                     TLSA as a zone file has it */
	struct ip ip;
	uint8_t tlsa[3]; /* usage, selector, matching type */
	const uint8_t *data; /* TLSA: what stands behind them */
	size_t size;
};

/* "MX"; "TYPE257" for what is not in enum dns_type. */
const char *dns_type_name(struct arena *a, unsigned type);

/* The type of a name as "MX" or "TYPE257", without regard to case; 0 when there is none. */
unsigned dns_type_number(const char *name);

/* The record that begins at packet[at]; its type is one of enum dns_type and its class IN. False
   when it is malformed. */
bool dns_record_decode(struct arena *a, const uint8_t *packet, size_t size, size_t at,
                       struct dns_record *record);

/* Data in the words of a zone file as bytes of the wire; NULL when they make no such record. */
const uint8_t *dns_record_data(struct arena *a, const char *type, const char *data, size_t *size);

/* Owner, type and data in the words of a zone file: "mx", "MX", "10 mail". Names without trailing
   dot are below origin. Any type that ldns can read will do. False with words in why. */
bool dns_record_parse(struct arena *a, const char *owner, const char *type, const char *data,
                      const char *origin, struct dns_record *record, const char **why);

#endif
