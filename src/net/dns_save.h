#ifndef NET_DNS_SAVE_H
#define NET_DNS_SAVE_H
/* What a run was told by the DNS, as a file of facts (dns_file.c has the format) that tells another
   run the same: every reply as it came, every trouble in its words. */

#include "net/dns.h"

struct buf;
struct machine;

/* Append the file. seed: the order of equals. b fails when it is too small for it. */
void dns_save(const struct dns *d, const struct machine *machine, uint64_t seed, struct buf *b);

#endif
