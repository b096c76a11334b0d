#ifndef DELIVERY_ERRAND_H
#define DELIVERY_ERRAND_H
/* One delivery from its first dial to its last verdict: who is visited next, and what those have
   coming whom nobody served. */

#include "delivery/work.h"

/* Carry out this delivery; work has it, and what is wanted. Every recipient has his status, and was
   told of, when this returns. Candidates and racers stand until work_close. */
void errand_run(struct work *w);

#endif
