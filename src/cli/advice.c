#include "cli/advice.h"

#include "base/arena.h"

/* Without DNS nobody gets far, and there is the cause to be looked for. */
static bool dns_fine(const struct plan *plan)
{
	for (size_t i = 0; i < plan->recipient_count; i++) {
		if (plan->recipients[i].status.fault == FAULT_DNS)
			return false;
	}
	return true;
}

/* One silent server may be down. That several in different places are down is hard to believe. */
static const char *advise_silent(struct arena *a, const struct reach *reach)
{
	static const char remedy[] =
		"ask the provider to open it, or hand the mail to a relay on another port with "
		"--route '*=RELAY:587', if one takes it without a password: AUTH is not offered";

	if (reach->domains > 1 || reach->networks)
		return arena_printf(a,
		                    "not one of %zu servers answers at port 25, and their "
		                    "names were found: it seems that this network lets nobody "
		                    "connect to port 25, as most for homes and clouds do; %s",
		                    reach->silent, remedy);
	return arena_printf(a,
	                    "nobody answers at port 25: it is down there, or this network lets "
	                    "nobody connect to port 25 (--probe with an address elsewhere "
	                    "tells); in that case %s",
	                    remedy);
}

const char *advice_find(struct arena *a, const struct reach *reach, const struct plan *plan)
{
	if (reach->up || reach->other || !dns_fine(plan))
		return NULL;
	if (reach->forbidden && !reach->silent)
		return "this machine itself forbids these connections: see its firewall, and the "
		       "policy of the container or service that sendmx runs in";
	/* Addresses of a family that is not here say nothing about the other one. */
	if (reach->silent && !reach->forbidden && !reach->unreachable[0])
		return advise_silent(a, reach);
	if (reach->silent || reach->forbidden)
		return NULL;
	if (reach->unreachable[0])
		return "this machine has no way to the network: see its routes (ip route)";
	return reach->unreachable[1] ? "this machine has no way to the IPv6 network, and no server "
	                               "was to be tried over IPv4"
	                             : NULL;
}

/* A signature that does not verify is wrong there, unless what we judge by is wrong: the clock and
   the keys of the root. Who is at fault when a name server fails only another one can tell. */
const char *advice_dns(const struct route *route)
{
	if (route->status.class == 2 || route->status.fault != FAULT_DNS)
		return NULL;
	if (route->security == DNS_BOGUS)
		return "the fault is in the domain's DNSSEC, which only its hostmaster can mend, "
		       "unless this machine's clock or trust anchor is wrong (date, "
		       "--show-config)";
	return "--check-resolver tells whether our name servers are at fault (--resolver ADDRESS "
	       "asks another one); if not, the domain's most likely are";
}
