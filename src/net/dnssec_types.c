#include "net/dnssec_types.h"

#include "net/dns.h"
#include "net/dns_raw.h"

enum { TYPE_NS = 2, TYPE_SOA = 6, WINDOW_MAX = 32 };

bool dnssec_types_has(struct dnssec_bytes types, unsigned type)
{
	size_t at = 0, byte = (type & 0xff) / 8;

	/* Windows: number, length, so many bytes. */
	while (types.size - at >= 2) {
		size_t length = types.bytes[at + 1];

		if (length == 0 || length > WINDOW_MAX || length > types.size - at - 2)
			return false;
		if (types.bytes[at] == type >> 8)
			return byte < length && types.bytes[at + 2 + byte] & 0x80 >> (type & 7);
		at += 2 + length;
	}
	return false;
}

bool dnssec_types_parent_side(struct dnssec_bytes types)
{
	return dnssec_types_has(types, TYPE_NS) && !dnssec_types_has(types, TYPE_SOA);
}

bool dnssec_types_rule_below(struct dnssec_bytes types)
{
	return !dnssec_types_parent_side(types) && !dnssec_types_has(types, DNS_DNAME);
}

/* RFC 4035 5.2, RFC 6840 4.4: the parent's record, which a child's apex does not have. */
static enum dnssec_denial deny_ds(struct dnssec_bytes types, const uint8_t *name)
{
	if (dnssec_types_has(types, TYPE_SOA) && *name)
		return DNSSEC_NOT_DENIED;
	return dnssec_types_has(types, TYPE_NS) ? DNSSEC_DELEGATED : DNSSEC_NO_DATA;
}

enum dnssec_denial dnssec_types_deny(struct dnssec_bytes types, const uint8_t *name, unsigned type)
{
	if (dnssec_types_has(types, type) || dnssec_types_has(types, DNS_CNAME))
		return DNSSEC_NOT_DENIED;
	if (type == DNS_DS)
		return deny_ds(types, name);
	return dnssec_types_parent_side(types) ? DNSSEC_NOT_DENIED : DNSSEC_NO_DATA;
}
