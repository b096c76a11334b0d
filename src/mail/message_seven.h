#ifndef MAIL_MESSAGE_SEVEN_H
#define MAIL_MESSAGE_SEVEN_H
/* The version of a message for servers without 8BITMIME, made when the first thread asks for it.
   Private to message*.c. */

#include "mail/message.h"

struct message_seven;

/* Nothing is made yet; the folder's name is copied. */
struct message_seven *seven_open(const char *temporary_folder);

void seven_close(struct message_seven *seven);

#endif
