#include "net/dns_record.h"

#include "base/arena.h"
#include "base/text.h"
#include "net/dns_name.h"
#include "net/dns_raw.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ldns decodes a record whose data is cut short as "OK", with fields missing, and its accessors
   abort on what is not there: so each field is fetched through here. */
static const ldns_rdf *field(const ldns_rr *rr, size_t index, ldns_rdf_type type, size_t least)
{
	const ldns_rdf *rdf = ldns_rr_rdf(rr, index);

	if (!rdf || ldns_rdf_get_type(rdf) != type || ldns_rdf_size(rdf) < least)
		return NULL;
	return ldns_rdf_data(rdf) ? rdf : NULL;
}

static bool fill_ip(const ldns_rr *rr, sa_family_t family, struct ip *ip)
{
	bool four = family == AF_INET;
	size_t size = four ? 4 : 16;
	const ldns_rdf *rdf = field(rr, 0, four ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA, size);

	if (!rdf || ldns_rr_rd_count(rr) != 1 || ldns_rdf_size(rdf) != size)
		return false;
	ip->family = family;
	memcpy(ip->bytes, ldns_rdf_data(rdf), size);
	return true;
}

static bool fill_name(struct arena *a, const ldns_rr *rr, size_t index, const char **name)
{
	const ldns_rdf *rdf = field(rr, index, LDNS_RDF_TYPE_DNAME, 1);

	if (!rdf || ldns_rr_rd_count(rr) != index + 1)
		return false;
	*name = dns_name_text(a, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
	return *name != NULL;
}

static bool fill_mx(struct arena *a, const ldns_rr *rr, struct dns_record *record)
{
	const ldns_rdf *preference = field(rr, 0, LDNS_RDF_TYPE_INT16, 2);

	if (!preference)
		return false;
	record->preference = ldns_rdf2native_int16(preference);
	return fill_name(a, rr, 1, &record->text);
}

/* The room that all strings of a TXT record need together; 0 when one of them is malformed or there
   is none. */
static size_t txt_room(const ldns_rr *rr)
{
	size_t room = 1;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *rdf = field(rr, i, LDNS_RDF_TYPE_STR, 1);

		if (!rdf || ldns_rdf_size(rdf) != 1u + ldns_rdf_data(rdf)[0])
			return 0;
		room += ldns_rdf_data(rdf)[0];
	}
	return ldns_rr_rd_count(rr) ? room : 0;
}

/* A NUL would end the text early and hide what follows; \x01 is as wrong in every grammar and does
   not. */
static bool fill_txt(struct arena *a, const ldns_rr *rr, const char **text)
{
	size_t room = txt_room(rr);

	if (!room)
		return false;
	char *joined = arena_get(a, room), *end = joined;
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const uint8_t *bytes = ldns_rdf_data(ldns_rr_rdf(rr, i));

		for (size_t k = 1; k <= bytes[0]; k++)
			*end++ = bytes[k] ? (char)bytes[k] : '\x01';
	}
	*text = joined;
	return true;
}

/* In the words of a zone file too, so that records can be compared and written. */
static const char *tlsa_words(struct arena *a, const struct dns_record *record)
{
	char *hex = arena_get(a, 2 * record->size + 1);

	for (size_t i = 0; i < record->size; i++)
		snprintf(hex + 2 * i, 3, "%02x", record->data[i]);
	return arena_printf(a, "%u %u %u %s", record->tlsa[0], record->tlsa[1], record->tlsa[2],
	                    hex);
}

static bool fill_tlsa(struct arena *a, const ldns_rr *rr, struct dns_record *record)
{
	for (size_t i = 0; i < 3; i++) {
		const ldns_rdf *number = ldns_rr_rdf(rr, i);

		if (!number || ldns_rdf_size(number) != 1 || !ldns_rdf_data(number))
			return false;
		record->tlsa[i] = ldns_rdf_data(number)[0];
	}
	const ldns_rdf *rest = field(rr, 3, LDNS_RDF_TYPE_HEX, 1);
	if (!rest || ldns_rr_rd_count(rr) != 4)
		return false;
	record->size = ldns_rdf_size(rest);
	record->data = (const uint8_t *)arena_bytes(a, ldns_rdf_data(rest), record->size);
	record->text = tlsa_words(a, record);
	return true;
}

static bool fill_data(struct arena *a, const ldns_rr *rr, struct dns_record *record)
{
	switch (record->type) {
	case DNS_A: return fill_ip(rr, AF_INET, &record->ip);
	case DNS_AAAA: return fill_ip(rr, AF_INET6, &record->ip);
	case DNS_MX: return fill_mx(a, rr, record);
	case DNS_PTR:
	case DNS_CNAME: return fill_name(a, rr, 0, &record->text);
	case DNS_TXT: return fill_txt(a, rr, &record->text);
	case DNS_TLSA: return fill_tlsa(a, rr, record);
	default: return true;
	}
}

static bool fill(struct arena *a, const ldns_rr *rr, struct dns_record *record)
{
	const ldns_rdf *owner = ldns_rr_owner(rr);

	*record = (struct dns_record){.type = (uint16_t)ldns_rr_get_type(rr)};
	if (ldns_rr_ttl(rr) <= INT32_MAX) /* RFC 2181 8: else zero */
		record->ttl = ldns_rr_ttl(rr);
	if (!owner)
		return false;
	record->owner = dns_name_text(a, ldns_rdf_data(owner), ldns_rdf_size(owner));
	return record->owner && fill_data(a, rr, record);
}

static const struct {
	unsigned type;
	const char *name;
} types[] = {
	{DNS_A, "A"},     {DNS_AAAA, "AAAA"}, {DNS_CNAME, "CNAME"},
	{DNS_PTR, "PTR"}, {DNS_MX, "MX"},     {DNS_TXT, "TXT"},
	{DNS_TLSA, "TLSA"}, {DNS_DNAME, "DNAME"}, {DNS_DS, "DS"},
	{DNS_NSEC, "NSEC"}, {DNS_DNSKEY, "DNSKEY"}, {DNS_NSEC3, "NSEC3"},
};

const char *dns_type_name(struct arena *a, unsigned type)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (types[i].type == type)
			return types[i].name;
	}
	return arena_printf(a, "TYPE%u", type);
}

unsigned dns_type_number(const char *name)
{
	return (unsigned)ldns_get_rr_type_by_name(name);
}

bool dns_record_decode(struct arena *a, const uint8_t *packet, size_t size, size_t at,
                       struct dns_record *record)
{
	ldns_rr *rr;

	if (ldns_wire2rr(&rr, packet, size, &at, LDNS_SECTION_ANSWER) != LDNS_STATUS_OK)
		return false;
	bool ok = fill(a, rr, record);
	ldns_rr_free(rr);
	return ok;
}

/* ldns takes a number of 16 bits modulo 65536 from text. */
static bool preference_fits(const char *type, const char *data)
{
	char number[8] = "";
	uint64_t preference;
	size_t size = strcspn(data, " ");

	if (!text_same(type, "MX") || *data == '\\')
		return true;
	memcpy(number, data, size < sizeof number ? size : sizeof number - 1);
	return text_number(number, UINT16_MAX, &preference);
}

const uint8_t *dns_record_data(struct arena *a, const char *type, const char *data, size_t *size)
{
	const uint8_t *bytes = NULL;
	ldns_rr *rr = NULL;
	const char *line = arena_printf(a, ". IN %s %s", type, data);

	if (ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) != LDNS_STATUS_OK)
		return NULL;
	ldns_buffer *wire = ldns_buffer_new(LDNS_MAX_PACKETLEN);
	if (wire && ldns_rr_rdata2buffer_wire(wire, rr) == LDNS_STATUS_OK) {
		*size = ldns_buffer_position(wire);
		bytes = (uint8_t *)arena_bytes(a, ldns_buffer_begin(wire), *size);
	}
	ldns_buffer_free(wire);
	ldns_rr_free(rr);
	return bytes;
}

bool dns_record_parse(struct arena *a, const char *owner, const char *type, const char *data,
                      const char *origin, struct dns_record *record, const char **why)
{
	enum { ANY_TTL = 0 };
	ldns_rdf *below = ldns_dname_new_frm_str(origin);
	ldns_rr *rr = NULL;

	*why = "not a preference from 0 to 65535";
	if (!below || !preference_fits(type, data)) {
		ldns_rdf_deep_free(below);
		return false;
	}
	const char *line = arena_printf(a, "%s IN %s %s", owner, type, data);
	ldns_status status = ldns_rr_new_frm_str(&rr, line, ANY_TTL, below, NULL);
	ldns_rdf_deep_free(below);
	if (status != LDNS_STATUS_OK) {
		*why = ldns_get_errorstr_by_id(status);
		return false;
	}
	*why = "data is missing";
	bool ok = fill(a, rr, record);
	ldns_rr_free(rr);
	return ok;
}
