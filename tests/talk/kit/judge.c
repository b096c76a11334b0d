#include "judge.h"

#include "beginning.h"
#include "cli/report_json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MAX = 64 << 20 };

/* ---- a run ---- */

static void on_result(void *context, const struct recipient *recipient, const char *tls)
{
	struct run *r = context;
	struct told *told = &r->told[recipient - r->plan.recipients];

	told->times++;
	told->tls = tls;
	/* An address with a line end, as in B18, comes through no parser. */
	if (r->world.variant->whole && !strpbrk(recipient->wire, "\r\n"))
		report_json_result(&r->json, recipient, tls);
}

static void on_attempt(void *context, const struct deliver_attempt *attempt)
{
	struct run *r = context;
	struct seen *seen = arena_get(&r->world.arena, sizeof *seen);

	if (r->world.variant->whole)
		report_json_attempt(&r->json, attempt);
	seen->attempt = *attempt;
	seen->attempt.address = arena_text(&r->world.arena, attempt->address);
	seen->attempt.status.text = arena_text(&r->world.arena, attempt->status.text);
	if (attempt->tls_trouble)
		seen->attempt.tls_trouble = arena_text(&r->world.arena, attempt->tls_trouble);
	*r->last = seen;
	r->last = &seen->next;
}

/* A line of the message. Those that are commands too are not for us to tell. */
static bool is_content(const struct script *s, const char *line)
{
	const struct message *m = &s->message;
	size_t size = strlen(line);

	for (const char *at = m->memory, *end = at + m->size;
	     size > 4 && !strchr(line, ':') && (at = memmem(at, (size_t)(end - at), line, size)); at++) {
		if ((at == m->memory || at[-1] == '\n') && end - at >= (ptrdiff_t)size + 2 &&
		    at[size] == '\r')
			return true;
	}
	return false;
}

static void on_line(void *context, const char *host, const char *address, char direction,
                    const char *line)
{
	struct run *r = context;

	for (const char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 127)
			world_complain(&r->world, 0, "the record has a control byte");
	}
	if (direction == '>' && is_content(r->world.script, line))
		world_complain(&r->world, 0, "the record has a line of the message");
	buf_printf(&r->record, "%s [%s] %c %s\n", host, address, direction, line);
	report_json_line(&r->json, host, address, direction, line, 0);
}

static struct duty duty_of(const struct script *s, const struct place *p)
{
	struct duty duty = {.name = "opportunistic", .reason = "a test", .sni = p->name};

	duty.require = s->require;
	if (!s->owed)
		return duty;
	duty.name = s->owed;
	duty.none = strcmp(s->owed, "none") == 0;
	if (strcmp(s->owed, "encrypt") == 0)
		duty.tls.level = TLS_ENCRYPT;
	if (strcmp(s->owed, "verify") == 0)
		duty.tls = (struct tls_duty){
			.level = TLS_VERIFY, .names = &p->name, .name_count = 1};
	return duty;
}

static struct route_host *hosts_of(struct arena *a, const struct script *s)
{
	struct route_host *hosts = arena_array(a, s->place_count, sizeof *hosts);

	for (size_t i = 0; i < s->place_count; i++) {
		const struct place *p = &s->places[i];

		hosts[i] = (struct route_host){.name = p->name,
		                               .preference = p->preference,
		                               .port = SMTP_PORT,
		                               .duty = duty_of(s, p)};
		hosts[i].addresses = arena_array(a, p->door_count, sizeof(struct ip));
		for (size_t j = 0; j < p->door_count; j++)
			hosts[i].addresses[hosts[i].address_count++] = p->doors[j].ip;
	}
	return hosts;
}

void run_open(struct run *r, const struct script *script, const struct variant *variant)
{
	struct deliver_report report = {on_result, on_attempt, r};
	struct talk_trace trace = {on_line, r};
	struct deliver_want want = {
		.dialer = &r->world.dialer,
		.hello = script->hello,
		.sender = script->sender,
		.message = &script->message,
		.stop_after = variant->stop_after,
		.everyone = script->probe,
		.parallel = 1,
		.times = &session_times_default,
		.trace = variant->whole ? &trace : NULL,
		.report = &report,
	};
	int64_t begun = world_now();
	struct arena *a;

	*r = (struct run){.last = &r->seen};
	buf_init(&r->record, RECORD_MAX);
	buf_init(&r->json, RECORD_MAX);
	world_open(&r->world, script, variant);
	a = &r->world.arena;
	setting_plan(&r->plan, hosts_of(a, script), script->place_count, script->wires,
	             script->wire_count);
	r->told = arena_array(a, script->wire_count, sizeof *r->told);
	want.tls = script->tls ? tls_open(NULL) : NULL;
	want.until = (struct deadline){.at = begun + script->seconds * 1000,
	                               .cancel_fd = r->world.cancel[0]};
	deliver_plan(&r->plan, &want);
	tls_close(want.tls);
	r->took = world_now() - begun;
	world_check(&r->world);
}

void run_close(struct run *r)
{
	world_close(&r->world);
	setting_free(&r->plan);
	buf_free(&r->record);
	buf_free(&r->json);
}

/* ---- judgement ---- */

static const char *outcome(const struct status *s)
{
	if (s->maybe_delivered)
		return "uncertain";
	if (s->class == 2)
		return s->stage == STAGE_DONE ? "delivered" : "would-deliver";
	return s->class == 4 ? "deferred" : s->class == 5 ? "failed" : "forgotten";
}

void judge_always(struct run *r)
{
	for (size_t i = 0; i < r->plan.recipient_count; i++) {
		const struct recipient *who = &r->plan.recipients[i];
		const char *wrong = book_against(&r->world.book, who->wire, &who->status);

		if (wrong)
			world_complain(&r->world, 0, "%s: %s", who->wire, wrong);
		if (r->told[i].times != 1 || !who->status.class)
			world_complain(&r->world, 0, "%s: told %zu times, class %u", who->wire,
			               r->told[i].times, who->status.class);
		else if (!who->status.text || !*who->status.text)
			world_complain(&r->world, 0, "%s: a verdict without words", who->wire);
	}
}

static const struct verdict *expected(const struct script *s, const char *wire)
{
	const struct verdict *others = NULL;

	for (size_t i = 0; i < s->verdict_count; i++) {
		if (strcmp(s->verdicts[i].wire, wire) == 0)
			return &s->verdicts[i];
		if (strcmp(s->verdicts[i].wire, "*") == 0)
			others = &s->verdicts[i];
	}
	return others;
}

static bool fits(const struct verdict *v, const struct status *s)
{
	char code[16];

	return strcmp(status_code(s, code), v->code) == 0 && strcmp(outcome(s), v->outcome) == 0 &&
	       (!v->host || strcmp(v->host, s->host ? s->host : "-") == 0) &&
	       (!v->words || strstr(s->text, v->words));
}

static void judge_verdicts(struct run *r)
{
	for (size_t i = 0; i < r->plan.recipient_count; i++) {
		const struct recipient *who = &r->plan.recipients[i];
		const struct verdict *v = expected(r->world.script, who->wire);
		const struct status *s = &who->status;
		char code[16];

		if (v && v->tls &&
		    strcmp(v->tls, r->told[i].tls ? r->told[i].tls : "no server") != 0)
			world_complain(&r->world, v->line, "%s: told with TLS %s", who->wire,
			               r->told[i].tls);
		if (!v || !fits(v, s))
			world_complain(&r->world, v ? v->line : 0,
			               "%s: told as %s %s %s \"%.200s\"", who->wire,
			               status_code(s, code), outcome(s), s->host ? s->host : "-",
			               s->text);
	}
}

static void judge_visits(struct run *r)
{
	const struct script *s = r->world.script;
	const struct seen *seen = r->seen;

	for (size_t i = 0; i < s->visit_count; i++, seen = seen ? seen->next : NULL) {
		const struct visit *v = &s->visits[i];
		const struct deliver_attempt *a = seen ? &seen->attempt : NULL;

		if (!a) {
			world_complain(&r->world, v->line, "this attempt was not told");
			continue;
		}
		if (strcmp(a->address, v->address) != 0 ||
		    strcmp(stage_name(a->stage), v->stage) != 0 ||
		    (v->words && !strstr(a->status.text, v->words) &&
		     !(a->tls_trouble && strstr(a->tls_trouble, v->words))))
			world_complain(&r->world, v->line, "attempt told: %s %s \"%s\" %s",
			               a->address, stage_name(a->stage), a->status.text,
			               a->tls_trouble ? a->tls_trouble : "");
	}
	if (s->visit_count && seen)
		world_complain(&r->world, s->visits[s->visit_count - 1].line,
		               "attempts told beyond this one, at %s", seen->attempt.address);
}

static void judge_traces(struct run *r)
{
	const struct script *s = r->world.script;

	for (size_t i = 0; i < s->trace_count; i++) {
		const struct trace *t = &s->traces[i];
		const char *line = arena_printf(&r->world.arena, "[%s] %s %s\n", t->address,
		                                t->direction, t->text);

		if (!r->record.size || !strstr(r->record.bytes, line))
			world_complain(&r->world, t->line, "the record has no such line");
	}
}

void judge_expected(struct run *r)
{
	const struct script *s = r->world.script;

	judge_verdicts(r);
	judge_visits(r);
	judge_traces(r);
	if (s->took >= 0 && r->took / 1000 != s->took)
		world_complain(&r->world, 0, "it took %jd seconds instead of %ld",
		               (intmax_t)r->took / 1000, s->took);
}

static bool same_status(const struct status *a, const struct status *b, bool to_the_letter)
{
	return a->class == b->class && a->subject == b->subject && a->detail == b->detail &&
	       a->reply == b->reply && a->maybe_delivered == b->maybe_delivered &&
	       (!to_the_letter || (a->stage == b->stage && strcmp(a->text, b->text) == 0));
}

static void judge_same_words(struct run *r, const struct run *other)
{
	const struct transcript *mine = r->world.transcripts, *theirs = other->world.transcripts;

	for (; mine && theirs; mine = mine->next, theirs = theirs->next) {
		size_t size = beginning_size(mine->said.bytes, mine->said.size);

		if (mine->door != theirs->door ||
		    size != beginning_size(theirs->said.bytes, theirs->said.size) ||
		    (size && memcmp(mine->said.bytes, theirs->said.bytes, size) != 0))
			world_complain(&r->world, 0, "%s: something else is said",
			               mine->door->text);
	}
	if (mine || theirs)
		world_complain(&r->world, 0, "another number of conversations");
}

void judge_same(struct run *r, const struct run *other)
{
	bool racy = r->world.script->racy;

	for (size_t i = 0; i < r->plan.recipient_count; i++) {
		const struct status *mine = &r->plan.recipients[i].status;
		const struct status *theirs = &other->plan.recipients[i].status;

		if (!same_status(mine, theirs, !racy))
			world_complain(&r->world, 0, "%s: \"%.200s\" instead of \"%.200s\"",
			               r->plan.recipients[i].wire, mine->text, theirs->text);
	}
	if (!racy)
		judge_same_words(r, other);
}

/* ---- the law of stages ---- */

static void judge_reach(struct run *r, const struct transcript *t)
{
	const char *excess =
		beginning_excess(t->said.bytes, t->said.size, r->world.variant->stop_after);

	if (excess)
		world_complain(&r->world, 0, "%s: \"%.*s\" is beyond the stage", t->door->text,
		               (int)strcspn(excess, "\r"), excess);
}

/* What the whole run says on this visit and on later ones to the same door: a server that hangs up
   after each message makes a whole run come back for what a shortened one asks at once. */
static void add_counterparts(struct buf *all, const struct run *whole, const struct transcript *t)
{
	for (const struct transcript *other = whole->world.transcripts; other;
	     other = other->next) {
		if (other->door == t->door && other->visit >= t->visit)
			buf_add(all, other->said.bytes, other->said.size);
	}
}

void judge_shortened(struct run *r, const struct run *whole)
{
	size_t taken, doubtful;

	book_count(&r->world.book, &taken, &doubtful);
	if (taken || doubtful)
		world_complain(&r->world, 0, "a shortened run has delivered");
	if (r->world.variant->stop_after == STAGE_ROUTE && r->world.connections)
		world_complain(&r->world, 0, "a run that stops at the route has dialled");
	for (const struct transcript *t = r->world.transcripts; t; t = t->next) {
		size_t size = beginning_size(t->said.bytes, t->said.size);
		struct buf all;

		buf_init(&all, 64 << 20);
		add_counterparts(&all, whole, t);
		judge_reach(r, t);
		if (size && !beginning_is(t->said.bytes, size, all.bytes, all.size))
			world_complain(&r->world, 0,
			               "%s, visit %u: not the beginning of what the whole run says",
			               t->door->text, t->visit);
		buf_free(&all);
	}
}
