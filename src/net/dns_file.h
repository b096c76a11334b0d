#ifndef NET_DNS_FILE_H
#define NET_DNS_FILE_H
/* A DNS in a text file, for the dry run's --facts and for tests: every question is answered at
   once. The format is in the head of dns_file.c. */

#include "net/dns_wire.h"

struct arena;
struct machine;
struct dns_file;

/* Read the file; all of it lives in the arena, but for what dns_file_close gives back. NULL with
   "FILE:LINE: words" in why. */
struct dns_file *dns_file_open(struct arena *a, const char *path, struct machine *machine,
                               const char **why);

/* The same from text in memory; path is for why only. */
struct dns_file *dns_file_parse(struct arena *a, const char *path, const char *text, size_t size,
                                struct machine *machine, const char **why);

/* What a server with these zones would say; name as dns_name.h writes it. */
struct dns_reply dns_file_answer(const struct dns_file *file, const char *name, unsigned type);

/* The order of equals that the file wants; false when it says nothing of it. */
bool dns_file_seed(const struct dns_file *file, uint64_t *seed);

/* The MTA-STS policy that the web server of this name has; NULL with why: none. */
const char *dns_file_policy(const struct dns_file *file, const char *host, const char **why);

/* The one that is remembered of it, with its id; NULL: none. stale: the file says too what would
   come of a fetch, so that one is due. */
const char *dns_file_cached_policy(const struct dns_file *file, const char *host, const char **id,
                                   bool *stale);

void dns_file_close(struct dns_file *file);

#endif
