#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H
/* Mailboxes: RFC 5321 4.1.2 (envelope), RFC 5322 3.4 (lists in headers and on the command line),
   with Unicode domains mapped to A-labels (libidn2, UTS 46 nontransitional). Does no I/O. Every
   failure names the fault in words for a person. */

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum domain_kind {
	DOMAIN_NONE,   /* a local name without a domain: the caller qualifies it */
	DOMAIN_NAME,
	DOMAIN_LITERAL, /* [192.0.2.1], [IPv6:2001:db8::1] */
	DOMAIN_UNMAPPED /* Unicode that has no A-labels: nobody can be there (5.1.2, RULES.md A16)
	                   */
};

struct address {
	const char *local;   /* local part as it goes on the wire: quoted only where it must be;
	                        case kept; "" only for the null address */
	const char *domain;  /* DOMAIN_NAME: A-labels, lower case, no trailing dot. DOMAIN_LITERAL:
	                        "[...]" as given. DOMAIN_UNMAPPED: as typed, printable. else NULL */
	const char *shown;   /* the domain as typed when it was Unicode, else the same as domain */
	enum domain_kind kind;
	struct ip ip;        /* DOMAIN_LITERAL */
	bool utf8;           /* the local part is not ASCII (RFC 6531) */
};

/* What a list gave. */
struct address_list {
	struct address *items;
	size_t count, room;
};

/* One mailbox, never DOMAIN_UNMAPPED, in any spelling of -f or RCPT: a@b, <a@b>, "Name <a@b>", a@b
   (comment), source routes dropped. "" and "<>" give the null address: local "" and DOMAIN_NONE. */
bool address_parse(struct arena *a, const char *text, struct address *out, const char **why);

/* An RFC 5322 address list (groups, comments, quoted strings, encoded words, empty elements,
   obsolete routes), appended to the list. size bytes, which may hold folding. Ceiling:
   ADDRESS_LIST_MAX for a list. */
enum { ADDRESS_LIST_MAX = 100000 };
bool address_list_parse(struct arena *a, const char *text, size_t size, struct address_list *list,
                        const char **why);

/* Give a local name the domain; an address that has one is left alone. domain must be a good domain
   in A-labels. */
void address_qualify(struct address *address, const char *domain);

/* Check a domain name and give it as A-labels in lower case without the trailing dot (RULES.md A16,
   A21). */
bool domain_parse(struct arena *a, const char *text, const char **out, const char **why);

/* What a name in A-labels reads like: "xn--bcher-kva.test" is "bücher.test". NULL where it is the
   same, or nothing that would be printable and lead back to the very same name. */
const char *domain_readable(struct arena *a, const char *name);

/* localhost, localhost6, localhost.localdomain, x.localhost (RFC 6761 6.3): what every machine is
   called says nothing to another. */
bool domain_is_localhost(const char *name);

/* local@domain as it goes on the wire (the A-label form), and as a person reads it. "" for the null
   address. */
const char *address_wire(struct arena *a, const struct address *address);
const char *address_shown(struct arena *a, const struct address *address);

/* Same mailbox: local part equal to the byte, domain without case. */
bool address_same(const struct address *one, const struct address *other);

#endif
