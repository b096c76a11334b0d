#ifndef SENDER_SENDER_H
#define SENDER_SENDER_H
/* What the world will think of a sender at an address: names of the address, the EHLO name, SPF,
   DKIM's key, DMARC, the way back for bounces; and what should be done about it. A pure function of
   facts, as route/route.h is. Opens no connection, prints nothing. */

#include "mail/address.h"
#include "route/route.h"
#include "sender/dkim_key.h"
#include "sender/dmarc.h"
#include "sender/reverse.h"
#include "sender/spf.h"

struct sender_question {
	const struct facts *facts;
	struct ip ip;
	struct address author;   /* of the From field; qualified */
	struct address envelope; /* of MAIL FROM; local "" for the null sender */
	const char *hello;       /* of EHLO: a name or an address literal */
	const char *selector;    /* of DKIM, or NULL: nothing is said about DKIM then */
};

enum sender_weight {
	SENDER_PROBLEM, /* speaks against sending */
	SENDER_TROUBLE, /* could not be found out now */
	SENDER_REMARK
};

struct sender_finding {
	enum sender_weight weight;
	const char *text; /* a sentence for a person, with what to do */
};

enum { SENDER_FINDING_MAX = 64 };

struct sender_hello {
	bool literal;        /* no name at all */
	bool full;           /* a name with a dot that is not localhost */
	bool exists;
	bool leads_back;     /* to the address judged */
	bool is_reverse;     /* one of the address's own names that lead back */
	const char *trouble;
};

struct sender {
	const char *private_kind; /* "private address (RFC 1918)": the world sees another one, and
	                             nothing that depends on it was judged; NULL: public */
	struct reverse reverse;
	struct sender_hello hello;
	const char *spf_domain;   /* whose SPF counts: of MAIL FROM, or the EHLO name; NULL where
	                             that is no domain name, or the address is private */
	struct spf spf;
	bool has_spf_hello;       /* the EHLO name was judged for itself too (RFC 7208 2.3) */
	struct spf spf_hello;
	bool spf_aligned;         /* with the author's domain, as DMARC wants it */
	struct dkim_key dkim;     /* name is NULL when no selector was named */
	struct dmarc dmarc;
	struct route bounces;     /* where mail for the sender goes */
	struct sender_finding findings[SENDER_FINDING_MAX];
	size_t finding_count;
};

/* Judge. Texts live in the arena and in facts->dns. False: a fact is missing, run again when
   dns_wait names asker; what was taken from the arena is garbage then. */
bool sender_judge(const struct sender_question *q, struct arena *a, size_t asker,
                  struct sender *sender);

/* The gravest there is; SENDER_REMARK when nothing speaks against sending. */
enum sender_weight sender_gravest(const struct sender *sender);

/* Why the world sees another address than this one: "private address (RFC 1918)"; NULL: it sees
   this one. */
const char *sender_private(const struct ip *ip);

#endif
