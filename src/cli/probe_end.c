#include "cli/probe_end.h"

#include "base/buf.h"
#include "cli/layout.h"
#include "cli/prospect.h"

enum {
	SENTENCE_MAX = 64 * 1024,
	NAMES_MAX = 6 /* of hosts that do not work */
};

/* ---- the exchangers ---- */

enum host { HOST_WORKS, HOST_PARTLY, HOST_DEAD, HOST_UNSEEN };

static enum host judge(struct probe_text *p, const struct delivery *d,
                       const struct route_host *host)
{
	size_t seen[PROBE_WORKS + 1] = {0};

	for (size_t i = 0; i < host->address_count; i++)
		seen[probe_text_sight(p, d, host, &host->addresses[i])]++;
	if (seen[PROBE_WORKS])
		return seen[PROBE_DEAD] ? HOST_PARTLY : HOST_WORKS;
	return seen[PROBE_UNSEEN] ? HOST_UNSEEN : HOST_DEAD;
}

/* "; not so: mx1.example.org, mx2.example.org". Returns of how many hosts that is true. */
static size_t add_names(struct buf *b, struct probe_text *p, const struct delivery *d,
                        enum host which, const char *words)
{
	const struct route *route = d->route;
	size_t count = 0;
	struct arena a = {0};

	for (size_t i = 0; i < route->host_count; i++) {
		if (judge(p, d, &route->hosts[i]) != which)
			continue;
		if (count < NAMES_MAX)
			buf_printf(b, "%s%s", count ? ", " : words,
			           prospect_host(&a, &route->hosts[i]));
		count++;
	}
	if (count > NAMES_MAX)
		buf_printf(b, " and %zu more", count - NAMES_MAX);
	arena_free(&a);
	return count;
}

/* "1 of 3 exchangers of example.org works; not so: mx1.example.org, mx2.example.org" */
static void exchangers(struct buf *b, struct probe_text *p, const struct delivery *d)
{
	size_t all = d->route->host_count, good = all;
	struct buf names, text;

	buf_init(&names, SENTENCE_MAX);
	buf_init(&text, SENTENCE_MAX);
	good -= add_names(&names, p, d, HOST_DEAD, "; not so: ");
	good -= add_names(&names, p, d, HOST_UNSEEN, "; not known: ");
	add_names(&names, p, d, HOST_PARTLY, "; at some addresses only: ");
	if (names.size) {
		buf_printf(&text, "%zu of %zu exchanger%s of %s work%s%s", good, all,
		           all == 1 ? "" : "s", d->domains[0]->shown,
		           good == 1 || all == 1 ? "s" : "", names.bytes);
		layout_words(b, text.bytes, 0, 0);
	}
	buf_free(&names);
	buf_free(&text);
}

/* ---- the recipients ---- */

struct counts {
	size_t good, in_clear;
	bool cut; /* somebody's fate was not found out */
};

static struct counts count(struct probe_text *p, const struct plan *plan)
{
	struct counts n = {0};

	for (size_t i = 0; i < plan->recipient_count; i++) {
		const struct status *s = &plan->recipients[i].status;

		n.good += s->class == 2;
		n.in_clear += probe_text_in_clear(p, s);
		n.cut |= s->fault == FAULT_CANCELLED || s->fault == FAULT_EXPIRED;
	}
	return n;
}

static void add_clear(struct buf *b, const struct counts *n)
{
	if (n->in_clear && n->in_clear == n->good)
		buf_text(b, ", in clear");
	else if (n->in_clear)
		buf_printf(b, ", in clear for %zu of them", n->in_clear);
}

/* Before MAIL nobody was named, and nobody knows who would be taken. */
static void add_outlook(struct buf *b, const struct counts *n, size_t all, enum stage stop_after,
                        int exit)
{
	bool asked = stop_after >= STAGE_RCPT;

	buf_printf(b, "a delivery now would, as far as %s can tell, %s ",
	           asked ? "RCPT" : "STARTTLS", asked ? "reach" : "find a server for");
	if (!exit && all == 1)
		buf_text(b, "its recipient");
	else
		buf_printf(b, "%zu of %zu recipient%s", n->good, all, all == 1 ? "" : "s");
	add_clear(b, n);
	if (exit)
		buf_printf(b, ", and end with status %d", exit);
}

void probe_end(struct probe_text *p, struct buf *b, const struct plan *plan, enum stage stop_after,
               int exit)
{
	const struct counts n = count(p, plan);
	struct buf text;

	for (size_t i = 0; i < plan->delivery_count; i++)
		exchangers(b, p, plan->deliveries[i]);
	buf_init(&text, SENTENCE_MAX);
	if (!plan->delivery_count)
		buf_printf(&text, "no server was asked: a delivery now would find none, and end "
		                  "with status %d", exit);
	else if (n.cut)
		buf_text(&text,
		         "the probe was cut short: what a delivery would come to is not known");
	else
		add_outlook(&text, &n, plan->recipient_count, stop_after, exit);
	layout_words(b, text.bytes, 0, 0);
	buf_free(&text);
}
