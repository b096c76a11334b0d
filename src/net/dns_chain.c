#include "net/dns_chain.h"

#include "net/dns_answer.h"
#include "net/dns_name.h"
#include "net/dns_trouble.h"

#include <string.h>

/* Nobody is to use by mistake what is known to be wrong, or may be: why not, or NULL. */
static const char *withheld_words(struct dns *d, const struct dns_question *q)
{
	enum dns_security security = q->answer.security;
	const char *reason = q->answer.security_reason;

	if (security != DNS_BOGUS && security != DNS_INDETERMINATE)
		return NULL;
	return arena_printf(&d->arena, "%s %s (DNSSEC): %s",
	                    dns_trouble_question(&d->arena, q->task.name, q->task.type),
	                    security == DNS_BOGUS ? "is bogus" : "cannot be verified",
	                    reason ? reason : "no reason is given");
}

static void conclude(struct dns *d, struct dns_question *q, enum dns_outcome outcome,
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

static bool was_here(const struct dns_question *q, const char *name)
{
	for (size_t i = 0; i < q->answer.alias_count; i++) {
		if (strcmp(q->aliases[i], name) == 0)
			return true;
	}
	return strcmp(q->task.name, name) == 0;
}

/* Why this alias cannot be followed; NULL when it can. */
static const char *loop_words(struct dns *d, const struct dns_question *q, const char *alias)
{
	const char *name = q->task.name;

	if (was_here(q, alias))
		return arena_printf(&d->arena, "%s is an alias that leads back to %s", name, alias);
	if (q->answer.alias_count == DNS_ALIAS_MAX)
		return arena_printf(&d->arena, "%s leads through more than %d aliases", name,
		                    DNS_ALIAS_MAX);
	return NULL;
}

static void take_alias(struct dns *d, struct dns_question *q, const char *target, uint32_t ttl)
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
static bool judge(struct dns *d, struct dns_question *q, struct dnssec_verdict *verdict)
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
static void deny(struct dns *d, struct dns_question *q, const char *zone)
{
	if (zone && dns_name_below(q->answer.name, zone))
		q->answer.zone = zone;
	conclude(d, q, DNS_NO_NAME, NULL);
}

/* Does the reply at hand say anything about the chain's last name: records, an alias, nothing? */
static bool reply_speaks(const struct dns_question *q)
{
	const struct dns_reply *reply = &q->hop->task.reply;
	const char *name = q->answer.name;

	return find_record(reply, name, q->task.type) || find_record(reply, name, DNS_CNAME) ||
	       reply->no_name || reply->trouble || /* RFC 6604: NXDOMAIN is the last name's */
	       strcmp(name, q->hop->task.name) == 0;
}

/* One step along the chain, judged. */
static void take_step(struct dns *d, struct dns_question *q, const struct dnssec_verdict *verdict)
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

/* On to the reply about the chain's last name itself. */
static void go_to_last(struct dns *d, struct dns_question *q)
{
	q->hop = dns_table_get(d, q->answer.name, q->task.type);
	dns_table_ask(d, q->hop);
	/* Where there is a line, what is needed will not come later for being asked when it is
	   known to be. */
	if (d->validator && !q->hop->arrived && !dns_transport_full(d->transport))
		dnssec_ahead(d->validator, q->answer.name);
}

/* Bogus, at the first look: a packet about this name alone, or the same by another way. */
static bool look_again(struct dns *d, struct dns_question *q)
{
	if (strcmp(q->hop->task.name, q->answer.name) == 0)
		return dns_table_again(d, q->hop);
	go_to_last(d, q);
	return true;
}

static void hold_up(struct dns_question *chain, struct dns_question *by)
{
	chain->next_held_up = by->held_up;
	by->held_up = chain;
}

/* To the answer, or to a reply that is still to come. */
static void follow(struct dns *d, struct dns_question *q)
{
	struct dnssec_verdict verdict;

	while (q->hop->arrived) {
		if (!reply_speaks(q)) {
			go_to_last(d, q);
			continue;
		}
		if (!judge(d, q, &verdict)) {
			hold_up(q, d->missing);
			return;
		}
		if (d->validator && verdict.security == DNS_UNCHECKED &&
		    !dns_table_guarded(d, q->hop))
			continue;
		if (verdict.security == DNS_BOGUS && look_again(d, q))
			continue;
		take_step(d, q, &verdict);
		if (q->answered)
			return;
	}
	hold_up(q, q->hop);
}

void dns_chain_reply(struct dns *d, struct dns_question *q)
{
	struct dns_question *held = q->held_up;

	q->arrived = true;
	if (q->task.again && q->task.reply.trouble)
		q->task.reply = q->first;
	q->held_up = NULL;
	while (held) {
		struct dns_question *next = held->next_held_up;

		follow(d, held);
		held = next;
	}
}

void dns_chain_begin(struct dns *d, struct dns_question *q)
{
	q->hop = q;
	go_to_last(d, q);
	follow(d, q);
}
