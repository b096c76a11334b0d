#ifndef SMTP_BODY_H
#define SMTP_BODY_H
/* The content of a message on its way out: as it is for BDAT, with dots doubled for DATA. */

#include "mail/message.h"
#include "smtp/talk.h"

/* Say all of m; each MESSAGE_WINDOW of it has block milliseconds to leave us. False: it did not
   leave us whole, and nothing that ends a message may be said any more; where the message could not
   be read back, talk->fault says so. */
bool body_say(struct talk *talk, const struct message *m, bool stuff, int64_t block);

#endif
