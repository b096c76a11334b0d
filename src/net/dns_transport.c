/* What follows an attempt:
     reply cut short (TC)                   the same server by TCP
     FORMERR, NOTIMP, BADVERS with EDNS     the same server without EDNS
     SERVFAIL, REFUSED, garbage, refused    the next server; this one is not asked again
     nothing in time                        the next server; after all another, longer round */

#include "net/dns_transport.h"

#include "base/arena.h"
#include "base/memory.h"
#include "net/dns_attempt.h"
#include "net/dns_course.h"
#include "net/dns_timer.h"
#include "net/dns_trouble.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENT_MAX = 64 };

/* A question under way. */
struct flight {
	struct dns_attempt attempt; /* first: epoll hands out attempts */
	struct dns_task *task;      /* NULL: not in use */
	struct dns_course course;
	bool edns;
	bool begun;             /* there was an attempt before this one */
	const char *trouble;    /* the weightiest failure so far */
	struct dns_timer timer; /* runs while there is an attempt */
	int64_t waited;         /* milliseconds, in all time-outs */
};

struct dns_transport {
	struct arena *arena;
	int epoll;
	struct dns_known_servers servers;
	struct dns_timers timers;
	struct flight flights[DNS_FLIGHT_MAX];
	struct flight *spare[DNS_FLIGHT_MAX];
	size_t spare_count;
	size_t flight_max; /* fewer than there are when descriptors have run out */
	struct dns_task *queue, **queue_end;
	struct dns_task *done, **done_end;
	struct dns_counts counts;
	bool raw;   /* the validator wants to see the records as they came */
	bool guard; /* the servers are to judge for us */
	uint8_t scratch[DNS_SCRATCH];
};

static size_t in_flight(const struct dns_transport *t)
{
	return DNS_FLIGHT_MAX - t->spare_count;
}

static const struct dns_server *server_of(const struct dns_transport *t, const struct flight *f)
{
	return &t->servers.list[f->course.server].at;
}

static const char *question_of(const struct dns_transport *t, const struct dns_task *task)
{
	return dns_trouble_question(t->arena, task->name, task->type);
}

/* ---- the way of one question ---- */

static void finish(struct dns_transport *t, struct dns_task *task)
{
	task->done = true;
	task->next = NULL;
	*t->done_end = task;
	t->done_end = &task->next;
}

/* The attempt is over; what was learned stays. */
static void hang_up(struct dns_transport *t, struct flight *f)
{
	if (f->attempt.fd < 0)
		return;
	dns_attempt_end(&f->attempt);
	dns_timer_stop(&t->timers, &f->timer);
}

static void release(struct dns_transport *t, struct flight *f)
{
	f->task = NULL;
	t->spare[t->spare_count++] = f;
}

static void land(struct dns_transport *t, struct flight *f, struct dns_reply reply)
{
	hang_up(t, f);
	f->task->reply = reply;
	finish(t, f->task);
	release(t, f);
}

static void land_in_trouble(struct dns_transport *t, struct flight *f)
{
	const char *question = question_of(t, f->task);
	const char *words =
		dns_trouble_end(t->arena, &t->servers, &f->course, question, f->trouble, f->waited);

	land(t, f, (struct dns_reply){.trouble = words});
}

static void note_unreachable(struct dns_transport *t, struct flight *f, int error)
{
	const char *question = question_of(t, f->task);

	f->course.useless |= 1u << f->course.server;
	if (!f->trouble)
		f->trouble = dns_trouble_unreachable(t->arena, server_of(t, f), question,
		                                     f->attempt.tcp, error);
}

/* An answer, if only an error, weighs more than none; of two the first one. */
static void note_error(struct dns_transport *t, struct flight *f, const char *what,
                       const char *extra)
{
	const char *question = question_of(t, f->task);

	f->course.useless |= 1u << f->course.server;
	if (!f->course.answered)
		f->trouble = dns_trouble_error(t->arena, server_of(t, f), what, question, extra);
	f->course.answered = true;
}

/* Ask this server; 0 or an error number. */
static int begin(struct dns_transport *t, struct flight *f, bool tcp)
{
	struct dns_task *task = f->task;

	task->guarded = t->guard;
	if (t->epoll < 0 && (t->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return errno;
	unsigned manner = (f->edns ? DNS_ASK_EDNS : 0) | (t->guard ? DNS_ASK_GUARD : 0);
	int error = dns_attempt_begin(&f->attempt, t->epoll, server_of(t, f), tcp, manner,
	                              task->name, task->type);
	if (error)
		return error;
	dns_timer_start(&t->timers, &f->timer, f->course.round, clock_now());
	t->counts.packets += !tcp;
	t->counts.tcp += tcp;
	t->counts.retries += f->begun;
	f->begun = true;
	return 0;
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
	release(t, f);
	t->flight_max = in_flight(t);
	return true;
}

/* Ask the next server that can be asked; where there is none the question has failed. */
static void go_on(struct dns_transport *t, struct flight *f)
{
	hang_up(t, f);
	while (dns_course_next(&t->servers, &f->course, clock_now())) {
		/* Somebody may have said FORMERR in its name, to be rid of the signatures. */
		f->edns = f->task->again || !t->servers.list[f->course.server].plain;
		int error = begin(t, f, f->task->again);
		if (!error || step_back(t, f, error))
			return;
		note_unreachable(t, f, error);
	}
	land_in_trouble(t, f);
}

static void lose(struct dns_transport *t, struct flight *f, int error)
{
	note_unreachable(t, f, error);
	go_on(t, f);
}

/* Ask the same server in another way. */
static void ask_again(struct dns_transport *t, struct flight *f, bool tcp)
{
	hang_up(t, f);
	int error = begin(t, f, tcp);
	if (error)
		lose(t, f, error);
}

static void take_off(struct dns_transport *t, struct dns_task *task)
{
	struct flight *f = t->spare[--t->spare_count];

	*f = (struct flight){.task = task, .attempt.fd = -1};
	f->course = dns_course_start(&t->servers);
	if (task->again && t->servers.count)
		f->course.first = (task->server + 1) % t->servers.count;
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

/* ---- what comes in, or does not ---- */

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
		return dns_rcode_name(t->arena, packet->rcode);
	if (packet->broken)
		return arena_printf(t->arena, "with a broken packet (%s)", packet->broken);
	if (packet->truncated)
		return "with a packet cut short over TCP";
	return packet->referral ? "with a referral to other servers" : NULL;
}

/* A reply to our question has come. */
static void take_reply(struct dns_transport *t, struct flight *f, const uint8_t *bytes, size_t size)
{
	struct dns_packet packet;
	bool tcp = f->attempt.tcp;

	dns_known_heard(&t->servers, &f->course, clock_now());
	dns_wire_decode(t->arena, bytes, size, f->task->name, &packet);
	if (packet.truncated && !tcp) {
		ask_again(t, f, true);
		return;
	}
	if (f->edns && wants_no_edns(packet.rcode)) {
		f->edns = false;
		ask_again(t, f, tcp);
		return;
	}
	/* What a signature is held against has to be all that would be used. */
	if (t->raw && !packet.broken && !packet.truncated &&
	    !dns_raw_read(t->arena, bytes, size, &packet.reply.raw))
		packet.broken = "a malformed record";
	const char *fault = fault_of(t, &packet);
	if (fault) {
		note_error(t, f, fault, packet.extra);
		go_on(t, f);
		return;
	}
	t->servers.list[f->course.server].plain = !f->edns;
	f->task->server = f->course.server;
	land(t, f, packet.reply);
}

static void hear(struct dns_transport *t, struct flight *f)
{
	struct dns_heard heard = dns_attempt_hear(&f->attempt, t->scratch);

	switch (heard.ear) {
	case DNS_HEARD_NOTHING: break;
	case DNS_HEARD_REPLY: take_reply(t, f, heard.bytes, heard.size); break;
	case DNS_HEARD_FAULT: lose(t, f, heard.error); break;
	}
}

static void expire(struct dns_transport *t)
{
	int64_t now = clock_now();
	struct dns_timer *timer;

	while ((timer = dns_timers_over(&t->timers, now))) {
		struct flight *f = (void *)((char *)timer - offsetof(struct flight, timer));

		f->waited += timer->ends - timer->started;
		dns_known_silent(&t->servers, &f->course, timer->started, now);
		go_on(t, f);
	}
}

void dns_transport_guard(struct dns_transport *t)
{
	t->guard = true;
	t->raw = false;
}

struct dns_transport *dns_transport_open(const struct dns_settings *settings, struct arena *a)
{
	struct dns_transport *t = memory_get(1, sizeof *t);

	t->arena = a;
	t->epoll = -1; /* made with the first socket */
	dns_known_open(&t->servers, settings);
	t->timers.timeout = settings->timeout > 0 ? settings->timeout : 1;
	t->flight_max = DNS_FLIGHT_MAX;
	t->raw = settings->security <= DNSSEC_VALIDATE && settings->trust_anchor;
	t->guard = settings->security > DNSSEC_VALIDATE;
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
		ready = deadline_poll(fds, 1, deadline_at(until, dns_timers_end(&t->timers)));
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
		const char *question = question_of(t, f->task);
		const char *said = dns_trouble_abandoned(t->arena, &t->servers, &f->course,
		                                         question, f->trouble, words);
		land(t, f, (struct dns_reply){.trouble = said});
	}
	for (struct dns_task *task; (task = t->queue);) {
		t->queue = task->next;
		task->reply.trouble = dns_trouble_unsent(t->arena, task->name, task->type, words);
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
