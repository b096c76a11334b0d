#include "net/dns_table.h"

#include "base/text.h"
#include "net/dns_file.h"
#include "net/dns_name.h"
#include "net/dns_trouble.h"

struct dns_question *dns_table_find(const struct dns *d, const char *name, enum dns_type type)
{
	struct dns_link *l = dns_index_first(&d->questions, text_hash(name, type));

	for (; l; l = dns_index_next(l)) {
		struct dns_question *q = (void *)((char *)l - offsetof(struct dns_question, link));

		if (q->task.type == type && text_same(q->task.name, name))
			return q;
	}
	return NULL;
}

struct dns_question *dns_table_get(struct dns *d, const char *name, enum dns_type type)
{
	struct dns_question *q = dns_table_find(d, name, type);

	if (q)
		return q;
	q = arena_get(&d->arena, sizeof *q);
	q->task.name = name;
	q->task.type = type;
	q->answer = (struct dns_answer){.name = name, .aliases = q->aliases, .ttl = UINT32_MAX};
	dns_index_add(&d->questions, &q->link, text_hash(name, type));
	return q;
}

struct dns_question *dns_table_of(struct dns *d, const char *name, enum dns_type type)
{
	struct dns_question *q = dns_table_find(d, name, type);

	if (q)
		return q;
	name = dns_name_canonical(&d->arena, name);
	return name ? dns_table_get(d, name, type) : NULL;
}

void dns_table_ask(struct dns *d, struct dns_question *q)
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
	task->done = q->arrived = true;
	if (d->file)
		task->reply = dns_file_answer(d->file, task->name, task->type);
	else
		task->reply.trouble =
			dns_trouble_unsent(&d->arena, task->name, task->type, d->over);
}

bool dns_table_again(struct dns *d, struct dns_question *q)
{
	if (q->task.again || d->file || d->over)
		return false;
	q->first = q->task.reply;
	q->task.again = true;
	q->task.done = q->arrived = false;
	dns_transport_ask(d->transport, &q->task);
	return true;
}

/* What the reply will make somebody ask if the other one says the same. Nothing is believed of it
   by that, and who has to ask twice does not have to wait twice. */
static void ask_ahead(struct dns *d, const struct dns_reply *reply)
{
	for (size_t i = 0; i < reply->count && !dns_transport_full(d->transport); i++) {
		const struct dns_record *r = &reply->records[i];

		if (r->type != DNS_MX || !dns_name_usable(r->text))
			continue;
		dns_table_ask(d, dns_table_get(d, r->text, DNS_AAAA));
		dns_table_ask(d, dns_table_get(d, r->text, DNS_A));
	}
}

bool dns_table_guarded(struct dns *d, struct dns_question *q)
{
	if (q->task.guarded || d->file || d->over)
		return true;
	dns_transport_guard(d->transport);
	q->task.done = q->arrived = false;
	dns_transport_ask(d->transport, &q->task);
	ask_ahead(d, &q->task.reply);
	return false;
}

/* ---- what the validator asks ---- */

static const struct dns_reply *validator_get(void *context, const char *name, unsigned type)
{
	struct dns *d = context;
	struct dns_question *q = dns_table_get(d, name, (enum dns_type)type);

	q->task.urgent = true;
	dns_table_ask(d, q);
	if (q->arrived)
		return &q->task.reply;
	d->missing = q;
	return NULL;
}

static bool validator_again(void *context, const char *name, unsigned type)
{
	struct dns *d = context;

	d->missing = dns_table_get(d, name, (enum dns_type)type);
	return dns_table_again(d, d->missing);
}

struct dnssec_source dns_table_source(struct dns *d)
{
	return (struct dnssec_source){d, validator_get, validator_again};
}
