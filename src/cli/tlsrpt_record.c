#include "cli/tlsrpt_record.h"

#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/tlsrpt_log.h"

enum {
	RECORD_BYTES = 100, /* of a TLSA record: a digest has 64; of a whole certificate its
	                       beginning tells which it is */
	RECORDS_MAX = TLSRPT_LIST_MAX
};

static void keep(struct tlsrpt_record *r, const struct tlsrpt_session *session)
{
	int error;

	if (tlsrpt_log(r->folder, time(NULL), session, &error))
		return;
	pthread_mutex_lock(&r->lock);
	r->error = error;
	pthread_mutex_unlock(&r->lock);
}

/* RFC 6698 2.2: "3 1 1 0123...", a line each. */
static void put_tlsa(struct buf *b, const struct tls_duty *tls)
{
	for (size_t i = 0; i < tls->record_count && i < RECORDS_MAX; i++) {
		const struct dane_record *record = &tls->records[i];

		buf_printf(b, "%u %u %u ", record->usage, record->selector, record->matching);
		for (size_t j = 0; j < record->size && j < RECORD_BYTES; j++)
			buf_printf(b, "%02x", record->data[j]);
		buf_text(b, "\n");
	}
}

static void add_records(struct arena *a, const struct tls_duty *tls, struct tlsrpt_policy *policy)
{
	struct buf text;

	buf_init(&text, (size_t)RECORDS_MAX * TLSRPT_TEXT_MAX);
	put_tlsa(&text, tls);
	if (text.size) {
		policy->text = arena_bytes(a, text.bytes, text.size);
		policy->text_size = text.size;
	}
	buf_free(&text);
}

static void add_sts(const struct sts_finding *f, struct tlsrpt_policy *policy)
{
	if (!f || !f->policy)
		return;
	policy->text = f->text;
	policy->text_size = f->text_size;
	policy->mx = f->policy->mx;
	policy->mx_count = f->policy->mx_count;
}

static struct tlsrpt_policy policy_of(struct arena *a, const struct plan_domain *domain,
                                      const struct duty *duty)
{
	static const char *const types[] = {
		[DUTY_UNASKED] = "no-policy-found",
		[DUTY_NO_POLICY] = "no-policy-found",
		[DUTY_TLSA] = "tlsa",
		[DUTY_STS] = "sts",
	};
	struct tlsrpt_policy policy = {.type = types[duty->policy], .domain = domain->name};

	if (duty->policy == DUTY_TLSA)
		add_records(a, &duty->tls, &policy);
	if (duty->policy == DUTY_STS)
		add_sts(domain->route.policy, &policy);
	return policy;
}

/* Where our own user says which host it is, or which TLS, the domain learns nothing of itself. */
static bool concerns(const struct plan_domain *domain, const struct duty *duty)
{
	return domain->route.source <= ROUTE_IMPLICIT && duty->policy != DUTY_UNASKED;
}

/* ---- the plan ---- */

/* 4.3.2.2. A policy that is remembered stays in force, and is named. */
static void record_fetch(struct tlsrpt_record *r, const struct plan_domain *domain)
{
	const struct sts_finding *f = domain->route.policy;
	struct tlsrpt_session s = {.policy = {.type = "sts", .domain = domain->name}};

	if (!f || f->result == TLS_FINE || domain->route.source > ROUTE_IMPLICIT)
		return;
	add_sts(f, &s.policy);
	s.result = tls_failure_name(f->result);
	s.reason = f->why;
	keep(r, &s);
}

static void record_excluded(struct tlsrpt_record *r, const struct plan_domain *domain,
                            const struct route_excluded *out)
{
	const struct duty *duty = out->duty;
	struct arena a = {0};

	if (!duty || !duty->failure || !concerns(domain, duty))
		return;
	keep(r, &(struct tlsrpt_session){
			.policy = policy_of(&a, domain, duty),
			.result = tls_failure_name(duty->failure),
			.reason = duty->failing,
			.mx = out->host,
		});
	arena_free(&a);
}

void tlsrpt_record_plan(struct tlsrpt_record *r, const struct plan *plan)
{
	for (size_t i = 0; i < plan->domain_count; i++) {
		const struct plan_domain *domain = &plan->domains[i];

		record_fetch(r, domain);
		for (size_t j = 0; j < domain->route.excluded_count; j++)
			record_excluded(r, domain, &domain->route.excluded[j]);
	}
}

/* ---- a visit ---- */

/* What went wrong with the visit comes before what is wrong with the policy. */
static enum tls_failure result_of(const struct deliver_attempt *attempt, const struct duty *duty,
                                  const char **words)
{
	*words = attempt->tls_failing;
	if (attempt->tls_failure)
		return attempt->tls_failure;
	*words = duty->failing;
	if (duty->failure || !duty->tls.watched)
		return duty->failure;
	*words = attempt->tls->watched_words;
	return attempt->tls->watched;
}

static void record_visit(struct tlsrpt_record *r, const struct deliver_attempt *attempt,
                         const struct plan_domain *domain)
{
	const struct duty *duty = &domain->route.hosts[attempt->host_number].duty;
	const char *words;
	enum tls_failure failure = result_of(attempt, duty, &words);
	struct arena a = {0};
	char local[IP_TEXT];

	if (!concerns(domain, duty))
		return;
	/* Who has promised no TLS breaks no promise (4.3: a failure is one to apply the policy) */
	if (failure == TLS_NOT_SUPPORTED && duty->policy == DUTY_NO_POLICY)
		return;
	keep(r, &(struct tlsrpt_session){
			.policy = policy_of(&a, domain, duty),
			.result = tls_failure_name(failure),
			.reason = failure ? words : NULL,
			.sending_ip = attempt->local ? ip_print(attempt->local, local) : NULL,
			.mx = attempt->host,
			.receiving_ip = attempt->address,
		});
	arena_free(&a);
}

/* Neither TLS nor a failure: it never came to that, or this visit was to be in clear after one that
   has been told of. */
static void hear_attempt(void *context, const struct deliver_attempt *attempt)
{
	struct tlsrpt_record *r = context;

	for (size_t i = 0; i < attempt->delivery->domain_count; i++) {
		if (attempt->tls || attempt->tls_failure)
			record_visit(r, attempt, attempt->delivery->domains[i]);
	}
	r->inner->attempt(r->inner->context, attempt);
}

static void hear_result(void *context, const struct recipient *recipient, const char *tls)
{
	struct tlsrpt_record *r = context;

	r->inner->result(r->inner->context, recipient, tls);
}

void tlsrpt_record_open(struct tlsrpt_record *r, const char *folder,
                        const struct deliver_report *inner)
{
	*r = (struct tlsrpt_record){
		.folder = folder,
		.inner = inner,
		.report = {.result = hear_result, .attempt = hear_attempt, .context = r},
	};
	pthread_mutex_init(&r->lock, NULL);
}

void tlsrpt_record_close(struct tlsrpt_record *r)
{
	pthread_mutex_destroy(&r->lock);
}
