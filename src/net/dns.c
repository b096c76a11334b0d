#include "net/dns.h"

#include "base/memory.h"
#include "net/dns_chain.h"
#include "net/dns_file.h"

#include <stdlib.h>

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
	if (settings->security <= DNSSEC_VALIDATE)
		d->validator = dnssec_open(settings, &d->arena, dns_table_source(d));
	if (settings->security == DNSSEC_AUTO && dnssec_warning(d->validator))
		dns_transport_guard(d->transport);
	return d;
}

bool dns_facts(struct dns *d, const char *path, struct machine *machine, const char **why)
{
	d->file = dns_file_open(&d->arena, path, machine, why);
	dnssec_close(d->validator);
	d->validator = NULL;
	return d->file != NULL;
}

const char *dns_policy(const struct dns *d, const char *host, const char **why)
{
	*why = "there is no file";
	return d->file ? dns_file_policy(d->file, host, why) : NULL;
}

const char *dns_cached_policy(const struct dns *d, const char *host, const char **id, bool *stale)
{
	return d->file ? dns_file_cached_policy(d->file, host, id, stale) : NULL;
}

bool dns_seed(const struct dns *d, uint64_t *seed)
{
	return d->file && dns_file_seed(d->file, seed);
}

const struct dns_answer *dns_get(struct dns *d, const char *name, enum dns_type type, size_t asker)
{
	static const struct dns_answer impossible = {.outcome = DNS_NO_NAME, .name = "."};
	struct dns_question *q = dns_table_of(d, name, type);

	if (!q)
		return &impossible;
	if (!q->hop)
		dns_chain_begin(d, q);
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
			dns_chain_reply(d, (struct dns_question *)task);
	}
	return true;
}

const char *dns_security_warning(const struct dns *d)
{
	return d->validator ? dnssec_warning(d->validator) : NULL;
}

struct dns_counts dns_counts(const struct dns *d)
{
	struct dns_counts counts = dns_transport_counts(d->transport);

	counts.questions = d->asked;
	counts.verified = d->validator ? dnssec_verified(d->validator) : 0;
	counts.warning = dns_security_warning(d);
	return counts;
}

/* By the proofs, where they decided and not the reply's word. */
static bool says_no_name(const struct dns_question *q)
{
	enum dns_outcome outcome = q->answer.outcome;

	if (q->answered && q->hop == q && (outcome == DNS_NO_NAME || outcome == DNS_NO_DATA))
		return outcome == DNS_NO_NAME;
	return q->task.reply.no_name;
}

void dns_said_all(const struct dns *d, void (*tell)(void *context, const struct dns_said *said),
                  void *context)
{
	for (const struct dns_question *q = d->asked_first; q; q = q->asked_next) {
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
		if (q->arrived && !of_validator)
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
