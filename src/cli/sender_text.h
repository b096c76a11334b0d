#ifndef CLI_SENDER_TEXT_H
#define CLI_SENDER_TEXT_H
/* What the world thinks of a sender, as --check-sender tells it: a block for a person, a line of
   JSON for a program. */

#include "sender/sender.h"

struct buf;

void sender_text(struct buf *b, const struct sender_question *q, const struct sender *s,
                 bool colour);

/* An object of type "sender" (the manual's section JSON). */
void sender_json(struct buf *b, const struct sender_question *q, const struct sender *s);

#endif
