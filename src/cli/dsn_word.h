#ifndef CLI_DSN_WORD_H
#define CLI_DSN_WORD_H
/* The words of delivery status notifications (RFC 3461 4), as options and as parameters of -bs. */

#include <stdbool.h>

/* NOTIFY; no bit: not given. */
enum { NOTIFY_NEVER = 1, NOTIFY_SUCCESS = 2, NOTIFY_FAILURE = 4, NOTIFY_DELAY = 8 };

/* "never", or a list of the others with commas. False: it is neither. */
bool dsn_notify(const char *text, unsigned *bits);

/* "full" or "hdrs" in any case, given in lower case; NULL for anything else. */
const char *dsn_return(const char *text);

#endif
