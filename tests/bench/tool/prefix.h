/* Address prefixes as typed on the command line: 10.77.240.0/24, 2001:db8::1. Knows no socket. */
#ifndef BENCH_PREFIX_H
#define BENCH_PREFIX_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct prefix {
	int family;
	unsigned length; /* in bits */
	unsigned char address[16];
};

/* Read text, at most `size` bytes of it; without "/length" the prefix is one address. */
static inline bool prefix_read(struct prefix *p, const char *text, size_t size)
{
	char copy[INET6_ADDRSTRLEN + 4];
	if (size >= sizeof copy)
		return false;
	memcpy(copy, text, size);
	copy[size] = '\0';

	char *slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	p->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	unsigned most = p->family == AF_INET6 ? 128 : 32;
	p->length = most;
	if (slash) {
		char *end;
		unsigned long length = strtoul(slash + 1, &end, 10);
		if (end == slash + 1 || *end || length > most)
			return false;
		p->length = (unsigned)length;
	}
	return inet_pton(p->family, copy, p->address) == 1;
}

/* Address is 4 or 16 bytes in network order, as the family says. */
static inline bool prefix_holds(const struct prefix *p, int family, const void *address)
{
	const unsigned char *other = address;
	size_t whole = p->length / 8;
	unsigned rest = p->length % 8;
	if (p->family != family || memcmp(p->address, other, whole) != 0)
		return false;
	return rest == 0 || ((p->address[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

#endif
