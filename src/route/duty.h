#ifndef ROUTE_DUTY_H
#define ROUTE_DUTY_H
/* Which TLS is owed to a host, and why: the table of RULES.md C, here and nowhere else. DANE where
   it applies to the host (RFC 7672), else the domain's MTA-STS policy (RFC 8461), else
   opportunistic; on top of that what our own user demands, and REQUIRETLS (RFC 8689). A pure
   function of facts, in the manner of route.h. */

#include "mail/status.h"
#include "net/dns.h"
#include "net/tls_duty.h"
#include "net/tls_failure.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct facts;
struct sts_finding;

/* `tls DOMAIN LEVEL`, with Postfix's names for the levels. */
enum duty_setting {
	DUTY_DANE, /* nothing beyond what domain and host ask for themselves */
	DUTY_NONE,
	DUTY_MAY, /* opportunistic, whatever they ask for */
	DUTY_ENCRYPT,
	DUTY_VERIFY,
	DUTY_DANE_ONLY
};

struct duty_rule {
	const char *domain; /* as in a route: "*", ".example.org", a domain, "[literal]" */
	enum duty_setting setting;
	const char *origin; /* where it stands, for people: "--tls", "/etc/sendmx.conf:3"; NULL
	                       until whoever read it says so */
};

/* Read "DOMAIN LEVEL", "DOMAIN=LEVEL", or "LEVEL" for all domains. */
bool duty_rule_parse(struct arena *a, const char *text, struct duty_rule *rule, const char **why);

/* What domain and host themselves have published of TLS, as far as it decides: for reports to the
   domain (RFC 8460 4.4). */
enum duty_policy {
	DUTY_UNASKED, /* nobody looked: our own user has decided */
	DUTY_NO_POLICY,
	DUTY_TLSA,
	DUTY_STS
};

/* What is owed by the conversation with one host. */
struct duty {
	const char *name;     /* dane | verify | encrypt | opportunistic | none: a contract */
	const char *reason;   /* which rule it follows from */
	bool none;            /* no TLS at all; else: */
	struct tls_duty tls;
	const char *sni;      /* NULL for an address literal */
	bool require;         /* the server has to offer REQUIRETLS, and MAIL says it */
	enum duty_policy policy; /* DUTY_TLSA: tls.records are the records, if there are any */
	/* What is wrong with that, also where mail may go to the host all the same (a policy in
	   testing, TLSA records of no usable kind); TLS_FINE: nothing is. */
	enum tls_failure failure;
	const char *failing; /* in words */
	/* Why no mail may go to this host; NULL: it may, and what follows is unset. */
	const char *refusal;
	enum fault fault;
};

/* What the hosts of a route have in common. */
struct duty_case {
	const struct facts *facts;
	struct arena *arena;
	size_t asker;
	const char *domain;          /* of the recipients */
	const char *const *names;    /* secure names of the domain: a certificate of usage DANE-TA
	                                may be for one of them (RFC 7672 3.2.2) */
	size_t name_count;
	const struct duty_rule *rule; /* or NULL */
	enum dns_security security; /* of the MX records; DNS_SECURE where a user named the host */
	const struct sts_finding *policy; /* MTA-STS; NULL where it has no part in this */
	uint16_t port;
};

/* An exchanger by name, with its addresses looked up. */
struct duty_host {
	const char *name; /* "[192.0.2.1]" for a literal */
	const struct dns_answer *six, *four; /* NULL for a literal */
};

/* The first rule that fits the domain, NULL when none does. */
const struct duty_rule *duty_rule_for(const struct facts *facts, const char *domain);

/* Are the addresses that the host has secure? The worst of the families that it has. */
enum dns_security duty_security(const struct duty_host *host);

/* Ask for the TLSA records that matter. False: some are still to come. */
bool duty_ask(const struct duty_case *c, const struct duty_host *host);

/* Once they are there: do they leave anything for MTA-STS to say? */
bool duty_wants_policy(const struct duty_case *c, const struct duty_host *host);

/* All that duty_ask wants is there. */
void duty_find(const struct duty_case *c, const struct duty_host *host, struct duty *duty);

/* Would one connection do for both? */
bool duty_same(const struct duty *one, const struct duty *other);

#endif
