#ifndef MAIL_RECODE_H
#define MAIL_RECODE_H
/* A second version of a rendered message whose content means the same and fits what the first does
   not: parts in quoted-printable or base64, told so in their headers. Walks through all parts and
   attached messages once, from its store into another, without holding more of it than a header.
   Private to message*.c. */

#include "mail/message.h"

enum recode_goal {
	/* Lines of at most 998 bytes, RFC 5321 4.5.3.1.6. What is inside multipart/signed stays as
	   it is: most servers take a long line, nobody takes a signature that we broke. */
	RECODE_LINES,
	/* No byte above 127, RFC 6152 3. Here signed parts are changed too: such a server is sent
	   nothing else, and RFC 1847 2.1 has never allowed a signature over 8-bit bytes. */
	RECODE_SEVEN_BIT
};

struct recode_trouble {
	const char *what; /* could not be done: "make", "write to" or "read back" a file */
	int error;        /* errno */
};

/* Make one; temporary_folder is for a large one's file. On failure there is nothing to close. */
bool recode(struct message *made, const struct message *m, enum recode_goal goal,
            const char *temporary_folder, struct recode_trouble *trouble);

/* The verdict that follows from that. */
struct status recode_fault(const struct recode_trouble *trouble, const char *temporary_folder,
                           enum stage stage, struct arena *a);

#endif
