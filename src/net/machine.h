#ifndef NET_MACHINE_H
#define NET_MACHINE_H
/* What this machine is: its addresses and its names. */

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>

enum { MACHINE_ADDRESS_MAX = 4096, MACHINE_NAME_MAX = 16 };

struct machine {
	struct ip *addresses; /* of all interfaces, loopback ones left out: they say nothing about
	                         who is an exchanger */
	size_t address_count;
	const char *names[MACHINE_NAME_MAX]; /* names we answer to as a mail host, lower case */
	size_t name_count;
	bool ipv4, ipv6;      /* a stranger might be reached over this family: there is an address
	                         for it, or a route */
	const char *host_name; /* the host's name as uname(2) gives it, made full by its line in
	                          /etc/hosts where that names a domain; "" never */
};

/* Ask the system. */
void machine_read(struct machine *m);

/* Forget what the system says: for facts from a file, a machine of which nothing is known but that
   both families work. */
void machine_blank(struct machine *m);

bool machine_add_address(struct machine *m, const struct ip *ip);
bool machine_add_name(struct machine *m, const char *name);

bool machine_has_address(const struct machine *m, const struct ip *ip);
bool machine_has_name(const struct machine *m, const char *name);

void machine_free(struct machine *m);

#endif
