#ifndef CLI_TLSRPT_FILES_H
#define CLI_TLSRPT_FILES_H
/* What tlsrpt_log has kept of a day, of all users. */

#include "cli/tlsrpt_sums.h"

enum { TLSRPT_USERS_MAX = 1000 }; /* files of a day that are read */

/* Add up all files of the day ("2026-11-20"). A file counts only where it belongs to the user in
   its name. Returns how many lines were taken; *files: of how many files; *error: the number of
   what keeps us from reading the folder, or 0. */
size_t tlsrpt_files_take(struct tlsrpt_sums *sums, const char *folder, const char *day,
                         size_t *files, int *error);

/* Remove those files. A day that is over gets no more lines. False with the error in errno's
   number: one is still there. */
bool tlsrpt_files_drop(const char *folder, const char *day, int *error);

#endif
