#include "route/sts_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"

static const char no_record[] = "it has no MTA-STS record";
static const char policy_path[] = "/.well-known/mta-sts.txt";

/* ---- what is in force ---- */

static void apply(struct sts_finding *f, const char *source)
{
	f->policy = &f->known.policy;
	f->id = f->known.id;
	f->text = f->known.text;
	f->text_size = f->known.text_size;
	f->source = source;
}

/* What holds without a fetch. trouble: what speaks against the domain's record, NULL when nothing
   does. 3.1, 3.3: what is remembered outlives its record. */
static void apply_known(const struct sts_world *world, struct arena *a, struct sts_finding *f,
                        const char *trouble)
{
	if (!sts_known_in_force(&f->known, world->now)) {
		f->reason = trouble ? trouble : "its policy has not been fetched";
		return;
	}
	apply(f, "cached");
	f->reason = arena_printf(a, "policy %s, mode %s, cached%s%s", f->id,
	                         sts_mode_name(f->policy->mode), trouble ? "; " : "",
	                         trouble ? trouble : "");
}

/* ---- whether to fetch ---- */

/* Has this very thing been tried in vain within so many seconds? A moment in the future is none. */
static bool failed_within(const struct sts_finding *f, int64_t now, int64_t seconds)
{
	const struct sts_known *known = &f->known;

	return known->failed_id && strcmp(known->failed_id, f->wanted) == 0 &&
	       known->failed <= now && now - known->failed < seconds;
}

static bool fetch_due(const struct sts_finding *f, int64_t now)
{
	const struct sts_known *known = &f->known;
	bool renamed = f->wanted[0] && (!known->id || strcmp(known->id, f->wanted) != 0);

	if (!sts_known_in_force(known, now))
		return f->wanted[0] && !failed_within(f, now, STS_RETRY);
	if (renamed)
		return !failed_within(f, now, STS_RETRY);
	/* 10.2: also without a record, else who can hide it keeps an old policy alive */
	return (now < known->fetched || now - known->fetched >= STS_REFRESH) &&
	       !failed_within(f, now, STS_REFRESH_RETRY);
}

/* What is wrong with the record, in words; NULL: it names an id. */
static const char *read_record(struct arena *a, const struct dns_answer *txt, char *id)
{
	const char *why = no_record;
	bool known = txt->outcome == DNS_FOUND || txt->outcome == DNS_NO_DATA ||
	             txt->outcome == DNS_NO_NAME;

	if (!known || txt->security == DNS_BOGUS)
		return arena_printf(a, "its MTA-STS record could not be looked up: %s",
		                    txt->trouble           ? txt->trouble
		                    : txt->security_reason ? txt->security_reason
		                                           : "bogus");
	if (txt->outcome != DNS_FOUND ||
	    sts_record_parse(txt->txt, txt->count, id, &why) != STS_RECORD_FOUND)
		return why;
	return NULL;
}

static void recall(const struct sts_world *world, struct arena *a, struct sts_finding *f)
{
	struct sts_known known = {.fetched = world->now};
	const char *why;
	bool stale = false;

	known.text = world->source.recall(world->source.context, f->mta_host, &known.id, &stale);
	known.text_size = known.text ? strlen(known.text) : 0;
	if (!known.text || !sts_policy_parse(a, known.text, known.text_size, &known.policy, &why))
		return;
	if (stale && known.policy.max_age > STS_REFRESH)
		known.fetched -= STS_REFRESH;
	f->known = known;
}

void sts_look(const struct sts_world *world, struct arena *a, const char *domain,
              const struct dns_answer *txt, struct sts_finding *f)
{
	const char *trouble;

	*f = (struct sts_finding){.domain = domain, .id = "", .source = "", .text = ""};
	bool named = (size_t)snprintf(f->mta_host, sizeof f->mta_host, "mta-sts.%s", domain) <
	             sizeof f->mta_host;

	trouble = read_record(a, txt, f->wanted);
	sts_cache_read(&world->cache, a, domain, &f->known);
	if (world->source.recall)
		recall(world, a, f);
	/* A longer name could not be looked up either */
	f->fetch = named && fetch_due(f, world->now);
	if (!trouble && !f->fetch && failed_within(f, world->now, STS_REFRESH_RETRY)) {
		trouble = "its policy could not be fetched a short while ago";
		f->result = TLS_STS_FETCH_ERROR;
	}
	apply_known(world, a, f, trouble);
	f->none = trouble == no_record && !f->policy;
}

/* ---- fetching ---- */

/* Is what came back a policy? */
static enum tls_failure judge(struct arena *a, const struct https_request *r,
                              struct sts_policy *policy, const char **why)
{
	*why = r->why;
	if (r->outcome != HTTPS_ANSWERED)
		return r->outcome == HTTPS_CERTIFICATE ? TLS_STS_WEBPKI_INVALID
		                                       : TLS_STS_FETCH_ERROR;
	*why = arena_printf(a, "it answers with HTTP status %u", r->status);
	if (r->status != 200) /* 3.3: redirects too */
		return TLS_STS_FETCH_ERROR;
	*why = "it is not text/plain"; /* 3.2 */
	if (strcmp(r->type, "text/plain") != 0)
		return TLS_STS_INVALID;
	return sts_policy_parse(a, r->body.bytes ? r->body.bytes : "", r->body.size, policy, why)
	               ? TLS_FINE
	               : TLS_STS_INVALID;
}

static void take_policy(const struct sts_world *world, struct arena *a, struct sts_finding *f,
                        const struct https_request *r, const struct sts_policy *policy)
{
	/* A refresh while the record is hidden has no other name than the old one */
	const char *id = f->wanted[0] ? f->wanted : f->known.id;

	f->known = (struct sts_known){
		.id = arena_text(a, id),
		.fetched = world->now,
		.text = arena_bytes(a, r->body.bytes, r->body.size),
		.text_size = r->body.size,
		.policy = *policy,
	};
	apply(f, "fetched");
	f->reason = arena_printf(a, "policy %s, mode %s, fetched", f->id,
	                         sts_mode_name(f->policy->mode));
}

static void take_failure(const struct sts_world *world, struct arena *a, struct sts_finding *f,
                         const char *why)
{
	f->why = arena_text(a, why);
	f->known.failed = world->now;
	f->known.failed_id = f->wanted;
	apply_known(world, a, f,
	            arena_printf(a, "its policy could not be fetched from %s: %s", f->mta_host,
	                         why));
}

static void take(const struct sts_world *world, struct arena *a, struct sts_finding *f,
                 const struct https_request *r, bool cancelled)
{
	struct sts_policy policy;
	const char *why;

	f->fetch = false;
	f->result = judge(a, r, &policy, &why);
	if (f->result == TLS_FINE)
		take_policy(world, a, f, r, &policy);
	else
		take_failure(world, a, f, why);
	/* That our user has no patience, or others were slow, says nothing of the domain. */
	if (r->outcome != HTTPS_UNTRIED && (r->outcome != HTTPS_GIVEN_UP || !cancelled))
		sts_cache_write(&world->cache, f->domain, &f->known);
}

/* Those of its addresses that are anybody's. */
static struct ip *public_addresses(const struct sts_world *world, struct arena *a,
                                   const struct sts_finding *f, size_t *count)
{
	struct ip *all = arena_array(a, f->address_count, sizeof *all);

	*count = 0;
	for (size_t i = 0; i < f->address_count; i++) {
		if (world->allow_loopback || !ip_unroutable(&f->addresses[i]))
			all[(*count)++] = f->addresses[i];
	}
	return all;
}

static struct https_request request_of(const struct sts_world *world, struct arena *a,
                                       const struct sts_finding *f)
{
	struct https_request r = {.host = f->mta_host, .path = policy_path, .port = world->port};

	r.addresses = public_addresses(world, a, f, &r.address_count);
	return r;
}

void sts_fetch(const struct sts_world *world, struct arena *a, struct sts_finding *const *findings,
               size_t count, struct deadline until)
{
	struct https_request *requests = memory_get(count + 1, sizeof *requests);
	bool cancelled;

	for (size_t i = 0; i < count; i++)
		requests[i] = request_of(world, a, findings[i]);
	world->source.run(world->source.context, requests, count,
	                  deadline_in(until, deadline_left(until) / STS_SHARE));
	cancelled = deadline_cancelled(until);
	for (size_t i = 0; i < count; i++) {
		take(world, a, findings[i], &requests[i], cancelled);
		buf_free(&requests[i].body);
	}
	free(requests);
}
