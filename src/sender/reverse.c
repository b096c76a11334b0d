#include "sender/reverse.h"

#include "base/arena.h"
#include "net/dns_name.h"

#include <string.h>

/* RFC 1035 3.5, RFC 3596 2.5 */
static const char *question(struct arena *a, const struct ip *ip)
{
	const uint8_t *b = ip->bytes;
	char nibbles[64 + 1], *end = nibbles;

	if (ip->family == AF_INET)
		return arena_printf(a, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
	for (size_t i = 32; i-- > 0;) {
		*end++ = "0123456789abcdef"[i % 2 ? b[i / 2] & 15 : b[i / 2] >> 4];
		*end++ = '.';
	}
	*end = '\0';
	return arena_printf(a, "%sip6.arpa", nibbles);
}

enum dns_type reverse_type(const struct ip *ip)
{
	return ip->family == AF_INET ? DNS_A : DNS_AAAA;
}

bool reverse_has(const struct dns_answer *answer, const struct ip *ip)
{
	for (size_t i = 0; answer->outcome == DNS_FOUND && i < answer->count; i++) {
		if (ip_same(&answer->ip[i], ip))
			return true;
	}
	return false;
}

static const char *trouble_of(const struct dns_answer *answer)
{
	bool none = answer->outcome == DNS_TROUBLE || answer->outcome == DNS_LOOP;

	return none ? answer->trouble : NULL;
}

static void find_address(struct inquiry *i, const struct ip *ip, struct reverse_name *name)
{
	if (!dns_name_usable(name->name))
		return;
	const struct dns_answer *answer = inquiry_ask(i, name->name, reverse_type(ip));
	if (!answer)
		return;
	name->leads_back = reverse_has(answer, ip);
	name->trouble = trouble_of(answer);
	name->empty = answer->outcome == DNS_NO_DATA || answer->outcome == DNS_NO_NAME;
}

void reverse_find(struct inquiry *i, const struct ip *ip, struct reverse *reverse)
{
	*reverse = (struct reverse){.question = question(i->arena, ip)};
	const struct dns_answer *ptr = inquiry_ask(i, reverse->question, DNS_PTR);

	if (!ptr)
		return;
	reverse->trouble = trouble_of(ptr);
	reverse->empty = ptr->outcome == DNS_NO_DATA || ptr->outcome == DNS_NO_NAME;
	for (size_t k = 0; ptr->outcome == DNS_FOUND && k < ptr->count; k++) {
		if (k >= REVERSE_NAME_MAX) {
			reverse->left_out++;
			continue;
		}
		struct reverse_name *name = &reverse->names[reverse->count++];
		name->name = ptr->txt[k];
		find_address(i, ip, name);
	}
}
