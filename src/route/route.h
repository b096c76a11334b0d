#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H
/* Where mail for a domain goes: RFC 5321 5.1 with RFC 7505 and the corners of RULES.md section A. A
   pure function of facts: it asks, and where a fact is not there yet it says so and is run again.
   Opens no connection, prints nothing. */

#include "mail/address.h"
#include "mail/status.h"
#include "net/dns.h"
#include "net/machine.h"
#include "route/duty.h"
#include "route/sts_find.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

enum {
	ROUTE_ADDRESS_MAX = 64, /* addresses of one route that a delivery tries; the rest is shown
	                           as left out (A17) */
	SMTP_PORT = 25
};

/* `route DOMAIN HOST[:PORT]` of the configuration or --route (A19). */
struct route_rule {
	const char *domain;  /* "*" for all, ".example.org" for what is below it, else the domain
	                        itself; A-labels */
	const char *host;    /* a name in A-labels or "" when ip is set */
	bool literal;
	struct ip ip;
	uint16_t port;
	bool mx;             /* "mx:" in front: that name's MX */
	const char *text;    /* as it was written */
	const char *origin;  /* where, for people: "--route", "/etc/sendmx.conf:3"; NULL until
	                        whoever read it says so */
};

/* Read one rule: "DOMAIN=HOST:PORT", "DOMAIN HOST", host as name, [name], 192.0.2.1,
   [192.0.2.1]:587, [2001:db8::1], [IPv6:...], mx:name. */
bool route_rule_parse(struct arena *a, const char *text, struct route_rule *rule, const char **why);

/* What the planner may look at. */
struct facts {
	struct dns *dns;
	const struct machine *machine;
	const struct route_rule *rules; /* first match wins */
	size_t rule_count;
	bool allow_loopback;
	uint64_t seed; /* order of equals: the same seed, the same order */
	struct policies *policies; /* MTA-STS; NULL: it is not heeded */
	const struct duty_rule *duty_rules; /* TLS that our user demands; first match wins */
	size_t duty_rule_count;
	bool dane_needs_mx; /* DANE only where the MX records are secure too */
	bool watch_testing; /* somebody wants to know what MTA-STS policies in testing come to */
	bool require_tls;   /* REQUIRETLS (RFC 8689 3) */
	bool tls_optional;  /* the message says TLS-Required: No (RFC 8689 5) */
};

enum route_source { ROUTE_MX, ROUTE_IMPLICIT, ROUTE_LITERAL, ROUTE_CONFIGURED };

struct route_host {
	const char *name;        /* A-labels; "[192.0.2.1]" for a literal */
	unsigned preference;
	uint16_t port;
	struct ip *addresses;    /* families interleaved, IPv6 first where we have it (RFC 8305 4);
	                            only those to be tried */
	size_t address_count;
	uint32_t ttl;            /* of the addresses */
	enum dns_security security;
	const char *alias;       /* the canonical name when the exchanger is a CNAME (A7), else NULL
	                            */
	const char *trouble;     /* one family could not be looked up (A11), in words, else NULL */
	struct duty duty;        /* the TLS that is owed */
};

struct route_excluded {
	const char *host;        /* exchanger, with the address when only that is left out:
	                            "mx.example.org [127.0.0.1]" */
	unsigned preference;
	const char *reason;
	const struct duty *duty; /* whose refusal that is; NULL: it is for other reasons */
};

struct route {
	enum route_source source;
	const struct route_rule *rule; /* that says so, when configured; else NULL */
	const char *domain;      /* as asked, A-labels */
	const char *const *aliases; /* CNAMEs followed from the domain (A6) */
	size_t alias_count;
	uint32_t ttl;            /* of the MX RRset */
	enum dns_security security;
	const char *security_reason;
	const struct sts_finding *policy; /* MTA-STS; NULL where nobody had to look */
	/* What its hosts can be called, known before their addresses are: as these records say; */
	const struct dns_answer *mx;
	const char *only;        /* or so. Both NULL: not known yet, or there are no hosts */
	struct route_host *hosts; /* in the order of attempt: by preference, equals shuffled */
	size_t host_count;
	struct route_excluded *excluded;
	size_t excluded_count;
	struct status status;    /* class 2: at least one host is worth trying; else the verdict on
	                            all recipients of the domain */
};

/* Find the route for an address's domain (its name or literal; never DOMAIN_NONE). Texts live in
   the arena or in facts->dns. False: a fact is missing, run again when dns_wait names asker;
   nothing was taken from the arena, and of the route nothing counts but mx and only. */
bool route_find(const struct facts *facts, struct arena *a, const struct address *address,
                size_t asker, struct route *route);

/* Do two routes lead to the same hosts, addresses, order and duty, so that one connection serves
   both (A18)? */
bool route_same(const struct route *one, const struct route *other);

/* Equal for routes that are the same. */
uint64_t route_hash(const struct route *route);

const char *route_source_name(enum route_source source); /* mx, implicit, literal, configured */
/* unchecked, secure, ... as in INTERFACE.md */
const char *route_security_name(enum dns_security security);

#endif
