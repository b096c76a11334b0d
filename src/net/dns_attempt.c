/* What makes a reply ours. Each attempt has a socket of its own (so the kernel picks a fresh port),
   connected to the server (so the kernel drops what others send, and tells us of an ICMP refusal),
   and a fresh random id. A packet without our id and our question is dropped and the wait goes on:
   a forger has to hit port and id together, and his misses cost us nothing. */

#include "net/dns_attempt.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_nothing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static struct dns_heard fault(int error)
{
	return (struct dns_heard){.ear = DNS_HEARD_FAULT, .error = error};
}

static struct dns_heard nothing_or(int error)
{
	struct dns_heard nothing = {.ear = DNS_HEARD_NOTHING};

	return is_nothing(error) ? nothing : fault(error);
}

static int encode(struct dns_attempt *x, const char *name, enum dns_type type, unsigned manner)
{
	uint16_t id;

	/* So few bytes come whole, or not at all. */
	while (getrandom(&id, sizeof id, 0) != sizeof id) {
		if (errno != EINTR)
			return errno;
	}
	x->query_size = dns_wire_query(x->query + 2, name, type, id, manner & DNS_ASK_EDNS);
	if (manner & DNS_ASK_GUARD)
		dns_wire_guard(x->query + 2, x->query_size, manner & DNS_ASK_EDNS);
	x->query[0] = (uint8_t)(x->query_size >> 8);
	x->query[1] = (uint8_t)x->query_size;
	return 0;
}

/* A connection under way, and known to epoll. */
static int reach(struct dns_attempt *x, const struct dns_server *server)
{
	struct sockaddr_storage address;
	socklen_t size = ip_sockaddr(&server->ip, server->port, &address);
	struct epoll_event event = {.events = x->tcp ? EPOLLOUT : EPOLLIN, .data.ptr = x};

	if (connect(x->fd, (struct sockaddr *)&address, size) != 0 && errno != EINPROGRESS)
		return errno;
	return epoll_ctl(x->epoll, EPOLL_CTL_ADD, x->fd, &event) == 0 ? 0 : errno;
}

/* TCP is written when epoll says that there is a connection. */
static int speak_udp(struct dns_attempt *x)
{
	ssize_t size = send(x->fd, x->query + 2, x->query_size, MSG_NOSIGNAL);

	return size >= 0 || is_nothing(errno) ? 0 : errno; /* no room: a packet lost */
}

static struct dns_heard hear_udp(struct dns_attempt *x, uint8_t *scratch)
{
	ssize_t got = recv(x->fd, scratch, DNS_SCRATCH, 0);
	size_t size = (size_t)got;

	if (got < 0)
		return nothing_or(errno);
	if (!dns_wire_matches(x->query + 2, x->query_size, scratch, size))
		return (struct dns_heard){.ear = DNS_HEARD_NOTHING};
	return (struct dns_heard){.ear = DNS_HEARD_REPLY, .bytes = scratch, .size = size};
}

/* Connected, or part of it written: write on, and listen when all is out. */
static struct dns_heard speak_tcp(struct dns_attempt *x)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = x};
	size_t whole = 2 + x->query_size;
	ssize_t size = send(x->fd, x->query + x->written, whole - x->written, MSG_NOSIGNAL);

	if (size < 0)
		return nothing_or(errno);
	x->written += (size_t)size;
	if (x->written == whole && epoll_ctl(x->epoll, EPOLL_CTL_MOD, x->fd, &event) != 0)
		return fault(errno);
	return (struct dns_heard){.ear = DNS_HEARD_NOTHING};
}

/* How much is to come: the two bytes of the length, then what they say besides. */
static size_t stream_target(const struct dns_attempt *x)
{
	return x->stream_size < 2 ? 2 : 2u + ((size_t)x->stream[0] << 8 | x->stream[1]);
}

static struct dns_heard hear_tcp(struct dns_attempt *x)
{
	if (!x->stream)
		x->stream = memory_get(2 + DNS_SCRATCH, 1);
	uint8_t *end = x->stream + x->stream_size;
	ssize_t got = recv(x->fd, end, stream_target(x) - x->stream_size, 0);
	if (got <= 0)
		return got == 0 ? fault(ECONNRESET) : nothing_or(errno);
	x->stream_size += (size_t)got;
	size_t target = stream_target(x), size = target - 2;
	if (x->stream_size < target)
		return (struct dns_heard){.ear = DNS_HEARD_NOTHING};
	/* Nobody but the server can have said it, so that there is nothing to wait for. */
	if (!dns_wire_matches(x->query + 2, x->query_size, x->stream + 2, size))
		return fault(EPROTO);
	return (struct dns_heard){.ear = DNS_HEARD_REPLY, .bytes = x->stream + 2, .size = size};
}

int dns_attempt_begin(struct dns_attempt *x, int epoll, const struct dns_server *server, bool tcp,
                      unsigned manner, const char *name, enum dns_type type)
{
	int kind = tcp ? SOCK_STREAM : SOCK_DGRAM;

	*x = (struct dns_attempt){.epoll = epoll, .tcp = tcp};
	x->fd = socket(server->ip.family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return errno;
	int error = encode(x, name, type, manner);
	if (!error)
		error = reach(x, server);
	if (!error && !tcp)
		error = speak_udp(x);
	if (error)
		dns_attempt_end(x);
	return error;
}

struct dns_heard dns_attempt_hear(struct dns_attempt *x, uint8_t *scratch)
{
	if (!x->tcp)
		return hear_udp(x, scratch);
	return x->written < 2 + x->query_size ? speak_tcp(x) : hear_tcp(x);
}

void dns_attempt_end(struct dns_attempt *x)
{
	if (x->fd >= 0)
		close(x->fd); /* leaves the epoll set by that */
	x->fd = -1;
	free(x->stream);
	x->stream = NULL;
}
