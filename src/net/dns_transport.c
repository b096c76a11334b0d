/* What makes a reply ours. Each attempt has a socket of its own (so the kernel picks a fresh port),
   connected to the server (so the kernel drops what others send, and tells us of an ICMP refusal),
   and a fresh random id. A packet without our id and our question is dropped and the wait goes on:
   a forger has to hit port and id together, and his misses cost us nothing.

   What follows a failure:
     reply cut short (TC)                   the same server by TCP
     FORMERR, NOTIMP, BADVERS with EDNS     the same server without EDNS
     SERVFAIL, REFUSED, garbage, refused    the next server; this one is not asked again
     nothing in time                        the next server; after all another, longer round */

#include "net/dns_transport.h"

#include "base/arena.h"
#include "base/memory.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ROUND_MAX = 16,       /* rounds with a time-out of their own; later ones share the last */
	WAIT_MAX = 60 * 1000, /* milliseconds for one attempt, however often the time was doubled */
	PENALTY = 30 * 1000,  /* milliseconds for which a silent server is asked last */
	PACKET_MAX = 65535,
	EVENT_MAX = 64
};

/* A question under way. */
struct flight {
	struct dns_task *task; /* NULL: not in use */
	int fd;
	bool begun; /* there was an attempt before this one */
	bool tcp, edns;
	unsigned server;
	unsigned round;
	unsigned first;      /* server to begin with */
	unsigned tried;      /* servers asked in this round; a bit for each, like the next two */
	unsigned useless;    /* servers that have nothing for this question */
	unsigned silent;     /* servers that let a time-out pass */
	bool answered;       /* some server did answer, if only with an error */
	const char *trouble; /* the weightiest failure so far */
	int64_t sent_at, ends;
	int64_t waited;                   /* sum of time-outs */
	struct flight *earlier, *later;   /* in its lane */
	uint8_t query[2 + DNS_QUERY_MAX]; /* with the length in front that TCP wants */
	size_t query_size;                /* without it */
	size_t written;                   /* TCP: of both */
	uint8_t *heard;                   /* TCP: what has come; the length first */
	size_t heard_size;
};

struct server {
	struct dns_server at;
	bool plain; /* knows no EDNS */
	int64_t heard_at;
	int64_t silent_until; /* it is asked last until then */
};

/* Flights that wait equally long are in the order in which their time ends, so nobody has to be
   sorted in. */
struct lane {
	struct flight *first, *last;
};

struct dns_transport {
	struct arena *arena;
	int epoll;
	struct server servers[DNS_SERVER_MAX];
	unsigned server_count;
	unsigned next_first;
	int64_t timeout;
	unsigned attempts;
	bool rotate;
	struct lane lanes[ROUND_MAX];
	struct flight flights[DNS_FLIGHT_MAX];
	struct flight *spare[DNS_FLIGHT_MAX];
	size_t spare_count;
	size_t flight_max; /* fewer than there are when descriptors have run out */
	struct dns_task *queue, **queue_end;
	struct dns_task *done, **done_end;
	struct dns_counts counts;
	uint8_t packet[PACKET_MAX];
};

static size_t in_flight(const struct dns_transport *t)
{
	return DNS_FLIGHT_MAX - t->spare_count;
}

static struct lane *lane_of(struct dns_transport *t, const struct flight *f)
{
	return &t->lanes[f->round < ROUND_MAX ? f->round : ROUND_MAX - 1];
}

static int64_t patience(const struct dns_transport *t, const struct flight *f)
{
	int64_t wait = t->timeout;

	for (unsigned i = 0; i < f->round && i < ROUND_MAX - 1 && wait < WAIT_MAX; i++)
		wait *= 2;
	return wait < WAIT_MAX ? wait : WAIT_MAX;
}

static void clock_start(struct dns_transport *t, struct flight *f)
{
	struct lane *lane = lane_of(t, f);

	f->sent_at = clock_now();
	f->ends = f->sent_at + patience(t, f);
	f->earlier = lane->last;
	f->later = NULL;
	*(lane->last ? &lane->last->later : &lane->first) = f;
	lane->last = f;
}

static void clock_stop(struct dns_transport *t, struct flight *f)
{
	struct lane *lane = lane_of(t, f);

	*(f->earlier ? &f->earlier->later : &lane->first) = f->later;
	*(f->later ? &f->later->earlier : &lane->last) = f->earlier;
}

/* The attempt is over; what was learned stays. */
static void hang_up(struct dns_transport *t, struct flight *f)
{
	if (f->fd < 0)
		return;
	close(f->fd); /* leaves the epoll set by that */
	clock_stop(t, f);
	free(f->heard);
	f->heard = NULL;
	f->fd = -1;
}

static const char *server_name(struct dns_transport *t, unsigned server)
{
	const struct dns_server *at = &t->servers[server].at;
	char text[IP_TEXT];

	ip_print(&at->ip, text);
	if (at->port == 53)
		return arena_text(t->arena, text);
	return arena_printf(t->arena, "%s port %u", text, at->port);
}

static const char *question_name(struct dns_transport *t, const struct dns_task *task)
{
	return arena_printf(t->arena, "%s %s", dns_type_name(t->arena, task->type), task->name);
}

/* ---- words for a question without an answer ---- */

static const char *span(struct dns_transport *t, int64_t milliseconds)
{
	if (milliseconds % 1000 == 0)
		return arena_printf(t->arena, "%lld s", (long long)milliseconds / 1000);
	return arena_printf(t->arena, "%lld ms", (long long)milliseconds);
}

static const char *silent_names(struct dns_transport *t, unsigned silent)
{
	const char *names = "";

	for (unsigned i = 0; i < t->server_count; i++) {
		if (silent & 1u << i)
			names = arena_printf(t->arena, "%s%s%s", names, *names ? ", " : "",
			                     server_name(t, i));
	}
	return names;
}

static const char *failure_words(struct dns_transport *t, const struct flight *f)
{
	const char *question = question_name(t, f->task);

	if (!f->silent && !f->trouble)
		return arena_printf(t->arena, "no name server to ask for %s", question);
	if (!f->silent)
		return f->trouble;
	const char *names = silent_names(t, f->silent), *time = span(t, f->waited);
	if (!f->trouble)
		return arena_printf(t->arena, "no answer from %s to %s within %s", names, question,
		                    time);
	return arena_printf(t->arena, "%s; no answer from %s within %s", f->trouble, names, time);
}

static const char *abandoned_words(struct dns_transport *t, const struct flight *f,
                                   const char *words)
{
	if (f->trouble)
		return f->trouble;
	const char *names = silent_names(t, f->silent | 1u << f->server);
	const char *question = question_name(t, f->task);
	return arena_printf(t->arena, "no answer from %s to %s %s", names, question, words);
}

/* ---- the way of one question ---- */

static void finish(struct dns_transport *t, struct dns_task *task)
{
	task->done = true;
	task->next = NULL;
	*t->done_end = task;
	t->done_end = &task->next;
}

static void land(struct dns_transport *t, struct flight *f)
{
	hang_up(t, f);
	finish(t, f->task);
	f->task = NULL;
	t->spare[t->spare_count++] = f;
}

static void fail_flight(struct dns_transport *t, struct flight *f)
{
	f->task->reply = (struct dns_reply){.trouble = failure_words(t, f)};
	land(t, f);
}

/* This server is of no use for the question. An answer, if only an error, weighs more than none,
   and of two the first one. */
static void note_failure(struct flight *f, bool answered, const char *trouble)
{
	f->useless |= 1u << f->server;
	if (!f->trouble || (answered && !f->answered))
		f->trouble = trouble;
	f->answered |= answered;
}

static void note_unreachable(struct dns_transport *t, struct flight *f, int error)
{
	const char *server = server_name(t, f->server), *question = question_name(t, f->task);
	const char *how = f->tcp ? " over TCP" : "";

	note_failure(f, false,
	             arena_printf(t->arena, "%s cannot be asked for %s%s: %s", server, question,
	                          how, strerror(error)));
}

static void note_error(struct dns_transport *t, struct flight *f, const char *what,
                       const char *extra)
{
	const char *server = server_name(t, f->server), *question = question_name(t, f->task);

	note_failure(f, true,
	             arena_printf(t->arena, "%s answers %s to %s%s%s%s", server, what, question,
	                          extra ? " (" : "", extra ? extra : "", extra ? ")" : ""));
}

/* The first server that is left in this round and not under a penalty, else the first one that is
   left; once there was an answer, if only an error, nobody is waited for who has been silent for
   others. -1: none. */
static int pick_server(const struct dns_transport *t, const struct flight *f, int64_t now)
{
	int last_choice = -1;

	for (unsigned i = 0; i < t->server_count; i++) {
		unsigned server = (f->first + i) % t->server_count;

		if ((f->tried | f->useless) & 1u << server)
			continue;
		if (t->servers[server].silent_until <= now)
			return (int)server;
		if (last_choice < 0)
			last_choice = (int)server;
	}
	return f->answered ? -1 : last_choice;
}

static bool next_server(struct dns_transport *t, struct flight *f)
{
	int64_t now = clock_now();

	for (; f->round < t->attempts; f->round++, f->tried = 0) {
		int server = pick_server(t, f, now);

		if (server < 0)
			continue;
		f->server = (unsigned)server;
		f->tried |= 1u << server;
		f->edns = !t->servers[server].plain;
		return true;
	}
	return false;
}

/* A fresh id, and the question for this server. */
static void encode(struct flight *f)
{
	uint16_t id = 0;

	/* Up to 256 bytes come whole or, before the kernel's pool is ready, late. */
	while (getrandom(&id, sizeof id, 0) < 0 && errno == EINTR)
		continue;
	f->query_size = dns_wire_query(f->query + 2, f->task->name, f->task->type, id, f->edns);
	f->query[0] = (uint8_t)(f->query_size >> 8);
	f->query[1] = (uint8_t)f->query_size;
}

/* A connected socket in the epoll set; 0 or an error number. */
static int open_socket(struct dns_transport *t, struct flight *f)
{
	const struct dns_server *at = &t->servers[f->server].at;
	struct sockaddr_storage address;
	socklen_t size = ip_sockaddr(&at->ip, at->port, &address);
	struct epoll_event event = {.events = f->tcp ? EPOLLOUT : EPOLLIN, .data.ptr = f};
	int kind = f->tcp ? SOCK_STREAM : SOCK_DGRAM;

	if (t->epoll < 0 && (t->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return errno;
	int fd = socket(at->ip.family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if ((connect(fd, (struct sockaddr *)&address, size) != 0 && errno != EINPROGRESS) ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		int error = errno;

		close(fd);
		return error;
	}
	f->fd = fd;
	clock_start(t, f);
	return 0;
}

/* Begin an attempt; 0 or an error number. A full send buffer is a packet lost. */
static int begin(struct dns_transport *t, struct flight *f, bool tcp)
{
	f->tcp = tcp;
	f->written = 0;
	f->heard_size = 0;
	int error = open_socket(t, f);
	if (error)
		return error;
	encode(f);
	t->counts.retries += f->begun;
	f->begun = true;
	if (tcp) {
		t->counts.tcp++;
		return 0;
	}
	t->counts.packets++;
	if (send(f->fd, f->query + 2, f->query_size, MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
		return 0;
	error = errno;
	hang_up(t, f);
	return error;
}

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* No descriptor for one more question: it waits until others are done, and there are fewer at once
   from now on. */
static bool step_back(struct dns_transport *t, struct flight *f, int error)
{
	if (!is_shortage(error) || in_flight(t) < 2)
		return false;
	f->task->next = t->queue;
	if (!t->queue)
		t->queue_end = &f->task->next;
	t->queue = f->task;
	f->task = NULL;
	t->spare[t->spare_count++] = f;
	t->flight_max = in_flight(t);
	return true;
}

/* Ask the next server that can be asked; where there is none the question has failed. */
static void go_on(struct dns_transport *t, struct flight *f)
{
	hang_up(t, f);
	while (next_server(t, f)) {
		int error = begin(t, f, false);

		if (!error || step_back(t, f, error))
			return;
		note_unreachable(t, f, error);
	}
	fail_flight(t, f);
}

/* Ask the same server in another way. */
static void ask_again(struct dns_transport *t, struct flight *f, bool tcp)
{
	hang_up(t, f);
	int error = begin(t, f, tcp);
	if (!error)
		return;
	note_unreachable(t, f, error);
	go_on(t, f);
}

static void take_off(struct dns_transport *t, struct dns_task *task)
{
	struct flight *f = t->spare[--t->spare_count];

	*f = (struct flight){.task = task, .fd = -1};
	f->first = t->rotate ? t->next_first++ % t->server_count : 0;
	if (in_flight(t) > t->counts.most_in_flight)
		t->counts.most_in_flight = (unsigned)in_flight(t);
	go_on(t, f);
}

static void serve_queue(struct dns_transport *t)
{
	while (t->queue && in_flight(t) < t->flight_max) {
		struct dns_task *task = t->queue;

		t->queue = task->next;
		if (!t->queue)
			t->queue_end = &t->queue;
		take_off(t, task);
	}
}

/* ---- what comes in ---- */

static bool wants_no_edns(unsigned rcode)
{
	enum { FORMERR = 1, NOTIMP = 4, BADVERS = 16 };

	return rcode == FORMERR || rcode == NOTIMP || rcode == BADVERS;
}

static const char *fault_of(struct dns_transport *t, const struct flight *f,
                            const struct dns_packet *packet)
{
	enum { NOERROR = 0, NXDOMAIN = 3 };

	if (packet->rcode != NOERROR && packet->rcode != NXDOMAIN)
		return dns_rcode_name(t->arena, packet->rcode);
	if (packet->broken)
		return arena_printf(t->arena, "with a broken packet (%s)", packet->broken);
	if (packet->truncated)
		return f->tcp ? "with a packet cut short over TCP" : NULL;
	return packet->referral ? "with a referral to other servers" : NULL;
}

/* A reply to our question has come. */
static void take_reply(struct dns_transport *t, struct flight *f, const uint8_t *bytes, size_t size)
{
	struct server *server = &t->servers[f->server];
	struct dns_packet packet;

	server->heard_at = clock_now();
	server->silent_until = 0;
	dns_wire_decode(t->arena, bytes, size, f->task->name, &packet);
	if (packet.truncated && !f->tcp) {
		ask_again(t, f, true);
		return;
	}
	if (f->edns && wants_no_edns(packet.rcode)) {
		f->edns = false;
		ask_again(t, f, f->tcp);
		return;
	}
	const char *fault = fault_of(t, f, &packet);
	if (fault) {
		note_error(t, f, fault, packet.extra);
		go_on(t, f);
		return;
	}
	server->plain |= !f->edns;
	f->task->reply = packet.reply;
	land(t, f);
}

static void lose(struct dns_transport *t, struct flight *f, int error)
{
	note_unreachable(t, f, error);
	go_on(t, f);
}

static bool is_nothing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void hear_udp(struct dns_transport *t, struct flight *f)
{
	ssize_t size = recv(f->fd, t->packet, sizeof t->packet, 0);

	if (size < 0 && is_nothing(errno))
		return;
	if (size < 0)
		lose(t, f, errno);
	else if (dns_wire_matches(f->query + 2, f->query_size, t->packet, (size_t)size))
		take_reply(t, f, t->packet, (size_t)size);
}

/* Connected, or some of it written: write on, and when all is out listen. */
static void speak_tcp(struct dns_transport *t, struct flight *f)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = f};
	size_t whole = 2 + f->query_size;
	ssize_t size = send(f->fd, f->query + f->written, whole - f->written, MSG_NOSIGNAL);

	if (size < 0) {
		if (!is_nothing(errno))
			lose(t, f, errno);
		return;
	}
	f->written += (size_t)size;
	if (f->written == whole)
		epoll_ctl(t->epoll, EPOLL_CTL_MOD, f->fd, &event);
}

/* How much is to be read: the two bytes of the length, then what they say besides. */
static size_t tcp_target(const struct flight *f)
{
	return f->heard_size < 2 ? 2 : 2u + ((size_t)f->heard[0] << 8 | f->heard[1]);
}

static void hear_tcp(struct dns_transport *t, struct flight *f)
{
	if (!f->heard)
		f->heard = memory_get(2 + PACKET_MAX, 1);
	ssize_t size = recv(f->fd, f->heard + f->heard_size, tcp_target(f) - f->heard_size, 0);
	if (size <= 0) {
		if (size == 0 || !is_nothing(errno))
			lose(t, f, size == 0 ? ECONNRESET : errno);
		return;
	}
	f->heard_size += (size_t)size;
	size_t target = tcp_target(f);
	if (f->heard_size < target)
		return;
	if (dns_wire_matches(f->query + 2, f->query_size, f->heard + 2, target - 2))
		take_reply(t, f, f->heard + 2, target - 2);
	else
		lose(t, f, EPROTO); /* nobody but the server can have said that */
}

static void hear(struct dns_transport *t, struct flight *f)
{
	if (!f->tcp)
		hear_udp(t, f);
	else if (f->written < 2 + f->query_size)
		speak_tcp(t, f);
	else
		hear_tcp(t, f);
}

/* ---- time ---- */

static void give_up_waiting(struct dns_transport *t, struct flight *f, int64_t now)
{
	struct server *server = &t->servers[f->server];

	f->waited += patience(t, f);
	f->silent |= 1u << f->server;
	/* Who answered others meanwhile is not dead: this very question is slow to answer. */
	if (!f->tcp && server->heard_at < f->sent_at)
		server->silent_until = now + PENALTY;
	go_on(t, f);
}

static void expire(struct dns_transport *t)
{
	int64_t now = clock_now();

	for (size_t i = 0; i < ROUND_MAX; i++) {
		while (t->lanes[i].first && t->lanes[i].first->ends <= now)
			give_up_waiting(t, t->lanes[i].first, now);
	}
}

static int64_t next_end(const struct dns_transport *t)
{
	int64_t next = DEADLINE_NEVER;

	for (size_t i = 0; i < ROUND_MAX; i++) {
		if (t->lanes[i].first && t->lanes[i].first->ends < next)
			next = t->lanes[i].first->ends;
	}
	return next;
}

/* ---- public ---- */

struct dns_transport *dns_transport_open(const struct dns_settings *settings, struct arena *a)
{
	struct dns_transport *t = memory_get(1, sizeof *t);

	t->arena = a;
	t->epoll = -1; /* made with the first socket */
	for (size_t i = 0; i < settings->server_count; i++)
		t->servers[t->server_count++].at = settings->servers[i];
	t->timeout = settings->timeout > 0 ? settings->timeout : 1;
	t->attempts = settings->attempts > 0 ? settings->attempts : 1;
	t->rotate = settings->rotate && t->server_count > 0;
	t->flight_max = DNS_FLIGHT_MAX;
	for (size_t i = 0; i < DNS_FLIGHT_MAX; i++)
		t->spare[t->spare_count++] = &t->flights[i];
	t->queue_end = &t->queue;
	t->done_end = &t->done;
	return t;
}

void dns_transport_ask(struct dns_transport *t, struct dns_task *task)
{
	task->next = NULL;
	*t->queue_end = task;
	t->queue_end = &task->next;
	serve_queue(t);
}

bool dns_transport_step(struct dns_transport *t, struct deadline until)
{
	struct pollfd fds[2] = {{.fd = t->epoll, .events = POLLIN}};
	struct epoll_event events[EVENT_MAX];
	int ready = 0;

	if (!t->done)
		ready = deadline_poll(fds, 1, deadline_at(until, next_end(t)));
	/* Takes what is ready and never waits: the waiting was done above. */
	int count = epoll_wait(t->epoll, events, EVENT_MAX, 0);
	for (int i = 0; i < count; i++)
		hear(t, events[i].data.ptr);
	expire(t);
	serve_queue(t);
	return ready != DEADLINE_CANCELLED && !deadline_passed(until);
}

struct dns_task *dns_transport_done(struct dns_transport *t)
{
	struct dns_task *task = t->done;

	if (!task)
		return NULL;
	t->done = task->next;
	if (!t->done)
		t->done_end = &t->done;
	return task;
}

bool dns_transport_busy(const struct dns_transport *t)
{
	return t->done || t->queue || in_flight(t) > 0;
}

void dns_transport_abandon(struct dns_transport *t, const char *words)
{
	for (size_t i = 0; i < DNS_FLIGHT_MAX; i++) {
		struct flight *f = &t->flights[i];

		if (!f->task)
			continue;
		f->task->reply = (struct dns_reply){.trouble = abandoned_words(t, f, words)};
		land(t, f);
	}
	while (t->queue) {
		struct dns_task *task = t->queue;

		t->queue = task->next;
		task->reply.trouble = arena_printf(t->arena, "no time to ask for %s %s",
		                                   question_name(t, task), words);
		finish(t, task);
	}
	t->queue_end = &t->queue;
}

struct dns_counts dns_transport_counts(const struct dns_transport *t)
{
	return t->counts;
}

void dns_transport_close(struct dns_transport *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < DNS_FLIGHT_MAX; i++) {
		if (t->flights[i].task)
			hang_up(t, &t->flights[i]);
	}
	if (t->epoll >= 0)
		close(t->epoll);
	free(t);
}
