#ifndef CLI_SECURITY_H
#define CLI_SECURITY_H
/* What the settings say of the TLS that is demanded, and where MTA-STS policies come from and are
   kept: the planner's facts as far as RULES.md C asks for them. */

#include "cli/config.h"
#include "cli/identity.h"
#include "route/policy.h"

struct security {
	struct https *https;
	struct sts_world world;
	struct policies *policies; /* NULL: they are not heeded */
};

/* from_file: the DNS is a file of facts, and so are the policies; nobody is asked for one. */
void security_open(struct security *s, struct arena *a, const struct config *c,
                   const struct identity *i, struct dns *dns, bool from_file,
                   bool allow_loopback);

/* Say to the planner what it owes to domains, hosts and our user, now. */
void security_facts(struct security *s, const struct config *c, struct facts *facts);

/* The policies of the run as lines of a file of facts (--save-facts). */
void security_save(const struct security *s, struct buf *b);

/* Before the DNS is closed. */
void security_close(struct security *s);

#endif
