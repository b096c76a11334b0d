#include "cli/submission_answer.h"

#include <string.h>

#include "base/arena.h"
#include "cli/outcome.h"
#include "cli/report_text.h"

enum {
	FAILURES_MAX = 100,          /* lines; more nobody reads */
	ANSWER_MAX = 4 * 1024 * 1024 /* of up to some KiB each */
};

/* Reply codes for verdicts of ours, where RFC 5321 4.2.3 has better ones than 451 and 554. */
static const char *code_of_fault(const struct status *s)
{
	if (s->fault == FAULT_TOO_LARGE)
		return "552";
	if (s->fault == FAULT_SYSTEM)
		return "452";
	return s->class == 5 ? "554" : "451";
}

/* "451 4.4.3" */
static const char *code(struct arena *a, const char *reply, const struct status *s)
{
	char enhanced[16];

	return arena_printf(a, "%s %s", reply, status_code(s, enhanced));
}

void answer_route(struct caller *c, struct arena *a, const struct status *s)
{
	if (s->class == 2)
		caller_reply(c, "250 2.1.5", "recipient ok");
	else
		caller_reply(c, code(a, s->class == 5 ? "550" : "450", s), s->text);
}

static bool is_taken(const struct recipient *r)
{
	return r->status.class == 2;
}

/* The verdict that decides about all: the first temporary one, else the first permanent one; NULL
   when there is none. */
static const struct status *decisive(const struct submission_verdict *v)
{
	const struct status *permanent = NULL;

	for (size_t i = 0; i < v->count; i++) {
		const struct status *s = &v->recipients[i].status;

		if (s->class == 2)
			continue;
		if (s->class != 5)
			return s;
		if (!permanent)
			permanent = s;
	}
	return permanent;
}

static void add_failures(struct buf *text, const struct submission_verdict *v)
{
	size_t failures = 0;

	for (size_t i = 0; i < v->count; i++) {
		if (!is_taken(&v->recipients[i]) && ++failures <= FAILURES_MAX)
			report_text_result(text, &v->recipients[i], NULL);
	}
	if (failures > FAILURES_MAX)
		buf_printf(text, "and %zu more\n", failures - FAILURES_MAX);
}

/* The same with A-labels in place of Unicode domains, for a caller who knows only ASCII. */
static struct submission_verdict in_ascii(struct arena *a, const struct submission_verdict *v)
{
	struct recipient *all = arena_array(a, v->count, sizeof *all);

	for (size_t i = 0; i < v->count; i++) {
		all[i] = v->recipients[i];
		all[i].shown = all[i].wire;
	}
	return (struct submission_verdict){.recipients = all, .count = v->count};
}

/* Who has it comes first: alpine shows the last line of a reply. */
static void answer_failures(struct caller *c, struct arena *a, const struct submission_verdict *v,
                            const struct status *s)
{
	struct submission_verdict shown = c->utf8 ? *v : in_ascii(a, v);
	struct buf text;

	buf_init(&text, ANSWER_MAX);
	report_text_delivered(&text, shown.recipients, shown.count, "");
	add_failures(&text, &shown);
	text.bytes[text.size - 1] = '\0'; /* the last line's end */
	caller_reply(c, code(a, code_of_fault(s), s), text.bytes);
	buf_free(&text);
}

static void answer_success(struct caller *c, struct arena *a, const struct submission_verdict *v)
{
	bool whole = !v->count || outcome_of(&v->recipients[0].status) == OUTCOME_DELIVERED;

	caller_reply(c, "250 2.0.0",
	             arena_printf(a,
	                          whole ? "delivered to %zu recipient%s"
	                                : "dry run: nothing was sent, and nothing speaks "
	                                  "against %zu recipient%s",
	                          v->count, v->count == 1 ? "" : "s"));
}

void answer_verdict(struct caller *c, struct arena *a, const struct submission_verdict *v)
{
	const struct status *s = decisive(v);

	if (v->fault.class)
		caller_reply(c, code(a, code_of_fault(&v->fault), &v->fault),
		             arena_printf(a, "%s; nothing was sent", v->fault.text));
	else if (s)
		answer_failures(c, a, v, s);
	else
		answer_success(c, a, v);
}
