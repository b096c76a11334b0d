/* A reply to MX example.org from a server that means us no good. */

#include "base/arena.h"
#include "net/dns_name.h"
#include "net/dns_survey.h"
#include "net/dns_wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const struct dns_record *record)
{
	uint8_t wire[DNS_NAME_WIRE];

	if (!dns_name_wire(record->owner, wire))
		abort();
	if (record->type == DNS_TXT || record->type == DNS_A || record->type == DNS_AAAA ||
	    record->type == DNS_TLSA)
		return;
	/* Names that we print can be asked for. */
	if (!dns_name_wire(record->text, wire))
		abort();
	if (dns_name_usable(record->text) && strchr(record->text, '\\'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	uint8_t query[DNS_QUERY_MAX];
	struct dns_packet packet;
	struct dns_survey survey;
	size_t query_size = dns_wire_query(query, "example.org", DNS_MX, 0x1234, true);

	dns_wire_matches(query, query_size, data, size);
	if (size < DNS_HEADER)
		return 0;
	dns_survey_read(&survey, data, size);
	if (survey.answers > 65535 || survey.addresses > survey.answers)
		abort();
	/* Taken apart even when it does not match: id and question would only keep the fuzzer busy.
	 */
	dns_wire_decode(&arena, data, size, "example.org", &packet);
	if (packet.reply.count > DNS_RECORD_MAX)
		abort();
	for (size_t i = 0; !packet.broken && i < packet.reply.count; i++)
		check_record(&packet.reply.records[i]);
	arena_free(&arena);
	return 0;
}
