#ifndef NET_DNS_NAME_H
#define NET_DNS_NAME_H
/* Domain names between the wire and text. The text has one form for each name: lower case, no
   trailing dot, "." for the root, and what is no plain character of a host name written as \DDD, so
   that it may be shown anywhere and compared byte by byte. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum {
	DNS_NAME_WIRE = 255, /* RFC 1035 3.1: bytes of a name, the root's zero included */
	DNS_NAME_TEXT = 4 * DNS_NAME_WIRE, /* room for any name as text, each byte as \DDD */
};

/* Text, with or without trailing dot, to wire[DNS_NAME_WIRE]; returns its size, 0 when it is no
   name. */
size_t dns_name_wire(const char *text, uint8_t *wire);

/* A name without compression pointers as text; NULL when the bytes are no such name. */
const char *dns_name_text(struct arena *a, const uint8_t *wire, size_t size);

/* The same into text[DNS_NAME_TEXT + 1], without the NUL; its length, 0 when it is no name. */
size_t dns_name_print(const uint8_t *wire, size_t size, char *text);

/* Text of any spelling in the one form; NULL when it is no name. */
const char *dns_name_canonical(struct arena *a, const char *text);

/* Both in the one form: is the name below the other one, at any depth? */
bool dns_name_below(const char *name, const char *top);

/* Only letters, digits, hyphens, underscores and the dots between labels; so the root is not. */
bool dns_name_usable(const char *text);

#endif
