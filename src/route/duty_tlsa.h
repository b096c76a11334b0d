#ifndef ROUTE_DUTY_TLSA_H
#define ROUTE_DUTY_TLSA_H
/* The TLSA records that matter for a host, and whether they matter at all (RFC 7672 2.2). Asks for
   them; what is owed then is decided in duty.c. Private to duty*.c. */

#include "route/duty.h"

/* What the TLSA records of a host come to. */
struct tlsa {
	const struct dns_answer *answer; /* NULL: one is still to come, or there are none */
	const char *base;
	bool wait;
	const char *why; /* there is no DANE for this host: why not */
};

/* What our own user has set for the domain. */
enum duty_setting duty_setting_of(const struct duty_case *c);

/* Does it count what domain and host ask for? */
bool duty_hears_host(const struct duty_case *c);

void tlsa_find(const struct duty_case *c, const struct duty_host *host, struct tlsa *found);

/* How many records can be acted upon; is an anchor (usage DANE-TA) among them? */
size_t tlsa_usable(const struct dns_answer *tlsa);
bool tlsa_has_anchor(const struct dns_answer *tlsa);

#endif
