#include "cli/probe_cell.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "cli/probe_note.h"

static const char *time_cell(struct arena *a, int64_t ms)
{
	return ms < 0 ? "-" : arena_printf(a, "%" PRId64 " ms", ms);
}

static const char *silence_cell(struct arena *a, int64_t ms)
{
	return arena_printf(a, "timed out %" PRId64 " s", (ms + 500) / 1000);
}

static bool is_refused(const struct deliver_attempt *t)
{
	return t->stage == STAGE_CONNECT && !strcmp(t->status.text, "connection refused");
}

static bool is_silent(const struct deliver_attempt *t)
{
	return t->stage == STAGE_CONNECT && !strcmp(t->status.text, "connection timed out");
}

bool probe_cell_says_all(const struct deliver_attempt *t)
{
	return is_refused(t) || is_silent(t);
}

const char *probe_cell_connect(struct arena *a, const struct deliver_attempt *t)
{
	if (t->heard || t->connect_ms < 0)
		return time_cell(a, t->connect_ms);
	if (is_refused(t))
		return "refused";
	return is_silent(t) ? silence_cell(a, t->connect_ms) : "failed";
}

const char *probe_cell_greeting(struct arena *a, const struct deliver_attempt *t)
{
	const struct status *s = &t->status;

	if (!t->spent_ms)
		return "-";
	if (s->class == 2 || s->stage != STAGE_GREETING)
		return time_cell(a, t->spent_ms[STAGE_GREETING]);
	if (s->reply)
		return arena_printf(a, "%u", s->reply);
	return s->fault == FAULT_SILENT ? silence_cell(a, t->session_ms) : "failed";
}

bool probe_cell_in_clear(const struct deliver_attempt *t)
{
	return !t->tls && (t->stage > STAGE_TLS ||
	                   (t->stage == STAGE_TLS && t->status.class == 2));
}

/* Where TLS is owed, a handshake that fails or proves nothing ends all. */
static bool ended_at_tls(const struct deliver_attempt *t)
{
	return t->stage == STAGE_TLS && t->status.class != 2 && t->spent_ms &&
	       t->spent_ms[STAGE_TLS] >= 0;
}

const char *probe_cell_tls(struct arena *a, const struct deliver_attempt *t)
{
	if (t->tls)
		return arena_text(a, t->tls->version);
	if (probe_cell_in_clear(t))
		return "in clear";
	if (t->tls_trouble || ended_at_tls(t))
		return "failed";
	return t->stage >= STAGE_TLS ? "none" : "-";
}

const char *probe_cell_certificate(struct arena *a, const struct deliver_attempt *t, int64_t now)
{
	const struct tls_certificate *c = t->tls ? &t->tls->certificate : NULL;

	if (!c || !c->count)
		return "-";
	if (t->tls->proved && !strcmp(t->tls->proved, "dane"))
		return "DANE";
	if (c->not_after < now)
		return "expired";
	return *c->chain ? "unproved" : probe_note_day(a, c->not_after);
}

const char *probe_cell_answer(struct arena *a, const struct deliver_attempt *t)
{
	const struct session_heard *h = t->heard;

	if (h && h->mail.class > 2)
		return arena_printf(a, "MAIL %u", h->mail.reply);
	if (h && h->rcpt_count == 1)
		return arena_printf(a, "%u", h->rcpt[0].status.reply);
	if (h && h->rcpt_count)
		return arena_printf(a, "%zu of %zu", h->rcpt_accepted, h->rcpt_count);
	return "-";
}
