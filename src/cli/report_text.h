#ifndef CLI_REPORT_TEXT_H
#define CLI_REPORT_TEXT_H
/* The report in words: each function adds whole lines to a buffer. What they look like is a
   contract (the manual's section DIAGNOSTICS): scripts read them. */

#include "delivery/deliver.h"

struct buf;

/* bob@example.org: 5.1.1 mx1.example.org [192.0.2.1] said: 550 5.1.1 no such user. What a shortened
   run has found good says how far it went. tls: how the server was spoken to ("none": in clear), or
   NULL. */
void report_text_result(struct buf *b, const struct recipient *recipient, const char *tls);

/* mx1.example.org [192.0.2.1]:25 served up to rcpt, TLS1.3 AES-256-GCM, proved by dane; 41 ms to
   connect, 120 ms after */
void report_text_attempt(struct buf *b, const struct deliver_attempt *attempt);

/* mx1.example.org <- 220 ready; with ms >= 0 the time and the address too */
void report_text_line(struct buf *b, const char *host, const char *address, char direction,
                      const char *line, int64_t ms);

/* A line that begins with start: who has the message although others do not, for whoever sends it
   again repeats it. Nothing when nobody has it. */
void report_text_delivered(struct buf *b, const struct recipient *recipients, size_t count,
                           const char *start);

#endif
