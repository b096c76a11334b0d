#ifndef NET_DNS_KEPT_H
#define NET_DNS_KEPT_H
/* What a file of facts says about single questions: whole replies as they once came, and what
   DNSSEC is to say of a reply. Names are as dns_name.h writes them and must outlive it all. */

#include "net/dns_index.h"
#include "net/dns_wire.h"

struct arena;
struct dns_kept_reply;

struct dns_kept {
	struct arena *arena;
	struct dns_index replies;
	struct dns_index verdicts;
};

void dns_kept_open(struct dns_kept *kept, struct arena *a);

/* The reply to this question, without records for now; NULL when it has one already. The zone is
   the one that denies the name, or NULL. */
struct dns_kept_reply *dns_kept_reply(struct dns_kept *kept, const char *name, unsigned type,
                                      bool no_name, const char *zone);

/* One record more. False when no reply can have so many. */
bool dns_kept_add(struct dns_kept *kept, struct dns_kept_reply *reply,
                  const struct dns_record *record);

/* The reply that was kept; false when there is none to this question. */
bool dns_kept_find(const struct dns_kept *kept, const char *name, unsigned type,
                   struct dns_reply *reply);

/* What DNSSEC says of replies to questions for a name. */
struct dns_verdict {
	struct dns_link link; /* first: the index hands out links */
	const char *name;
	unsigned type;  /* 0: any */
	bool all_below; /* of this name and all names below it */
	enum dns_security security;
	const char *reason; /* or NULL */
};

/* The verdict lives in the arena. False when the same was judged already. */
bool dns_kept_judge(struct dns_kept *kept, struct dns_verdict *verdict);

/* The verdict on a reply: what is said of the very name comes before what is said of all below a
   name, the nearest first; then what is said of a type before what is said of any. NULL: none. */
const struct dns_verdict *dns_kept_verdict(const struct dns_kept *kept, const char *name,
                                           unsigned type);

void dns_kept_close(struct dns_kept *kept);

#endif
