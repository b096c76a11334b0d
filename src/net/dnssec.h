#ifndef NET_DNSSEC_H
#define NET_DNSSEC_H
/* The validator (RFC 4033 to 4035, 5155, 6840): what a reply's signatures say of what it claims. A
   pure function of replies and of the time: where a reply of the chain of trust is missing it is
   asked for, and the judgement is run again when it has come. Judges for itself; the AD bit of a
   server means nothing here. */

#include "net/dnssec_zone.h"

struct dnssec;

struct dnssec_verdict {
	enum dns_security security; /* UNCHECKED where the network lets no signatures through */
	const char *reason;         /* in words when not secure */
	bool no_name; /* nothing was found, and by the proofs the name does not exist */
	const char *target; /* the alias leads there, by a DNAME's rule; NULL: where it says */
};

/* The anchors are taken from settings->trust_anchor. Everything lives in the arena. */
struct dnssec *dnssec_open(const struct dns_settings *settings, struct arena *a,
                           struct dnssec_source source);

/* Judge what the reply says about this name and type: records, an alias, or that there are none.
   False: a reply is missing; its question has been asked. The reply is not in trouble. */
bool dnssec_judge(struct dnssec *v, struct dnssec_work *work, const struct dns_reply *reply,
                  const char *name, unsigned type, struct dnssec_verdict *verdict);

/* A question for this name begins: ask for the keys above it too, and nobody will have to wait for
   them. */
void dnssec_ahead(struct dnssec *v, const char *name);

/* Why nothing is validated although it was to be, in words; NULL: all is well, or nobody has asked
   yet. */
const char *dnssec_warning(const struct dnssec *v);

/* Signatures verified so far. */
unsigned long dnssec_verified(const struct dnssec *v);

void dnssec_close(struct dnssec *v);

#endif
