#include "net/dns_survey.h"

#include "net/dns_frame.h"
#include "net/dns_raw.h"
#include "net/dns_wire.h"

#include <string.h>

enum { TYPE_OPT = 41, TC = 0x02, RA = 0x80, AD = 0x20 };

static void take_answer(struct dns_survey *s, const struct dns_walk *w, const struct dns_frame *f)
{
	s->answers += f->type != DNS_RRSIG;
	s->signatures += f->type == DNS_RRSIG;
	if (f->type != DNS_A || f->size != 4)
		return;
	if (!s->addresses) {
		s->first = (struct ip){.family = AF_INET};
		memcpy(s->first.bytes, w->bytes + f->data, 4);
	}
	s->addresses++;
}

/* RFC 6891 6.1.2: class and TTL of OPT mean other things. */
static void take_opt(struct dns_survey *s, const struct dns_frame *f)
{
	s->edns = true;
	s->edns_size = f->class;
	s->rcode |= (f->ttl >> 24) << 4;
}

bool dns_survey_read(struct dns_survey *s, const uint8_t *packet, size_t size)
{
	struct dns_walk w = {.bytes = packet, .size = size, .at = DNS_HEADER};
	unsigned answers = dns_frame_number(packet + 6);
	unsigned others = dns_frame_number(packet + 8) + dns_frame_number(packet + 10);
	struct dns_frame f;

	*s = (struct dns_survey){
		.size = size,
		.rcode = packet[3] & 15,
		.truncated = packet[2] & TC,
		.recursion = packet[3] & RA,
		.authentic = packet[3] & AD,
	};
	if (!dns_frame_skip_questions(&w, dns_frame_number(packet + 4)))
		return false;
	for (unsigned i = 0; i < answers + others; i++) {
		if (!dns_frame_read(&w, &f))
			return false;
		if (i < answers)
			take_answer(s, &w, &f);
		else if (f.type == TYPE_OPT)
			take_opt(s, &f);
	}
	return true;
}
