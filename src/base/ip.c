#include "base/ip.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool parse_scope(const char *name, uint32_t *scope)
{
	uint64_t number;

	*scope = if_nametoindex(name);
	if (!*scope && text_number(name, UINT32_MAX, &number))
		*scope = (uint32_t)number;
	return *scope != 0;
}

bool ip_parse(const char *text, struct ip *ip)
{
	const char *percent = strchr(text, '%');
	size_t size = percent ? (size_t)(percent - text) : strlen(text);
	char plain[IP_TEXT];

	*ip = (struct ip){.family = AF_INET};
	if (size >= sizeof plain)
		return false;
	memcpy(plain, text, size);
	plain[size] = '\0';
	if (!percent && inet_pton(AF_INET, plain, ip->bytes) == 1)
		return true;
	ip->family = AF_INET6;
	if (inet_pton(AF_INET6, plain, ip->bytes) != 1)
		return false;
	return !percent || parse_scope(percent + 1, &ip->scope);
}

const char *ip_print(const struct ip *ip, char *text)
{
	size_t size;

	if (!inet_ntop(ip->family, ip->bytes, text, IP_TEXT))
		text[0] = '\0';
	size = strlen(text);
	if (ip->scope)
		snprintf(text + size, IP_TEXT - size, "%%%u", ip->scope);
	return text;
}

static size_t ip_size(const struct ip *ip)
{
	return ip->family == AF_INET ? 4 : 16;
}

bool ip_same(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && a->scope == b->scope &&
	       memcmp(a->bytes, b->bytes, ip_size(a)) == 0;
}

struct ip ip_unmapped(const struct ip *ip)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
	struct ip plain = {.family = AF_INET};

	if (ip->family == AF_INET || memcmp(ip->bytes, prefix, sizeof prefix) != 0)
		return *ip;
	memcpy(plain.bytes, ip->bytes + 12, 4);
	return plain;
}

static bool is_v6_number(const struct ip *ip, uint8_t last)
{
	static const uint8_t zero[15];

	return ip->family == AF_INET6 && memcmp(ip->bytes, zero, sizeof zero) == 0 &&
	       ip->bytes[15] == last;
}

bool ip_is_loopback(const struct ip *ip)
{
	struct ip plain = ip_unmapped(ip);

	return plain.family == AF_INET ? plain.bytes[0] == 127 : is_v6_number(&plain, 1);
}

const char *ip_unroutable(const struct ip *ip)
{
	struct ip plain = ip_unmapped(ip);
	const uint8_t *b = plain.bytes;
	bool four = plain.family == AF_INET;

	if (ip_is_loopback(&plain))
		return "loopback address";
	if (four ? b[0] == 0 : is_v6_number(&plain, 0))
		return "unspecified address";
	if (four ? b[0] == 169 && b[1] == 254 : b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		return "link-local address";
	if (four ? b[0] >= 224 && b[0] < 240 : b[0] == 0xff)
		return "multicast address";
	if (four && b[0] >= 240)
		return "reserved address";
	return NULL;
}

socklen_t ip_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *address)
{
	struct sockaddr_in *four = (struct sockaddr_in *)address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof *address);
	address->ss_family = ip->family;
	if (ip->family == AF_INET) {
		four->sin_port = htons(port);
		memcpy(&four->sin_addr, ip->bytes, 4);
		return sizeof *four;
	}
	six->sin6_port = htons(port);
	six->sin6_scope_id = ip->scope;
	memcpy(&six->sin6_addr, ip->bytes, 16);
	return sizeof *six;
}
