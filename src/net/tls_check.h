#ifndef NET_TLS_CHECK_H
#define NET_TLS_CHECK_H
/* What a server's certificates are worth: to people who want to know, and to a duty. */

#include "net/certificate.h"
#include "net/tls_duty.h"
#include "net/trust.h"

/* Describe the chain, and judge it as a certificate for host by the roots; host NULL: whoever it is
   for. */
void tls_examine(struct trust *t, const struct chain *chain, const char *host,
                 struct tls_certificate *facts);

/* The chain does what the duty asks: TLS_FINE, proved says by what ("nothing", "pkix", "dane"), and
   words how ("" for nothing). Else the kind of failure, and words for it. */
enum tls_failure tls_check(struct trust *t, const struct chain *chain, const struct tls_duty *duty,
                           const char **proved, char *words, size_t room);

#endif
