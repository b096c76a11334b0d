/* What follows a reply:
     cut short (TC)                         the same server by TCP
     FORMERR, NOTIMP, BADVERS with EDNS     the same server without EDNS
     SERVFAIL, REFUSED, garbage             the next server, as after silence: see dns_flight.c */

#include "net/dns_transport.h"

#include "base/arena.h"
#include "base/memory.h"
#include "net/dns_flight.h"
#include "net/dns_trouble.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	EVENT_MAX = 64,
	MOMENT = 1000 /* milliseconds: a name server with an empty cache may need some hundred */
};

_Static_assert(DNS_SOCKET_MAX == DNS_TRY_MAX * DNS_FLIGHT_MAX, "a try has a socket of its own");

/* Tasks one behind the other. */
struct line {
	struct dns_task *first, **end;
};

struct dns_transport {
	struct dns_sky sky;
	struct dns_flight flights[DNS_FLIGHT_MAX];
	struct dns_flight *spare[DNS_FLIGHT_MAX];
	size_t spare_count;
	size_t flight_max; /* fewer than there are when descriptors have run out */
	struct line urgent, queue; /* none of the queue takes off while one is urgent */
	struct line done;
	bool raw; /* the validator wants to see the records as they came */
	uint8_t scratch[DNS_SCRATCH];
};

/* ---- who flies ---- */

static void line_open(struct line *l)
{
	l->first = NULL;
	l->end = &l->first;
}

static void line_add(struct line *l, struct dns_task *task)
{
	task->next = NULL;
	*l->end = task;
	l->end = &task->next;
}

/* The first one, or NULL. */
static struct dns_task *line_take(struct line *l)
{
	struct dns_task *task = l->first;

	if (task)
		l->first = task->next;
	if (!l->first)
		l->end = &l->first;
	return task;
}

static void finish(struct dns_transport *t, struct dns_task *task)
{
	task->done = true;
	line_add(&t->done, task);
}

static struct dns_task *next_in_line(struct dns_transport *t)
{
	struct dns_task *task = line_take(&t->urgent);

	return task ? task : line_take(&t->queue);
}

/* What has become of it? */
static void settle(struct dns_transport *t, struct dns_flight *f)
{
	if (f->state == DNS_FLYING)
		return;
	t->sky.flying--;
	if (f->state == DNS_LANDED) {
		finish(t, f->task);
	} else {
		line_add(&t->urgent, f->task);
		t->flight_max = t->sky.flying;
	}
	f->task = NULL;
	t->spare[t->spare_count++] = f;
}

static void take_off(struct dns_transport *t, struct dns_task *task)
{
	struct dns_flight *f = t->spare[--t->spare_count];
	struct dns_sky *sky = &t->sky;

	if (++sky->flying > sky->counts.most_in_flight)
		sky->counts.most_in_flight = (unsigned)sky->flying;
	dns_flight_start(sky, f, task);
	settle(t, f);
}

static void serve_queue(struct dns_transport *t)
{
	while (dns_transport_full(t) && t->sky.flying < t->flight_max)
		take_off(t, next_in_line(t));
}

/* ---- what comes in ---- */

static bool wants_no_edns(unsigned rcode)
{
	enum { FORMERR = 1, NOTIMP = 4, BADVERS = 16 };

	return rcode == FORMERR || rcode == NOTIMP || rcode == BADVERS;
}

/* Why the packet is no answer, in words to stand behind "answers"; NULL when it is one. */
static const char *fault_of(struct dns_transport *t, const struct dns_packet *packet)
{
	enum { NOERROR = 0, NXDOMAIN = 3 };

	if (packet->rcode != NOERROR && packet->rcode != NXDOMAIN)
		return dns_rcode_name(t->sky.arena, packet->rcode);
	if (packet->broken)
		return arena_printf(t->sky.arena, "with a broken packet (%s)", packet->broken);
	if (packet->truncated)
		return "with a packet cut short over TCP";
	return packet->referral ? "with a referral to other servers" : NULL;
}

/* A reply to our question has come. */
static void take_reply(struct dns_transport *t, struct dns_try *y, const uint8_t *bytes,
                       size_t size)
{
	struct dns_flight *f = y->flight;
	struct dns_sky *sky = &t->sky;
	struct dns_packet packet;
	bool tcp = y->attempt.tcp;

	dns_known_heard(&sky->servers, &f->course, y->server, clock_now());
	dns_wire_decode(sky->arena, bytes, size, f->task->name, &packet);
	if (packet.truncated && !tcp) {
		dns_try_again(sky, y, true);
		return;
	}
	if (y->edns && wants_no_edns(packet.rcode)) {
		y->edns = false;
		dns_try_again(sky, y, tcp);
		return;
	}
	/* What a signature is held against has to be all that would be used. */
	if (t->raw && !packet.broken && !packet.truncated &&
	    !dns_raw_read(sky->arena, bytes, size, &packet.reply.raw))
		packet.broken = "a malformed record";
	const char *fault = fault_of(t, &packet);
	if (fault)
		dns_try_fail(sky, y, fault, packet.extra);
	else
		dns_try_land(sky, y, packet.reply);
}

static void hear(struct dns_transport *t, struct dns_try *y)
{
	struct dns_heard heard;

	/* The event before this one may have been the end of its question. */
	if (!dns_try_open(y))
		return;
	heard = dns_attempt_hear(&y->attempt, t->scratch);
	switch (heard.ear) {
	case DNS_HEARD_NOTHING: return;
	case DNS_HEARD_REPLY: take_reply(t, y, heard.bytes, heard.size); break;
	case DNS_HEARD_FAULT: dns_try_lose(&t->sky, y, heard.error); break;
	}
	settle(t, y->flight);
}

/* ---- what does not ---- */

/* This server does not answer any more: who has only just asked it need not find that out. */
static void leave(struct dns_transport *t, unsigned server, int64_t now)
{
	for (size_t i = 0; i < DNS_FLIGHT_MAX; i++) {
		struct dns_flight *f = &t->flights[i];

		if (!f->task || !f->timer.running || f->timer.line != DNS_TIMER_MOMENT ||
		    f->course.server != server ||
		    !dns_course_better(&t->sky.servers, &f->course, now))
			continue;
		f->course.silent |= 1u << server;
		dns_flight_go_on(&t->sky, f);
		settle(t, f);
	}
}

static void note_silence(struct dns_transport *t, struct dns_flight *f, int64_t now)
{
	for (struct dns_try *y = NULL; (y = dns_flight_next(f, y));) {
		if (dns_known_silent(&t->sky.servers, &f->course, y->server, y->begun, now))
			leave(t, y->server, now);
	}
}

static void expire(struct dns_transport *t)
{
	int64_t now = clock_now();
	struct dns_timer *timer;

	while ((timer = dns_timers_over(&t->sky.timers, now))) {
		struct dns_flight *f = (void *)((char *)timer - offsetof(struct dns_flight, timer));

		dns_timer_stop(&t->sky.timers, timer);
		f->waited += timer->ends - timer->started;
		note_silence(t, f, now);
		if (timer->line != DNS_TIMER_MOMENT)
			dns_flight_hang_up(f);
		dns_flight_go_on(&t->sky, f);
		settle(t, f);
	}
}

void dns_transport_guard(struct dns_transport *t)
{
	t->sky.guard = true;
	t->raw = false;
}

struct dns_transport *dns_transport_open(const struct dns_settings *settings, struct arena *a)
{
	struct dns_transport *t = memory_get(1, sizeof *t);

	t->sky.arena = a;
	t->sky.epoll = -1;
	dns_known_open(&t->sky.servers, settings);
	dns_timers_open(&t->sky.timers, settings->timeout,
	                settings->patience > 0 ? settings->patience : MOMENT);
	t->flight_max = DNS_FLIGHT_MAX;
	t->raw = settings->security <= DNSSEC_VALIDATE && settings->trust_anchor;
	t->sky.guard = settings->security > DNSSEC_VALIDATE;
	for (size_t i = 0; i < DNS_FLIGHT_MAX; i++)
		t->spare[t->spare_count++] = &t->flights[i];
	line_open(&t->urgent);
	line_open(&t->queue);
	line_open(&t->done);
	return t;
}

void dns_transport_ask(struct dns_transport *t, struct dns_task *task)
{
	line_add(task->urgent ? &t->urgent : &t->queue, task);
	serve_queue(t);
}

bool dns_transport_full(const struct dns_transport *t)
{
	return t->urgent.first || t->queue.first;
}

bool dns_transport_step(struct dns_transport *t, struct deadline until)
{
	struct pollfd fds[2] = {{.fd = t->sky.epoll, .events = POLLIN}};
	struct epoll_event events[EVENT_MAX];
	int ready = 0;

	if (!t->done.first)
		ready = deadline_poll(fds, 1, deadline_at(until, dns_timers_end(&t->sky.timers)));
	/* Takes what is ready and never waits: the waiting was done above. */
	int count = epoll_wait(t->sky.epoll, events, EVENT_MAX, 0);
	for (int i = 0; i < count; i++)
		hear(t, events[i].data.ptr);
	expire(t);
	serve_queue(t);
	return ready != DEADLINE_CANCELLED && !deadline_passed(until);
}

struct dns_task *dns_transport_done(struct dns_transport *t)
{
	return line_take(&t->done);
}

bool dns_transport_busy(const struct dns_transport *t)
{
	return t->done.first || dns_transport_full(t) || t->sky.flying > 0;
}

void dns_transport_abandon(struct dns_transport *t, const char *words)
{
	for (size_t i = 0; i < DNS_FLIGHT_MAX; i++) {
		struct dns_flight *f = &t->flights[i];

		if (!f->task)
			continue;
		dns_flight_abandon(&t->sky, f, words);
		settle(t, f);
	}
	for (struct dns_task *task; (task = next_in_line(t));) {
		task->reply.trouble =
			dns_trouble_unsent(t->sky.arena, task->name, task->type, words);
		finish(t, task);
	}
}

struct dns_counts dns_transport_counts(const struct dns_transport *t)
{
	return t->sky.counts;
}

void dns_transport_close(struct dns_transport *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < DNS_FLIGHT_MAX; i++) {
		if (t->flights[i].task)
			dns_flight_hang_up(&t->flights[i]);
	}
	if (t->sky.epoll >= 0)
		close(t->sky.epoll);
	free(t);
}
