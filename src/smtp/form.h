#ifndef SMTP_FORM_H
#define SMTP_FORM_H
/* What a message has to look like for one server: with SMTPUTF8 or without, in eight bits or in
   seven, and whether it is too large. Private to smtp/. */

#include "smtp/session.h"

struct form {
	const struct message *message; /* the version of it that this server can take */
	bool utf8;                     /* MAIL asks for SMTPUTF8 */
};

/* False: nobody of the envelope can be served here; their verdicts, or the session's unfit, say
   why. */
bool form_choose(struct session *s, const struct envelope *e, struct form *form);

/* One verdict for all of the envelope who have none. */
void form_decide(const struct envelope *e, struct status verdict);

#endif
