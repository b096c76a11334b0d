#ifndef NET_TLS_DUTY_H
#define NET_TLS_DUTY_H
/* What a server owes before a byte of mail goes to it, decided elsewhere, with the reason. */

#include "net/dane_record.h"

#include <stdbool.h>
#include <stddef.h>

enum tls_level {
	TLS_MAY,     /* any certificate, TLS 1.0 to 1.3: better than none */
	TLS_ENCRYPT, /* the same; that TLS is used at all is asked by the session */
	TLS_VERIFY,  /* a path to a root, for one of the names; TLS 1.2 at least (RFC 8461 7.2) */
	TLS_DANE     /* a record matches; TLS 1.2 at least */
};

struct tls_duty {
	enum tls_level level;
	const char *const *names; /* TLS_VERIFY: of the host; TLS_DANE: RFC 7672 3.2.2. A-labels, no
	                             trailing dot */
	size_t name_count;
	bool san_only; /* TLS_VERIFY: only dNSNames count (MTA-STS, RFC 8461 4.2), no CN */
	const struct dane_record
		*records; /* TLS_DANE: genuine; those that cannot be used among them */
	size_t record_count;
	const char *watched; /* TLS_MAY: whether TLS_VERIFY would have been met for this name (a
	                        policy in testing, RFC 8461 5) is told, and nothing follows; NULL:
	                        nobody wants to know */
};

#endif
