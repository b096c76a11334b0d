/* Any bytes as what servers say, through whole deliveries. Whatever they are, everybody has one
   verdict, nobody is told as delivered whom no server has taken, and nobody is sent twice: the
   witness of tests/talk looks on.

   The input: a byte of flags; then what is said on one connection after the other, each ended by
   0xff. Within it 0xfe is silence from there on, 0xfd a reset, 0xfc a server that reads no more.
   Each read gives one line. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "delivery/deliver.h"

/* The Makefile makes one program of one file here. */
#include "talk/kit/setting.c"
#include "talk/kit/witness.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NEXT = 0xff, SILENT = 0xfe, LOST = 0xfd, DEAF = 0xfc };
enum { LARGE = 1, TLS = 2, SIPS = 4, SHORT = 8, EMPTY = 16, UTF8_NAME = 32, UTF8_MESSAGE = 64 };
enum { LARGE_SIZE = 300 * 1000, INPUT_MAX = 32 * 1024 };

struct world {
	struct dialer dialer;
	const uint8_t *next, *end; /* what the coming connections say */
	unsigned flags;
	int64_t ahead; /* of the machine's clock: nothing is waited for */
	size_t open;
	struct book book;
	unsigned told[3];
	const struct plan *plan;
};

struct connection {
	struct stream stream;
	struct world *world;
	const uint8_t *at, *end;
	bool deaf, stuffed;
	struct witness witness;
};

static void must(bool claim)
{
	if (!claim)
		abort();
}

static struct connection *connection_of(struct stream *s)
{
	return (struct connection *)s;
}

static int now_says(const struct connection *c)
{
	return c->at < c->end ? *c->at : NEXT;
}

static ssize_t stream_read(struct stream *s, void *into, size_t size)
{
	struct connection *c = connection_of(s);
	size_t count = 0;

	if (now_says(c) == DEAF) {
		c->deaf = true;
		c->at++;
	}
	if (now_says(c) == SILENT || now_says(c) == DEAF)
		return STREAM_AGAIN;
	if (now_says(c) == LOST)
		return STREAM_BROKEN;
	while (count < size && now_says(c) < DEAF) {
		((uint8_t *)into)[count++] = *c->at++;
		if (c->at[-1] == '\n')
			break;
	}
	witness_heard(&c->witness, into, count);
	return (ssize_t)count; /* 0: the end */
}

static ssize_t stream_write(struct stream *s, const void *from, size_t size)
{
	struct connection *c = connection_of(s);

	if (now_says(c) == LOST)
		return STREAM_BROKEN;
	if (c->deaf || c->stuffed)
		return STREAM_AGAIN;
	if (c->world->flags & SIPS) {
		size = size < 7 ? size : 7;
		c->stuffed = true;
	}
	witness_said(&c->witness, from, size);
	return (ssize_t)size;
}

static int stream_wait(struct stream *s, short events, struct deadline until)
{
	struct connection *c = connection_of(s);

	c->stuffed = false;
	if ((events & POLLOUT && !c->deaf) ||
	    (events & POLLIN && now_says(c) != SILENT && now_says(c) != DEAF))
		return 1;
	must(until.at != DEADLINE_NEVER);
	if (until.at > clock_now() + c->world->ahead)
		c->world->ahead = until.at - clock_now();
	return 0;
}

static void stream_close(struct stream *s)
{
	struct connection *c = connection_of(s);

	witness_close(&c->witness);
	c->world->open--;
	free(c);
}

static struct dial world_begin(struct dialer *d, const struct ip *ip, uint16_t port)
{
	static const struct stream_ops ops = {stream_read, stream_write, stream_wait, stream_close};
	struct world *w = (struct world *)d;
	struct connection *c;

	(void)ip;
	(void)port;
	if (w->next >= w->end)
		return (struct dial){.state = DIAL_FAILED, .trouble = "connection refused"};
	c = memory_get(1, sizeof *c);
	*c = (struct connection){.stream = {.ops = &ops}, .world = w, .at = w->next};
	c->end = memchr(w->next, NEXT, (size_t)(w->end - w->next));
	c->end = c->end ? c->end : w->end;
	w->next = c->end < w->end ? c->end + 1 : w->end;
	w->open++;
	witness_open(&c->witness, &w->book);
	return (struct dial){.stream = &c->stream, .state = DIAL_UP};
}

/* Nothing is ever pending: these stand, and have not greeted. */
static int world_wait(struct dialer *d, struct dial *dials[], size_t count, struct deadline until)
{
	struct world *w = (struct world *)d;
	int ready = 0;

	for (size_t i = 0; i < count; i++) {
		int says = now_says(connection_of(dials[i]->stream));

		must(dials[i]->state == DIAL_UP);
		if (says == SILENT || says == DEAF)
			continue;
		dials[i]->state = DIAL_HEARD;
		ready++;
	}
	must(ready || until.at != DEADLINE_NEVER);
	if (!ready && until.at > clock_now() + w->ahead)
		w->ahead = until.at - clock_now();
	return ready;
}

static int64_t world_now(struct dialer *d)
{
	return clock_now() + ((struct world *)d)->ahead;
}

static void on_result(void *context, const struct recipient *recipient, const char *tls)
{
	struct world *w = context;

	(void)tls;
	w->told[recipient - w->plan->recipients]++;
}

static void on_attempt(void *context, const struct deliver_attempt *attempt)
{
	(void)context;
	must(attempt->host && attempt->address && attempt->status.class && attempt->status.text);
}

static void on_line(void *context, const char *host, const char *address, char direction,
                    const char *line)
{
	(void)context;
	must(host && address && strchr("<>*", direction));
	if (getenv("SHOW"))
		fprintf(stderr, "%s %c %s\n", host, direction, line);
	for (; *line; line++)
		must((unsigned char)*line >= ' ' && *line != 127);
}

static void must_not(const char *wrong)
{
	if (wrong)
		fprintf(stderr, "%s\n", wrong);
	must(!wrong);
}

static void judge(struct world *w)
{
	must(w->open == 0);
	must_not(w->book.outrage);
	book_sort(&w->book);
	for (size_t i = 0; i < w->plan->recipient_count; i++) {
		const struct recipient *r = &w->plan->recipients[i];

		must(w->told[i] == 1);
		must(r->status.class && r->status.text && *r->status.text);
		must_not(book_against(&w->book, r->wire, &r->status));
	}
}

static void deliver(struct world *w, struct plan *plan, const struct message *message)
{
	struct deliver_report report = {on_result, on_attempt, w};
	struct talk_trace trace = {on_line, w};
	struct deliver_want want = {
		.dialer = &w->dialer,
		.hello = "client.test",
		.sender = "alice@sender.test",
		.message = message,
		.tls = w->flags & TLS ? tls_open(NULL) : NULL,
		.stop_after = w->flags & SHORT ? STAGE_RCPT : STAGE_DONE,
		.parallel = 1,
		.times = &session_times_default,
		.trace = &trace,
		.report = &report,
		.until = {.at = clock_now() + 24 * 3600 * 1000, .cancel_fd = -1},
	};

	w->plan = plan;
	deliver_plan(plan, &want);
	tls_close(want.tls);
}

static struct message message_of(unsigned flags)
{
	static char text[] = "Subject: x\r\n\r\n.\r\n\r\n.\r\nMAIL FROM:<>\r\n", *large;

	if (flags & EMPTY)
		return (struct message){.memory = text, .file = -1};
	if (!(flags & LARGE))
		return (struct message){.memory = text, .size = sizeof text - 1, .file = -1};
	if (!large) {
		large = memory_get(LARGE_SIZE, 1);
		memset(large, '.', LARGE_SIZE);
		for (size_t i = 100; i <= LARGE_SIZE; i += 100)
			memcpy(large + i - 2, "\r\n", 2);
	}
	return (struct message){.memory = large, .size = LARGE_SIZE, .file = -1};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dialer_ops ops = {world_begin, world_wait, world_now};
	static const char *const wires[] = {"a@example.org", "b@example.org", "c@example.net"};
	static struct ip ips[] = {{.family = AF_INET6, .bytes = {0x20, 1, 0x0d, 0xb8, [15] = 1}},
	                          {.family = AF_INET, .bytes = {192, 0, 2, 1}},
	                          {.family = AF_INET, .bytes = {192, 0, 2, 2}}};
	struct route_host hosts[] = {
		{.name = "mx1.test", .preference = 10, .port = 25, .addresses = ips},
		{.name = "mx2.test", .preference = 20, .port = 25, .addresses = ips + 2},
	};
	struct world w = {.dialer = {.ops = &ops}};
	struct message message;
	struct plan plan;

	if (!size || size > INPUT_MAX)
		return 0;
	w.flags = data[0];
	w.next = data + 1;
	w.end = data + size;
	message = message_of(w.flags);
	hosts[0].address_count = 2;
	hosts[1].address_count = 1;
	message.needs_utf8 = w.flags & UTF8_MESSAGE;
	setting_plan(&plan, hosts, 2, wires, 3);
	plan.recipients[1].address.utf8 = w.flags & UTF8_NAME;
	deliver(&w, &plan, &message);
	judge(&w);
	setting_free(&plan);
	book_free(&w.book);
	return 0;
}
