#include "cli/probe_note.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/probe_cell.h"

enum {
	DAY = 24 * 60 * 60,
	RSA_MIN = 2048,     /* NIST SP 800-131A: less is not allowed any more */
	NAMES_SHOWN = 200,  /* bytes of a certificate's names, as of all that it says */
	OFFERS_SHOWN = 1500 /* bytes of capabilities; honest servers have 300 */
};

struct notes {
	struct arena *a;
	const struct deliver_attempt *attempt;
	int64_t now;
	const char **texts;
	size_t count;
};

static void add(struct notes *n, const char *text)
{
	if (n->count < PROBE_NOTES_MAX)
		n->texts[n->count++] = text;
}

const char *probe_note_day(struct arena *a, int64_t moment)
{
	time_t seconds = (time_t)moment;
	struct tm utc;
	char text[64];

	if (!gmtime_r(&seconds, &utc) || !strftime(text, sizeof text, "%Y-%m-%d", &utc))
		return "never";
	return arena_text(a, text);
}

static const char *plural(int64_t days)
{
	return days == 1 ? "" : "s";
}

/* ---- the connection ---- */

static void note_end(struct notes *n)
{
	const struct status *s = &n->attempt->status;
	bool named = n->attempt->stage != STAGE_CONNECT;

	if (s->class == 2 || (n->attempt->tls_trouble && s->stage == STAGE_TLS) ||
	    probe_cell_says_all(n->attempt))
		return;
	if (s->reply)
		add(n, arena_printf(n->a, "%s: it said %u %s", stage_name(s->stage), s->reply,
		                    s->text));
	else
		add(n, arena_printf(n->a, "%s%s%s", named ? stage_name(s->stage) : "",
		                    named ? ": " : "", s->text));
}

static bool offers(const struct session_heard *heard, const char *keyword)
{
	for (size_t i = 0; i < heard->extension_count; i++) {
		if (text_same(heard->extensions[i], keyword))
			return true;
	}
	return false;
}

static void note_clear(struct notes *n)
{
	const struct deliver_attempt *t = n->attempt;

	/* The same words for the visit in which it failed and for the one in clear */
	if (t->tls_trouble)
		add(n, arena_printf(n->a,
		                    "STARTTLS fails: mail goes there in clear, when no other host "
		                    "is left: %s",
		                    t->tls_trouble));
	else if (!t->tls && t->heard && t->stage >= STAGE_TLS && t->status.class == 2)
		add(n, offers(t->heard, "STARTTLS")
		               ? "STARTTLS is offered and then refused: mail goes there in clear"
		               : "no STARTTLS: mail goes there in clear");
	else if (t->tls &&
	         (!strcmp(t->tls->version, "TLS1.0") || !strcmp(t->tls->version, "TLS1.1")))
		add(n, arena_printf(n->a, "%s is out of date (RFC 8996)", t->tls->version));
}

/* ---- TLS and its certificate ---- */

static void add_part(struct buf *b, const char *words, const char *text)
{
	if (*text)
		buf_printf(b, "%s%s%.*s%s", b->size ? "; " : "", words, NAMES_SHOWN, text,
		           strlen(text) > NAMES_SHOWN ? "..." : "");
}

static void note_facts(struct notes *n, const struct tls_facts *tls)
{
	const struct tls_certificate *c = &tls->certificate;
	struct buf text;

	if (*tls->cipher)
		add(n, arena_printf(n->a, "%s with %s", tls->version, tls->cipher));
	buf_init(&text, OFFERS_SHOWN);
	add_part(&text, "for ", c->names);
	add_part(&text, "by ", c->issuer);
	add_part(&text, "proved by ", tls->proof);
	if (text.size)
		add(n, arena_printf(n->a, "certificate %s; until %s", text.bytes,
		                    probe_note_day(n->a, c->not_after)));
	buf_free(&text);
}

static void note_dates(struct notes *n, const struct tls_certificate *c)
{
	int64_t left = c->not_after - n->now;
	int64_t days = (left < 0 ? -left : left) / DAY;

	if (left < 0)
		add(n, arena_printf(n->a, "its certificate expired %" PRId64 " day%s ago, on %s",
		                    days, plural(days), probe_note_day(n->a, c->not_after)));
	else if (c->not_before > n->now)
		add(n, arena_printf(n->a, "its certificate is not valid before %s",
		                    probe_note_day(n->a, c->not_before)));
	else if (days < PROBE_SOON)
		add(n, arena_printf(n->a, "its certificate expires in %" PRId64 " day%s, on %s",
		                    days, plural(days), probe_note_day(n->a, c->not_after)));
}

static void note_key(struct notes *n, const struct tls_certificate *c)
{
	uint64_t bits;

	if (text_begins(c->key, "RSA ") && text_number(c->key + 4, UINT32_MAX, &bits) &&
	    bits < RSA_MIN)
		add(n, arena_printf(n->a, "its key is weak: %s", c->key));
}

/* Then note_dates has said it, and since when. */
static bool only_expired(const struct tls_certificate *c)
{
	return text_begins(c->chain, "expired") && !strchr(c->chain, ',');
}

/* Why not, without the names that stand in another note: so hosts with the same fault share it. */
static const char *chain_words(struct notes *n, const char *chain)
{
	const char *not_for = arena_printf(n->a, "not for %s, but for ", n->attempt->host);
	const char *found = strstr(chain, not_for);

	if (!found)
		return chain;
	return arena_printf(n->a, "%.*snot for this host", (int)(found - chain), chain);
}

static void note_certificate(struct notes *n)
{
	const struct tls_facts *tls = n->attempt->tls;
	const struct tls_certificate *c = tls ? &tls->certificate : NULL;

	if (!tls)
		return;
	note_facts(n, tls);
	if (!c->count || (tls->proved && !strcmp(tls->proved, "dane")))
		return; /* it is what the TLSA records say: the roots do not count (RFC 7672) */
	if (*c->chain && !only_expired(c))
		add(n, arena_printf(n->a, "its certificate proves nothing: %s",
		                    chain_words(n, c->chain)));
	else
		note_dates(n, c);
	note_key(n, c);
}

/* ---- what it answered ---- */

static void note_refusal(struct notes *n, const char *command, const char *who,
                         const struct status *s)
{
	if (s->class > 2)
		add(n, arena_printf(n->a, "%s%s: %u %s", command, who, s->reply, s->text));
}

static void note_answers(struct notes *n, const struct session_heard *heard)
{
	size_t refused = heard->rcpt_count - heard->rcpt_accepted;

	note_refusal(n, "MAIL", "", &heard->mail);
	for (size_t i = 0; i < heard->rcpt_kept; i++) {
		const char *who = arena_printf(n->a, " <%s>", heard->rcpt[i].wire);

		note_refusal(n, "RCPT", who, &heard->rcpt[i].status);
		refused -= heard->rcpt[i].status.class > 2;
	}
	if (refused)
		add(n, arena_printf(n->a, "and %zu more refusals of RCPT", refused));
}

static void note_offers(struct notes *n, const struct session_heard *heard)
{
	struct buf text;

	if (!heard->extension_count)
		return;
	buf_init(&text, OFFERS_SHOWN);
	buf_text(&text, "offers ");
	for (size_t i = 0; i < heard->extension_count; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", heard->extensions[i]);
	add(n, arena_printf(n->a, "%.*s%s", (int)text.size, text.bytes, text.failed ? " ..." : ""));
	buf_free(&text);
}

size_t probe_notes(struct arena *a, const struct deliver_attempt *attempt, int64_t now,
                   const char *notes[PROBE_NOTES_MAX])
{
	struct notes n = {a, attempt, now, notes, 0};

	if (attempt->heard)
		note_offers(&n, attempt->heard);
	note_end(&n);
	note_clear(&n);
	note_certificate(&n);
	if (attempt->heard)
		note_answers(&n, attempt->heard);
	return n.count;
}
