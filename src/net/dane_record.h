#ifndef NET_DANE_RECORD_H
#define NET_DANE_RECORD_H
/* TLSA records (RFC 6698 2.1), one by one and as a set: which of them count for SMTP (RFC 7671,
   7672), and what each matches. Whether they are genuine is known to who asked the DNS. */

#include "net/der.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dane_usage { DANE_PKIX_TA, DANE_PKIX_EE, DANE_TA, DANE_EE };
enum dane_selector { DANE_CERTIFICATE, DANE_KEY };
enum dane_matching { DANE_FULL, DANE_SHA256, DANE_SHA512 };

struct dane_record {
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t size;
};

/* It can be acted upon: usage DANE-TA or DANE-EE (RFC 7672 3.1.3), a selector and a matching type
   that we know, data of the size of the digest, or a certificate or key that can be read. Pure, and
   needs nobody to have started GnuTLS. */
bool dane_usable(const struct dane_record *r);

/* Of usable records at most so many are looked at, and of those that hold a whole certificate or
   key: nobody has more, and each may cost a signature. */
enum { DANE_RECORDS_MAX = 64, DANE_FULL_MAX = 8 };

/* Those that count, in their order: usable, and not outdone by a stronger digest of the same usage
   and selector (digest agility, RFC 7671 9). The number put into chosen. */
size_t dane_choose(const struct dane_record *records, size_t count,
                   const struct dane_record *chosen[DANE_RECORDS_MAX]);

/* It names this certificate, or its key. GnuTLS has been started. */
bool dane_matches(const struct dane_record *r, struct der certificate);

#endif
