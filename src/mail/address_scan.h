#ifndef MAIL_ADDRESS_SCAN_H
#define MAIL_ADDRESS_SCAN_H
/* An address list (RFC 5322 3.4) read from left to right, one mailbox at a time, each with its
   place in the text. Linear in the text whatever is in it; nothing recurses. */

#include "mail/address.h"

struct address_scan {
	struct arena *arena;
	const char *text;
	size_t size, at;
	bool lone; /* one mailbox and no list: "<>" is allowed, commas and groups are not */
	bool in_group;
	const char *why; /* the first fault and its place, in words; NULL while all is well */
};

struct address_found {
	struct address address;
	size_t begin, end; /* its element in the text: all between the separators */
	size_t local_end;  /* behind the local part, where "@domain" would stand */
};

void address_scan_begin(struct address_scan *s, struct arena *a, const char *text, size_t size);

/* The next mailbox. False at the end of the list and at a fault: then s->why is set. */
bool address_scan_next(struct address_scan *s, struct address_found *found);

#endif
