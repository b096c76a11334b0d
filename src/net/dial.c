#include "net/dial.h"

#include "base/memory.h"
#include "net/source.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct socket_stream {
	struct stream stream;
	int fd;
};

static const char *words(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "connection refused";
	case ECONNRESET:
	case EPIPE:
		return "connection reset by the server";
	case ETIMEDOUT:
		return "connection timed out";
	case EHOSTUNREACH:
		return "no route to host";
	case ENETUNREACH:
		return "network unreachable";
	case EACCES:
	case EPERM:
		return "connection forbidden by this machine's firewall or policy";
	case EADDRNOTAVAIL:
		return "no local address or port to connect from";
	case EMFILE:
	case ENFILE:
		return "too many open descriptors on this machine";
	default:
		return "connection failed";
	}
}

static enum dial_cause cause_of(int error)
{
	switch (error) {
	case ETIMEDOUT:
		return DIAL_SILENT;
	case ENETUNREACH:
	case EADDRNOTAVAIL: /* IPv6 is switched off */
	case EAFNOSUPPORT:
		return DIAL_UNREACHABLE;
	case EACCES:
	case EPERM:
		return DIAL_FORBIDDEN;
	default:
		return DIAL_OTHER;
	}
}

static int descriptor(struct stream *s)
{
	return ((struct socket_stream *)s)->fd;
}

static ssize_t moved(struct stream *s, ssize_t size)
{
	if (size >= 0)
		return size;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return STREAM_AGAIN;
	s->trouble = words(errno);
	return STREAM_BROKEN;
}

static ssize_t socket_read(struct stream *s, void *into, size_t size)
{
	return moved(s, recv(descriptor(s), into, size, 0));
}

static ssize_t socket_write(struct stream *s, const void *from, size_t size)
{
	return moved(s, send(descriptor(s), from, size, MSG_NOSIGNAL));
}

static int socket_wait(struct stream *s, short events, struct deadline until)
{
	struct pollfd fds[2] = {{.fd = descriptor(s), .events = events}};

	return deadline_poll(fds, 1, until);
}

static void socket_close(struct stream *s)
{
	close(descriptor(s));
	free(s);
}

static const struct stream_ops socket_ops = {socket_read, socket_write, socket_wait, socket_close};

/* A new socket that is connecting. Nagle's algorithm would hold back the second small write of a
   flight for a round trip. */
static int socket_connecting(const struct ip *ip, uint16_t port, int *error)
{
	struct sockaddr_storage address;
	socklen_t size = ip_sockaddr(ip, port, &address);
	int on = 1, fd = socket(ip->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*error = errno;
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	*error = connect(fd, (struct sockaddr *)&address, size) < 0 ? errno : 0;
	if (*error == 0 || *error == EINPROGRESS || *error == EINTR)
		return fd;
	close(fd);
	return -1;
}

static void settle(struct dial *dial)
{
	int fd = descriptor(dial->stream), error = 0;
	socklen_t size = sizeof error;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	dial->state = error ? DIAL_FAILED : DIAL_UP;
	if (!error) {
		source_of(fd, &dial->local);
		return;
	}
	dial->trouble = words(error);
	dial->cause = cause_of(error);
	socket_close(dial->stream);
	dial->stream = NULL;
}

static struct dial network_begin(struct dialer *d, const struct ip *ip, uint16_t port)
{
	int error, fd = socket_connecting(ip, port, &error);
	struct socket_stream *s;
	struct dial dial;

	(void)d;
	if (fd < 0)
		return (struct dial){
			.state = DIAL_FAILED,
			.trouble = words(error),
			.cause = cause_of(error),
			.exhausted = error == EMFILE || error == ENFILE || error == ENOBUFS ||
		                     error == ENOMEM,
		};
	s = memory_get(1, sizeof *s);
	*s = (struct socket_stream){.stream = {.ops = &socket_ops}, .fd = fd};
	dial = (struct dial){.stream = &s->stream, .state = DIAL_PENDING};
	if (!error)
		settle(&dial);
	return dial;
}

static int network_wait(struct dialer *d, struct dial *dials[], size_t count, struct deadline until)
{
	struct pollfd fds[DIAL_AT_ONCE_MAX + 1];
	int ready;

	(void)d;
	for (size_t i = 0; i < count; i++) {
		short events = dials[i]->state == DIAL_PENDING ? POLLOUT : POLLIN;

		fds[i] = (struct pollfd){.fd = descriptor(dials[i]->stream), .events = events};
	}
	ready = deadline_poll(fds, count, until);
	for (size_t i = 0; ready > 0 && i < count; i++) {
		if (fds[i].revents && dials[i]->state == DIAL_PENDING)
			settle(dials[i]);
		else if (fds[i].revents)
			dials[i]->state = DIAL_HEARD;
	}
	return ready;
}

static int64_t network_now(struct dialer *d)
{
	(void)d;
	return clock_now();
}

struct dialer *dial_network(void)
{
	static const struct dialer_ops ops = {network_begin, network_wait, network_now};
	static struct dialer network = {.ops = &ops};

	return &network;
}
