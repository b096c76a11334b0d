#ifndef NET_DER_H
#define NET_DER_H
/* DER as far as a certificate's shell goes (X.690 8.1, RFC 5280 4.1): cut out the parts whose very
   bytes count, which a library gives only re-encoded or in time that grows with the square of their
   number. Judges nothing. Low tags and definite lengths only, which is all there is here. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Points into memory of somebody else. */
struct der {
	const uint8_t *data;
	size_t size;
};

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_EXPLICIT_0 = 0xa0, /* a certificate's version */
	DER_EXPLICIT_3 = 0xa3, /* its extensions */
	DER_DNS_NAME = 0x82    /* a GeneralName (RFC 5280 4.2.1.6) */
};

/* Take the first element, with its tag and length, off rest. false, and nothing is taken: another
   tag stands there, or what stands there goes past the end. */
bool der_take(struct der *rest, uint8_t tag, struct der *element);

/* The first element of any tag; the tag, or -1. */
int der_next(struct der *rest, struct der *element);

/* What is in an element that der_take or der_next gave. */
struct der der_content(struct der element);

bool der_same(struct der a, struct der b);

struct certificate_parts {
	struct der body;      /* what is signed: TBSCertificate */
	struct der issuer;    /* Name */
	struct der subject;   /* Name */
	struct der key;       /* SubjectPublicKeyInfo */
	struct der signature; /* without the count of unused bits */
	struct der names;     /* inside of subjectAltName: GeneralNames; size 0: there is none */
};

/* false: not the shape of a certificate, or bytes are left over. */
bool certificate_split(struct der certificate, struct certificate_parts *parts);

#endif
