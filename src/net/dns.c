/* Two layers in one table. Each question (name, type) has at most one reply, from the network or
   from the file; an answer is read from the replies along a chain of aliases, and begins at the
   reply to its own question. Replies depend on nothing, so that aliases in a circle can hold up
   nobody. The validator reads replies too, to questions of its own; each step of a chain waits
   until it is judged. */

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
#include "net/dnssec.h"

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
	struct question *asked_next;

	struct dnssec_work work; /* spent on validating the answer */
	struct dns_reply first;  /* task.again: what is believed if nothing better comes */
};

struct dns {
	struct arena arena;
	struct dns_transport *transport;
	struct dns_file *file; /* NULL: the network answers */
	struct dns_index questions;
	struct dns_askers askers;
	struct dnssec *validator;    /* NULL: nothing is validated */
	bool trust;                  /* the servers' word is taken for it */
	struct question *missing;    /* what the validator waits for */
	const char *over; /* why nothing is asked any more, or NULL */
	unsigned long asked;
	struct question *asked_first, **asked_end; /* in the order of asking */
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

/* Nobody is to use by mistake what is known to be wrong, or may be: why not, or NULL. */
static const char *withheld_words(struct dns *d, const struct question *q)
{
	const char *what = dns_trouble_question(&d->arena, q->task.name, q->task.type);
	const char *reason = q->answer.security_reason;

	if (!reason)
		reason = "no reason is given";
	switch (q->answer.security) {
	case DNS_BOGUS:
		return arena_printf(&d->arena, "%s is bogus (DNSSEC): %s", what, reason);
	case DNS_INDETERMINATE:
		return arena_printf(&d->arena, "%s cannot be verified (DNSSEC): %s", what, reason);
	case DNS_SECURE:
	case DNS_INSECURE:
	case DNS_UNCHECKED: break;
	}
	return NULL;
}

static void conclude(struct dns *d, struct question *q, enum dns_outcome outcome,
                     const char *trouble)
{
	const char *withheld = outcome == DNS_TROUBLE ? NULL : withheld_words(d, q);

	q->answered = true;
	q->answer.outcome = withheld ? DNS_TROUBLE : outcome;
	q->answer.trouble = withheld ? withheld : trouble;
	if (q->answer.outcome != DNS_FOUND)
		q->answer.ttl = 0;
	if (withheld)
		q->answer.count = 0;
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

static void take_alias(struct dns *d, struct question *q, const char *target, uint32_t ttl)
{
	const char *words = loop_words(d, q, target);

	if (words) {
		conclude(d, q, DNS_LOOP, words);
		return;
	}
	q->aliases[q->answer.alias_count++] = target;
	q->answer.name = target;
	if (ttl < q->answer.ttl)
		q->answer.ttl = ttl;
}

static const struct dns_record *find_record(const struct dns_reply *reply, const char *owner,
                                            unsigned type)
{
	for (size_t i = 0; i < reply->count; i++) {
		const struct dns_record *r = &reply->records[i];

		if (r->type == type && strcmp(r->owner, owner) == 0)
			return r;
	}
	return NULL;
}

/* Along a chain of aliases the worst counts. */
static void note_security(struct dns_answer *answer, const struct dnssec_verdict *verdict)
{
	static const int badness[] = {
		[DNS_UNCHECKED] = 0,     [DNS_SECURE] = 1, [DNS_INSECURE] = 2,
		[DNS_INDETERMINATE] = 3, [DNS_BOGUS] = 4,
	};

	if (answer->security_reason && badness[verdict->security] <= badness[answer->security])
		return;
	if (badness[verdict->security] < badness[answer->security])
		return;
	answer->security = verdict->security;
	answer->security_reason = verdict->reason;
}

/* What DNSSEC says of what the reply at hand says of the chain's last name. False: a reply is
   missing for that. */
static bool judge(struct dns *d, struct question *q, struct dnssec_verdict *verdict)
{
	const struct dns_reply *reply = &q->hop->task.reply;

	*verdict = (struct dnssec_verdict){
		.security = reply->security, /* as a file of facts says */
		.reason = reply->security_reason,
		.no_name = reply->no_name,
	};
	if (d->file)
		return true;
	if (reply->trouble && (d->validator || d->trust)) {
		verdict->security = DNS_INDETERMINATE;
		verdict->reason = reply->trouble;
	} else if (d->trust) {
		verdict->security = reply->authentic ? DNS_SECURE : DNS_INSECURE;
		verdict->reason = "the name server does not vouch for it (no AD)";
	} else if (d->validator) {
		return dnssec_judge(d->validator, &q->work, reply, q->answer.name, q->task.type,
		                    verdict);
	}
	if (verdict->security == DNS_SECURE)
		verdict->reason = NULL;
	return true;
}

/* The name does not exist. A zone that is not above it has nothing to say about it. */
static void deny(struct dns *d, struct question *q, const char *zone)
{
	if (zone && dns_name_below(q->answer.name, zone))
		q->answer.zone = zone;
	conclude(d, q, DNS_NO_NAME, NULL);
}

/* Does the reply at hand say anything about the chain's last name: records, an alias, nothing? */
static bool reply_speaks(const struct question *q)
{
	const struct dns_reply *reply = &q->hop->task.reply;
	const char *name = q->answer.name;

	return find_record(reply, name, q->task.type) || find_record(reply, name, DNS_CNAME) ||
	       reply->no_name || reply->trouble || /* RFC 6604: NXDOMAIN is the last name's */
	       strcmp(name, q->hop->task.name) == 0;
}

/* One step along the chain, judged. */
static void take_step(struct dns *d, struct question *q, const struct dnssec_verdict *verdict)
{
	const struct dns_reply *reply = &q->hop->task.reply;
	struct dns_answer *answer = &q->answer;
	const struct dns_record *alias;

	note_security(answer, verdict);
	if (reply->trouble)
		conclude(d, q, DNS_TROUBLE, reply->trouble);
	else if (dns_answer_take(&d->arena, reply, answer->name, q->task.type, answer))
		conclude(d, q, DNS_FOUND, NULL);
	else if ((alias = find_record(reply, answer->name, DNS_CNAME)))
		take_alias(d, q, verdict->target ? verdict->target : alias->text, alias->ttl);
	else if (verdict->no_name)
		deny(d, q, reply->zone);
	else
		conclude(d, q, DNS_NO_DATA, NULL);
}

/* Have a reply come. */
static void ask_for(struct dns *d, struct question *q)
{
	struct dns_task *task = &q->task;

	if (q->sent)
		return;
	q->sent = true;
	d->asked++;
	*d->asked_end = q;
	d->asked_end = &q->asked_next;
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

/* The reply is not believed: have another, which will say what it says by another way. False when
   it is another already. */
static bool ask_again(struct dns *d, struct question *q)
{
	if (q->task.again || d->file || d->over)
		return false;
	q->first = q->task.reply;
	q->task.again = true;
	q->task.done = false;
	dns_transport_ask(d->transport, &q->task);
	return true;
}

/* On to the reply about the chain's last name itself. */
static void go_to_last(struct dns *d, struct question *q)
{
	q->hop = question_get(d, q->answer.name, q->task.type);
	ask_for(d, q->hop);
	if (d->validator && !q->hop->task.done)
		dnssec_ahead(d->validator, q->answer.name);
}

/* Bogus, at the first look: a packet about this name alone, or the same by another way. */
static bool look_again(struct dns *d, struct question *q)
{
	if (strcmp(q->hop->task.name, q->answer.name) == 0)
		return ask_again(d, q->hop);
	go_to_last(d, q);
	return true;
}

static void hold_up(struct question *chain, struct question *by)
{
	chain->next_held_up = by->held_up;
	by->held_up = chain;
}

/* To the answer, or to a reply that is still to come. */
static void follow(struct dns *d, struct question *q)
{
	struct dnssec_verdict verdict;

	while (q->hop->task.done) {
		if (!reply_speaks(q)) {
			go_to_last(d, q);
			continue;
		}
		if (!judge(d, q, &verdict)) {
			hold_up(q, d->missing);
			return;
		}
		if (verdict.security == DNS_BOGUS && look_again(d, q))
			continue;
		take_step(d, q, &verdict);
		if (q->answered)
			return;
	}
	hold_up(q, q->hop);
}

/* A reply has come: all chains that waited for it go on. */
static void reply_came(struct dns *d, struct question *q)
{
	struct question *held = q->held_up;

	if (q->task.again && q->task.reply.trouble)
		q->task.reply = q->first;
	q->held_up = NULL;
	while (held) {
		struct question *next = held->next_held_up;

		follow(d, held);
		held = next;
	}
}

/* ---- what the validator asks ---- */

static const struct dns_reply *validator_get(void *context, const char *name, unsigned type)
{
	struct dns *d = context;
	struct question *q = question_get(d, name, (enum dns_type)type);

	ask_for(d, q);
	if (q->task.done)
		return &q->task.reply;
	d->missing = q;
	return NULL;
}

static bool validator_again(void *context, const char *name, unsigned type)
{
	struct dns *d = context;

	d->missing = question_get(d, name, (enum dns_type)type);
	return ask_again(d, d->missing);
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
	d->asked_end = &d->asked_first;
	d->trust = settings->security == DNSSEC_TRUST_AD;
	if (settings->security <= DNSSEC_VALIDATE) {
		struct dnssec_source source = {d, validator_get, validator_again};

		d->validator = dnssec_open(settings, &d->arena, source);
	}
	return d;
}

bool dns_facts(struct dns *d, const char *path, struct machine *machine, const char **why)
{
	d->file = dns_file_open(&d->arena, path, machine, why);
	dnssec_close(d->validator);
	d->validator = NULL;
	return d->file != NULL;
}

const char *dns_policy(const struct dns *d, const char *host)
{
	return d->file ? dns_file_policy(d->file, host) : NULL;
}

bool dns_seed(const struct dns *d, uint64_t *seed)
{
	return d->file && dns_file_seed(d->file, seed);
}

const struct dns_answer *dns_get(struct dns *d, const char *name, enum dns_type type, size_t asker)
{
	static const struct dns_answer impossible = {.outcome = DNS_NO_NAME, .name = "."};
	struct question *q = question_of(d, name, type);

	if (!q)
		return &impossible;
	if (!q->hop) {
		q->hop = q;
		go_to_last(d, q);
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
	counts.verified = d->validator ? dnssec_verified(d->validator) : 0;
	return counts;
}

const char *dns_security_warning(const struct dns *d)
{
	return d->validator ? dnssec_warning(d->validator) : NULL;
}

/* By the proofs, where they decided and not the reply's word. */
static bool says_no_name(const struct question *q)
{
	enum dns_outcome outcome = q->answer.outcome;

	if (q->answered && q->hop == q && (outcome == DNS_NO_NAME || outcome == DNS_NO_DATA))
		return outcome == DNS_NO_NAME;
	return q->task.reply.no_name;
}

void dns_said_all(const struct dns *d, void (*tell)(void *context, const struct dns_said *said),
                  void *context)
{
	for (const struct question *q = d->asked_first; q; q = q->asked_next) {
		const struct dns_said said = {
			.name = q->task.name,
			.type = q->task.type,
			.reply = &q->task.reply,
			.no_name = says_no_name(q),
			.security = q->answered ? q->answer.security : DNS_UNCHECKED,
			.security_reason = q->answer.security_reason,
		};

		bool of_validator = q->task.type == (enum dns_type)DNS_DS ||
		                    q->task.type == (enum dns_type)DNS_DNSKEY;
		if (q->task.done && !of_validator)
			tell(context, &said);
	}
}

void dns_close(struct dns *d)
{
	if (!d)
		return;
	dns_transport_close(d->transport);
	dns_file_close(d->file);
	dnssec_close(d->validator);
	dns_askers_close(&d->askers);
	dns_index_free(&d->questions);
	arena_free(&d->arena);
	free(d);
}
