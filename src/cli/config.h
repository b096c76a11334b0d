#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H
/* The settings, sendmx.conf(5): a table of keys, the same in the file and behind -O. Knows what a
   value must look like and where it came from, not what is done with it. */

#include "net/dns.h"
#include "route/route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

enum { CONFIG_KEYS = 18 };

/* A value that is in force, for --show-config. */
struct config_value {
	size_t key;         /* its row of the table */
	const char *text;   /* as it was written */
	const char *source; /* "default", "/etc/sendmx.conf:3", "--timeout" */
};

struct config {
	struct arena *arena;
	const char *source;       /* of the value that is being read, while it is */
	struct route_rule *rules; /* route: those of the command line first */
	size_t rule_count, rule_room;
	struct duty_rule *duty_rules; /* tls: the same */
	size_t duty_rule_count, duty_rule_room;
	bool dane_needs_mx;       /* dane-insecure-mx ignore */
	bool mta_sts;
	const char *cache_folder; /* NULL: found out */
	const char *hostname;  /* our name in EHLO, a domain or [address]; NULL: found out */
	const char *mail_name; /* qualifies local names; NULL: found out */
	uint64_t timeout;      /* seconds */
	uint64_t parallel;     /* deliveries at once */
	struct dns_server servers[DNS_SERVER_MAX];
	size_t server_count;          /* resolver; 0: as resolv.conf says */
	enum dns_security_mode dnssec;
	const char *trust_anchor;     /* file with the keys of the root */
	uint64_t size_max;            /* bytes of a message; 0: no ceiling */
	const char *temporary_folder; /* for large messages */
	const char *aliases;          /* file of local names */
	const char *virtual;          /* file of full addresses; NULL: none */
	const char *tlsrpt_folder;    /* where results of TLS are kept; NULL: nowhere */
	const char *ca_file;          /* root certificates; NULL: the system's */
	bool settled[CONFIG_KEYS];    /* keys given on the command line */
	struct config_value *values;  /* the last of each key, or all where lines add up */
	size_t value_count, value_room;
};

/* What is in force when nobody says anything. */
void config_default(struct config *c, struct arena *a);

/* One setting of the command line. These come before the file is read, and win over it. */
bool config_set(struct config *c, const char *key, const char *value, const char *option,
                const char **why);

/* The lines of a configuration file called name. False: why names file and line. */
bool config_parse(struct config *c, const char *name, const char *text, size_t size,
                  const char **why);

/* Read a file; one that does not exist is a failure only if it must exist. */
bool config_read(struct config *c, const char *path, bool must_exist, const char **why);

/* Does the key name a file that is read, or a folder whose files are believed? */
bool config_is_file(const char *key);

/* Was the key given by anybody? */
bool config_given(const struct config *c, const char *key);

/* Note for config_show what is in force where nobody has given the key. */
void config_found(struct config *c, const char *key, const char *value, const char *source);

/* A setting as it is shown: printable, and where it comes from. */
struct config_line {
	const char *key;
	const char *value, *source; /* NULL: it is not set */
};

/* What is in force, in the order of the table; a key that adds up has several lines. */
size_t config_lines(const struct config *c, struct config_line **lines);

/* The same as text: lines of a configuration file, each with a comment that says where it comes
   from. */
void config_show(const struct config *c, struct buf *b);

/* A line for each key, for --help. */
void config_help(struct buf *b);

#endif
