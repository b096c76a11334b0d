#ifndef BASE_IP_H
#define BASE_IP_H
/* An IPv4 or IPv6 address. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { IP_TEXT = 64 }; /* room for any address as text, scope included */

struct ip {
	sa_family_t family; /* AF_INET or AF_INET6 */
	uint32_t scope;     /* interface number of a link-local address, else 0 */
	uint8_t bytes[16];  /* network order; 4 are used for AF_INET */
};

/* Dotted quad or IPv6 text, optionally with %interface; false when it is neither. */
bool ip_parse(const char *text, struct ip *ip);

/* Into text[IP_TEXT]; returns text. */
const char *ip_print(const struct ip *ip, char *text);

bool ip_same(const struct ip *a, const struct ip *b);

/* ::ffff:a.b.c.d as the IPv4 address that it leads to; others as they are. */
struct ip ip_unmapped(const struct ip *ip);

bool ip_is_loopback(const struct ip *ip); /* 127/8, ::1, also IPv4-mapped */

/* Why nobody on the internet can be reached at this address ("loopback address", "unspecified
   address", "link-local address", "multicast address", "reserved address"), NULL when there is no
   such reason. */
const char *ip_unroutable(const struct ip *ip);

/* A socket address of this address and port; returns its length. */
socklen_t ip_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *address);

#endif
