#include "net/dns_wire.h"

#include "base/arena.h"
#include "base/text.h"
#include "net/dns_frame.h"
#include "net/dns_name.h"

#include <string.h>

enum {
	CLASS_IN = 1,
	TYPE_SOA = 6,
	TYPE_OPT = 41,
	TYPE_TSIG = 250,
	OPT_SIZE = 11, /* without options */
	DNSSEC_OK = 0x80,
	AUTHENTIC = 0x20,
	CHECKING_DISABLED = 0x10,
	OPTION_EDE = 15,
	RCODE_NAME_ERROR = 3,
	EDE_TEXT_MAX = 200 /* of a server's own words; the field could hold 64 KiB */
};

static void write16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static const char *ede_words(unsigned code)
{
	/* RFC 8914 5.2 and the registry it set up. */
	static const char *const words[] = {
		"Other Error",
		"Unsupported DNSKEY Algorithm",
		"Unsupported DS Digest Type",
		"Stale Answer",
		"Forged Answer",
		"DNSSEC Indeterminate",
		"DNSSEC Bogus",
		"Signature Expired",
		"Signature Not Yet Valid",
		"DNSKEY Missing",
		"RRSIGs Missing",
		"No Zone Key Bit Set",
		"NSEC Missing",
		"Cached Error",
		"Not Ready",
		"Blocked",
		"Censored",
		"Filtered",
		"Prohibited",
		"Stale NXDOMAIN Answer",
		"Not Authoritative",
		"Not Supported",
		"No Reachable Authority",
		"Network Error",
		"Invalid Data",
	};

	return code < sizeof words / sizeof words[0] ? words[code] : "unknown code";
}

static const char *ede_text(struct arena *a, const uint8_t *option, size_t size)
{
	unsigned code = dns_frame_number(option);
	size_t said = size - 2 < EDE_TEXT_MAX ? size - 2 : EDE_TEXT_MAX;

	/* RFC 8914 2: the text may end with a NUL. */
	said = strnlen((const char *)option + 2, said);
	if (said == 0)
		return arena_printf(a, "EDE %u: %s", code, ede_words(code));
	const char *text = text_clean(a, (const char *)option + 2, said);
	return arena_printf(a, "EDE %u: %s: %s", code, ede_words(code), text);
}

static void read_opt(struct arena *a, const struct dns_walk *w, const struct dns_frame *f,
                     struct dns_packet *packet)
{
	const uint8_t *p = w->bytes + f->data, *end = p + f->size;

	packet->rcode |= (f->ttl >> 24) << 4;
	while (end - p >= 4) {
		unsigned code = dns_frame_number(p);
		size_t size = dns_frame_number(p + 2);

		p += 4;
		if (size > (size_t)(end - p))
			return;
		if (code == OPTION_EDE && size >= 2 && !packet->extra)
			packet->extra = ede_text(a, p, size);
		p += size;
	}
}

static bool is_wanted(const struct dns_frame *f)
{
	if (f->class != CLASS_IN)
		return false;
	switch (f->type) {
	case DNS_A:
	case DNS_AAAA:
	case DNS_CNAME:
	case DNS_PTR:
	case DNS_MX:
	case DNS_TLSA:
	case DNS_TXT: return true;
	default: return false; /* RRSIG and other companions */
	}
}

static bool is_name_to_the_end(const struct dns_walk *w, const struct dns_frame *f, size_t before)
{
	struct dns_walk name = *w;

	name.size = f->data + f->size;
	name.at = f->data + before;
	return f->size > before && dns_frame_skip_name(&name) && name.at == name.size;
}

/* ldns overlooks both data that is missing and data that is too much. */
static bool has_right_size(const struct dns_walk *w, const struct dns_frame *f)
{
	switch (f->type) {
	case DNS_A: return f->size == 4;
	case DNS_AAAA: return f->size == 16;
	case DNS_MX: return is_name_to_the_end(w, f, 2);
	case DNS_PTR:
	case DNS_CNAME: return is_name_to_the_end(w, f, 0);
	case DNS_TLSA: return f->size > 3;
	default: return f->size > 0;
	}
}

static const char *read_answers(struct arena *a, struct dns_walk *w, size_t count, const char *name,
                                struct dns_reply *reply)
{
	bool ours = false;

	if (count > DNS_RECORD_MAX)
		return "too many records";
	reply->records = arena_array(a, count, sizeof *reply->records);
	for (size_t i = 0; i < count; i++) {
		struct dns_record *record = &reply->records[reply->count];
		struct dns_frame f;

		if (!dns_frame_read(w, &f))
			return "cut short";
		if (!is_wanted(&f))
			continue;
		if (!has_right_size(w, &f) ||
		    !dns_record_decode(a, w->bytes, w->size, f.start, record))
			return "a malformed record";
		ours |= strcmp(record->owner, name) == 0;
		reply->count++;
	}
	return reply->count && !ours ? "an answer to something else" : NULL;
}

static const char *owner_of(struct arena *a, const struct dns_walk *w, const struct dns_frame *f)
{
	struct dns_walk owner = {.bytes = w->bytes, .size = w->size, .at = f->start};
	uint8_t wire[DNS_NAME_WIRE];
	size_t size = dns_frame_name(&owner, true, wire);

	return size ? dns_name_text(a, wire, size) : NULL;
}

/* What follows the answers matters for what a server says about itself only, and for the zone that
   denies (RFC 2308 2.1). ldns never sees it: its decoder leaks TSIG records, and nobody may sign to
   us who has no key of ours. */
static const char *read_rest(struct arena *a, struct dns_walk *w, size_t count,
                             struct dns_packet *packet)
{
	size_t authority = dns_frame_number(w->bytes + 8);
	bool opt = false;

	for (size_t i = 0; i < count; i++) {
		struct dns_frame f;

		if (!dns_frame_read(w, &f))
			return "cut short";
		if (f.type == TYPE_TSIG)
			return "a signature that was not asked for";
		if (f.type == TYPE_SOA && i < authority && !packet->reply.zone)
			packet->reply.zone = owner_of(a, w, &f);
		if (f.type == TYPE_OPT && opt)
			return "two OPT records"; /* RFC 6891 6.1.1 */
		if (f.type == TYPE_OPT)
			read_opt(a, w, &f, packet);
		opt |= f.type == TYPE_OPT;
	}
	return NULL;
}

static bool same_question(const uint8_t *query, const uint8_t *reply, size_t end)
{
	for (size_t i = DNS_HEADER; i < end - 4; i++) {
		if (text_lower((char)query[i]) != text_lower((char)reply[i]))
			return false;
	}
	return memcmp(query + end - 4, reply + end - 4, 4) == 0;
}

static bool question_end(const uint8_t *bytes, size_t size, size_t *end)
{
	struct dns_walk w = {.bytes = bytes, .size = size, .at = DNS_HEADER};

	if (!dns_frame_skip_name(&w) || w.size - w.at < 4)
		return false;
	*end = w.at + 4;
	return true;
}

size_t dns_wire_query(uint8_t *query, const char *name, unsigned type, uint16_t id, bool edns)
{
	static const uint8_t flags[] = {0x01, CHECKING_DISABLED}; /* RD; CD */
	static const uint8_t opt[OPT_SIZE] = {
		[2] = TYPE_OPT,
		[3] = DNS_EDNS_SIZE >> 8,
		[4] = DNS_EDNS_SIZE & 0xff,
		[7] = DNSSEC_OK,
	};
	size_t size = dns_name_wire(name, query + DNS_HEADER);

	if (!size)
		return 0;
	memset(query, 0, DNS_HEADER);
	write16(query, id);
	memcpy(query + 2, flags, sizeof flags);
	write16(query + 4, 1);
	write16(query + 10, edns);
	size += DNS_HEADER;
	write16(query + size, type);
	write16(query + size + 2, CLASS_IN);
	size += 4;
	if (edns)
		memcpy(query + size, opt, sizeof opt);
	return size + (edns ? sizeof opt : 0);
}

void dns_wire_guard(uint8_t *query, size_t size, bool edns)
{
	query[3] = (uint8_t)((query[3] | AUTHENTIC) & ~CHECKING_DISABLED);
	if (edns)
		query[size - OPT_SIZE + 7] = 0;
}

bool dns_wire_matches(const uint8_t *query, size_t query_size, const uint8_t *reply, size_t size)
{
	size_t end;

	if (size < DNS_HEADER || memcmp(query, reply, 2) != 0)
		return false;
	if ((reply[2] & 0xf8) != 0x80) /* QR, opcode QUERY */
		return false;
	unsigned rcode = reply[3] & 15;
	/* A server that could not read the question cannot repeat it. All that such a packet can do
	   is to make us ask elsewhere. */
	if (dns_frame_number(reply + 4) == 0)
		return rcode != 0 && rcode != RCODE_NAME_ERROR;
	if (dns_frame_number(reply + 4) != 1 || !question_end(query, query_size, &end) ||
	    size < end)
		return false;
	return same_question(query, reply, end);
}

void dns_wire_decode(struct arena *a, const uint8_t *bytes, size_t size, const char *name,
                     struct dns_packet *packet)
{
	struct dns_walk w = {.bytes = bytes, .size = size, .at = DNS_HEADER};
	size_t answers = dns_frame_number(bytes + 6);
	size_t others = dns_frame_number(bytes + 8) + dns_frame_number(bytes + 10);

	*packet = (struct dns_packet){.rcode = bytes[3] & 15, .truncated = bytes[2] & 0x02};
	if (packet->truncated)
		return; /* RFC 2181 9: what there is of it is not to be used */
	if (dns_frame_number(bytes + 4) == 1 && !question_end(bytes, size, &w.at))
		packet->broken = "cut short";
	if (!packet->broken)
		packet->broken = read_answers(a, &w, answers, name, &packet->reply);
	if (!packet->broken)
		packet->broken = read_rest(a, &w, others, packet);
	packet->reply.no_name = packet->rcode == RCODE_NAME_ERROR;
	packet->reply.authentic = bytes[3] & AUTHENTIC;
	/* AA and RA clear: glibc, too, takes this for "ask somebody else". */
	bool empty = packet->rcode == 0 && answers == 0;
	packet->referral = empty && !(bytes[2] & 0x04) && !(bytes[3] & 0x80);
}

const char *dns_rcode_name(struct arena *a, unsigned rcode)
{
	static const char *const names[] = {
		"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
		"YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE",
	};
	enum { RCODE_BADVERS = 16 };

	if (rcode == RCODE_BADVERS)
		return "BADVERS";
	if (rcode < sizeof names / sizeof names[0])
		return names[rcode];
	return arena_printf(a, "rcode %u", rcode);
}
