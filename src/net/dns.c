/* Two layers in one table. Each question (name, type) has at most one reply, from the network or
   from the file; an answer is read from the replies along a chain of aliases, and begins at the
   reply to its own question. Replies depend on nothing, so that aliases in a circle can hold up
   nobody. */

#include "net/dns.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/dns_answer.h"
#include "net/dns_asker.h"
#include "net/dns_file.h"
#include "net/dns_index.h"
#include "net/dns_name.h"
#include "net/dns_transport.h"
#include "net/dns_trouble.h"

#include <stdlib.h>
#include <string.h>

struct question {
	struct dns_task task; /* first: the transport hands out tasks */
	struct dns_link link;
	bool sent;
	bool answered;
	struct dns_crowd crowd;

	/* The chain of aliases on the way to the answer, and the answer at its end. */
	struct question *hop; /* whose reply is read; NULL: nobody has asked for the answer */
	struct question *next_held_up; /* chains that wait for the same reply */
	const char *aliases[DNS_ALIAS_MAX];
	struct dns_answer answer;

	struct question *held_up; /* the first chain that waits for our reply */
};

struct dns {
	struct arena arena;
	struct dns_transport *transport;
	struct dns_file *file; /* NULL: the network answers */
	struct dns_index questions;
	struct dns_askers askers;
	const char *over; /* why nothing is asked any more, or NULL */
	unsigned long asked;
};

static struct question *question_find(const struct dns *d, const char *name, enum dns_type type)
{
	struct dns_link *l = dns_index_first(&d->questions, text_hash(name, type));

	for (; l; l = dns_index_next(l)) {
		struct question *q = (void *)((char *)l - offsetof(struct question, link));

		if (q->task.type == type && text_same(q->task.name, name))
			return q;
	}
	return NULL;
}

/* name is in the one form of dns_name.h. */
static struct question *question_get(struct dns *d, const char *name, enum dns_type type)
{
	struct question *q = question_find(d, name, type);

	if (q)
		return q;
	q = arena_get(&d->arena, sizeof *q);
	q->task.name = name;
	q->task.type = type;
	q->answer = (struct dns_answer){.name = name, .aliases = q->aliases, .ttl = UINT32_MAX};
	dns_index_add(&d->questions, &q->link, text_hash(name, type));
	return q;
}

/* Of all spellings of a name there is one question; NULL when it is no name. */
static struct question *question_of(struct dns *d, const char *name, enum dns_type type)
{
	struct question *q = question_find(d, name, type);

	if (q)
		return q;
	name = dns_name_canonical(&d->arena, name);
	return name ? question_get(d, name, type) : NULL;
}

/* ---- from replies to an answer ---- */

static void conclude(struct dns *d, struct question *q, enum dns_outcome outcome,
                     const char *trouble)
{
	q->answered = true;
	q->answer.outcome = outcome;
	q->answer.trouble = trouble;
	if (outcome != DNS_FOUND)
		q->answer.ttl = 0;
	dns_askers_wake(&d->askers, &q->crowd);
}

static bool was_here(const struct question *q, const char *name)
{
	for (size_t i = 0; i < q->answer.alias_count; i++) {
		if (strcmp(q->aliases[i], name) == 0)
			return true;
	}
	return strcmp(q->task.name, name) == 0;
}

/* Why this alias cannot be followed; NULL when it can. */
static const char *loop_words(struct dns *d, const struct question *q, const char *alias)
{
	const char *name = q->task.name;

	if (was_here(q, alias))
		return arena_printf(&d->arena, "%s is an alias that leads back to %s", name, alias);
	if (q->answer.alias_count == DNS_ALIAS_MAX)
		return arena_printf(&d->arena, "%s leads through more than %d aliases", name,
		                    DNS_ALIAS_MAX);
	return NULL;
}

static void take_alias(struct dns *d, struct question *q, const struct dns_record *alias)
{
	const char *words = loop_words(d, q, alias->text);

	if (words) {
		conclude(d, q, DNS_LOOP, words);
		return;
	}
	q->aliases[q->answer.alias_count++] = alias->text;
	q->answer.name = alias->text;
	if (alias->ttl < q->answer.ttl)
		q->answer.ttl = alias->ttl;
}

static const struct dns_record *find_alias(const struct dns_reply *reply, const char *owner)
{
	for (size_t i = 0; i < reply->count; i++) {
		const struct dns_record *r = &reply->records[i];

		if (r->type == DNS_CNAME && strcmp(r->owner, owner) == 0)
			return r;
	}
	return NULL;
}

/* What a file of facts says of a reply; along a chain of aliases the worst counts. */
static void note_security(struct dns_answer *answer, const struct dns_reply *reply)
{
	static const int badness[] = {
		[DNS_UNCHECKED] = 0, [DNS_SECURE] = 1, [DNS_INSECURE] = 2,
		[DNS_INDETERMINATE] = 3, [DNS_BOGUS] = 4,
	};

	if (badness[reply->security] <= badness[answer->security])
		return;
	answer->security = reply->security;
	answer->security_reason = reply->security_reason;
}

/* As far as the reply at hand goes; not answered is q then when its last alias must be asked for.
 */
static void read_reply(struct dns *d, struct question *q)
{
	const struct dns_reply *reply = &q->hop->task.reply;
	struct dns_answer *answer = &q->answer;
	const struct dns_record *alias;

	note_security(answer, reply);
	if (reply->trouble)
		conclude(d, q, DNS_TROUBLE, reply->trouble);
	while (!q->answered) {
		if (dns_answer_take(&d->arena, reply, answer->name, q->task.type, answer))
			conclude(d, q, DNS_FOUND, NULL);
		else if ((alias = find_alias(reply, answer->name)))
			take_alias(d, q, alias);
		else if (reply->no_name) /* RFC 6604: said of the last name of the chain */
			conclude(d, q, DNS_NO_NAME, NULL);
		else if (strcmp(answer->name, q->hop->task.name) == 0)
			conclude(d, q, DNS_NO_DATA, NULL);
		else
			return;
	}
}

/* Have a reply come. */
static void ask_for(struct dns *d, struct question *q)
{
	struct dns_task *task = &q->task;

	if (q->sent)
		return;
	q->sent = true;
	d->asked++;
	if (!d->file && !d->over) {
		dns_transport_ask(d->transport, task);
		return;
	}
	task->done = true;
	if (d->file)
		task->reply = dns_file_answer(d->file, task->name, task->type);
	else
		task->reply.trouble =
			dns_trouble_unsent(&d->arena, task->name, task->type, d->over);
}

/* To the answer, or to a reply that is still to come. */
static void follow(struct dns *d, struct question *q)
{
	while (q->hop->task.done) {
		read_reply(d, q);
		if (q->answered)
			return;
		q->hop = question_get(d, q->answer.name, q->task.type);
		ask_for(d, q->hop);
	}
	q->next_held_up = q->hop->held_up;
	q->hop->held_up = q;
}

/* A reply has come: all chains that waited for it go on. */
static void reply_came(struct dns *d, struct question *q)
{
	struct question *held = q->held_up;

	q->held_up = NULL;
	while (held) {
		struct question *next = held->next_held_up;

		follow(d, held);
		held = next;
	}
}

static void end_all(struct dns *d, struct deadline until)
{
	bool late = deadline_passed(until);

	d->over = late ? "before the time was over" : "before the run was cancelled";
	dns_transport_abandon(d->transport, d->over);
}

struct dns *dns_open(const struct dns_settings *settings)
{
	struct dns *d = memory_get(1, sizeof *d);

	d->transport = dns_transport_open(settings, &d->arena);
	dns_askers_open(&d->askers, &d->arena);
	return d;
}

bool dns_facts(struct dns *d, const char *path, struct machine *machine, const char **why)
{
	d->file = dns_file_open(&d->arena, path, machine, why);
	return d->file != NULL;
}

const struct dns_answer *dns_get(struct dns *d, const char *name, enum dns_type type, size_t asker)
{
	static const struct dns_answer impossible = {.outcome = DNS_NO_NAME, .name = "."};
	struct question *q = question_of(d, name, type);

	if (!q)
		return &impossible;
	if (!q->hop) {
		q->hop = q;
		ask_for(d, q);
		follow(d, q);
	}
	if (q->answered)
		return &q->answer;
	dns_askers_add(&d->askers, &q->crowd, asker);
	return NULL;
}

bool dns_wait(struct dns *d, struct deadline until, size_t *asker)
{
	struct dns_task *task;

	while (!dns_askers_next(&d->askers, asker)) {
		if (!dns_transport_busy(d->transport))
			return false;
		if (!dns_transport_step(d->transport, until))
			end_all(d, until);
		while ((task = dns_transport_done(d->transport)))
			reply_came(d, (struct question *)task);
	}
	return true;
}

struct dns_counts dns_counts(const struct dns *d)
{
	struct dns_counts counts = dns_transport_counts(d->transport);

	counts.questions = d->asked;
	return counts;
}

void dns_close(struct dns *d)
{
	if (!d)
		return;
	dns_transport_close(d->transport);
	dns_file_close(d->file);
	dns_askers_close(&d->askers);
	dns_index_free(&d->questions);
	arena_free(&d->arena);
	free(d);
}
