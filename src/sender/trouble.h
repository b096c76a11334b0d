#ifndef SENDER_TROUBLE_H
#define SENDER_TROUBLE_H
/* What the DNS did not tell, once for each reason: where no name server answers all checks of a
   sender fail alike, and differ only in what was asked. */

struct arena;
struct sender;

/* Of the sender's findings that weigh SENDER_TROUBLE, make one of those whose sentences differ in
   their question only: "no answer from 192.0.2.53 to PTR 1.2.0.192.in-addr.arpa, TXT example.org
   within 15 s". It takes the place of the first. */
void trouble_gather(struct sender *sender, struct arena *a);

#endif
