#ifndef NET_DNSSEC_NAME_H
#define NET_DNSSEC_NAME_H
/* Names as they stand on the wire: in lower case and uncompressed, well-formed, pointed to by their
   first length byte. The names above a name are its tails. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t dnssec_name_size(const uint8_t *name);

/* The root has none. */
unsigned dnssec_name_labels(const uint8_t *name);

/* Without its first labels; there are so many. */
const uint8_t *dnssec_name_up(const uint8_t *name, unsigned labels);

bool dnssec_name_same(const uint8_t *one, const uint8_t *other);

/* Is it top, or below top? */
bool dnssec_name_within(const uint8_t *name, const uint8_t *top);

/* Canonical order, RFC 4034 6.1: below 0, 0, above 0. */
int dnssec_name_compare(const uint8_t *one, const uint8_t *other);

/* How many labels they have in common at their ends. */
unsigned dnssec_name_common(const uint8_t *one, const uint8_t *other);

/* Is "*" its first label? */
bool dnssec_name_is_wildcard(const uint8_t *name);

/* "*" below the name, into wildcard[255]; false when that is too long for a name. */
bool dnssec_name_wildcard(const uint8_t *name, uint8_t *wildcard);

#endif
