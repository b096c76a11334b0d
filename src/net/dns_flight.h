#ifndef NET_DNS_FLIGHT_H
#define NET_DNS_FLIGHT_H
/* A question under way: whom it is put to, who may still answer, and what is done when nobody does.
   Takes no packet apart and waits for nothing. */

#include "net/dns_attempt.h"
#include "net/dns_course.h"
#include "net/dns_timer.h"
#include "net/dns_transport.h"

/* At a time: as many servers as resolv.conf(5) knows, and a repetition. */
enum { DNS_TRY_MAX = 4 };

/* What all flights share. */
struct dns_sky {
	struct arena *arena;
	int epoll; /* -1 until there is a socket */
	struct dns_known_servers servers;
	struct dns_timers timers;
	struct dns_counts counts;
	size_t flying;
	bool guard; /* the servers are to judge for us */
};

struct dns_flight;

/* The question put to one server. */
struct dns_try {
	struct dns_attempt attempt; /* first: epoll hands out attempts */
	struct dns_flight *flight;
	unsigned server;
	bool edns, guarded;
	int64_t begun;
};

enum dns_flight_state {
	DNS_FLYING,
	DNS_LANDED,     /* its task has a reply, or trouble */
	DNS_TURNED_BACK /* there was no descriptor for it: may start again when others are done */
};

struct dns_flight {
	struct dns_task *task; /* NULL: not in use */
	enum dns_flight_state state;
	struct dns_course course;
	struct dns_timer timer; /* runs while it is flying */
	bool asked;             /* anybody, at all */
	bool repeated;          /* one of them was asked once more, ahead of time */
	const char *trouble;    /* the weightiest failure so far */
	int64_t waited;         /* milliseconds, in all */
	unsigned begun;         /* tries, so far */
	struct dns_try tries[DNS_TRY_MAX]; /* the last ones; in turn */
};

/* After each of these the state says what has become of the flight. */

void dns_flight_start(struct dns_sky *sky, struct dns_flight *f, struct dns_task *task);

/* The timer is over, or there is no sense in waiting: do what else can be done for an answer. */
void dns_flight_go_on(struct dns_sky *sky, struct dns_flight *f);

/* Land it, with words as "before the run was cancelled". */
void dns_flight_abandon(struct dns_sky *sky, struct dns_flight *f, const char *words);

/* The try was not to be had, with an error number. */
void dns_try_lose(struct dns_sky *sky, struct dns_try *y, int error);

/* It was answered, but so that it is no answer; the words are dns_trouble_error's. */
void dns_try_fail(struct dns_sky *sky, struct dns_try *y, const char *what, const char *extra);

/* The same server is to be asked in another way, by TCP or as edns says. */
void dns_try_again(struct dns_sky *sky, struct dns_try *y, bool tcp);

/* This is the answer. */
void dns_try_land(struct dns_sky *sky, struct dns_try *y, struct dns_reply reply);

/* May it still be answered? */
bool dns_try_open(const struct dns_try *y);

/* The open tries: the one after `last`, the first one after NULL; NULL at the end. */
struct dns_try *dns_flight_next(struct dns_flight *f, const struct dns_try *last);

/* End them all. */
void dns_flight_hang_up(struct dns_flight *f);

#endif
