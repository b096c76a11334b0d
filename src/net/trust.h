#ifndef NET_TRUST_H
#define NET_TRUST_H
/* The root certificates of a run, loaded only when a chain is to be judged by them, and then no
   more than that chain needs: all of them take GnuTLS seven milliseconds. Does not know whom a
   certificate is for. */

#include "net/certificate_path.h"

struct trust;

/* ca_file: PEM, in place of what the system trusts; NULL: the system's. Not copied. */
struct trust *trust_open(const char *ca_file);
void trust_close(struct trust *t);

/* The chain is valid by the roots: TLS_FINE, and "" in why. Else the reason's kind and words. What
   the quick way refuses has been judged by GnuTLS' own store too. May be called by many threads. */
enum tls_failure trust_verify(struct trust *t, const struct chain *chain, char *why, size_t room);

#endif
