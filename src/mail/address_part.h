#ifndef MAIL_ADDRESS_PART_H
#define MAIL_ADDRESS_PART_H
/* The two halves of a mailbox, each checked by itself. Knows nothing of lists, names or comments.
   Private to address*.c. */

#include "mail/address.h"

enum { ADDRESS_LOCAL_MAX = 255 }; /* RFC 5321 4.5.3.1.1 says 64; real VERP senders are longer */

/* May stand in an atom: RFC 5322 3.2.3, and all beyond ASCII (RFC 6532 3.2). */
bool address_atom_char(char c);

/* Put size bytes, the content of a local part without its quotes and escapes, into out in the form
   of the wire: in quotes only where they are needed. */
bool address_local(struct arena *a, const char *bytes, size_t size, struct address *out,
                   const char **why);

/* Put a domain as it was typed, a name or "[...]", into out. */
bool address_domain(struct arena *a, const char *text, struct address *out, const char **why);

#endif
