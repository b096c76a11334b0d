#ifndef NET_HTTPS_H
#define NET_HTTPS_H
/* HTTPS requests, many side by side, by libcurl: the only file that knows it. It is loaded when the
   first request is made, so that other runs do not pay for its start. Refuses to know proxies,
   redirects, cookies, credentials, caches and the system's resolver: addresses are given. */

#include "base/buf.h"
#include "base/deadline.h"
#include "base/ip.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HTTPS_AT_ONCE = 32,         /* requests under way */
	HTTPS_ADDRESSES = 8,        /* of a host, that are tried */
	HTTPS_BODY_MAX = 64 * 1024, /* bytes of an answer: RFC 8461 3.3 */
	HTTPS_PATIENCE = 60000,     /* milliseconds for one request: the same */
	HTTPS_TURN = 2000,          /* when many wait they get less of it, but not below this */
	HTTPS_WHY = 192
};

enum https_outcome {
	HTTPS_ANSWERED,    /* with some status, by a host whose certificate is good */
	HTTPS_CERTIFICATE, /* the certificate is not good for this host */
	HTTPS_GIVEN_UP,    /* the deadline passed first, or the run was cancelled */
	HTTPS_UNTRIED,     /* the same, before it could be begun */
	HTTPS_FAILED       /* all other ways to fail, the want of libcurl among them */
};

struct https_request {
	const char *host;           /* A-labels: for SNI, the Host field and the certificate */
	const char *path;           /* beginning with "/"; printable ASCII */
	uint16_t port;              /* 0: 443 */
	const struct ip *addresses; /* where host is */
	size_t address_count;
	const char *post_type; /* media type of what is sent by POST; NULL: GET */
	const void *post;
	size_t post_size;

	enum https_outcome outcome; /* this and what follows is the answer */
	unsigned status;            /* 200 and so on; 0 unless answered */
	char type[64];              /* media type, lower case, without parameters; "" for none */
	struct buf body;            /* the caller's to free */
	char why[HTTPS_WHY];        /* failed: in words, printable; "" when answered */
};

struct https;

/* ca_file: certificates in PEM to trust instead of the system's; NULL: those. Loads nothing. */
struct https *https_open(const char *ca_file);

/* Make all requests; returns when each has its answer. At the deadline, or when the run is
   cancelled, those that are open are given up. A certificate must name the host as a dNSName (RFC
   8461 3.3): a common name is not enough. TLS 1.2 or later. */
void https_run(struct https *h, struct https_request *requests, size_t count,
               struct deadline until);

void https_close(struct https *h); /* NULL is fine */

#endif
