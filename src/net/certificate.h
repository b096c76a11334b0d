#ifndef NET_CERTIFICATE_H
#define NET_CERTIFICATE_H
/* One X.509 certificate, which anybody may have made: what stands in it, in words that can be
   shown, and whom it is for. Whether it is to be believed is asked of net/certificate_path. Here as
   there GnuTLS has been started by who calls. */

#include "net/der.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are printable (text_clean); what does not fit ends in "...". */
struct tls_certificate {
	char names[512];   /* dNSNames with blanks between them; "" when there are none */
	char subject[128]; /* RFC 4514 */
	char issuer[128];
	char key[32];       /* "RSA 2048", "EC 256", "Ed25519" */
	int64_t not_before; /* seconds since 1970, UTC */
	int64_t not_after;
	unsigned count;  /* certificates that the server sent; 0: none was examined */
	char chain[160]; /* "" when it is valid for this host by the roots; else why not */
};

/* All but count and chain, of the server's own certificate. false: it is none, and all is empty. */
bool certificate_read(struct der certificate, struct tls_certificate *facts);

/* It is for this host (A-labels, no trailing dot; case is ignored): a dNSName says so, in full or
   with "*" as its whole first label, which stands for one label (RFC 6125 6.4.3). san_only: as RFC
   8461 4.2 wants it; else the one CN counts when there is no dNSName at all (RFC 6125 6.4.4).
   Addresses never match. */
bool certificate_is_for(struct der certificate, const char *host, bool san_only);

/* The pattern of a dNSName covers the host: the rule of certificate_is_for. */
bool certificate_name_covers(const char *pattern, size_t size, const char *host);

/* A certificate whose size and key do not keep us busy past every deadline. */
bool certificate_bearable(struct der certificate);

/* A key by itself, as it comes in a DNS record. */
bool certificate_key_bearable(struct der key);

/* Its signature has been made with this key (SubjectPublicKeyInfo), which is strong enough and
   bearable. */
bool certificate_signed_by(struct der certificate, struct der key);

#endif
