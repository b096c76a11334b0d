#ifndef NET_DNS_COURSE_H
#define NET_DNS_COURSE_H
/* The order in which the name servers are asked: what is known of each, and how far one question
   has got. No sockets, no clock of its own. */

#include "net/dns.h"

struct dns_known {
	struct dns_server at;
	bool plain;           /* knows no EDNS */
	int64_t heard_at;     /* when it last answered anything */
	int64_t silent_until; /* under a penalty for silence until then */
	bool dead;            /* nothing was heard of it for a whole time-out, and since */
};

struct dns_known_servers {
	struct dns_known list[DNS_SERVER_MAX];
	unsigned count;
	unsigned rounds;
	int64_t timeout; /* milliseconds */
	bool rotate;
	unsigned next_first;
};

/* One question's way through the servers. The sets have a bit for each server. */
struct dns_course {
	unsigned server; /* the one that was asked last */
	unsigned first;  /* where each round begins */
	unsigned round;
	unsigned tried;   /* in this round */
	unsigned useless; /* nothing more is to be had from them */
	unsigned silent;  /* they let their time pass, and have said nothing since */
	bool answered;    /* somebody did answer, if only with an error */
};

void dns_known_open(struct dns_known_servers *k, const struct dns_settings *settings);

struct dns_course dns_course_start(struct dns_known_servers *k);

/* On to the next server of this round; false when there is none left in it. */
bool dns_course_next(const struct dns_known_servers *k, struct dns_course *c, int64_t now);

/* On to the next round; false when that was the last. */
bool dns_course_turn(const struct dns_known_servers *k, struct dns_course *c);

/* Is there a server left in this round that is not under a penalty? */
bool dns_course_better(const struct dns_known_servers *k, const struct dns_course *c, int64_t now);

/* The server has answered something. */
void dns_known_heard(struct dns_known_servers *k, struct dns_course *c, unsigned server,
                     int64_t now);

/* It has not, to what was sent then. True when it comes under a penalty by that. */
bool dns_known_silent(struct dns_known_servers *k, struct dns_course *c, unsigned server,
                      int64_t sent_at, int64_t now);

#endif
