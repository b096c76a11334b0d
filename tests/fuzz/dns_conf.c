/* Any bytes for resolv.conf: there is always a server, and an end to waiting. */

#include "net/dns.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_settings s;

	dns_settings_parse(&s, (const char *)data, size);
	if (s.server_count < 1 || s.server_count > DNS_SERVER_MAX)
		abort();
	if (s.timeout < 1000 || s.timeout > 30000 || s.attempts < 1 || s.attempts > 5)
		abort();
	return 0;
}
