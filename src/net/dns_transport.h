#ifndef NET_DNS_TRANSPORT_H
#define NET_DNS_TRANSPORT_H
/* Questions on the wire: which server is asked, when again, and whose word is taken. One epoll
   descriptor for all sockets; each event costs the same however many questions there are. Knows
   nothing of aliases nor of who wants the answer. */

#include "net/dns_wire.h"

struct arena;

/* A question; the first member of whatever the owner keeps about it. */
struct dns_task {
	const char *name; /* as dns_name.h writes it; outlives the transport */
	enum dns_type type;
	bool urgent; /* many may wait for it: it does not stand in line */
	bool again; /* a reply was not believed: over TCP, from another server if there is one */
	unsigned server; /* whose the reply is; the transport's */
	bool guarded; /* the server was asked to hide what it knows to be bogus */
	bool done;
	struct dns_reply reply; /* once done */
	struct dns_task *next;  /* the transport's */
};

struct dns_transport;

/* Replies and words go into the arena. */
struct dns_transport *dns_transport_open(const struct dns_settings *settings, struct arena *a);

/* Nothing is validated here: from now on servers that validate are asked to hide what is bogus. */
void dns_transport_guard(struct dns_transport *t);

/* Send the question, or queue it while DNS_FLIGHT_MAX are under way. */
void dns_transport_ask(struct dns_transport *t, struct dns_task *task);

/* Do questions stand in line? */
bool dns_transport_full(const struct dns_transport *t);

/* Wait until something happens, and deal with it. False when the deadline has passed or the run was
   cancelled. */
bool dns_transport_step(struct dns_transport *t, struct deadline until);

/* The next question that is done; NULL when none is for now. */
struct dns_task *dns_transport_done(struct dns_transport *t);

/* Are there questions without a reply? */
bool dns_transport_busy(const struct dns_transport *t);

/* Make them all done, with trouble that ends in these words: "before the run was cancelled". */
void dns_transport_abandon(struct dns_transport *t, const char *words);

/* questions is left 0. */
struct dns_counts dns_transport_counts(const struct dns_transport *t);

void dns_transport_close(struct dns_transport *t);

#endif
