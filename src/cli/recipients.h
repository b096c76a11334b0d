#ifndef CLI_RECIPIENTS_H
#define CLI_RECIPIENTS_H
/* Who is to get the message: the arguments, and with -t the header's addresses. */

#include "mail/address.h"

struct arena;
struct report;

/* Add what the arguments name: each is an RFC 5322 list, an empty one counts for nothing. Every bad
   one is reported. Returns 0 or the exit status; then nothing may be sent to anybody. */
int recipients_parse(struct address_list *list, struct arena *a, char *const *operands,
                     size_t count, struct report *report);

void recipients_add(struct address_list *list, struct arena *a, const struct address_list *more);

/* Give those without a domain the mail name (NULL: there is none). Returns 0 or the exit status, as
   above. */
int recipients_qualify(struct address_list *list, const char *mail_name, struct arena *a,
                       struct report *report);

#endif
