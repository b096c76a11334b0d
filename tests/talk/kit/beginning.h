#ifndef TALK_BEGINNING_H
#define TALK_BEGINNING_H
/* The law of stages, for what a client has said on a connection: a shortened run says the beginning
   of what the whole run says, QUIT apart, and nothing that belongs to a later stage. */

#include "base/buf.h"
#include "mail/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Without the QUIT at the end, which may have been cut short by a server that takes no more. */
size_t beginning_size(const char *said, size_t size);

/* Is it the beginning of what the whole run says there? A shortened run leaves out the content: so
   it may be only each transaction's beginning, with RSET between two. */
bool beginning_is(const char *said, size_t size, const char *whole, size_t whole_size);

/* The first line that is beyond the stage, or NULL. "<tls>" stands where TLS began. */
const char *beginning_excess(const char *said, size_t size, enum stage stage);

#endif
