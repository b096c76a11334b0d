#ifndef NET_DNS_RAW_H
#define NET_DNS_RAW_H
/* The records of a packet byte by byte, as signatures are made over them: names without compression
   and, where RFC 4034 6.2 wants it, in lower case. Only the types that a validator looks at. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Types beside those of enum dns_type. */
enum dns_raw_type {
	DNS_DNAME = 39,
	DNS_DS = 43,
	DNS_RRSIG = 46,
	DNS_NSEC = 47,
	DNS_DNSKEY = 48,
	DNS_NSEC3 = 50
};

struct dns_raw {
	const uint8_t *owner; /* as dnssec_name.h has names */
	uint16_t type;
	bool answer; /* it stood in the answer section, else in the authority section */
	uint16_t size;
	const uint8_t *data;
};

struct dns_raws {
	const struct dns_raw *list;
	size_t count;
};

/* Those of a packet's answer and authority sections, at most DNS_RECORD_MAX. False when one of them
   is malformed: then nothing of the packet may be used, since what reads its data might understand
   a record that no signature is held against. */
bool dns_raw_read(struct arena *a, const uint8_t *packet, size_t size, struct dns_raws *raws);

#endif
