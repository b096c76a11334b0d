#include "server.h"

#include "base/text.h"
#include "shield.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MINUTE = 60 * 1000, TALK_MAX = 64 << 20 };

/* ---- what the server does ---- */

static const struct event *current(const struct server *s)
{
	if (!s->dialogue || s->event >= s->dialogue->count)
		return NULL;
	return &(s->world->variant->shortened ? s->dialogue->in_turn
	                                      : s->dialogue->events)[s->event];
}

static void end_as(struct server *s, enum event_kind how)
{
	s->closed |= how == CLOSE;
	s->reset |= how == RESET;
	s->silent |= how == SILENCE;
}

static bool is_over(const struct server *s)
{
	return s->closed || s->reset || s->silent;
}

/* This variant lets the server say so much and no more. */
static void cut(struct server *s)
{
	const struct variant *v = s->world->variant;

	if (!v->changed || v->changed != s->dialogue || s->out.size < v->cut)
		return;
	s->out.size = v->cut;
	end_as(s, v->end);
}

static void say_sealed(struct server *s, const struct event *e)
{
	struct sealed *sealed = arena_get(&s->world->arena, sizeof *sealed);

	shield_say(s->shield, e->bytes, e->size);
	*sealed = (struct sealed){.end = s->out.size, .bytes = e->bytes, .size = e->size};
	*s->last_sealed = sealed;
	s->last_sealed = &sealed->next;
}

static void say(struct server *s, const struct event *e)
{
	if (s->shield)
		say_sealed(s, e);
	else
		buf_add(&s->out, e->bytes, e->size);
	cut(s);
}

static void cancel(struct world *w)
{
	w->cancelled = true;
	if (write(w->cancel[1], "", 1) != 1)
		abort();
}

static void encrypt(struct server *s)
{
	s->shield = shield_open(&s->out);
	s->shield_from = s->out.size;
	witness_secure(&s->witness);
}

static void act(struct server *s, const struct event *e)
{
	switch (e->kind) {
	case SAY: say(s, e); break;
	case CLOSE:
	case RESET:
	case SILENCE: end_as(s, e->kind); break;
	case DRIP: s->drips_from = s->out.size; break;
	case PAUSE: s->quiet_until = world_now() + 1000 * (int64_t)e->size; break;
	case DEAF: s->deaf = true; break;
	case ENCRYPT: encrypt(s); break;
	case CANCEL: cancel(s->world); break;
	case HEAR:
	case HEAR_TLS: break;
	}
	s->next_drop = world_now() + MINUTE;
}

/* The server goes on until it is the client's turn. */
static void go_on(struct server *s)
{
	const struct event *e;

	while (!is_over(s) && (e = current(s)) && e->kind != HEAR && e->kind != HEAR_TLS) {
		world_step(s->world);
		s->event++;
		act(s, e);
	}
}

/* ---- what it hears ---- */

static char *shown(struct arena *a, const char *bytes, size_t size)
{
	return text_clean(a, bytes, size < 120 ? size : 120);
}

static size_t hear_same(struct server *s, const struct event *e, size_t size)
{
	size_t left = e->size - s->matched, part = size < left ? size : left;

	s->matched += part;
	if (s->matched == e->size) {
		s->farewell = e->size == 6 && memcmp(e->bytes, "QUIT\r\n", 6) == 0;
		s->matched = 0;
		s->event++;
	}
	return part;
}

/* A shortened run leaves out DATA and what follows, and may go on with RSET or the next MAIL.
   Returns how many bytes it has understood. */
static size_t catch_up(struct server *s, const char *bytes, size_t size)
{
	static const char reset[] = "RSET\r\n", mail[] = "MAIL FROM:";
	static const char fine[] = "250 2.0.0 fine\r\n";
	static const struct event answer = {.kind = SAY, .bytes = fine, .size = sizeof fine - 1};
	const struct event *e;

	if (size >= sizeof reset - 1 && memcmp(bytes, reset, sizeof reset - 1) == 0) {
		say(s, &answer);
		return sizeof reset - 1;
	}
	if (size < sizeof mail - 1 || memcmp(bytes, mail, sizeof mail - 1) != 0)
		return 0;
	while ((e = current(s)) &&
	       (e->kind != HEAR || memcmp(e->bytes, bytes, e->size < size ? e->size : size) != 0))
		s->event++;
	return e ? hear_same(s, e, size) : 0;
}

static void not_in_script(struct server *s, const char *bytes, size_t size)
{
	const struct event *e = current(s);
	struct world *w = s->world;

	if (w->variant->whole)
		world_complain(w, e ? e->line : s->dialogue->line,
		               "%s: the client says \"%s\"%s%s%s", s->door->text,
		               shown(&w->arena, bytes, size),
		               e ? " where this was to come: \"" : ", and nothing was to come",
		               e ? shown(&w->arena, e->bytes, e->size) : "", e ? "\"" : "");
	s->closed = true;
}

static size_t hear_text(struct server *s, const struct event *e, const char *bytes, size_t size)
{
	size_t left = e ? e->size - s->matched : 0, part = size < left ? size : left;

	if (e && memcmp(e->bytes + s->matched, bytes, part) == 0)
		return hear_same(s, e, size);
	part = s->world->variant->shortened && !s->matched ? catch_up(s, bytes, size) : 0;
	if (!part)
		not_in_script(s, bytes, size);
	return part;
}

/* One record: five bytes of head, of which two are its length (RFC 8446 5.1). */
static size_t hear_tls(struct server *s, const char *bytes, size_t size)
{
	const size_t head = sizeof s->tls_head;
	size_t part;

	if (s->tls_size < head) {
		s->tls_head[s->tls_size++] = *bytes;
		part = 1;
	} else {
		size_t whole = head + (size_t)(unsigned char)s->tls_head[3] * 256 +
		               (unsigned char)s->tls_head[4];

		part = size < whole - s->tls_size ? size : whole - s->tls_size;
		s->tls_size += part;
		if (s->tls_size == whole) {
			s->tls_size = 0;
			s->event++;
		}
	}
	return part;
}

/* Nobody speaks before he has heard out the other, unless the script says that this server does not
   mind. */
static void mind_the_turn(struct server *s, const char *bytes, size_t size)
{
	if (!s->world->variant->whole || s->dialogue->eager || is_over(s) || s->read == s->out.size)
		return;
	world_complain(s->world, current(s) ? current(s)->line : s->dialogue->line,
	               "%s: the client says \"%s\" before it has heard the server out",
	               s->door->text, shown(&s->world->arena, bytes, size));
	s->dialogue = NULL;
	s->closed = true;
}

/* The script's events take what they can of these bytes. */
static size_t hear_some(struct server *s, const char *bytes, size_t size)
{
	const struct event *e = current(s);
	size_t part;

	mind_the_turn(s, bytes, size);
	if (is_over(s))
		return 0;
	if (e && e->kind == HEAR_TLS) {
		part = hear_tls(s, bytes, size);
		buf_text(&s->transcript->said, s->tls_size ? "" : "<tls>");
	} else {
		part = hear_text(s, e, bytes, size);
		buf_add(&s->transcript->said, bytes, part);
	}
	go_on(s);
	return part;
}

static void hear_plain(struct server *s, const char *bytes, size_t size)
{
	size_t at = 0;

	witness_said(&s->witness, bytes, size);
	while (at < size && !is_over(s))
		at += hear_some(s, bytes + at, size - at);
	buf_add(&s->transcript->said, bytes + at, size - at);
}

static void hear_sealed(struct server *s, const char *bytes, size_t size)
{
	const bool up = shield_up(s->shield), over = is_over(s);
	const size_t before = s->out.size;
	struct buf plain;

	buf_init(&plain, TALK_MAX);
	if (!shield_hear(s->shield, bytes, size, &plain))
		s->closed = true;
	if (over)
		s->out.size = before;
	else
		cut(s);
	if (shield_up(s->shield) && !up)
		buf_text(&s->transcript->said, "<tls>");
	if (plain.size)
		hear_plain(s, plain.bytes, plain.size);
	buf_free(&plain);
}

void server_hear(struct server *s, const char *bytes, size_t size)
{
	if (s->shield)
		hear_sealed(s, bytes, size);
	else
		hear_plain(s, bytes, size);
}

/* ---- what the client reads ---- */

bool server_drips(const struct server *s)
{
	return s->read >= s->drips_from;
}

const char *server_words(const struct server *s, size_t *size)
{
	*size = s->out.size - s->read;
	return *size ? s->out.bytes + s->read : "";
}

void server_read(struct server *s, size_t size)
{
	if (!s->shield || s->read < s->shield_from)
		witness_heard(&s->witness, s->out.bytes + s->read,
		              s->shield && s->read + size > s->shield_from
		                      ? s->shield_from - s->read
		                      : size);
	s->read += size;
	for (; s->sealed && s->sealed->end <= s->read; s->sealed = s->sealed->next)
		witness_heard(&s->witness, s->sealed->bytes, s->sealed->size);
	if (!s->sealed)
		s->last_sealed = &s->sealed;
	s->next_drop = world_now() + MINUTE;
}

/* ---- coming and going ---- */

void server_meet(struct server *s, struct world *w, const struct door *door)
{
	unsigned visit = world_visits(w, door) + 1;

	*s = (struct server){.world = w,
	                     .door = door,
	                     .drips_from = SIZE_MAX,
	                     .last_sealed = &s->sealed};
	for (size_t i = 0; i < w->script->dialogue_count; i++) {
		if (w->script->dialogues[i].door == door && w->script->dialogues[i].visit == visit)
			s->dialogue = &w->script->dialogues[i];
	}
	if (!s->dialogue && w->variant->whole)
		world_complain(w, 0, "visit %u to %s is not in the script", visit, door->text);
	s->closed = !s->dialogue;
	buf_init(&s->out, TALK_MAX);
	s->transcript = arena_get(&w->arena, sizeof *s->transcript);
	*s->transcript = (struct transcript){.door = door, .visit = visit};
	buf_init(&s->transcript->said, TALK_MAX);
	*w->last = s->transcript;
	w->last = &s->transcript->next;
	witness_open(&s->witness, &w->book);
	cut(s);
	go_on(s);
}

void server_part(struct server *s)
{
	s->transcript->heard = s->out.size;
	if (s->world->variant->whole && s->dialogue && s->event < s->dialogue->count && !is_over(s))
		world_complain(s->world, s->dialogue->events[s->event].line,
		               "%s: the client has left, and this was not yet said", s->door->text);
	witness_close(&s->witness);
	if (s->shield)
		shield_close(s->shield);
	buf_free(&s->out);
}
