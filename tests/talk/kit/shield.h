#ifndef TALK_SHIELD_H
#define TALK_SHIELD_H
/* The server's end of TLS (GnuTLS), in memory: ciphertext in and out by buffers. Its certificate is
   its own, made once in a run of the program, for nobody checks it. */

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct shield;

/* What is to go out is added to out. */
struct shield *shield_open(struct buf *out);
void shield_close(struct shield *s);

/* Ciphertext has come: plain gets what is in it. False when the client does not speak TLS. */
bool shield_hear(struct shield *s, const char *bytes, size_t size, struct buf *plain);

void shield_say(struct shield *s, const char *bytes, size_t size);

/* Is the handshake over? */
bool shield_up(const struct shield *s);

#endif
