#ifndef CLI_IDENTITY_H
#define CLI_IDENTITY_H
/* Who sends, and from where: the user by his uid and the machine by its configuration. Never the
   environment: cron and dovecot run us with somebody else's, or none. */

#include "mail/address.h"

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct config;
struct machine;

struct identity {
	const char *login;            /* "uid4242" where the password file has no name */
	const char *full_name;        /* from GECOS; "" for none */
	const char *home;             /* of the password file; NULL: none that is a path */
	const char *mail_name;        /* qualifies local names; NULL: there is none to be found */
	const char *mail_name_source; /* where it was found, in words */
	const char *hello;            /* for EHLO: a name or an address literal */
	const char *hello_source;
};

/* mail_name_file: /etc/mailname, whose first line is a name for all mailers of the machine. */
void identity_find(struct identity *i, struct arena *a, const struct config *c,
                   const struct machine *m, uid_t uid, const char *mail_name_file);

/* GECOS up to the first comma, "&" standing for the login name with a capital. */
char *identity_full_name(struct arena *a, const char *gecos, const char *login);

/* The envelope sender: what -f says, else the user at the mail name. False with why: given is no
   address, or it needs a mail name and there is none. */
bool identity_sender(const struct identity *i, struct arena *a, const char *given,
                     struct address *sender, const char **why);

#endif
