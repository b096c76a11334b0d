#ifndef CLI_SUBMISSION_H
#define CLI_SUBMISSION_H
/* -bs: SMTP on standard input and output, spoken by Symfony, alpine and nmh to a program that they
   take for a mail server. It knows when a command is in its place and what the answer is; where
   mail goes and what becomes of it is for others to say. Nothing is written to standard error,
   which is the same pipe for some callers. */

#include "cli/smtp_command.h"
#include "mail/status.h"
#include "route/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SUBMISSION_RECIPIENTS_MAX = 100000 }; /* ADDRESS_LIST_MAX */

/* A transaction: what was said from MAIL on. */
struct submission_mail {
	struct arena *arena;       /* lives until the next transaction */
	struct address sender;     /* qualified */
	struct smtp_command begun; /* MAIL with its parameters */
	size_t count;              /* recipients that were taken */
};

/* What became of a message. */
struct submission_verdict {
	struct status fault;                /* of the message as a whole; class 0: there is none */
	const struct recipient *recipients; /* each of those to whom it was to go */
	size_t count;
};

/* The rest of the program. */
struct submission_post {
	/* A transaction begins; the one before is over. */
	void (*begin)(void *context, struct submission_mail *mail);
	/* Can mail be sent to whom this RCPT names, as far as that is known without asking his
	   server? Class 2, and then he is one of the recipients; or the verdict. */
	struct status (*route)(void *context, struct submission_mail *mail,
	                       const struct smtp_command *rcpt);
	/* Send the message that can be read from fd to the recipients. What verdict points to lives
	   until the next transaction begins. */
	void (*send)(void *context, struct submission_mail *mail, int fd,
	             struct submission_verdict *verdict);
	void *context;
};

struct submission_want {
	int in, out, cancel_fd;
	const char *name;      /* ours, for the greeting */
	const char *mail_name; /* for senders without a domain; NULL: there is none */
	uint64_t size_max;     /* 0: no ceiling */
	const char *temporary_folder;
	struct submission_post post;
};

/* Returns the exit status: 0 after QUIT or the end of input, whatever became of the messages. */
int submission_run(const struct submission_want *want);

/* There can be no session, and this is why. */
void submission_refuse(int out, const char *text);

#endif
