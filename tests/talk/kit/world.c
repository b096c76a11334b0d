#include "world.h"

#include "base/memory.h"
#include "base/text.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STEPS_MAX = 50 * 1000 * 1000,
	COMPLAINTS_MAX = 4096,
	MINUTE = 60 * 1000,
	GULP = 512 /* a server with a window reads so much at a time */
};

struct connection {
	struct stream stream;
	struct world *world;
	const struct door *door;
	int64_t settles;              /* when its fate shows */
	bool up, used;
	const struct dialogue *dialogue; /* NULL: nothing is scripted, it is as if the server had hung up */
	size_t event, matched;        /* the current event, and how many of its bytes were heard */
	struct buf out;               /* what the server has said */
	size_t read;                  /* of that, by the client */
	size_t drips_from;            /* from this byte on it drips */
	int64_t next_drop;            /* then: when the next byte falls */
	bool closed, reset, silent, deaf;
	bool stuffed;                 /* sips: the last one went down, the next not before somebody waits */
	unsigned thirst;
	bool spoke, farewell;         /* since it last listened; QUIT was said */
	long turns;
	char tls_head[5];
	size_t tls_size;              /* of the record that is being heard */
	struct transcript *transcript;
	struct witness witness;
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
static void step(struct world *w)
{
	if (++w->steps < STEPS_MAX)
		return;
	printf("Bail out! %s: %s: the client runs in circles\n", w->script->name, w->variant->name);
	exit(1);
}

/* ---- the server ---- */

static const struct event *current(const struct connection *c)
{
	if (!c->dialogue || c->event >= c->dialogue->count)
		return NULL;
	return &(c->world->variant->shortened ? c->dialogue->in_turn : c->dialogue->events)[c->event];
}

static void end_as(struct connection *c, enum event_kind how)
{
	c->closed |= how == CLOSE;
	c->reset |= how == RESET;
	c->silent |= how == SILENCE;
}

static bool is_over(const struct connection *c)
{
	return c->closed || c->reset || c->silent;
}

/* The server says it, as far as this variant lets it. */
static void say(struct connection *c, const struct event *e)
{
	const struct variant *v = c->world->variant;
	size_t size = e->size;

	if (v->changed && v->changed == c->dialogue && c->out.size + size >= v->cut) {
		size = v->cut - c->out.size;
		end_as(c, v->end);
	}
	buf_add(&c->out, e->bytes, size);
}

static void cancel(struct world *w)
{
	w->cancelled = true;
	if (write(w->cancel[1], "", 1) != 1)
		abort();
}

/* The server goes on until it is the client's turn. */
static void go_on(struct connection *c)
{
	const struct event *e;

	while (!is_over(c) && (e = current(c)) && e->kind != HEAR && e->kind != HEAR_TLS) {
		step(c->world);
		c->event++;
		if (e->kind == SAY)
			say(c, e);
		else if (e->kind == CANCEL)
			cancel(c->world);
		else
			end_as(c, e->kind);
		c->deaf |= e->kind == DEAF;
		if (e->kind == DRIP)
			c->drips_from = c->out.size;
		c->next_drop = world_now() + MINUTE;
	}
}

static unsigned visit_number(struct world *w, const struct door *door)
{
	unsigned count = 1;

	for (const struct transcript *t = w->transcripts; t; t = t->next)
		count += t->door == door;
	return count;
}

/* The first byte moves: which visit this is, and what is to be said, is known only now, for races open more connections than they use. */
static void use(struct connection *c)
{
	struct world *w = c->world;
	const struct script *s = w->script;
	unsigned visit;

	if (c->used)
		return;
	c->used = true;
	visit = visit_number(w, c->door);
	for (size_t i = 0; i < s->dialogue_count; i++) {
		if (s->dialogues[i].door == c->door && s->dialogues[i].visit == visit)
			c->dialogue = &s->dialogues[i];
	}
	if (!c->dialogue) {
		if (w->variant->whole)
			world_complain(w, 0, "visit %u to %s is not in the script", visit, c->door->text);
		c->closed = true;
	}
	c->transcript = arena_get(&w->arena, sizeof *c->transcript);
	c->transcript->door = c->door;
	c->transcript->visit = visit;
	buf_init(&c->transcript->said, 64 << 20);
	*w->last = c->transcript;
	w->last = &c->transcript->next;
	witness_open(&c->witness, &w->book);
	if (w->variant->changed && w->variant->changed == c->dialogue && !w->variant->cut)
		end_as(c, w->variant->end);
	go_on(c);
}

/* ---- what the client says ---- */

static char *shown(struct arena *a, const char *bytes, size_t size)
{
	return text_clean(a, bytes, size < 120 ? size : 120);
}

static size_t hear_same(struct connection *c, const struct event *e, size_t size)
{
	size_t left = e->size - c->matched, part = size < left ? size : left;

	c->matched += part;
	if (c->matched == e->size) {
		c->farewell = e->size == 6 && memcmp(e->bytes, "QUIT\r\n", 6) == 0;
		c->matched = 0;
		c->event++;
	}
	return part;
}

/* A shortened run leaves out DATA and what follows, and may go on with RSET or the next MAIL. Returns how many bytes it has understood. */
static size_t catch_up(struct connection *c, const char *bytes, size_t size)
{
	static const char reset[] = "RSET\r\n", mail[] = "MAIL FROM:", fine[] = "250 2.0.0 fine\r\n";
	const struct event *e;

	if (size >= sizeof reset - 1 && memcmp(bytes, reset, sizeof reset - 1) == 0) {
		buf_add(&c->out, fine, sizeof fine - 1);
		return sizeof reset - 1;
	}
	if (size < sizeof mail - 1 || memcmp(bytes, mail, sizeof mail - 1) != 0)
		return 0;
	while ((e = current(c)) && (e->kind != HEAR || memcmp(e->bytes, bytes, e->size < size ? e->size : size) != 0))
		c->event++;
	return e ? hear_same(c, e, size) : 0;
}

static void not_in_script(struct connection *c, const char *bytes, size_t size)
{
	const struct event *e = current(c);
	struct world *w = c->world;

	if (w->variant->whole)
		world_complain(w, e ? e->line : c->dialogue->line, "%s: the client says \"%s\"%s%s%s", c->door->text,
		               shown(&w->arena, bytes, size), e ? " where this was to come: \"" : ", and nothing was to come",
		               e ? shown(&w->arena, e->bytes, e->size) : "", e ? "\"" : "");
	c->closed = true;
}

static size_t hear_text(struct connection *c, const struct event *e, const char *bytes, size_t size)
{
	size_t left = e ? e->size - c->matched : 0, part = size < left ? size : left;

	if (e && memcmp(e->bytes + c->matched, bytes, part) == 0)
		return hear_same(c, e, size);
	part = c->world->variant->shortened && !c->matched ? catch_up(c, bytes, size) : 0;
	if (!part)
		not_in_script(c, bytes, size);
	return part;
}

/* One record: five bytes of head, of which two are its length (RFC 8446 5.1). */
static size_t hear_tls(struct connection *c, const char *bytes, size_t size)
{
	const size_t head = sizeof c->tls_head;
	size_t part;

	if (c->tls_size < head) {
		c->tls_head[c->tls_size++] = *bytes;
		part = 1;
	} else {
		size_t whole = head + (size_t)(unsigned char)c->tls_head[3] * 256 + (unsigned char)c->tls_head[4];

		part = size < whole - c->tls_size ? size : whole - c->tls_size;
		c->tls_size += part;
		if (c->tls_size == whole) {
			c->tls_size = 0;
			c->event++;
		}
	}
	return part;
}

/* Nobody speaks before he has heard out the other, unless the script says that this server does not mind. */
static void mind_the_turn(struct connection *c, const char *bytes, size_t size)
{
	if (!c->world->variant->whole || c->dialogue->eager || is_over(c) || c->read == c->out.size)
		return;
	world_complain(c->world, current(c) ? current(c)->line : c->dialogue->line,
	               "%s: the client says \"%s\" before it has heard the server out", c->door->text,
	               shown(&c->world->arena, bytes, size));
	c->dialogue = NULL;
	c->closed = true;
}

/* The script's events take what they can of these bytes. */
static size_t hear_some(struct connection *c, const char *bytes, size_t size)
{
	const struct event *e = current(c);
	size_t part;

	mind_the_turn(c, bytes, size);
	if (is_over(c))
		return 0;
	if (e && e->kind == HEAR_TLS) {
		part = hear_tls(c, bytes, size);
		buf_text(&c->transcript->said, c->tls_size ? "" : "<tls>");
	} else {
		part = hear_text(c, e, bytes, size);
		buf_add(&c->transcript->said, bytes, part);
	}
	go_on(c);
	return part;
}

static void hear(struct connection *c, const char *bytes, size_t size)
{
	size_t at = 0;

	witness_said(&c->witness, bytes, size);
	while (at < size && !is_over(c))
		at += hear_some(c, bytes + at, size - at);
	buf_add(&c->transcript->said, bytes + at, size - at);
}

/* ---- the stream ---- */

static size_t unread(const struct connection *c)
{
	return c->out.size - c->read;
}

static bool write_ready(struct connection *c)
{
	if (c->reset || c->closed)
		return true;
	return !c->deaf && !(c->dialogue && c->dialogue->window && unread(c) > c->dialogue->window);
}

static bool drips(const struct connection *c)
{
	return c->read >= c->drips_from;
}

static bool read_ready(const struct connection *c)
{
	if (unread(c))
		return !drips(c) || c->next_drop <= world_now();
	return c->closed || c->reset;
}

static ssize_t scripted_write(struct stream *s, const void *from, size_t size)
{
	struct connection *c = connection_of(s);

	step(c->world);
	use(c);
	if (c->reset) {
		s->trouble = "connection reset by the server";
		return STREAM_BROKEN;
	}
	if (!write_ready(c) || c->stuffed)
		return STREAM_AGAIN;
	if (c->dialogue && c->dialogue->window && size > GULP)
		size = GULP;
	if (c->world->variant->sips) {
		c->thirst = c->thirst * 1103515245u + 12345u;
		size = size < 1 + (c->thirst >> 16) % 7 ? size : 1 + (c->thirst >> 16) % 7;
		c->stuffed = true;
	}
	c->spoke = true;
	hear(c, from, size);
	return (ssize_t)size;
}

static void listen_begins(struct connection *c)
{
	if (c->farewell && c->world->variant->whole)
		world_complain(c->world, c->dialogue->line, "%s: the client waits for the answer to QUIT", c->door->text);
	c->turns += c->spoke;
	c->spoke = false;
}

static ssize_t scripted_read(struct stream *s, void *into, size_t size)
{
	struct connection *c = connection_of(s);
	size_t part;

	step(c->world);
	use(c);
	part = unread(c) < size ? unread(c) : size;
	listen_begins(c);
	if (!read_ready(c))
		return STREAM_AGAIN;
	if (!part && c->reset) {
		s->trouble = "connection reset by the server";
		return STREAM_BROKEN;
	}
	if (!part)
		return STREAM_END;
	if (c->world->variant->crumbs || drips(c))
		part = 1;
	else if (c->read + part > c->drips_from)
		part = c->drips_from - c->read;
	memcpy(into, c->out.bytes + c->read, part);
	witness_heard(&c->witness, c->out.bytes + c->read, part);
	c->read += part;
	c->next_drop = world_now() + MINUTE;
	return (ssize_t)part;
}

static int scripted_wait(struct stream *s, short events, struct deadline until)
{
	struct connection *c = connection_of(s);

	step(c->world);
	use(c);
	c->stuffed = false;
	if (c->world->cancelled)
		return DEADLINE_CANCELLED;
	if ((events & POLLOUT && write_ready(c)) || (events & POLLIN && read_ready(c)))
		return 1;
	if (events & POLLIN && unread(c) && c->next_drop < until.at) {
		clock_move(c->next_drop);
		return 1;
	}
	if (until.at == DEADLINE_NEVER) {
		printf("Bail out! %s: %s: the client waits for ever\n", c->world->script->name, c->world->variant->name);
		exit(1);
	}
	clock_move(until.at);
	return 0;
}

static void check_end(struct connection *c)
{
	const struct dialogue *d = c->dialogue;

	if (!c->world->variant->whole || !d)
		return;
	if (c->event < d->count && !is_over(c))
		world_complain(c->world, d->events[c->event].line, "%s: the client has left, and this was not yet said",
		               c->door->text);
	if (d->turns >= 0 && c->turns != d->turns)
		world_complain(c->world, d->line, "%s: %ld turns instead of %ld", c->door->text, c->turns, d->turns);
}

static void scripted_close(struct stream *s)
{
	struct connection *c = connection_of(s);

	if (c->used) {
		check_end(c);
		witness_close(&c->witness);
	}
	buf_free(&c->out);
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
	static const struct stream_ops ops = {scripted_read, scripted_write, scripted_wait, scripted_close};
	struct world *w = (struct world *)d;
	const struct door *door = door_at(w->script, ip);
	struct connection *c;

	step(w);
	w->connections++;
	if (!door || port != 25 || door->fate == FATE_UNREACHABLE)
		return (struct dial){.state = DIAL_FAILED, .trouble = "no route to host"};
	c = memory_get(1, sizeof *c);
	*c = (struct connection){
		.stream = {.ops = &ops},
		.world = w,
		.door = door,
		.drips_from = SIZE_MAX,
		.settles = door->fate == FATE_SILENT ? INT64_MAX : world_now() + door->after,
	};
	buf_init(&c->out, 64 << 20);
	w->open++;
	return (struct dial){.stream = &c->stream, .state = DIAL_PENDING};
}

static void settle_dial(struct dial *dial)
{
	struct connection *c = connection_of(dial->stream);

	if (c->door->fate == FATE_UP) {
		dial->state = DIAL_UP;
		c->up = true;
		return;
	}
	*dial = (struct dial){.state = DIAL_FAILED, .trouble = "connection refused"};
	scripted_close(&c->stream);
}

static int world_wait(struct dialer *d, struct dial *dials[], size_t count, struct deadline until)
{
	struct world *w = (struct world *)d;
	int64_t first = INT64_MAX;
	int ready = 0;

	step(w);
	if (w->cancelled)
		return DEADLINE_CANCELLED;
	for (size_t i = 0; i < count; i++) {
		int64_t settles = connection_of(dials[i]->stream)->settles;

		first = settles < first ? settles : first;
	}
	clock_move(first < until.at ? first : until.at);
	for (size_t i = 0; i < count; i++) {
		if (connection_of(dials[i]->stream)->settles > world_now())
			continue;
		settle_dial(dials[i]);
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
		if (visit_number(w, s->dialogues[i].door) <= s->dialogues[i].visit)
			world_complain(w, s->dialogues[i].line, "%s: nobody came", s->dialogues[i].door->text);
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
