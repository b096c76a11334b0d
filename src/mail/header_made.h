#ifndef MAIL_HEADER_MADE_H
#define MAIL_HEADER_MADE_H
/* The fields that we add to a header that lacks them. Each is one whole field with its line end.
   Private to message*.c and header*.c. */

#include "base/buf.h"
#include "mail/message.h"

/* RFC 5321 4.4, as far as it fits a message that came by no protocol: who has it from whom, with an
   id and the time in UTC. */
void header_made_received(struct buf *out, const struct message_want *want, struct arena *a);

/* RFC 5322 3.3: "Date: Fri, 20 Nov 2026 10:00:00 +0000". */
void header_made_date(struct buf *out, const struct message_want *want, struct arena *a);

/* RFC 5322 3.6.4. */
void header_made_id(struct buf *out, const struct message_want *want, struct arena *a);

/* The envelope's sender with the full name, which may hold anything; MAILER-DAEMON for the null
   sender. */
void header_made_from(struct buf *out, const struct message_want *want, struct arena *a);

#endif
