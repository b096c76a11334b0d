#ifndef NET_DIAL_H
#define NET_DIAL_H
/* Opening connections. A dialer is the way out: the network, or a world of scripts in a test. It
   also owns the clock by which a race is run, so that a test needs none. */

#include "base/ip.h"
#include "net/stream.h"

#include <stdint.h>

enum dial_state {
	DIAL_PENDING,
	DIAL_UP,
	DIAL_HEARD, /* up, and the other side has said something, or is gone: a read shows it */
	DIAL_FAILED
};

/* Why a connection does not stand, as far as it matters where to look for the cause. */
enum dial_cause {
	DIAL_OTHER,       /* refused, say: somebody answered */
	DIAL_SILENT,      /* nobody answered */
	DIAL_UNREACHABLE, /* this machine knows no way there */
	DIAL_FORBIDDEN    /* this machine does not let us */
};

struct dial {
	struct stream *stream;  /* NULL when failed */
	enum dial_state state;
	const char *trouble;    /* when failed: "connection refused", "no route to host"; static */
	enum dial_cause cause;  /* when failed */
	struct ip local;        /* our end of it, when up; family 0: not known */
	bool exhausted;         /* it failed for want of a descriptor here: another time it may not
	                           */
};

struct dialer;

struct dialer_ops {
	/* Start a connection; never blocks. The stream belongs to the caller from then on, pending
	   or not. */
	struct dial (*begin)(struct dialer *d, const struct ip *ip, uint16_t port);
	/* Bring the states up to date of those that are pending, or up and not heard, waiting until
	   one changes; there may be none. As deadline_poll. */
	int (*wait)(struct dialer *d, struct dial *dials[], size_t count, struct deadline until);
	int64_t (*now)(struct dialer *d); /* milliseconds */
};

struct dialer {
	const struct dialer_ops *ops;
};

enum { DIAL_AT_ONCE_MAX = 64 }; /* that wait together: those of one race */

/* The network. TCP_NODELAY is set. May be used by many threads. */
struct dialer *dial_network(void);

#endif
