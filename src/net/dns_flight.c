/* What follows:
     SERVFAIL, REFUSED, garbage, refused    the next server; this one is not asked again
     nothing for a moment                   the next server too; the one before may still answer
     nothing from all for a moment          one of them once more, ahead of time: a packet was lost
     nothing in time                        after all another, longer round
   Who was silent for a moment, and for others too, is asked last from then on; who was for a whole
   time-out, not at all where another one's answer was an error. */

#include "net/dns_flight.h"

#include "net/dns_trouble.h"

#include <errno.h>
#include <sys/epoll.h>

/* ---- tries ---- */

/* A try for this server; where there are too many the oldest one makes room. */
static struct dns_try *try_of(struct dns_sky *sky, struct dns_flight *f, unsigned server)
{
	bool used = f->begun >= DNS_TRY_MAX;
	struct dns_try *y = &f->tries[f->begun++ % DNS_TRY_MAX];

	if (used)
		dns_attempt_end(&y->attempt);
	*y = (struct dns_try){.attempt.fd = -1, .flight = f, .server = server};
	/* Somebody may have said FORMERR in its name, to be rid of the signatures. */
	y->edns = f->task->again || !sky->servers.list[server].plain;
	return y;
}

static bool is_newest(const struct dns_try *y)
{
	const struct dns_flight *f = y->flight;

	return y == &f->tries[(f->begun - 1) % DNS_TRY_MAX];
}

bool dns_try_open(const struct dns_try *y)
{
	return y->attempt.fd >= 0;
}

struct dns_try *dns_flight_next(struct dns_flight *f, const struct dns_try *last)
{
	size_t used = f->begun < DNS_TRY_MAX ? f->begun : DNS_TRY_MAX;

	for (size_t i = last ? (size_t)(last - f->tries) + 1 : 0; i < used; i++) {
		if (dns_try_open(&f->tries[i]))
			return &f->tries[i];
	}
	return NULL;
}

void dns_flight_hang_up(struct dns_flight *f)
{
	for (struct dns_try *y = NULL; (y = dns_flight_next(f, y));)
		dns_attempt_end(&y->attempt);
}

static const struct dns_server *server_of(const struct dns_sky *sky, const struct dns_try *y)
{
	return &sky->servers.list[y->server].at;
}

static const char *question_of(const struct dns_sky *sky, const struct dns_flight *f)
{
	return dns_trouble_question(sky->arena, f->task->name, f->task->type);
}

/* ---- ends ---- */

static void land(struct dns_sky *sky, struct dns_flight *f, struct dns_reply reply)
{
	dns_flight_hang_up(f);
	dns_timer_stop(&sky->timers, &f->timer);
	f->task->reply = reply;
	f->state = DNS_LANDED;
}

static void land_in_trouble(struct dns_sky *sky, struct dns_flight *f)
{
	const char *words = dns_trouble_end(sky->arena, &sky->servers, &f->course,
	                                    question_of(sky, f), f->trouble, f->waited);

	land(sky, f, (struct dns_reply){.trouble = words});
}

/* ---- the next step ---- */

/* Nothing more is to be had from this server, however often it was asked. */
static void give_up(struct dns_flight *f, unsigned server)
{
	f->course.useless |= 1u << server;
	for (struct dns_try *y = NULL; (y = dns_flight_next(f, y));) {
		if (y->server == server)
			dns_attempt_end(&y->attempt);
	}
}

static void note_unreachable(struct dns_sky *sky, struct dns_try *y, int error)
{
	struct dns_flight *f = y->flight;
	const char *question = question_of(sky, f);

	if (!f->trouble)
		f->trouble = dns_trouble_unreachable(sky->arena, server_of(sky, y), question,
		                                     y->attempt.tcp, error);
	give_up(f, y->server);
}

/* Ask this server; 0 or an error number. */
static int begin(struct dns_sky *sky, struct dns_try *y, bool tcp)
{
	struct dns_flight *f = y->flight;

	y->guarded = sky->guard;
	if (sky->epoll < 0 && (sky->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return errno;
	unsigned manner = (y->edns ? DNS_ASK_EDNS : 0) | (sky->guard ? DNS_ASK_GUARD : 0);
	int error = dns_attempt_begin(&y->attempt, sky->epoll, server_of(sky, y), tcp, manner,
	                              f->task->name, f->task->type);
	if (error)
		return error;
	y->begun = clock_now();
	dns_timer_start(&sky->timers, &f->timer, DNS_TIMER_MOMENT, y->begun);
	sky->counts.packets += !tcp;
	sky->counts.tcp += tcp;
	sky->counts.retries += f->asked;
	f->asked = true;
	return 0;
}

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* There is no descriptor to ask anybody, and other flights will set some free. */
static bool turn_back(struct dns_sky *sky, struct dns_flight *f, int error)
{
	if (!is_shortage(error) || sky->flying < 2 || dns_flight_next(f, NULL))
		return false;
	dns_timer_stop(&sky->timers, &f->timer);
	f->state = DNS_TURNED_BACK;
	return true;
}

/* Ask the next server of this round that can be asked. False: there is none. */
static bool ask_next(struct dns_sky *sky, struct dns_flight *f)
{
	while (dns_course_next(&sky->servers, &f->course, clock_now())) {
		struct dns_try *y = try_of(sky, f, f->course.server);
		int error = begin(sky, y, f->task->again);

		if (!error)
			return true;
		if (is_shortage(error) && dns_flight_next(f, NULL))
			return false; /* those who were asked have to do */
		if (turn_back(sky, f, error))
			return true;
		note_unreachable(sky, y, error);
	}
	return false;
}

/* Who is asked once more: of those who may still answer the one who was heard last. TCP has
   repetitions of its own. NULL: nobody. */
static struct dns_try *lost_one(const struct dns_sky *sky, struct dns_flight *f)
{
	const struct dns_known *known = sky->servers.list;
	struct dns_try *best = NULL;

	for (struct dns_try *y = NULL; (y = dns_flight_next(f, y));) {
		if (y->attempt.tcp)
			continue;
		if (!best || known[y->server].heard_at > known[best->server].heard_at)
			best = y;
	}
	return best;
}

/* All were asked, and some of them may still answer: for the rest of the round. */
static void linger(struct dns_sky *sky, struct dns_flight *f)
{
	const struct dns_try *lost = f->repeated ? NULL : lost_one(sky, f);

	f->repeated = true;
	if (lost)
		begin(sky, try_of(sky, f, lost->server), false); /* or not: nothing depends on it */
	dns_timer_start(&sky->timers, &f->timer, DNS_TIMER_ROUND + f->course.round, clock_now());
}

void dns_flight_go_on(struct dns_sky *sky, struct dns_flight *f)
{
	do {
		if (ask_next(sky, f))
			return;
		if (dns_flight_next(f, NULL)) {
			linger(sky, f);
			return;
		}
	} while (dns_course_turn(&sky->servers, &f->course));
	land_in_trouble(sky, f);
}

/* ---- what becomes of a try ---- */

/* If a later one may still be answered it is that one's turn. */
static void go_on_without(struct dns_sky *sky, const struct dns_try *y)
{
	if (is_newest(y) || !dns_flight_next(y->flight, NULL))
		dns_flight_go_on(sky, y->flight);
}

void dns_try_lose(struct dns_sky *sky, struct dns_try *y, int error)
{
	note_unreachable(sky, y, error);
	go_on_without(sky, y);
}

/* An answer, if only an error, weighs more than none; of two the first one. */
void dns_try_fail(struct dns_sky *sky, struct dns_try *y, const char *what, const char *extra)
{
	struct dns_flight *f = y->flight;
	const char *question = question_of(sky, f);

	if (!f->course.answered)
		f->trouble =
			dns_trouble_error(sky->arena, server_of(sky, y), what, question, extra);
	f->course.answered = true;
	give_up(f, y->server);
	go_on_without(sky, y);
}

void dns_try_again(struct dns_sky *sky, struct dns_try *y, bool tcp)
{
	dns_attempt_end(&y->attempt);
	int error = begin(sky, y, tcp);
	if (error && !turn_back(sky, y->flight, error))
		dns_try_lose(sky, y, error);
}

void dns_try_land(struct dns_sky *sky, struct dns_try *y, struct dns_reply reply)
{
	struct dns_flight *f = y->flight;

	f->task->server = y->server;
	f->task->guarded = y->guarded;
	sky->servers.list[y->server].plain = !y->edns;
	land(sky, f, reply);
}

/* ---- the whole way ---- */

void dns_flight_start(struct dns_sky *sky, struct dns_flight *f, struct dns_task *task)
{
	*f = (struct dns_flight){.task = task, .course = dns_course_start(&sky->servers)};
	if (task->again && sky->servers.count)
		f->course.first = (task->server + 1) % sky->servers.count;
	dns_flight_go_on(sky, f);
}

void dns_flight_abandon(struct dns_sky *sky, struct dns_flight *f, const char *words)
{
	const char *said = dns_trouble_abandoned(sky->arena, &sky->servers, &f->course,
	                                         question_of(sky, f), f->trouble, words);

	land(sky, f, (struct dns_reply){.trouble = said});
}
