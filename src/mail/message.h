#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H
/* The message: read once from a descriptor, header completed, every line end CRLF, kept in memory
   while it is small and in an unlinked temporary file when not. Rendered once and read-only from
   then on: threads may read one message side by side. Knows nothing of SMTP but that dot-stuffing
   is the sender's affair. Reads no clock and asks no environment. */

#include "mail/address.h"
#include "mail/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct arena;
struct deadline;
struct message_seven;

enum {
	MESSAGE_HEADER_MAX = 1 << 20,  /* bytes of header: 5,000 recipients in To fit */
	MESSAGE_MEMORY_MAX = 1 << 20,  /* a rendered message up to this size stays in memory, a
	                                  larger one goes to a file */
	MESSAGE_HOPS_MAX = 100,        /* Received lines: RFC 5321 6.3 */
	MESSAGE_WINDOW = 64 * 1024     /* message_at gives at most so much of a message that is in a
	                                  file */
};

struct message_want {
	int fd;
	bool ignore_dots;             /* -i: a lone dot is data */
	bool header_recipients;       /* -t */
	struct address sender;        /* envelope sender, qualified: From when there is none */
	const char *full_name;        /* -F or GECOS, for an added From; NULL or "": none */
	const char *domain;           /* qualifies local names in From, To, Cc ...; right side of an
	                                 added Message-ID */
	time_t now;                   /* for an added Date */
	long utc_offset;              /* seconds east of UTC at that moment */
	uint64_t unique;              /* random, for an added Message-ID */
	uint64_t size_max;            /* 0: no ceiling */
	const char *temporary_folder; /* for large messages; "/tmp" or TMPDIR as the caller decides
	                                 */
	const char *received_by;      /* our name, for a Received line of ours at the top; NULL:
	                                 none */
	uid_t uid;                    /* that line says who asked us */
};

struct message {
	uint64_t size;                 /* bytes of the rendered message */
	uint64_t header_size;          /* of these, header and the empty line */
	bool eight_bit;                /* has a byte above 127 */
	bool eight_bit_header;         /* has one in its header */
	bool needs_utf8;               /* names a local part that only SMTPUTF8 carries (RFC 6531)
	                                  */
	bool tls_optional;             /* its header says TLS-Required: No (RFC 8689 5) */
	struct address_list recipients; /* -t: not qualified, in order, duplicates kept */
	char *memory;                  /* all of it, or NULL */
	int file;                      /* or this, else -1 */
	struct message_seven *seven;   /* of an 8-bit message: its other version, once that is made
	                                  */
};

/* Read and render. Lines above 998 bytes are made short here, once for all servers: parts become
   quoted-printable or base64, headers are folded (RULES.md D4). Waits for input until the deadline.
   On failure the status (class 4 or 5, never 0) says why and which exit code fits, and nothing is
   kept: 5.6.0 for what cannot be mailed, 5.3.4 too large, 5.4.6 too many hops, 4.3.0 for I/O of
   ours. Texts and addresses live in the arena. */
bool message_read(struct message *m, const struct message_want *want, struct arena *a,
                  struct deadline until, struct status *fault);

/* Where the bytes from offset on stand: *size of them (at least one), in the message's own memory
   or read into window[MESSAGE_WINDOW]. NULL when the file cannot be read; offset must be below
   m->size. Thread-safe with a window each. */
const char *message_at(const struct message *m, uint64_t offset, char *window, size_t *size);

/* The message for a server without 8BITMIME (RFC 6152 3): parts in quoted-printable or base64,
   header text in encoded words; m itself when it has no byte above 127. Made when the first thread
   asks, while the others wait; it is m's own and ends with it. It is read-only too, and of another
   size. A byte above 127 is left in it only where it needs_utf8. NULL when its file cannot be
   written: fault says so, in texts. A message that message_read has not made has no such version:
   it is given as it is. */
const struct message *message_seven_bit(const struct message *m, struct arena *texts,
                                        struct status *fault);

void message_close(struct message *m);

#endif
