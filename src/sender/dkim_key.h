#ifndef SENDER_DKIM_KEY_H
#define SENDER_DKIM_KEY_H
/* The record of a DKIM key (RFC 6376 3.6.1, RFC 8301, RFC 8463): is there one, and would a
   verifier use it? Signs and verifies nothing. */

#include "sender/inquiry.h"

struct dkim_key {
	const char *name;  /* "s1._domainkey.example.org" */
	const char *type;  /* "rsa", "ed25519"; NULL before it is known */
	unsigned bits;     /* of the key; 0 before it is known */
	bool testing;      /* t=y: verifiers treat the mail as unsigned */
	bool strict;       /* t=s: i= may not be below the domain */
	const char *fault; /* why nobody would use it, in words; NULL: it is a good key */
	bool trouble;      /* the fault is that it could not be looked up now */
};

/* Nothing that is found counts while the inquiry is waiting. */
void dkim_key_find(struct inquiry *i, const char *selector, const char *domain,
                   struct dkim_key *key);

/* Judge the text of a record; sets all but name and trouble. */
void dkim_key_parse(struct arena *a, const char *text, struct dkim_key *key);

/* Can the text stand before "._domainkey"? Labels of letters, digits, hyphens and underscores. */
bool dkim_selector_good(const char *selector);

#endif
