#ifndef TALK_CONTRACT_H
#define TALK_CONTRACT_H
/* JSON that was printed, held against what the manual promises (tests/json/validate). */

#include <stdbool.h>
#include <stdio.h>

enum contract { CONTRACT_KEPT, CONTRACT_BROKEN, CONTRACT_UNKNOWN };

/* All lines of the file. lines_only: they are no whole runs. Complaints are printed as comments of
   TAP. Unknown: there is nobody here who can tell. */
enum contract contract_judge(FILE *file, bool lines_only);

#endif
