#ifndef NET_DNSSEC_SIGN_H
#define NET_DNSSEC_SIGN_H
/* Is an RRset signed by a zone's keys (RFC 4035 5.3)? And how much work may be spent on finding
   out: a hostile zone can offer many keys of one tag and many signatures (KeyTrap, CVE-2023-50387).
   */

#include "net/dnssec_key.h"
#include "net/dnssec_set.h"

enum {
	DNSSEC_KEY_MAX = 32,     /* of a zone that are looked at */
	DNSSEC_RRSIG_MAX = 8,    /* of an RRset that are tried */
	DNSSEC_ANSWER_MAX = 100, /* verifications for an answer; 20 are many */
	DNSSEC_FAILED_MAX = 32,  /* of a zone's signatures that do not fit; then it is not heard */
	DNSSEC_RUN_FAILED_MAX = 10000 /* of all zones': some seconds; then each has one chance */
};

/* What has been spent. */
struct dnssec_work {
	unsigned verified, hashed;
	unsigned cuts; /* names on the chain of trust that were looked at */
};

struct dnssec_clock {
	int64_t now;               /* seconds since 1970 */
	unsigned long verified, failed; /* by the run */
};

/* Who signs. */
struct dnssec_signer {
	const uint8_t *name;
	const struct dnssec_key *keys;
	size_t key_count;
	unsigned failed;
};

/* What is wrong with the signatures; the greatest of several is told. */
enum dnssec_fault {
	DNSSEC_NO_RRSIG,
	DNSSEC_OTHER_SIGNER,
	DNSSEC_UNKNOWN_ALGORITHM,
	DNSSEC_LABELS,
	DNSSEC_NO_KEY,
	DNSSEC_EARLY,
	DNSSEC_EXPIRED,
	DNSSEC_BAD_SIGNATURE
};

struct dnssec_seal {
	bool good;
	bool tired;      /* not good, and there was no strength to find out */
	unsigned labels; /* of the good signature: fewer than the owner's for a wildcard */
	enum dnssec_fault fault;
	uint16_t tag;
	int64_t time;
};

struct dnssec_seal dnssec_sign_check(struct dnssec_clock *clock, struct dnssec_work *work,
                                     struct dnssec_signer *signer, struct dns_raws raws,
                                     const struct dnssec_set *set);

/* The zones whose signatures stand in a reply, each once; zeroes to begin with. */
struct dnssec_signers {
	size_t at; /* the next record to look at */
	const uint8_t *seen[DNSSEC_RRSIG_MAX];
	size_t count;
};

/* The next signer of this set, or with owner NULL of any denial; NULL after the last. Who is not
   above name is passed over: he has nothing to say about it. */
const uint8_t *dnssec_signers_next(struct dnssec_signers *s, struct dns_raws raws,
                                   const uint8_t *name, const uint8_t *owner, unsigned type);

/* "RRSIG of MX example.org by key 12345 expired 2026-01-02" */
const char *dnssec_sign_words(struct arena *a, const struct dnssec_seal *seal,
                              const struct dnssec_set *set);

/* "MX example.org" */
const char *dnssec_set_words(struct arena *a, const uint8_t *owner, unsigned type);

#endif
