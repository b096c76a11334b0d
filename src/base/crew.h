#ifndef BASE_CREW_H
#define BASE_CREW_H
/* Jobs 0 .. jobs-1 done by a bounded number of threads. */

#include <stddef.h>

/* Call work(context, job) once for each job, in order of starting, by at most `threads` threads at
   once (one of them the caller's own); returns when all are done. Where the system gives fewer
   threads, those there are do all the work. Workers have all signals blocked. */
void crew_run(size_t threads, size_t jobs, void (*work)(void *context, size_t job), void *context);

#endif
