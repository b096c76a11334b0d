#ifndef DELIVERY_DELIVER_H
#define DELIVERY_DELIVER_H
/* Carrying out a plan: for each delivery race to a host, hold the session, and decide from what
   happened who is tried next for whom (errand). What follows after each failure is one table in
   work.c. A crew of threads, one delivery each. */

#include "delivery/reach.h"
#include "mail/message.h"
#include "net/dial.h"
#include "route/plan.h"
#include "smtp/session.h"

/* One visit to one address of one host. What it points to lasts as long as the telling. */
struct deliver_attempt {
	const char *domain;           /* the first of the delivery's domains */
	const char *host, *address;   /* "mx1.example.org", "192.0.2.1" */
	uint16_t port;
	enum stage stage;             /* how far it got */
	const struct tls_facts *tls;  /* NULL in clear */
	const char *tls_trouble;      /* a handshake failed here and the host was used in clear or
	                                 left; else NULL */
	const struct session_heard *heard; /* NULL when nobody answered the dial, or who
	                                      did was left for his silence */
	const int64_t *spent_ms;      /* by enum stage: greeting, hello, tls, mail, rcpt; -1: it
	                                 never came to that; NULL when nobody answered */
	int64_t connect_ms;           /* of this dial; also of one that failed; -1: there was
	                                 none */
	int64_t session_ms;
	struct status status;         /* class 2 when the host served us */
	/* For reports on TLS (RFC 8460): */
	const struct delivery *delivery;
	size_t host_number;           /* among the hosts of its route */
	const struct ip *local;       /* our end of the connection; NULL: not known */
	enum tls_failure tls_failure; /* why there is no TLS that there should be, or why it is of
	                                 no use; TLS_FINE also where none was to be */
	const char *tls_failing;      /* in words, or NULL */
};

/* What happened, told as it happens, from many threads at once: the receiver locks. */
struct deliver_report {
	/* A recipient's verdict is final; told exactly once for each recipient of the plan. tls:
	   "opportunistic" or "none"; NULL when no server was involved. Class 2 with a stage below
	   STAGE_DONE: would have been delivered, as far as a shortened run can know. */
	void (*result)(void *context, const struct recipient *recipient, const char *tls);
	void (*attempt)(void *context, const struct deliver_attempt *attempt);
	void *context;
};

struct deliver_want {
	struct dialer *dialer;
	struct tls *tls;              /* NULL: no TLS at all */
	const char *hello;            /* our name for EHLO */
	const char *sender;           /* envelope sender on the wire, "" for null */
	const char *dsn_return;       /* RFC 3461: "FULL", "HDRS" or NULL */
	const char *envelope_id;      /* RFC 3461: xtext, or NULL */
	const struct message *message; /* may be NULL when stop_after is below STAGE_DATA: size and
	                                  kind unknown then */
	enum stage stop_after;        /* STAGE_ROUTE: nobody is contacted, results follow from the
	                                 plan */
	bool everyone;                /* a probe: who was not visited on the way to the verdicts is
	                                 visited afterwards, and the verdicts stand. stop_after is
	                                 below STAGE_DATA */
	struct reach *reach;          /* or NULL: filled in at the end */
	size_t parallel;              /* deliveries at once */
	const struct session_times *times;
	const struct talk_trace *trace; /* or NULL */
	const struct deliver_report *report;
	struct deadline until;
};

/* A plan that is being carried out, perhaps while it is still being made. */
struct deliver;

/* Of the plan recipients and domains are known. Plan and wants must outlive it. */
struct deliver *deliver_open(struct plan *plan, const struct deliver_want *want);

/* Begin a delivery of a plan that is not whole yet, as plan_watch tells of it; not for a probe, or
   where nobody is contacted. Never waits. */
void deliver_begin(struct deliver *d, struct delivery *delivery);

/* The plan is whole: begin what was not begun, tell of those who cannot be reached, and return when
   every recipient has his status. Nobody is lost: what the deadline or a signal cuts off has a
   status that says so. */
void deliver_close(struct deliver *d);

/* Carry out a whole plan. */
void deliver_plan(struct plan *plan, const struct deliver_want *want);

#endif
