#ifndef CLI_RUN_H
#define CLI_RUN_H
/* One run, from the arguments to the exit status: asks every other room to do its part, in order,
   and stops at the first that cannot. */

/* Returns what the process is to exit with (sysexits). */
int run(int argc, char **argv);

#endif
