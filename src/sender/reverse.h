#ifndef SENDER_REVERSE_H
#define SENDER_REVERSE_H
/* What an address is called, and whether its names lead back to it. */

#include "sender/inquiry.h"

enum { REVERSE_NAME_MAX = 10 }; /* RFC 7208 4.6.4: more are not looked at */

struct reverse_name {
	const char *name; /* as PTR records have it */
	bool leads_back;
	bool empty;          /* the look-up gave nothing */
	const char *trouble; /* why nobody can say now, or NULL */
};

struct reverse {
	const char *question; /* "1.2.0.192.in-addr.arpa" */
	struct reverse_name names[REVERSE_NAME_MAX];
	size_t count;
	size_t left_out;     /* names over the limit */
	bool empty;          /* there is no PTR record */
	const char *trouble; /* why PTR could not be looked up, or NULL */
};

/* Look up the names of an address, and the address of each. */
void reverse_find(struct inquiry *i, const struct ip *ip, struct reverse *reverse);

/* Is one of the addresses of the name, of the same family, this one? */
bool reverse_has(const struct dns_answer *answer, const struct ip *ip);

/* DNS_A or DNS_AAAA. */
enum dns_type reverse_type(const struct ip *ip);

#endif
