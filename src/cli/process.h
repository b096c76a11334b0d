#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H
/* The state in which a process must be before it touches anything. Callers leave descriptors closed
   or open, signals blocked or ignored, a umask of 0177: none of it may
   decide what happens to a message. */

#include <stdbool.h>
#include <stddef.h>

/* Settle descriptors, umask, signals and limits. Afterwards SIGTERM, SIGINT and SIGHUP make the
   returned descriptor readable for good, unless the caller had us ignore SIGHUP, or both of the
   latter; -1 when the system is out of descriptors. Once in a process. */
int process_settle(void);

/* May the caller name files for us to read? Not when we have rights that he lacks. */
bool process_trusts_caller(void);

/* So many of the wanted deliveries have descriptors to live on while others have so many; at least
   1. */
size_t process_parallel(size_t wanted, size_t others);

#endif
