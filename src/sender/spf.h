#ifndef SENDER_SPF_H
#define SENDER_SPF_H
/* RFC 7208: may this address send mail for this domain? A pure function of DNS answers. */

#include "sender/inquiry.h"
#include "sender/spf_record.h"

enum {
	SPF_LOOKUP_MAX = 10, /* 4.6.4: terms that ask the DNS */
	SPF_VOID_MAX = 2,    /* 4.6.4: look-ups that find nothing */
	SPF_HOST_MAX = 10    /* 4.6.4: exchangers of an mx, names of a ptr */
};

/* check_host() of RFC 7208 4. */
struct spf_question {
	struct ip ip;
	const char *domain; /* whose record is read: of MAIL FROM, or the EHLO name */
	const char *local;  /* of the sender; "" stands for postmaster (4.3) */
	const char *hello;
};

struct spf {
	enum spf_verdict verdict;
	/* The term that decided and how it was reached:
	   "include:_spf.example.net -> ip4:192.0.2.0/24"; NULL when none did. */
	const char *path;
	const char *why;  /* errors, none, neutral without a term: in words; else NULL */
	unsigned lookups; /* of SPF_LOOKUP_MAX */
};

/* Nothing that is found counts while the inquiry is waiting. */
void spf_judge(struct inquiry *i, const struct spf_question *question, struct spf *spf);

#endif
