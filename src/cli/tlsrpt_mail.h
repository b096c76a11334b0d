#ifndef CLI_TLSRPT_MAIL_H
#define CLI_TLSRPT_MAIL_H
/* A report as a mail (RFC 8460 5.3), still without Date and Message-ID, with LF line ends. */

#include "base/buf.h"
#include "cli/tlsrpt_sums.h"

#include <stddef.h>

struct arena;

enum { TLSRPT_MAIL_MAX = 8 * 1024 * 1024 };

/* from, to: addresses on the wire. packed: the report, gzipped. It asks to be sent even where TLS
   fails (5.3.1 with RFC 8689 5), since that may be what it is about. */
void tlsrpt_mail(struct arena *a, struct buf *out, const struct tlsrpt_reporter *by,
                 const char *domain, const char *from, const char *to, const struct buf *packed);

#endif
