/* A name server in a thread, on 127.0.0.1 and a port of its own, that behaves as the test tells it
   to. */

#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { QUERY_ROOM = 1024, HELD_MAX = 64 };

struct packet {
	uint8_t bytes[65535];
	size_t size;
};

/* Whom to answer, and what was asked. */
struct query {
	uint8_t bytes[QUERY_ROOM];
	size_t size;
	bool edns;
	char name[256]; /* without the trailing dot */
	unsigned type;
	int tcp; /* the connection, or -1 */
	struct sockaddr_in from;
};

struct server {
	void (*behave)(struct server *s, const struct query *q);
	uint16_t port;
	int udp, tcp, stop[2];
	int held[HELD_MAX]; /* connections that are left open without an answer */
	int held_count;
	pthread_t thread;
	atomic_uint heard, heard_tcp;
	unsigned stage; /* the behaviour's own */
	struct packet packet;
};

static inline unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline size_t question_size(const struct query *q)
{
	size_t at = 12;

	while (q->bytes[at])
		at += 1u + q->bytes[at];
	return at + 5 - 12;
}

static inline void query_read(struct query *q)
{
	size_t at = 12, end = 0;

	while (q->bytes[at]) {
		memcpy(q->name + end, q->bytes + at + 1, q->bytes[at]);
		end += q->bytes[at];
		q->name[end++] = '.';
		at += 1u + q->bytes[at];
	}
	q->name[end ? end - 1 : 0] = '\0';
	q->type = get16(q->bytes + at + 1);
	q->edns = get16(q->bytes + 10) == 1;
}

/* A reply without records yet: QR, RD, RA. */
static inline void packet_begin(struct packet *p, const struct query *q, unsigned rcode)
{
	p->size = 12 + question_size(q);
	memcpy(p->bytes, q->bytes, p->size);
	p->bytes[2] = 0x81;
	p->bytes[3] = (uint8_t)(0x80 | rcode);
	memset(p->bytes + 6, 0, 6);
}

static inline size_t wire_name(uint8_t *wire, const char *name)
{
	size_t at = 0;

	while (*name) {
		size_t size = strcspn(name, ".");

		wire[at] = (uint8_t)size;
		memcpy(wire + at + 1, name, size);
		at += 1 + size;
		name += size + (name[size] == '.');
	}
	wire[at] = 0;
	return at + 1;
}

/* Append a record to the section whose count stands at packet[count]: 6 answer, 8 authority, 10
   additional. */
static inline void packet_record(struct packet *p, size_t count, const char *owner, unsigned type,
                                 uint32_t ttl, const void *data, size_t size)
{
	p->size += wire_name(p->bytes + p->size, owner);
	uint8_t *at = p->bytes + p->size;
	put16(at, type);
	put16(at + 2, 1);
	put16(at + 4, ttl >> 16);
	put16(at + 6, ttl & 0xffff);
	put16(at + 8, size);
	if (size)
		memcpy(at + 10, data, size);
	p->size += 10 + size;
	put16(p->bytes + count, get16(p->bytes + count) + 1);
}

static inline void packet_mx(struct packet *p, const char *owner, unsigned preference,
                             const char *exchanger)
{
	uint8_t data[300];

	put16(data, preference);
	packet_record(p, 6, owner, 15, 300, data, 2 + wire_name(data + 2, exchanger));
}

static inline void packet_cname(struct packet *p, const char *owner, const char *target)
{
	uint8_t data[300];

	packet_record(p, 6, owner, 5, 200, data, wire_name(data, target));
}

static inline void packet_a(struct packet *p, const char *owner, const char *address)
{
	uint8_t data[4];

	assert_int_equal(inet_pton(AF_INET, address, data), 1);
	packet_record(p, 6, owner, 1, 100, data, 4);
}

static inline void packet_ede(struct packet *p, unsigned code, const char *text)
{
	uint8_t data[300];

	put16(data, 15);
	put16(data + 2, 2 + strlen(text));
	put16(data + 4, code);
	memcpy(data + 6, text, strlen(text));
	packet_record(p, 10, "", 41, 0, data, 6 + strlen(text));
}

static inline void packet_send(struct server *s, const struct query *q, const struct packet *p)
{
	uint8_t length[2];

	if (q->tcp < 0) {
		sendto(s->udp, p->bytes, p->size, 0, (const struct sockaddr *)&q->from,
		       sizeof q->from);
		return;
	}
	put16(length, p->size);
	if (send(q->tcp, length, 2, MSG_NOSIGNAL | MSG_MORE) == 2)
		send(q->tcp, p->bytes, p->size, MSG_NOSIGNAL);
}

static inline void server_udp(struct server *s)
{
	struct query q = {.tcp = -1};
	socklen_t size = sizeof q.from;
	ssize_t got =
		recvfrom(s->udp, q.bytes, sizeof q.bytes, 0, (struct sockaddr *)&q.from, &size);

	if (got < 12)
		return;
	q.size = (size_t)got;
	query_read(&q);
	atomic_fetch_add(&s->heard, 1);
	s->behave(s, &q);
}

static inline bool read_whole(int fd, void *bytes, size_t size)
{
	return recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

static inline void server_tcp(struct server *s)
{
	struct query q = {.tcp = accept(s->tcp, NULL, NULL)};
	uint8_t length[2];
	int held = s->held_count;

	if (q.tcp < 0)
		return;
	atomic_fetch_add(&s->heard_tcp, 1);
	if (read_whole(q.tcp, length, 2) && get16(length) <= sizeof q.bytes &&
	    read_whole(q.tcp, q.bytes, get16(length))) {
		q.size = get16(length);
		query_read(&q);
		s->behave(s, &q);
	}
	if (held == s->held_count)
		close(q.tcp);
}

static void *server_run(void *context)
{
	struct server *s = context;
	struct pollfd fds[] = {{.fd = s->stop[0], .events = POLLIN},
	                       {.fd = s->udp, .events = POLLIN},
	                       {.fd = s->tcp, .events = POLLIN}};

	while (poll(fds, 3, -1) > 0 && !fds[0].revents) {
		if (fds[1].revents)
			server_udp(s);
		if (fds[2].revents)
			server_tcp(s);
	}
	return NULL;
}

/* Sockets of both kinds on one port; another port where the first is taken for TCP. */
static inline void server_listen(struct server *s)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;

	s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->udp, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(s->udp, (struct sockaddr *)&address, &size), 0);
	s->port = ntohs(address.sin_port);
	if (bind(s->tcp, (struct sockaddr *)&address, size) == 0 && listen(s->tcp, 256) == 0)
		return;
	close(s->udp);
	close(s->tcp);
	server_listen(s);
}

static inline void server_start(struct server *s,
                                void (*behave)(struct server *s, const struct query *q))
{
	memset(s, 0, sizeof *s);
	s->behave = behave;
	server_listen(s);
	assert_int_equal(pipe(s->stop), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

static inline void server_stop(struct server *s)
{
	assert_int_equal(write(s->stop[1], "", 1), 1);
	pthread_join(s->thread, NULL);
	for (int i = 0; i < s->held_count; i++)
		close(s->held[i]);
	close(s->stop[0]);
	close(s->stop[1]);
	close(s->udp);
	close(s->tcp);
}
