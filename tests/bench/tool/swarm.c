/* swarm: one message to many servers at once, as the floor under all who do that.

   usage: swarm ADDRESS COUNT SENDER < message

   Opens COUNT connections, to ADDRESS and those that follow it, each to carry the message to one
   recipient: MAIL, RCPT and DATA in one flight, content and QUIT in another. One thread, epoll, no
   name is looked up, no reply read beyond its first digit. The message stands on standard input as
   it goes over the wire: CR LF, dots doubled; 1 MB at most.

   Prints nothing. Exit status 1 and a line on standard error when not all have accepted it. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE = 1 << 20, EVENTS = 256, COMMANDS = 2048, PATIENCE = 30000 /* ms */ };

struct visit {
	int fd;
	int step; /* flights that have been sent */
	int due;  /* replies that belong to the last one */
	int place;
	bool between; /* the line is not the last of its reply */
};

struct text {
	const char *bytes;
	size_t size;
	int replies;
};

struct swarm {
	int epoll;
	long open, accepted;
	struct text flights[3];
};

static void visit_end(struct swarm *s, struct visit *v, bool accepted)
{
	s->accepted += accepted;
	s->open--;
	close(v->fd);
	v->fd = -1;
}

/* The content is taken in one piece or not at all: 1 MB fits where 2 KB are what is measured. */
static void flight_send(struct swarm *s, struct visit *v)
{
	const struct text *t = &s->flights[v->step++];
	ssize_t n = send(v->fd, t->bytes, t->size, MSG_NOSIGNAL);
	v->due = t->replies;
	if (n != (ssize_t)t->size)
		visit_end(s, v, false);
}

/* The end of a reply: go on when it was the last of its flight. After the content nothing follows.
 */
static void reply_take(struct swarm *s, struct visit *v)
{
	if (--v->due > 0)
		return;
	if (v->step == 3)
		visit_end(s, v, true);
	else
		flight_send(s, v);
}

static void visit_read(struct swarm *s, struct visit *v)
{
	static char input[COMMANDS];
	ssize_t n = recv(v->fd, input, sizeof input, 0);
	if (n <= 0) {
		visit_end(s, v, false);
		return;
	}
	for (ssize_t i = 0; i < n && v->fd >= 0; i++) {
		char c = input[i];
		if (v->place == 0 && c != '2' && c != '3') {
			visit_end(s, v, false);
			return;
		}
		if (v->place++ == 3)
			v->between = c == '-';
		if (c != '\n')
			continue;
		v->place = 0;
		if (!v->between)
			reply_take(s, v);
	}
}

static void visit_begin(struct swarm *s, struct visit *v, struct sockaddr_in *peer)
{
	v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	v->due = 1; /* the greeting */
	s->open++;
	setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = v};
	if ((connect(v->fd, (struct sockaddr *)peer, sizeof *peer) != 0 && errno != EINPROGRESS) ||
	    epoll_ctl(s->epoll, EPOLL_CTL_ADD, v->fd, &e) != 0)
		visit_end(s, v, false);
}

static void attend(struct swarm *s)
{
	while (s->open > 0) {
		struct epoll_event events[EVENTS];
		int count = epoll_wait(s->epoll, events, EVENTS, PATIENCE);
		if (count <= 0)
			return;
		for (int i = 0; i < count; i++)
			visit_read(s, events[i].data.ptr);
	}
}

static struct text message_read(void)
{
	static char bytes[MESSAGE + 16];
	size_t size = 0;
	for (ssize_t n; size < MESSAGE && (n = read(0, bytes + size, MESSAGE - size)) > 0;)
		size += (size_t)n;
	const char end[] = ".\r\nQUIT\r\n";
	memcpy(bytes + size, end, sizeof end - 1);
	return (struct text){bytes, size + sizeof end - 1, 1};
}

int main(int argc, char **argv)
{
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(25)};
	long count = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	struct visit *visits =
		count > 0 && count < 65000 ? calloc((size_t)count, sizeof *visits) : NULL;
	if (!visits || inet_pton(AF_INET, argv[1], &peer.sin_addr) != 1) {
		fputs("usage: swarm ADDRESS COUNT SENDER < message\n", stderr);
		return 1;
	}
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	char envelope[COMMANDS];
	int size = snprintf(envelope, sizeof envelope,
	                    "MAIL FROM:<%.500s>\r\nRCPT TO:<user0@d.test>\r\nDATA\r\n", argv[3]);
	struct swarm s = {
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.flights = {{"EHLO swarm.test\r\n", 17, 1},
	                    {envelope, (size_t)size, 3},
	                    message_read()},
	};
	for (long i = 0; i < count; i++) {
		visit_begin(&s, &visits[i], &peer);
		peer.sin_addr.s_addr = htonl(ntohl(peer.sin_addr.s_addr) + 1);
	}
	attend(&s);
	free(visits);
	if (s.accepted == count)
		return 0;
	fprintf(stderr, "swarm: %ld of %ld accepted\n", s.accepted, count);
	return 1;
}
