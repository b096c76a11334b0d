#include "net/machine.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "mail/address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
	HOSTS_MAX = 1 << 20, /* /etc/hosts with a block list in it; more is not about us */
	NAME_MAX_BYTES = 253
};

/* RFC 1123 2.1, underscores tolerated. What else uname may give, such as "(none)", is no name. */
static bool is_name(const char *name)
{
	bool in_label = false;
	const char *p = name;

	for (; *p; p++) {
		if (*p == '.' ? !in_label : !text_is_alnum(*p) && *p != '-' && *p != '_')
			return false;
		in_label = *p != '.';
	}
	return in_label && p - name <= NAME_MAX_BYTES;
}

static char *lower_copy(const char *text)
{
	char *copy = memory_get(strlen(text) + 1, 1);

	for (size_t i = 0; text[i]; i++)
		copy[i] = text_lower(text[i]);
	return copy;
}

/* The next word of a line of text, ended by a NUL in place; NULL at the line's end. */
static char *cut_word(char **at)
{
	char *word = *at + strspn(*at, " \t\r");
	size_t size = strcspn(word, " \t\r");

	if (size == 0)
		return NULL;
	*at = word + size + (word[size] != '\0');
	word[size] = '\0';
	return word;
}

/* The full name that a line of /etc/hosts has for a short one: its first name with a dot, as
   `hostname -f` would mostly find; NULL when the line is about others. The line is spoilt. */
static const char *full_name_of(char *line, const char *name)
{
	const char *full = NULL;
	bool about_us = false;

	line[strcspn(line, "#")] = '\0';
	cut_word(&line); /* the address */
	for (const char *word; (word = cut_word(&line));) {
		about_us |= text_same(word, name);
		if (!full && strchr(word, '.') && is_name(word) && !domain_is_localhost(word))
			full = word;
	}
	return about_us ? full : NULL;
}

static const char *look_up(const char *hosts, const char *name)
{
	const char *full = NULL;
	struct buf text;

	buf_init(&text, HOSTS_MAX);
	char *line = file_read(hosts, 0, &text) ? NULL : text.bytes;
	while (line && !full) {
		char *newline = strchr(line, '\n');

		if (newline)
			*newline = '\0';
		full = full_name_of(line, name);
		line = newline ? newline + 1 : NULL;
	}
	const char *host_name = lower_copy(full ? full : name);
	buf_free(&text);
	return host_name;
}

static void read_names(struct machine *m)
{
	struct utsname system;

	if (uname(&system) != 0 || !is_name(system.nodename))
		m->host_name = lower_copy("localhost");
	else if (strchr(system.nodename, '.'))
		m->host_name = lower_copy(system.nodename);
	else
		m->host_name = look_up("/etc/hosts", system.nodename);
	if (!domain_is_localhost(m->host_name))
		machine_add_name(m, m->host_name);
}

static bool ip_of(const struct sockaddr *address, struct ip *ip)
{
	*ip = (struct ip){.family = address ? address->sa_family : AF_UNSPEC};
	if (ip->family == AF_INET) {
		memcpy(ip->bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
		return true;
	}
	if (ip->family != AF_INET6)
		return false;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	memcpy(ip->bytes, &six->sin6_addr, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr))
		ip->scope = six->sin6_scope_id;
	return true;
}

/* RFC 4193: such an address is not routed on the internet. */
static bool is_unique_local(const struct ip *ip)
{
	return ip->family == AF_INET6 && (ip->bytes[0] & 0xfe) == 0xfc;
}

static void read_addresses(struct machine *m)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) != 0)
		return;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
		struct ip ip;

		if (!(one->ifa_flags & IFF_UP) || !ip_of(one->ifa_addr, &ip) || ip_is_loopback(&ip))
			continue;
		machine_add_address(m, &ip);
		if (ip_unroutable(&ip) || is_unique_local(&ip))
			continue;
		m->ipv4 |= ip.family == AF_INET;
		m->ipv6 |= ip.family == AF_INET6;
	}
	freeifaddrs(all);
}

/* Has the kernel a way to a place on the internet, and an address to be seen with there? Connecting
   UDP sends nothing. So a private address that is translated on its way out counts too. */
static bool has_way(const char *place)
{
	struct sockaddr_storage there, here = {.ss_family = AF_UNSPEC};
	socklen_t size = sizeof here;
	struct ip ip;

	ip_parse(place, &ip);
	int fd = socket(ip.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 &&
	             connect(fd, (struct sockaddr *)&there, ip_sockaddr(&ip, 53, &there)) == 0 &&
	             getsockname(fd, (struct sockaddr *)&here, &size) == 0 &&
	             ip_of((struct sockaddr *)&here, &ip) && !ip_unroutable(&ip);
	if (fd >= 0)
		close(fd);
	return found;
}

/* A root name server of each family: its address outlives us (RFC 7720). */
static void read_ways(struct machine *m)
{
	m->ipv4 = m->ipv4 || has_way("198.41.0.4");
	m->ipv6 = m->ipv6 || has_way("2001:503:ba3e::2:30");
}

void machine_read(struct machine *m)
{
	*m = (struct machine){0};
	read_addresses(m);
	read_ways(m);
	read_names(m);
}

void machine_blank(struct machine *m)
{
	*m = (struct machine){.ipv4 = true, .ipv6 = true};
	m->host_name = lower_copy("localhost");
}

bool machine_add_address(struct machine *m, const struct ip *ip)
{
	if (machine_has_address(m, ip))
		return true;
	if (m->address_count == MACHINE_ADDRESS_MAX)
		return false;
	size_t count = m->address_count, room = count ? 2 * count : 1;
	if ((count & (count - 1)) == 0) /* the room there was is full at each power of two */
		m->addresses = memory_resize(m->addresses, room, sizeof *m->addresses);
	m->addresses[m->address_count++] = *ip;
	return true;
}

bool machine_add_name(struct machine *m, const char *name)
{
	if (machine_has_name(m, name))
		return true;
	if (m->name_count == MACHINE_NAME_MAX)
		return false;
	m->names[m->name_count++] = lower_copy(name);
	return true;
}

bool machine_has_address(const struct machine *m, const struct ip *ip)
{
	for (size_t i = 0; i < m->address_count; i++) {
		if (ip_same(&m->addresses[i], ip))
			return true;
	}
	return false;
}

bool machine_has_name(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->name_count; i++) {
		if (text_same(m->names[i], name))
			return true;
	}
	return false;
}

void machine_free(struct machine *m)
{
	for (size_t i = 0; i < m->name_count; i++)
		free((char *)m->names[i]);
	free((char *)m->host_name);
	free(m->addresses);
	*m = (struct machine){0};
}
