#ifndef NET_DNS_ATTEMPT_H
#define NET_DNS_ATTEMPT_H
/* One question to one server, once, by UDP or TCP: with a socket and a random id of its own, and
   with an ear for nothing but the reply to it. Never waits. */

#include "net/dns_wire.h"

/* How to ask; bits. */
enum dns_manner {
	DNS_ASK_EDNS = 1,  /* with OPT, and DO in it */
	DNS_ASK_GUARD = 2, /* dns_wire_guard: the server judges the signatures, if it can */
};

struct dns_attempt {
	int fd;    /* -1: none is under way */
	int epoll; /* where fd is registered, with the attempt's own address as data */
	bool tcp;
	uint8_t query[2 + DNS_QUERY_MAX]; /* with the length in front that TCP wants */
	size_t query_size;                /* without it */
	size_t written;                   /* TCP: of both */
	uint8_t *stream;                  /* TCP: what has come, the length first */
	size_t stream_size;
};

enum { DNS_SCRATCH = 65535 };

enum dns_ear { DNS_HEARD_NOTHING, DNS_HEARD_REPLY, DNS_HEARD_FAULT };

struct dns_heard {
	enum dns_ear ear;
	const uint8_t *bytes; /* the reply, in scratch or in the attempt */
	size_t size;
	int error; /* the fault, as errno has it */
};

/* Set out; 0 or an error number, and then nothing is under way. manner: bits of enum dns_manner. */
int dns_attempt_begin(struct dns_attempt *x, int epoll, const struct dns_server *server, bool tcp,
                      unsigned manner, const char *name, enum dns_type type);

/* Deal with an event on the socket. scratch[DNS_SCRATCH] is for a UDP packet. */
struct dns_heard dns_attempt_hear(struct dns_attempt *x, uint8_t *scratch);

void dns_attempt_end(struct dns_attempt *x);

#endif
