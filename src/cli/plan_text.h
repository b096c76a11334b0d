#ifndef CLI_PLAN_TEXT_H
#define CLI_PLAN_TEXT_H
/* The plan for a person to read at a glance: what the dry run prints. Lines end within 80 columns
   unless a single name is longer. */

#include "route/plan.h"

struct buf;

struct plan_look {
	bool colour;
	bool brief; /* a verdict's reason is told by whoever reports the recipients, and to the same
	               reader: the plan has only the verdict */
};

/* One block for a domain: recipients, where the route comes from, hosts in the order of attempt,
   what was left out, and in words what would happen. */
void plan_text_domain(struct buf *b, const struct plan_domain *domain,
                      const struct plan_look *look);

/* What is true of the run: which domains go over one connection, how much there is to do, and whom
   it cannot be done for, if there are several domains; and if DNSSEC is not checked, why. */
void plan_text_end(struct buf *b, const struct plan *plan, bool colour);

/* A paragraph: the label and the domains of a delivery, or the first few and how many more. */
void plan_text_names(struct buf *b, const char *label, const struct delivery *delivery);

#endif
