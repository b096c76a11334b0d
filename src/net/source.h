#ifndef NET_SOURCE_H
#define NET_SOURCE_H
/* From which of our addresses strangers are reached. */

#include "base/ip.h"

/* The address that the kernel puts on packets to the internet, AF_INET or AF_INET6. No packet is
   sent. False: it knows no way there. */
bool source_address(sa_family_t family, struct ip *ip);

/* Our end of a connected socket. False: it has none. */
bool source_of(int fd, struct ip *ip);

#endif
