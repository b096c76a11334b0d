#ifndef TALK_CROWD_H
#define TALK_CROWD_H
/* A network for a whole run of the program: at every address there is a server with a temper of its
   own, which follows from a seed and the address. It gives the same answer to the same command in
   every run, however far the run goes. What the program dials and says is noted in memory that is
   shared with the process that judges. Defines dial_network, in place of net/dial. */

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CROWD_DIALS = 2000, CROWD_VISITS = 500, CROWD_SAID = 1 << 20 };

/* One connection over which something was said. */
struct crowd_visit {
	char address[IP_TEXT];
	unsigned number;   /* the first visit to this address is 1 */
	size_t from, size; /* of said */
};

struct crowd {
	uint64_t seed;
	bool deaf;   /* nobody takes a connection */
	bool honest; /* who has accepted a recipient accepts the message too */
	/* What happened: */
	char dials[CROWD_DIALS][IP_TEXT];
	size_t dial_count;
	struct crowd_visit visits[CROWD_VISITS];
	size_t visit_count;
	char said[CROWD_SAID];
	size_t said_size;
	size_t broken; /* of the visits so far, when a server first broke off in a flight or did not
	                  accept content; 0: none did. Only a whole run hears of it in the same way:
	                  from there on it may go elsewhere than a shortened one */
	const char *trouble; /* what must not happen: a literal, or NULL */
};

/* The network of this process. */
extern struct crowd *crowd;

#endif
