/* Two layers in one table. Each question (name, type) has at most one reply, from the network or
   from the file; an answer is read from the replies along a chain of aliases, and begins at the
   reply to its own question. Replies depend on nothing, so that aliases in a circle can hold up
   nobody. */

#include "net/dns.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/dns_file.h"
#include "net/dns_index.h"
#include "net/dns_name.h"
#include "net/dns_transport.h"

#include <stdlib.h>
#include <string.h>

enum { DISTINCT_ROOM = 2048 }; /* slots for DNS_RECORD_MAX records; a power of two */

struct asker {
	struct dns_link link;
	size_t number;
	bool ready; /* in the queue of those who are to be named by dns_wait */
	struct asker *next_ready;
};

/* An asker waits for a question; kept in an index too, so that he is noted once however often he
   asks. */
struct wait {
	struct dns_link link;
	struct question *question;
	struct asker *asker;
	struct wait *next;
};

struct question {
	struct dns_task task; /* first: the transport hands out tasks */
	struct dns_link link;
	bool sent;
	struct dns_answer *answer; /* NULL until the chain has been followed to its end */
	struct wait *waits;

	/* The chain that is being followed for the answer. */
	struct question *hop;     /* whose reply is read; NULL: nobody has asked for the answer */
	struct question *held_up; /* questions whose chain waits for our reply */
	struct question *next_held_up;
	const char *aliases[DNS_ALIAS_MAX];
	size_t alias_count;
	uint32_t ttl;
};

struct dns {
	struct arena arena;
	struct dns_transport *transport;
	struct dns_file *file; /* NULL: the network answers */
	struct dns_index questions;
	struct dns_index askers;
	struct dns_index waits;
	struct asker *ready, **ready_end;
	const char *over; /* why nothing is asked any more, or NULL */
	unsigned long asked;
};

/* ---- who waits ---- */

static uint64_t number_hash(uint64_t number)
{
	number = (number ^ number >> 32) * 0x9e3779b97f4a7c15u;
	return number ^ number >> 29;
}

static struct asker *asker_get(struct dns *d, size_t number)
{
	uint64_t hash = number_hash(number);

	for (struct dns_link *l = dns_index_first(&d->askers, hash); l; l = dns_index_next(l)) {
		if (((struct asker *)l)->number == number)
			return (struct asker *)l;
	}
	struct asker *asker = arena_get(&d->arena, sizeof *asker);
	asker->number = number;
	dns_index_add(&d->askers, &asker->link, hash);
	return asker;
}

static void wait_add(struct dns *d, struct question *q, size_t number)
{
	uint64_t hash = number_hash((uintptr_t)q ^ number_hash(number));

	for (struct dns_link *l = dns_index_first(&d->waits, hash); l; l = dns_index_next(l)) {
		struct wait *wait = (struct wait *)l;

		if (wait->question == q && wait->asker->number == number)
			return;
	}
	struct wait *wait = arena_get(&d->arena, sizeof *wait);
	wait->question = q;
	wait->asker = asker_get(d, number);
	wait->next = q->waits;
	q->waits = wait;
	dns_index_add(&d->waits, &wait->link, hash);
}

static void wake(struct dns *d, struct question *q)
{
	for (struct wait *wait = q->waits; wait; wait = wait->next) {
		struct asker *asker = wait->asker;

		if (asker->ready)
			continue;
		asker->ready = true;
		asker->next_ready = NULL;
		*d->ready_end = asker;
		d->ready_end = &asker->next_ready;
	}
	q->waits = NULL;
}

/* ---- records to answer ---- */

static bool same_record(const struct dns_record *a, const struct dns_record *b)
{
	if (a->preference != b->preference)
		return false;
	return a->text ? strcmp(a->text, b->text) == 0 : ip_same(&a->ip, &b->ip);
}

static uint64_t record_hash(const struct dns_record *r)
{
	uint64_t words[2];

	if (r->text)
		return text_hash(r->text, r->preference);
	memcpy(words, r->ip.bytes, sizeof words);
	return number_hash(words[0] ^ number_hash(words[1]));
}

/* Those of the type that the owner has, in order and without duplicates, into kept; returns how
   many. */
static size_t distinct_records(const struct dns_reply *reply, const char *owner, unsigned type,
                               const struct dns_record **kept)
{
	uint16_t slots[DISTINCT_ROOM] = {0}; /* index in kept, plus one */
	size_t count = 0;

	for (size_t i = 0; i < reply->count; i++) {
		const struct dns_record *r = &reply->records[i];

		if (r->type != type || strcmp(r->owner, owner) != 0)
			continue;
		size_t slot = record_hash(r) % DISTINCT_ROOM;
		while (slots[slot] && !same_record(kept[slots[slot] - 1], r))
			slot = (slot + 1) % DISTINCT_ROOM;
		if (slots[slot])
			continue;
		kept[count++] = r;
		slots[slot] = (uint16_t)count;
	}
	return count;
}

static void answer_mx(struct dns *d, struct dns_answer *answer, const struct dns_record **records)
{
	struct dns_mx *mx = arena_array(&d->arena, answer->count, sizeof *mx);

	for (size_t i = 0; i < answer->count; i++) {
		mx[i].preference = records[i]->preference;
		mx[i].exchanger = records[i]->text;
		mx[i].usable = dns_name_usable(records[i]->text);
	}
	answer->mx = mx;
}

static void answer_ip(struct dns *d, struct dns_answer *answer, const struct dns_record **records)
{
	struct ip *ip = arena_array(&d->arena, answer->count, sizeof *ip);

	for (size_t i = 0; i < answer->count; i++)
		ip[i] = records[i]->ip;
	answer->ip = ip;
}

static void answer_text(struct dns *d, struct dns_answer *answer, const struct dns_record **records)
{
	const char **text = arena_array(&d->arena, answer->count, sizeof *text);

	for (size_t i = 0; i < answer->count; i++)
		text[i] = records[i]->text;
	answer->txt = text;
}

static void answer_fill(struct dns *d, struct dns_answer *answer, enum dns_type type,
                        const struct dns_record **records)
{
	switch (type) {
	case DNS_MX: answer_mx(d, answer, records); break;
	case DNS_A:
	case DNS_AAAA: answer_ip(d, answer, records); break;
	case DNS_TXT:
	case DNS_CNAME: answer_text(d, answer, records); break;
	}
}

/* ---- following aliases ---- */

static const char *name_now(const struct question *q)
{
	return q->alias_count ? q->aliases[q->alias_count - 1] : q->task.name;
}

static struct dns_answer *conclude(struct dns *d, struct question *q, enum dns_outcome outcome)
{
	struct dns_answer *answer = arena_get(&d->arena, sizeof *answer);

	answer->outcome = outcome;
	answer->security = DNS_UNCHECKED;
	answer->name = name_now(q);
	answer->aliases = q->aliases;
	answer->alias_count = q->alias_count;
	q->answer = answer;
	wake(d, q);
	return answer;
}

static void conclude_found(struct dns *d, struct question *q, const struct dns_record **records,
                           size_t count)
{
	struct dns_answer *answer = conclude(d, q, DNS_FOUND);

	answer->ttl = q->ttl;
	for (size_t i = 0; i < count; i++) {
		if (records[i]->ttl < answer->ttl)
			answer->ttl = records[i]->ttl;
	}
	answer->count = count;
	answer_fill(d, answer, q->task.type, records);
}

static bool was_here(const struct question *q, const char *name)
{
	for (size_t i = 0; i < q->alias_count; i++) {
		if (strcmp(q->aliases[i], name) == 0)
			return true;
	}
	return strcmp(q->task.name, name) == 0;
}

/* Take one more alias; false when that is one too many, and the answer says so. */
static bool take_alias(struct dns *d, struct question *q, const struct dns_record *alias)
{
	const char *words = NULL;

	if (was_here(q, alias->text))
		words = arena_printf(&d->arena, "%s is an alias that leads back to %s",
		                     q->task.name, alias->text);
	else if (q->alias_count == DNS_ALIAS_MAX)
		words = arena_printf(&d->arena, "%s leads through more than %d aliases",
		                     q->task.name, DNS_ALIAS_MAX);
	if (words) {
		conclude(d, q, DNS_LOOP)->trouble = words;
		return false;
	}
	q->aliases[q->alias_count++] = alias->text;
	if (alias->ttl < q->ttl)
		q->ttl = alias->ttl;
	return true;
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

/* As far as the reply at hand goes; q->answer stays NULL where the last alias must be asked for. */
static void read_reply(struct dns *d, struct question *q)
{
	const struct dns_reply *reply = &q->hop->task.reply;
	const struct dns_record *records[DNS_RECORD_MAX], *alias;
	size_t count;

	if (reply->trouble) {
		conclude(d, q, DNS_TROUBLE)->trouble = reply->trouble;
		return;
	}
	while (!(count = distinct_records(reply, name_now(q), q->task.type, records)) &&
	       (alias = find_alias(reply, name_now(q)))) {
		if (!take_alias(d, q, alias))
			return;
	}
	if (count)
		conclude_found(d, q, records, count);
	else if (reply->no_name)
		conclude(d, q, DNS_NO_NAME);
	else if (strcmp(name_now(q), q->hop->task.name) == 0)
		conclude(d, q, DNS_NO_DATA);
}

static struct question *question_find(const struct dns *d, const char *name, enum dns_type type,
                                      uint64_t hash)
{
	for (struct dns_link *l = dns_index_first(&d->questions, hash); l; l = dns_index_next(l)) {
		struct question *q = (void *)((char *)l - offsetof(struct question, link));

		if (q->task.type == type && text_same(q->task.name, name))
			return q;
	}
	return NULL;
}

static struct question *question_get(struct dns *d, const char *name, enum dns_type type)
{
	uint64_t hash = text_hash(name, type);
	struct question *q = question_find(d, name, type, hash);

	if (q)
		return q;
	q = arena_get(&d->arena, sizeof *q);
	q->task.name = name;
	q->task.type = type;
	q->ttl = UINT32_MAX;
	dns_index_add(&d->questions, &q->link, hash);
	return q;
}

/* Have a reply come. */
static void ask_for(struct dns *d, struct question *q)
{
	if (q->sent)
		return;
	q->sent = true;
	d->asked++;
	if (!d->file && !d->over) {
		dns_transport_ask(d->transport, &q->task);
		return;
	}
	const char *type = dns_type_name(&d->arena, q->task.type), *name = q->task.name;
	q->task.done = true;
	if (d->file)
		q->task.reply = dns_file_answer(d->file, name, q->task.type);
	else
		q->task.reply.trouble = arena_printf(&d->arena, "no time to ask for %s %s %s", type,
		                                     name, d->over);
}

/* To the answer, or to a reply that is still to come. */
static void follow(struct dns *d, struct question *q)
{
	while (q->hop->task.done) {
		read_reply(d, q);
		if (q->answer)
			return;
		q->hop = question_get(d, name_now(q), q->task.type);
		ask_for(d, q->hop);
	}
	q->next_held_up = q->hop->held_up;
	q->hop->held_up = q;
}

/* A reply has come: all chains that waited for it go on. */
static void reply_came(struct dns *d, struct question *q)
{
	struct question *next;

	for (struct question *held = q->held_up; held; held = next) {
		next = held->next_held_up;
		follow(d, held);
	}
	q->held_up = NULL;
}

static struct asker *next_ready(struct dns *d)
{
	struct asker *asker = d->ready;

	if (!asker)
		return NULL;
	asker->ready = false;
	d->ready = asker->next_ready;
	if (!d->ready)
		d->ready_end = &d->ready;
	return asker;
}

static void end_all(struct dns *d, struct deadline until)
{
	bool late = deadline_passed(until);

	d->over = late ? "before the time was over" : "before the run was cancelled";
	dns_transport_abandon(d->transport, d->over);
}

/* Of all spellings of a name there is one question. */
static struct question *question_of(struct dns *d, const char *name, enum dns_type type)
{
	struct question *q = question_find(d, name, type, text_hash(name, type));

	if (q)
		return q;
	name = dns_name_canonical(&d->arena, name);
	return name ? question_get(d, name, type) : NULL;
}

struct dns *dns_open(const struct dns_settings *settings)
{
	struct dns *d = memory_get(1, sizeof *d);

	d->transport = dns_transport_open(settings, &d->arena);
	d->ready_end = &d->ready;
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
	if (!q->answer)
		wait_add(d, q, asker);
	return q->answer;
}

bool dns_wait(struct dns *d, struct deadline until, size_t *asker)
{
	struct asker *ready;
	struct dns_task *task;

	while (!(ready = next_ready(d))) {
		if (!dns_transport_busy(d->transport))
			return false;
		if (!dns_transport_step(d->transport, until))
			end_all(d, until);
		while ((task = dns_transport_done(d->transport)))
			reply_came(d, (struct question *)task);
	}
	*asker = ready->number;
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
	dns_index_free(&d->questions);
	dns_index_free(&d->askers);
	dns_index_free(&d->waits);
	arena_free(&d->arena);
	free(d);
}
