#include "net/dnssec_key.h"

#include "net/dns_frame.h"
#include "net/dns_name.h"
#include "net/dnssec_name.h"

#include <string.h>

enum { KEY_FIXED = 4, DS_FIXED = 4, ZONE_KEY = 0x0100, REVOKED = 0x0080, PROTOCOL = 3 };

uint16_t dnssec_key_tag(struct dnssec_bytes data)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < data.size; i++)
		sum += i & 1 ? data.bytes[i] : (uint32_t)data.bytes[i] << 8;
	sum += sum >> 16 & 0xffff;
	return (uint16_t)sum;
}

bool dnssec_key_read(struct dnssec_bytes data, struct dnssec_key *key)
{
	if (data.size <= KEY_FIXED)
		return false;
	unsigned flags = dns_frame_number(data.bytes);
	key->tag = dnssec_key_tag(data);
	key->algorithm = data.bytes[3];
	key->key = (struct dnssec_bytes){data.bytes + KEY_FIXED, data.size - KEY_FIXED};
	return (flags & ZONE_KEY) && !(flags & REVOKED) && data.bytes[2] == PROTOCOL &&
	       dnssec_algorithm_known(key->algorithm);
}

bool dnssec_ds_read(struct dnssec_bytes data, struct dnssec_ds *ds)
{
	if (data.size <= DS_FIXED)
		return false;
	ds->tag = (uint16_t)dns_frame_number(data.bytes);
	ds->algorithm = data.bytes[2];
	ds->type = data.bytes[3];
	ds->digest = (struct dnssec_bytes){data.bytes + DS_FIXED, data.size - DS_FIXED};
	return true;
}

bool dnssec_ds_known(const struct dnssec_ds *ds)
{
	return dnssec_digest_known(ds->type) && dnssec_algorithm_known(ds->algorithm);
}

bool dnssec_ds_fits(const struct dnssec_ds *ds, const uint8_t *owner, struct dnssec_bytes data)
{
	uint8_t digest[DNSSEC_DIGEST_MAX], text[DNS_NAME_WIRE + UINT16_MAX];
	size_t owner_size = dnssec_name_size(owner);
	struct dnssec_key key;

	if (!dnssec_key_read(data, &key) || key.tag != ds->tag || key.algorithm != ds->algorithm)
		return false;
	/* RFC 4034 5.1.4: the owner, then the record's data. */
	memcpy(text, owner, owner_size);
	memcpy(text + owner_size, data.bytes, data.size);
	struct dnssec_bytes all = {text, owner_size + data.size};
	size_t size = dnssec_digest(ds->type, all, digest);
	return size && size == ds->digest.size && memcmp(digest, ds->digest.bytes, size) == 0;
}
