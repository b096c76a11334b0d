#ifndef NET_DNS_TABLE_H
#define NET_DNS_TABLE_H
/* The table of a run: each question (name, type) once, with its reply from the network or from the
   file of facts. Replies depend on nothing. What the struct holds for the answers that are read
   from replies belongs to dns_chain.h. */

#include "base/arena.h"
#include "net/dns_asker.h"
#include "net/dns_index.h"
#include "net/dns_transport.h"
#include "net/dnssec.h"

struct dns_question {
	struct dns_task task; /* first: the transport hands out tasks */
	struct dns_link link;
	bool sent;
	bool arrived; /* the reply is here, and the transport has handed the task out */
	bool answered;
	struct dns_crowd crowd;

	/* The chain of aliases on the way to the answer, and the answer at its end. */
	struct dns_question *hop; /* whose reply is read; NULL: nobody has asked for the answer */
	struct dns_question *next_held_up; /* chains that wait for the same reply */
	const char *aliases[DNS_ALIAS_MAX];
	struct dns_answer answer;

	struct dns_question *held_up; /* the first chain that waits for our reply */
	struct dns_question *asked_next;

	struct dnssec_work work; /* spent on validating the answer */
	struct dns_reply first;  /* task.again: what is believed if nothing better comes */
};

struct dns {
	struct arena arena;
	struct dns_transport *transport;
	struct dns_file *file; /* NULL: the network answers */
	struct dns_index questions;
	struct dns_askers askers;
	struct dnssec *validator;     /* NULL: nothing is validated */
	bool trust;                   /* the servers' word is taken for it */
	struct dns_question *missing; /* what the validator waits for */
	const char *over; /* why nothing is asked any more, or NULL */
	unsigned long asked;
	struct dns_question *asked_first, **asked_end; /* in the order of asking */
};

/* What the validator sees of it. */
struct dnssec_source dns_table_source(struct dns *d);

/* The question, NULL when nobody has asked it. name in any spelling. */
struct dns_question *dns_table_find(const struct dns *d, const char *name, enum dns_type type);

/* The question, made if need be. name is in the one form of dns_name.h and outlives the table. */
struct dns_question *dns_table_get(struct dns *d, const char *name, enum dns_type type);

/* The same with a name in any spelling; NULL when it is no name. */
struct dns_question *dns_table_of(struct dns *d, const char *name, enum dns_type type);

/* Have a reply come. */
void dns_table_ask(struct dns *d, struct dns_question *q);

/* The reply is not believed: have another, which will say what it says by another way. False when
   it is another already. */
bool dns_table_again(struct dns *d, struct dns_question *q);

/* Nothing is validated: may the reply be used, since the server was asked to hide what is bogus? If
   not, it has been asked again. */
bool dns_table_guarded(struct dns *d, struct dns_question *q);

#endif
