#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H
/* A message's way to its recipients: read it, expand aliases, plan, deliver. The steps are the same
   whether it came with arguments or through -bs, once or many times in a run. Prints nothing. */

#include "cli/aliases.h"
#include "cli/config.h"
#include "cli/identity.h"
#include "cli/options.h"
#include "cli/security.h"
#include "delivery/deliver.h"
#include "net/machine.h"

struct dispatch {
	/* Set by the owner: */
	const struct options *options;
	const struct config *config;
	const struct identity *identity;
	int cancel_fd;
	struct machine machine; /* as machine_read has it, or empty. What the planner is told, so
	                           with --facts it becomes that of the file; freed by us */
	/* The rest is ours: */
	struct aliases_want aliases;
	struct arena arena;     /* for what is open as long as the DNS */
	struct dns *dns;
	struct security security;
	int64_t dns_opened;
	bool dns_trouble; /* an answer was that there is none now */
	bool seeded;      /* one order of equals for the whole run, not a fresh one for each plan */
	uint64_t seed;
	int tlsrpt_error; /* errno's number: results of TLS could not be kept; else 0 */
	struct tls *tls;  /* NULL before the first delivery */
};

/* The name servers that are asked, and how. */
void dispatch_resolver(const struct config *c, struct dns_settings *settings);

/* The name servers that are asked, as the setting writes them. */
const char *dispatch_servers(const struct config *c, struct arena *a);

/* False: the facts file is bad. */
bool dispatch_open(struct dispatch *d, const char **why);

/* What was found out about domains is kept for the next message if that comes soon; after hours, or
   where there was trouble, it is asked for again. No plan may be in use. */
void dispatch_forget(struct dispatch *d);

struct dispatch_letter {
	int fd;
	bool ignore_dots, header_recipients;
	const struct address *sender; /* qualified */
	bool sender_given;            /* somebody named him: our user's full name may not be his */
};

/* Waits as long as the writer takes. False: the status says why. */
bool dispatch_read(const struct dispatch *d, const struct dispatch_letter *letter,
                   struct message *message, struct arena *a, struct status *fault);

/* The end of a run that begins now. */
struct deadline dispatch_until(const struct dispatch *d);

/* Make a plan whole that plan_open has begun. message: what its header says of TLS counts; NULL:
   there is none yet. */
void dispatch_plan(struct dispatch *d, struct plan *plan, const struct message *message,
                   struct deadline until);

/* What is to be reported of a recipient (RFC 3461); NULL where nothing was said. */
struct dispatch_notice {
	const char *notify, *original;
};

/* Give the plan's recipients what belongs to those it was begun with, before it is made whole. */
void dispatch_notices(struct plan *plan, const struct address_list *recipients,
                      const struct dispatch_notice *notices);

/* To whom, from whom, and who hears of it. */
struct dispatch_delivery {
	struct plan *plan;
	const char *sender; /* for MAIL FROM */
	const char *dsn_return, *envelope_id;
	const struct message *message; /* NULL: a dry run without one */
	const struct deliver_report *report;
	const struct talk_trace *trace;
	struct reach *reach; /* or NULL: filled in */
	struct deadline until;
};

/* What the DNS said so far, as a file for --facts that leads to the same plan. */
void dispatch_save(const struct dispatch *d, struct buf *b);

/* Carry out the plan. One that is not whole is made so, and deliveries begin meanwhile; before
   those of a dry run or a probe it is whole. */
void dispatch_deliver(struct dispatch *d, const struct dispatch_delivery *delivery);

void dispatch_close(struct dispatch *d);

#endif
