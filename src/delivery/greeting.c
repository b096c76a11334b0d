#include "delivery/greeting.h"

#include "delivery/visit.h"

#include <inttypes.h>
#include <stdio.h>

static void trace_mute(const struct work *w, const struct candidate *c)
{
	const struct talk_trace *trace = w->want->trace;
	char line[80];

	if (!trace)
		return;
	snprintf(line, sizeof line, "no greeting within %d s: on to the others, and listening",
	         GREETING_ALONE / 1000);
	trace->line(trace->context, c->host->name, c->address, '*', line);
}

bool greeting_others(const struct work *w)
{
	return work_has(w, RACE_IDLE) || work_has(w, RACE_MUTE);
}

/* Worth the wait: there is somebody else, and whose silence was borne before is waited for by the
   session. */
static bool is_watched(const struct work *w, const struct racer *r)
{
	return w->want->stop_after > STAGE_CONNECT && !r->mute_until && greeting_others(w) &&
	       w->want->times->greeting > GREETING_ALONE;
}

bool greeting_comes(const struct work *w, size_t i)
{
	struct racer *r = &w->racers[i];
	struct stream *stream = r->dial.stream;

	if (!is_watched(w, r) ||
	    stream->ops->wait(stream, POLLIN, deadline_in(w->want->until, GREETING_ALONE)) != 0 ||
	    deadline_passed(w->want->until))
		return true;
	r->state = RACE_MUTE;
	r->mute_until = r->ended + w->want->times->greeting;
	trace_mute(w, &w->candidates[i]);
	return false;
}

static void drop(struct work *w, size_t i)
{
	struct racer *r = &w->racers[i];
	struct dialer *dialer = w->want->dialer;
	int64_t silent = (dialer->ops->now(dialer) - r->ended) / 1000;
	struct arena *texts = &w->delivery->arena;
	struct status reason = status_of(FAULT_SILENT, STAGE_GREETING, texts,
	                                 "no greeting within %" PRId64 " s", silent);

	r->dial.stream->ops->close(r->dial.stream);
	r->dial.stream = NULL;
	r->state = RACE_IDLE;
	reason.host = w->candidates[i].host->name;
	reason.address = w->candidates[i].address;
	work_reason(w, &reason);
	if (!w->want->everyone)
		visit_none(w, i, &reason, texts);
}

void greeting_drop(struct work *w)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->racers[i].state == RACE_MUTE)
			drop(w, i);
	}
}
