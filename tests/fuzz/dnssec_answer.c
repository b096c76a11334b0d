/* A reply to MX example.org, its signatures and denials, from a server that means us no good: the
   records are taken apart, put together again for a signature, and asked for proofs. */

#include "base/arena.h"
#include "base/buf.h"
#include "net/dns_frame.h"
#include "net/dns_name.h"
#include "net/dns_wire.h"
#include "net/dnssec_name.h"
#include "net/dnssec_proof.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names are whole and fit into what holds them. */
static void check_name(const uint8_t *name)
{
	char text[DNS_NAME_TEXT + 1];

	if (dnssec_name_size(name) > DNS_NAME_WIRE ||
	    !dns_name_print(name, dnssec_name_size(name), text))
		abort();
}

static void check_rrsig(struct dns_raws raws, const struct dns_raw *record)
{
	struct dnssec_rrsig rrsig;
	struct dnssec_set set;
	struct buf b;

	if (!dnssec_rrsig_read(record, &rrsig))
		return;
	check_name(rrsig.signer);
	if (!dnssec_set_find(raws, record->owner, rrsig.type, &set) ||
	    rrsig.labels > dnssec_rrsig_labels(set.owner))
		return;
	buf_init(&b, 1 << 20);
	dnssec_set_write(&set, &rrsig, &b);
	buf_free(&b);
}

/* Whoever signed them. */
static void check_denials(struct dns_raws raws, const uint8_t *name)
{
	struct dnssec_work work = {0};
	struct dnssec_proof proof = {.nsec.zone = dnssec_name_up(name, 1)};

	proof.nsec3.zone = proof.nsec.zone;
	for (size_t i = 0; i < raws.count; i++) {
		if (raws.list[i].type == DNS_NSEC)
			dnssec_nsecs_add(&proof.nsec, &raws.list[i]);
		if (raws.list[i].type == DNS_NSEC3)
			dnssec_nsec3s_add(&proof.nsec3, &raws.list[i]);
	}
	dnssec_proof_deny(&proof, &work, name, DNS_MX);
	dnssec_proof_deny(&proof, &work, name, DNS_DS);
	dnssec_proof_absent(&proof, &work, name);
}

static bool is_data(unsigned type)
{
	return type == DNS_A || type == DNS_AAAA || type == DNS_CNAME || type == DNS_PTR ||
	       type == DNS_MX || type == DNS_TLSA || type == DNS_TXT;
}

/* Whatever would be used as data is among what the signatures are held against. */
static void check_agreement(struct arena *a, const uint8_t *data, size_t size, struct dns_raws raws)
{
	struct dns_packet packet;
	uint8_t owner[DNS_NAME_WIRE];
	size_t count = 0, at = 0;

	if (dns_frame_number(data + 4) != 1)
		return;
	dns_wire_decode(a, data, size, "example.org", &packet);
	if (packet.broken || packet.truncated)
		return;
	for (size_t i = 0; i < raws.count; i++) {
		if (!raws.list[i].answer || !is_data(raws.list[i].type))
			continue;
		const struct dns_record *record = &packet.reply.records[at++];
		if (count++ == packet.reply.count || record->type != raws.list[i].type ||
		    !dns_name_wire(record->owner, owner) ||
		    !dnssec_name_same(owner, raws.list[i].owner))
			abort();
	}
	if (count != packet.reply.count)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t name[] = "\7example\3org";
	struct arena arena = {0};
	struct dns_raws raws;

	if (dns_raw_read(&arena, data, size, &raws))
		check_agreement(&arena, data, size, raws);
	else if (raws.count)
		abort();
	if (raws.count > DNS_RECORD_MAX)
		abort();
	for (size_t i = 0; i < raws.count; i++) {
		const struct dns_raw *record = &raws.list[i];
		struct dnssec_bytes bytes = {record->data, record->size};
		struct dnssec_key key;
		struct dnssec_ds ds;

		check_name(record->owner);
		check_rrsig(raws, record);
		if (record->type == DNS_DNSKEY)
			dnssec_key_read(bytes, &key);
		if (record->type == DNS_DS && dnssec_ds_read(bytes, &ds) && dnssec_ds_known(&ds))
			dnssec_ds_fits(&ds, record->owner, bytes);
	}
	check_denials(raws, name);
	arena_free(&arena);
	return 0;
}
