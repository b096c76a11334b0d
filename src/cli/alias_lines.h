#ifndef CLI_ALIAS_LINES_H
#define CLI_ALIAS_LINES_H
/* Lines of an aliases file, a virtual map or a list, read into entries and targets. Private to
   alias_file.c. */

#include "cli/alias_file.h"

/* Stops when the file is full. Text without NUL bytes. */
void alias_lines_read(struct alias_file *file, struct arena *a, const char *text, size_t size);

#endif
