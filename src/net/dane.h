#ifndef NET_DANE_H
#define NET_DANE_H
/* A server's certificates against the TLSA records of its name (RFC 7671, 7672 3). Knows nothing of
   DNS: who asks has found the records genuine. */

#include "net/certificate_path.h"
#include "net/dane_record.h"

struct dane_question {
	const struct dane_record *records;
	size_t record_count;
	const char *const *names; /* for usage DANE-TA, the certificate must be for one of them (RFC
	                             7672 3.2.2): A-labels, no trailing dot */
	size_t name_count;
};

/* TLS_FINE: a record matches, and words say which and what ("3 1 1 matches the certificate's key",
   "2 1 1 matches CN=Example CA; name mx.example.org"). Else the kind of failure and words for it.
   Words are printable and cut to the room. GnuTLS has been started. */
enum tls_failure dane_verify(const struct dane_question *q, const struct chain *chain, char *words,
                             size_t room);

#endif
