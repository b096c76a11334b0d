#ifndef NET_DNSSEC_TYPES_H
#define NET_DNSSEC_TYPES_H
/* The type bitmap of an NSEC or NSEC3 record (RFC 4034 4.1.2): which types a name has, and what
   that says about a question. */

#include "net/dnssec_crypto.h"

/* What a denial proves. */
enum dnssec_denial {
	DNSSEC_NOT_DENIED,
	DNSSEC_NO_DATA,     /* the name exists, if only by a wildcard or by names below it */
	DNSSEC_NO_NAME,     /* it does not, nor anything below it */
	DNSSEC_DELEGATED,   /* of DS: the name is another zone's, and unsigned */
	DNSSEC_UNTOLD,      /* the zone leaves open what is there (opt-out) */
	DNSSEC_DENIAL_TIRED /* there was no strength to find out */
};

bool dnssec_types_has(struct dnssec_bytes types, unsigned type);

/* A delegation as the parent has it: NS without SOA. RFC 6840 4.1: it says nothing about the
   child's data. */
bool dnssec_types_parent_side(struct dnssec_bytes types);

/* May the record of a name above the one asked for be used to deny that (RFC 6840 4.1)? Not where
   that name is delegated, or moved elsewhere by a DNAME. */
bool dnssec_types_rule_below(struct dnssec_bytes types);

/* What the bitmap of this very name says about a type; never DNSSEC_NO_NAME. */
enum dnssec_denial dnssec_types_deny(struct dnssec_bytes types, const uint8_t *name, unsigned type);

#endif
