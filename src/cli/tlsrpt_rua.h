#ifndef CLI_TLSRPT_RUA_H
#define CLI_TLSRPT_RUA_H
/* Who wants reports: the TXT record of _smtp._tls.DOMAIN (RFC 8460 3). */

#include "mail/address.h"

#include <stdint.h>

enum { TLSRPT_TARGET_MAX = 4 }; /* more are passed over */

struct tlsrpt_target {
	bool mail;
	struct address address; /* mail */
	const char *host;       /* else HTTPS: A-labels */
	const char *path;       /* with its query; printable ASCII */
	uint16_t port;          /* 0: 443 */
};

/* From the TXT records, each with its strings joined, those targets that can be understood. Returns
   how many. Texts live in the arena. */
size_t tlsrpt_rua_parse(struct arena *a, const char *const *txt, size_t count,
                        struct tlsrpt_target *targets);

#endif
