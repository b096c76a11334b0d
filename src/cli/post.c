#include "cli/post.h"

#include <string.h>

#include "base/arena.h"
#include "cli/dsn_word.h"
#include "cli/recipients.h"

/* The verdicts are read from the plan when all is done. */
static void hear_result(void *context, const struct recipient *recipient, const char *tls)
{
	(void)context;
	(void)recipient;
	(void)tls;
}

static void hear_attempt(void *context, const struct deliver_attempt *attempt)
{
	(void)context;
	(void)attempt;
}

static void forget_plan(struct post *p)
{
	if (p->planned)
		plan_free(&p->plan);
	p->planned = false;
}

static void begin(void *context, struct submission_mail *mail)
{
	struct post *p = context;

	forget_plan(p);
	dispatch_forget(p->dispatch);
	*p = (struct post){.dispatch = p->dispatch, .arena = mail->arena};
	p->aliases = aliases_open(mail->arena, &p->dispatch->aliases);
}

/* A name that is left without a domain, for this machine has none to give. */
static const struct address *nameless(const struct address_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].kind == DOMAIN_NONE)
			return &list->items[i];
	}
	return NULL;
}

/* Does it mean that he cannot be reached? The TLS that is owed to nobody but himself may be waived
   by the message, which is still to come (RFC 8689 5). */
static bool is_reachable(const struct status *s)
{
	return s->class == 0 || s->class == 2 || s->fault == FAULT_TLS;
}

/* What is known of a recipient who leads to all of the plan's: good if one of them can be reached.
   The others are told after the final dot. */
static struct status verdict_of_plan(const struct plan *plan, struct arena *a)
{
	struct status worst = {.class = 2};

	for (size_t i = 0; i < plan->recipient_count; i++) {
		const struct status *s = &plan->recipients[i].status;

		if (is_reachable(s))
			return (struct status){.class = 2};
		if (worst.class != 4)
			worst = *s;
	}
	if (worst.text)
		worst.text = arena_text(a, worst.text);
	return worst;
}

static struct status find_route(struct post *p, const struct address_list *list)
{
	struct status verdict;

	plan_open(&p->plan, list->items, list->count);
	dispatch_plan(p->dispatch, &p->plan, NULL, dispatch_until(p->dispatch));
	verdict = verdict_of_plan(&p->plan, p->arena);
	plan_free(&p->plan);
	return verdict;
}

static void keep_failed(struct post *p, const struct aliases_result *found)
{
	size_t count = p->failed_count + found->failed_count;
	struct recipient *all = arena_array(p->arena, count, sizeof *all);

	if (p->failed_count)
		memcpy(all, p->failed, p->failed_count * sizeof *all);
	memcpy(all + p->failed_count, found->failed, found->failed_count * sizeof *all);
	p->failed = all;
	p->failed_count = count;
}

/* What RCPT says of reports holds for all whom he leads to. */
static void add(struct post *p, const struct address_list *list, const struct smtp_command *rcpt)
{
	size_t before = p->recipients.count;
	struct dispatch_notice *larger;
	struct dispatch_notice notice = {
		.notify = dsn_notify_text(p->arena, rcpt->notify),
		.original = rcpt->original,
	};

	recipients_add(&p->recipients, p->arena, list);
	if (p->notice_room < p->recipients.count) {
		p->notice_room = 2 * p->recipients.count;
		larger = arena_array(p->arena, p->notice_room, sizeof *larger);
		if (before)
			memcpy(larger, p->notices, before * sizeof *larger);
		p->notices = larger;
	}
	for (size_t i = before; i < p->recipients.count; i++)
		p->notices[i] = notice;
}

static struct status route(void *context, struct submission_mail *mail,
                           const struct smtp_command *rcpt)
{
	struct post *p = context;
	struct address asked = rcpt->address;
	const struct address_list list = {.items = &asked, .count = 1, .room = 1};
	struct aliases_result found;
	struct status verdict;

	(void)mail;
	aliases_expand(p->aliases, &list, &found);
	if (!found.list.count)
		return found.failed[0].status;
	if (nameless(&found.list))
		return status_of(FAULT_CONFIG, STAGE_ROUTE, p->arena,
		                 "%s has no domain, and this machine has no mail name",
		                 nameless(&found.list)->local);
	verdict = find_route(p, &found.list);
	if (verdict.class != 2)
		return verdict;
	add(p, &found.list, rcpt);
	if (found.failed_count)
		keep_failed(p, &found);
	return verdict;
}

/* Those of the plan and those who never came so far. */
static void tell(struct post *p, struct submission_verdict *verdict)
{
	size_t count = p->plan.recipient_count + p->failed_count;
	struct recipient *all = arena_array(p->arena, count, sizeof *all);

	memcpy(all, p->plan.recipients, p->plan.recipient_count * sizeof *all);
	if (p->failed_count)
		memcpy(all + p->plan.recipient_count, p->failed, p->failed_count * sizeof *all);
	verdict->recipients = all;
	verdict->count = count;
}

static void deliver(struct post *p, const struct submission_mail *mail,
                    const struct message *message)
{
	static const struct deliver_report report = {hear_result, hear_attempt, NULL};
	const struct dispatch_delivery delivery = {
		.plan = &p->plan,
		.sender = address_wire(p->arena, &mail->sender),
		.dsn_return = mail->begun.dsn_return,
		.envelope_id = mail->begun.envelope_id,
		.message = message,
		.report = &report,
		.until = dispatch_until(p->dispatch),
	};

	plan_open(&p->plan, p->recipients.items, p->recipients.count);
	p->planned = true;
	dispatch_notices(&p->plan, &p->recipients, p->notices);
	dispatch_deliver(p->dispatch, &delivery);
}

static void post_mail(void *context, struct submission_mail *mail, int fd,
                      struct submission_verdict *verdict)
{
	struct post *p = context;
	struct message message;
	const struct dispatch_letter letter = {
		.fd = fd,
		.ignore_dots = true, /* they are off already */
		.sender = &mail->sender,
		.sender_given = true,
	};

	if (!dispatch_read(p->dispatch, &letter, &message, p->arena, &verdict->fault))
		return;
	deliver(p, mail, &message);
	message_close(&message);
	tell(p, verdict);
}

struct submission_post post_calls(struct post *post)
{
	return (struct submission_post){begin, route, post_mail, post};
}

void post_close(struct post *post)
{
	forget_plan(post);
}
