#include "delivery/work.h"

#include <stdlib.h>

enum next { NEXT_NONE, NEXT_HOST };

/* What follows from a verdict on a recipient, in one place. First row that fits. */
static const struct {
	unsigned char class;
	bool maybe_delivered;
	enum next next;
} consequences[] = {
	{2, false, NEXT_NONE},
	{4, true, NEXT_NONE},  /* it may be there already: a second host would make it two (RULES.md
	                          B15) */
	{4, false, NEXT_HOST}, /* another exchanger may know better (RFC 5321 5.1) */
	{5, false, NEXT_NONE}, /* RFC 5321 4.2.1: the same request, the same answer */
	{0, false, NEXT_HOST}, /* refused as a whole, lost, or never asked */
};

static enum next next_of(const struct status *s)
{
	for (size_t row = 0; row < sizeof consequences / sizeof *consequences; row++) {
		if (consequences[row].class == s->class &&
		    consequences[row].maybe_delivered == s->maybe_delivered)
			return consequences[row].next;
	}
	return NEXT_NONE;
}

bool work_open(const struct recipient *r)
{
	return next_of(&r->status) == NEXT_HOST;
}

bool work_due(const struct recipient *r, const struct candidate *c)
{
	return work_open(r) && !(c && r->status.class == 4 && r->status.address == c->address);
}

size_t work_due_count(const struct work *w, const struct candidate *c)
{
	const struct delivery *d = w->delivery;
	size_t count = 0;

	for (size_t i = 0; i < d->domain_count; i++) {
		for (size_t j = 0; j < d->domains[i]->recipient_count; j++)
			count += work_due(d->domains[i]->recipients[j], c);
	}
	return count;
}

bool work_has(const struct work *w, enum race_state state)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->racers[i].state == state)
			return true;
	}
	return false;
}

const char *work_where(struct work *w, const char *host, const char *address)
{
	return host[0] == '[' ? host : arena_printf(&w->delivery->arena, "%s [%s]", host, address);
}

/* Temporary reasons weigh more: in doubt it is temporary. Of several permanent ones all are told.
   */
void work_reason(struct work *w, const struct status *reason)
{
	struct status *first = &w->put_off;

	if (!first->class || (first->class == 5 && reason->class == 4))
		*first = *reason;
	else if (first->class == 5 && reason->class == 5 && reason->reply)
		first->text = arena_printf(&w->delivery->arena, "%s; and %s said: %u %s",
		                           first->text,
		                           work_where(w, reason->host, reason->address),
		                           reason->reply, reason->text);
}

/* How the server was spoken to whose verdict this is; NULL when it is no server's. */
static const char *tls_of(const struct work *w, const struct status *verdict)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct candidate *c = &w->candidates[i];

		if (verdict->address == c->address)
			return c->secured ? c->host->duty.name : "none";
	}
	return NULL;
}

void work_tell(const struct work *w, const struct recipient *r)
{
	w->want->report->result(w->want->report->context, r, tls_of(w, &r->status));
}

void work_close(struct work *w)
{
	if (w->racers)
		reach_count(&w->reach, w->racers, w->count);
	free(w->racers);
	w->racers = NULL;
}
