#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H
/* The command line: one table of every option that a sendmail is called with, each row with what it
   sets and its line of --help. Knows the form of an option, not what a setting or an address means.
   */

#include "cli/dsn_word.h"
#include "mail/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

/* What is to be done. */
enum options_task {
	TASK_SEND,
	TASK_SUBMISSION, /* -bs */
	TASK_HELP,
	TASK_VERSION,
	TASK_MAILQ,      /* -bp, or called mailq */
	TASK_NEWALIASES, /* -bi, or called newaliases */
	TASK_SHOW_CONFIG,
	TASK_CHECK_RESOLVER,
	TASK_CHECK_SENDER,
	TASK_TLSRPT,
	TASK_SHOW_MESSAGE, /* --dry-run=message */
	TASK_NOTHING     /* run a queue, list host statuses: there is none */
};

enum options_queue_run {
	QUEUE_RUN_NONE,
	QUEUE_RUN_ONCE, /* -q, -qf, -qI, -qR: a task of its own */
	QUEUE_RUN_TIMED /* -q30m: what a daemon does beside its task, if it has one */
};

/* A setting of sendmx.conf(5) given on the command line; its value is not checked yet. */
struct options_setting {
	const char *key, *value;
	const char *option; /* as it was called: "-O timeout", "--timeout" */
	int exit;           /* what a bad value ends with: EX_CONFIG, EX_USAGE */
};

struct options {
	enum options_task task;
	bool header_recipients;  /* -t */
	bool ignore_dots;        /* -i */
	const char *sender;      /* -f; NULL when not given, "" for the null sender */
	const char *full_name;   /* -F or NULL */
	enum stage stop_after;   /* --dry-run; STAGE_DONE for a delivery */
	bool show_message;       /* --dry-run=message: TASK_SHOW_MESSAGE, where else it was a dry
	                            run */
	bool probe;              /* --probe: everybody is visited, not only who is needed */
	bool verbose, trace, json;
	const char *config_file; /* -C or NULL */
	const char *facts_file;  /* --facts or NULL */
	const char *save_file;   /* --save-facts or NULL */
	bool allow_loopback;
	bool seeded;             /* --seed was given */
	uint64_t seed;
	enum options_queue_run queue_run;
	char delivery_mode;      /* -od, -O DeliveryMode=: 'i', 'b', 'q', 'd'...; 0: not given */
	char error_mode;         /* -oe, -e, -O ErrorMode=: 'm', 'e', 'p', 'q', 'w'; 0: not given */
	bool require_tls;        /* -O requiretls=yes: RFC 8689 */
	unsigned notify;         /* -N: bits of NOTIFY_ */
	const char *dsn_return;  /* -R: "FULL", "HDRS" or NULL */
	const char *envelope_id; /* -V or NULL */
	const char *check_address; /* --check-sender=; NULL: who we are */
	const char *tlsrpt_day;    /* --tlsrpt or NULL */
	const char *dkim_selector; /* --dkim-selector or NULL */
	struct options_setting *settings; /* in the order given */
	size_t setting_count;
	char **operands;         /* the recipients, as typed */
	size_t operand_count;
};

/* Read the command line. False: it cannot be obeyed (EX_USAGE), and why is a sentence for a person;
   of the options json alone is settled then.
   What options points to lives in argv and in the arena. */
bool options_parse(struct options *options, struct arena *a, int argc, char **argv,
                   const char **why);

/* The text of --help. */
void options_help(struct buf *b);

#endif
