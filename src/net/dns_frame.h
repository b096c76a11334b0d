#ifndef NET_DNS_FRAME_H
#define NET_DNS_FRAME_H
/* The frames of the records in a packet: where each begins and ends, and nothing of what it says.
   Reads no byte outside the packet. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_frame {
	size_t start;
	size_t data;
	size_t size; /* of the data */
	unsigned type, class;
	uint32_t ttl;
};

/* A packet that is being walked through. */
struct dns_walk {
	const uint8_t *bytes;
	size_t size;
	size_t at;
};

/* A 16-bit number as the wire has it. */
unsigned dns_frame_number(const uint8_t *p);

/* Over a name; false when the packet ends in it or it is none. */
bool dns_frame_skip_name(struct dns_walk *w);

/* The next record's frame; false when the packet is cut short. */
bool dns_frame_read(struct dns_walk *w, struct dns_frame *f);

/* Over the question section of count questions; w->at stands on its beginning. */
bool dns_frame_skip_questions(struct dns_walk *w, unsigned count);

/* The name at w->at without compression pointers, into wire[255], in lower case if fold is set;
   w->at is left behind it. Returns its size, 0 when it is no name. */
size_t dns_frame_name(struct dns_walk *w, bool fold, uint8_t *wire);

#endif
