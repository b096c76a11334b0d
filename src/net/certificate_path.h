#ifndef NET_CERTIFICATE_PATH_H
#define NET_CERTIFICATE_PATH_H
/* A path from a server's certificate to an anchor that somebody trusts (RFC 5280 6), for TLS
   servers, at the strength that Debian asks for (RSA 2048, no SHA-1). Names are none of its
   business, nor why the anchor is trusted. */

#include "net/der.h"
#include "net/tls_failure.h"

#include <stdbool.h>
#include <stddef.h>

/* Certificates of a chain that are looked at: no honest server sends more than five, and each may
   cost a signature. GnuTLS stops there too. */
enum { CHAIN_MAX = 16 };

struct chain {
	struct der certificates[CHAIN_MAX]; /* the server's own comes first */
	size_t count;
};

/* Anchors. One thread at a time. */
struct anchors;
struct anchors *anchors_new(void);
void anchors_free(struct anchors *a);

/* false: it is no certificate. */
bool anchors_add(struct anchors *a, struct der certificate);

/* All of a PEM file, or what the system trusts. The number of certificates; 0 or less: none. */
int anchors_add_file(struct anchors *a, const char *path);
int anchors_add_system(struct anchors *a);

enum path_kind {
	PATH_ANY,  /* the server's own certificate may be an anchor itself */
	PATH_ABOVE /* an anchor is an issuer */
};

/* There is a path: TLS_FINE. Else the reason's kind, and in why its words, cut to the room. */
enum tls_failure path_verify(struct anchors *a, const struct chain *chain, enum path_kind kind,
                             char *why, size_t room);

/* What a path asks of the server's own certificate when an anchor is its issuer: valid now, for TLS
   servers, strong enough. Signatures are not looked at. */
enum tls_failure path_verify_end(struct der certificate, char *why, size_t room);

#endif
