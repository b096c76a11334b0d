#ifndef CLI_DSN_WORD_H
#define CLI_DSN_WORD_H
/* The words of delivery status notifications (RFC 3461 4), as options and as parameters of -bs. */

#include <stdbool.h>

struct arena;
struct address;

/* NOTIFY; no bit: not given. */
enum { NOTIFY_NEVER = 1, NOTIFY_SUCCESS = 2, NOTIFY_FAILURE = 4, NOTIFY_DELAY = 8 };

/* "never", or a list of the others with commas. False: it is neither. */
bool dsn_notify(const char *text, unsigned *bits);

/* The same as a parameter of RCPT: "NEVER", "SUCCESS,DELAY"; NULL for no bit. */
const char *dsn_notify_text(struct arena *a, unsigned bits);

/* "full" or "hdrs" in any case, given as "FULL" or "HDRS"; NULL for anything else. */
const char *dsn_return(const char *text);

/* RFC 3461 4: "a b" as "a+20b". */
const char *dsn_xtext(struct arena *a, const char *text);

/* ORCPT for an address that has a domain; NULL for one that this form cannot carry. */
const char *dsn_original(struct arena *a, const struct address *address);

#endif
