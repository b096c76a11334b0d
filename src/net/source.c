#include "net/source.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum { ANY_PORT = 53 };

/* Some address that is surely on the internet and not near us: a.root-servers.net. */
static struct ip far_away(sa_family_t family)
{
	struct ip ip;

	ip_parse(family == AF_INET ? "198.41.0.4" : "2001:503:ba3e::2:30", &ip);
	return ip;
}

bool source_of(int fd, struct ip *ip)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} us;
	socklen_t size = sizeof us;

	memset(&us, 0, sizeof us);
	if (getsockname(fd, (struct sockaddr *)&us.any, &size) != 0)
		return false;
	*ip = (struct ip){.family = us.any.ss_family};
	if (ip->family == AF_INET)
		memcpy(ip->bytes, &us.four.sin_addr, 4);
	else
		memcpy(ip->bytes, &us.six.sin6_addr, 16);
	return true;
}

/* Connecting a datagram socket asks the routing table and sends nothing. */
bool source_address(sa_family_t family, struct ip *ip)
{
	struct ip stranger = far_away(family);
	struct sockaddr_storage there;
	socklen_t size = ip_sockaddr(&stranger, ANY_PORT, &there);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool known;

	if (fd < 0)
		return false;
	known = connect(fd, (const struct sockaddr *)&there, size) == 0 && source_of(fd, ip);
	close(fd);
	return known;
}
