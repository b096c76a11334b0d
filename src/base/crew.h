#ifndef BASE_CREW_H
#define BASE_CREW_H
/* Jobs 0, 1, 2, ... done by a bounded number of threads, while more may still be found. */

#include <stddef.h>

struct crew;

/* A crew that will call work(context, job) once for each job, in order of starting. At most
   `threads` at once, one of them the caller's own, which works in crew_close; each of the others is
   hired when a job would have to wait without it. Where the system gives fewer threads, those there
   are do all the work. Workers have all signals blocked. */
struct crew *crew_open(size_t threads, void (*work)(void *context, size_t job), void *context);

/* So many jobs more; whatever they need stands ready. Never waits. */
void crew_add(struct crew *crew, size_t jobs);

/* So many jobs more are the last: take part, and return when all are done. */
void crew_close(struct crew *crew, size_t jobs);

/* A crew for jobs that are all known. */
void crew_run(size_t threads, size_t jobs, void (*work)(void *context, size_t job), void *context);

#endif
