#include "world.h"

#include "base/memory.h"
#include "server.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STEPS_MAX = 50 * 1000 * 1000,
	COMPLAINTS_MAX = 4096,
	GULP = 512,   /* a server with a window reads so much at a time */
	CRUMBS = 2000 /* so many bytes come one by one, then two by two, and so on */
};

struct connection {
	struct stream stream;
	struct world *world;
	const struct door *door;
	int64_t settles; /* when its fate shows */
	bool used;
	struct server server; /* once used */
	bool stuffed;         /* sips: the last one went down, the next not before somebody waits */
	unsigned thirst;
	bool spoke; /* since it last listened */
	long turns;
};

static struct connection *connection_of(struct stream *s)
{
	return (struct connection *)s;
}

void world_complain(struct world *w, unsigned line, const char *format, ...)
{
	va_list values;

	if (w->complaints.size > COMPLAINTS_MAX / 2)
		return;
	buf_printf(&w->complaints, "%s:%u: ", w->script->name, line);
	va_start(values, format);
	buf_vprintf(&w->complaints, format, values);
	va_end(values);
	buf_text(&w->complaints, "\n");
}

/* A client that runs in circles would keep us for ever. */
void world_step(struct world *w)
{
	if (++w->steps < STEPS_MAX)
		return;
	printf("Bail out! %s: %s: the client runs in circles\n", w->script->name, w->variant->name);
	exit(1);
}

unsigned world_visits(const struct world *w, const struct door *door)
{
	unsigned count = 0;

	for (const struct transcript *t = w->transcripts; t; t = t->next)
		count += t->door == door;
	return count;
}

/* ---- the stream ---- */

static struct server *server_of(struct stream *stream)
{
	struct connection *c = connection_of(stream);

	world_step(c->world);
	if (!c->used)
		server_meet(&c->server, c->world, c->door);
	c->used = true;
	return &c->server;
}

static bool write_ready(const struct server *s)
{
	size_t unread;

	server_words(s, &unread);
	return s->reset || s->closed ||
	       !(s->deaf || (s->dialogue && s->dialogue->window && unread > s->dialogue->window));
}

/* From when on the client can read, if it says nothing; INT64_MAX: never. */
static int64_t readable_at(const struct server *s)
{
	size_t unread;

	server_words(s, &unread);
	if (unread)
		return server_drips(s) ? s->next_drop : s->quiet_until;
	return s->closed || s->reset ? s->quiet_until : INT64_MAX;
}

static bool read_ready(const struct server *s)
{
	return readable_at(s) <= world_now();
}

static size_t sip(struct connection *c, size_t size)
{
	size_t most;

	c->thirst = c->thirst * 1103515245u + 12345u;
	most = 1 + (c->thirst >> 16) % 7;
	c->stuffed = true;
	return size < most ? size : most;
}

static ssize_t scripted_write(struct stream *stream, const void *from, size_t size)
{
	struct server *s = server_of(stream);
	struct connection *c = connection_of(stream);

	if (s->reset) {
		stream->trouble = "connection reset by the server";
		return STREAM_BROKEN;
	}
	if (!write_ready(s) || c->stuffed)
		return STREAM_AGAIN;
	if (s->dialogue && s->dialogue->window && size > GULP)
		size = GULP;
	if (c->world->variant->sips)
		size = sip(c, size);
	c->spoke = true;
	server_hear(s, from, size);
	return (ssize_t)size;
}

static size_t most_at_once(const struct server *s, size_t size)
{
	if (server_drips(s))
		return 1;
	if (s->world->variant->crumbs && size > 1 + s->read / CRUMBS)
		return 1 + s->read / CRUMBS;
	return s->read + size > s->drips_from ? s->drips_from - s->read : size;
}

static ssize_t scripted_read(struct stream *stream, void *into, size_t size)
{
	struct server *s = server_of(stream);
	struct connection *c = connection_of(stream);
	size_t unread;
	const char *words = server_words(s, &unread);

	if (s->farewell && c->world->variant->whole)
		world_complain(c->world, s->dialogue->line,
		               "%s: the client waits for the answer to QUIT", c->door->text);
	c->turns += c->spoke;
	c->spoke = false;
	if (!read_ready(s))
		return STREAM_AGAIN;
	if (!unread) {
		stream->trouble = s->reset ? "connection reset by the server" : NULL;
		return s->reset ? STREAM_BROKEN : STREAM_END;
	}
	size = most_at_once(s, unread < size ? unread : size);
	memcpy(into, words, size);
	server_read(s, size);
	return (ssize_t)size;
}

static int scripted_wait(struct stream *stream, short events, struct deadline until)
{
	struct server *s = server_of(stream);
	struct connection *c = connection_of(stream);

	c->stuffed = false;
	if (c->world->cancelled)
		return DEADLINE_CANCELLED;
	if ((events & POLLOUT && write_ready(s)) || (events & POLLIN && read_ready(s)))
		return 1;
	if (events & POLLIN && readable_at(s) < until.at) {
		clock_move(readable_at(s));
		return 1;
	}
	if (until.at == DEADLINE_NEVER) {
		printf("Bail out! %s: %s: the client waits for ever\n", c->world->script->name,
		       c->world->variant->name);
		exit(1);
	}
	clock_move(until.at);
	return 0;
}

static void scripted_close(struct stream *stream)
{
	struct connection *c = connection_of(stream);
	const struct dialogue *d = c->server.dialogue;

	if (c->used)
		server_part(&c->server);
	if (c->used && d && c->world->variant->whole && d->turns >= 0 && c->turns != d->turns)
		world_complain(c->world, d->line, "%s: %ld turns instead of %ld", c->door->text,
		               c->turns, d->turns);
	c->world->open--;
	free(c);
}

/* ---- the dialer ---- */

static const struct door *door_at(const struct script *s, const struct ip *ip)
{
	for (size_t i = 0; i < s->place_count; i++) {
		for (size_t j = 0; j < s->places[i].door_count; j++) {
			if (ip_same(&s->places[i].doors[j].ip, ip))
				return &s->places[i].doors[j];
		}
	}
	return NULL;
}

static struct dial world_begin(struct dialer *d, const struct ip *ip, uint16_t port)
{
	static const struct stream_ops ops = {scripted_read, scripted_write, scripted_wait,
	                                      scripted_close};
	struct world *w = (struct world *)d;
	const struct door *door = door_at(w->script, ip);
	struct connection *c;

	world_step(w);
	w->connections++;
	if (!door || port != 25 || door->fate == FATE_UNREACHABLE)
		return (struct dial){.state = DIAL_FAILED, .trouble = "no route to host"};
	c = memory_get(1, sizeof *c);
	*c = (struct connection){
		.stream = {.ops = &ops},
		.world = w,
		.door = door,
		.settles = door->fate == FATE_SILENT ? INT64_MAX : world_now() + door->after,
	};
	w->open++;
	return (struct dial){.stream = &c->stream, .state = DIAL_PENDING};
}

static void settle_dial(struct dial *dial)
{
	struct connection *c = connection_of(dial->stream);

	if (c->door->fate == FATE_UP) {
		dial->state = DIAL_UP;
		return;
	}
	*dial = (struct dial){.state = DIAL_FAILED, .trouble = "connection refused"};
	scripted_close(&c->stream);
}

/* When this dial is ready, if nobody does anything. */
static int64_t ready_at(const struct dial *dial)
{
	if (dial->state == DIAL_PENDING)
		return connection_of(dial->stream)->settles;
	return readable_at(server_of(dial->stream));
}

static int world_wait(struct dialer *d, struct dial *dials[], size_t count, struct deadline until)
{
	struct world *w = (struct world *)d;
	int64_t first = INT64_MAX;
	int ready = 0;

	world_step(w);
	if (w->cancelled)
		return DEADLINE_CANCELLED;
	for (size_t i = 0; i < count; i++) {
		int64_t moment = ready_at(dials[i]);

		first = moment < first ? moment : first;
	}
	clock_move(first < until.at ? first : until.at);
	for (size_t i = 0; i < count; i++) {
		if (ready_at(dials[i]) > world_now())
			continue;
		if (dials[i]->state == DIAL_PENDING)
			settle_dial(dials[i]);
		else
			dials[i]->state = DIAL_HEARD;
		ready++;
	}
	return ready;
}

static int64_t world_clock(struct dialer *d)
{
	(void)d;
	return world_now();
}

/* ---- the world ---- */

void world_open(struct world *w, const struct script *script, const struct variant *variant)
{
	static const struct dialer_ops ops = {world_begin, world_wait, world_clock};

	*w = (struct world){.dialer = {.ops = &ops}, .script = script, .variant = variant};
	w->last = &w->transcripts;
	buf_init(&w->complaints, COMPLAINTS_MAX);
	if (pipe(w->cancel) < 0)
		abort();
}

void world_check(struct world *w)
{
	const struct script *s = w->script;

	if (w->open)
		world_complain(w, 0, "%zu connections are left open", w->open);
	for (size_t i = 0; w->variant->whole && i < s->dialogue_count; i++) {
		if (world_visits(w, s->dialogues[i].door) < s->dialogues[i].visit)
			world_complain(w, s->dialogues[i].line, "%s: nobody came",
			               s->dialogues[i].door->text);
	}
	book_sort(&w->book);
	if (w->book.outrage)
		world_complain(w, 0, "the client has said %s", w->book.outrage);
}

void world_close(struct world *w)
{
	for (struct transcript *t = w->transcripts; t; t = t->next)
		buf_free(&t->said);
	close(w->cancel[0]);
	close(w->cancel[1]);
	book_free(&w->book);
	buf_free(&w->complaints);
	arena_free(&w->arena);
}
