#include "route/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/dns_index.h"

struct entry {
	struct dns_link link;
	struct sts_finding finding;
	bool looked;          /* the TXT record is known, and what is remembered */
	bool done;
	struct entry *wanted; /* the next that is to be fetched */
	struct entry *older;  /* of all there are */
};

struct policies {
	struct arena arena;
	struct dns *dns;
	const struct sts_world *world;
	struct dns_index entries;
	struct entry *newest;
	struct entry *wanted; /* their hosts are known, they are to be fetched */
	size_t wanted_count;
};

struct policies *policies_open(struct dns *dns, const struct sts_world *world)
{
	struct policies *p = memory_get(1, sizeof *p);

	p->dns = dns;
	p->world = world;
	return p;
}

static struct entry *entry_get(struct policies *p, const char *domain)
{
	uint64_t hash = text_hash(domain, 0);
	struct entry *e;

	for (struct dns_link *l = dns_index_first(&p->entries, hash); l; l = dns_index_next(l)) {
		e = (void *)((char *)l - offsetof(struct entry, link));
		if (text_same(e->finding.domain, domain))
			return e;
	}
	e = arena_get(&p->arena, sizeof *e);
	e->finding.domain = arena_text(&p->arena, domain);
	e->older = p->newest;
	p->newest = e;
	dns_index_add(&p->entries, &e->link, hash);
	return e;
}

static const struct dns_answer *ask(struct policies *p, const char *domain, size_t asker)
{
	struct arena scratch = {0};
	const char *name = arena_printf(&scratch, "_mta-sts.%s", domain);
	const struct dns_answer *txt = dns_get(p->dns, name, DNS_TXT, asker);

	arena_free(&scratch);
	return txt;
}

void policy_ask(struct policies *p, const char *domain, size_t asker)
{
	ask(p, domain, asker);
}

static void look(struct policies *p, struct entry *e, const struct dns_answer *txt)
{
	e->looked = true;
	sts_look(p->world, &p->arena, e->finding.domain, txt, &e->finding);
	e->done = !e->finding.fetch;
}

/* The host that has the policy, as our own resolver sees it. */
static void want(struct policies *p, struct entry *e, const struct dns_answer *six,
                 const struct dns_answer *four)
{
	struct sts_finding *f = &e->finding;
	struct ip *addresses = arena_array(&p->arena, six->count + four->count, sizeof *addresses);

	for (size_t i = 0; i < six->count || i < four->count; i++) {
		if (i < six->count)
			addresses[f->address_count++] = six->ip[i];
		if (i < four->count)
			addresses[f->address_count++] = four->ip[i];
	}
	f->addresses = addresses;
	e->wanted = p->wanted;
	p->wanted = e;
	p->wanted_count++;
}

const struct sts_finding *policy_get(struct policies *p, const char *domain, size_t asker)
{
	struct entry *e = entry_get(p, domain);
	const struct dns_answer *txt, *six, *four;

	if (!e->looked) {
		txt = ask(p, domain, asker);
		if (!txt)
			return NULL;
		look(p, e, txt);
	}
	if (e->done)
		return &e->finding;
	six = dns_get(p->dns, e->finding.mta_host, DNS_AAAA, asker);
	four = dns_get(p->dns, e->finding.mta_host, DNS_A, asker);
	if (six && four && !e->finding.addresses)
		want(p, e, six, four);
	return NULL;
}

bool policies_fetch(struct policies *p, struct deadline until)
{
	size_t count = p->wanted_count;
	struct sts_finding **findings;

	if (!count)
		return false;
	findings = memory_get(count, sizeof(struct sts_finding *));
	for (struct entry *e = p->wanted; e; e = e->wanted) {
		findings[--p->wanted_count] = &e->finding;
		e->done = true;
	}
	p->wanted = NULL;
	sts_fetch(p->world, &p->arena, findings, count, until);
	free(findings);
	return true;
}

const struct sts_finding *policies_next(const struct policies *p, const struct sts_finding *f)
{
	size_t before = offsetof(struct entry, finding);
	const struct entry *e = p->newest;

	if (f)
		e = ((const struct entry *)((const char *)f - before))->older;
	while (e && !e->done)
		e = e->older;
	return e ? &e->finding : NULL;
}

bool policy_enforced(const struct sts_finding *f)
{
	return f && f->policy && f->policy->mode == STS_ENFORCE;
}

void policies_close(struct policies *p)
{
	if (!p)
		return;
	dns_index_free(&p->entries);
	arena_free(&p->arena);
	free(p);
}
