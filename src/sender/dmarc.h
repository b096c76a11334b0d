#ifndef SENDER_DMARC_H
#define SENDER_DMARC_H
/* The DMARC policy for mail from a domain (RFC 7489), and which domains are one organization: found
   by walking up the tree of names as DMARCbis does, since a list of public suffixes would be old
   before it is installed. */

#include "sender/inquiry.h"

enum { DMARC_WALK_MAX = 8 }; /* questions for one domain (DMARCbis 4.10) */

struct dmarc {
	const char *domain;       /* whose record applies; NULL: there is none */
	const char *organization; /* the domain's organizational domain, never NULL */
	const char *policy;       /* "none", "quarantine", "reject": for the domain asked about */
	bool strict_dkim, strict_spf;
	unsigned percent;
	const char *reports;      /* rua, or NULL */
	const char *fault;        /* what is wrong with the record there is, or NULL */
	const char *trouble;      /* why it could not be looked up now, or NULL */
};

/* Nothing that is found counts while the inquiry is waiting. */
void dmarc_find(struct inquiry *i, const char *domain, struct dmarc *dmarc);

/* Does the domain stand for the author's, strictly or as one organization (RFC 7489 3.1)? */
bool dmarc_aligned(struct inquiry *i, const char *domain, const char *author, bool strict);

#endif
