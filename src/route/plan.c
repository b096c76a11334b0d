#include "route/plan.h"

#include "base/text.h"
#include "route/plan_index.h"

/* As address_same sees it: an IPv6 literal can be written in many ways. */
static uint64_t recipient_hash(const struct address *address)
{
	char text[IP_TEXT];

	if (address->kind == DOMAIN_LITERAL)
		return text_hash(address->local, text_hash(ip_print(&address->ip, text), 0));
	return text_hash(address->local, text_hash(address->domain, 0));
}

static bool recipient_same(const struct plan *plan, size_t one, size_t other)
{
	return address_same(&plan->recipients[one].address, &plan->recipients[other].address);
}

/* A20: the same local part and the same domain without case is the same mailbox. */
static void collect_recipients(struct plan *plan, struct arena *scratch,
                               const struct address *addresses, size_t count)
{
	struct plan_index index;

	plan->recipients = arena_array(&plan->arena, count, sizeof *plan->recipients);
	plan_index_begin(&index, scratch, count);
	for (size_t i = 0; i < count; i++) {
		struct recipient *r = &plan->recipients[plan->recipient_count];
		uint64_t hash = recipient_hash(&addresses[i]);
		size_t number = plan->recipient_count;

		r->address = addresses[i];
		if (plan_index_enter(&index, hash, number, plan, recipient_same) != number)
			continue;
		r->wire = address_wire(&plan->arena, &r->address);
		r->shown = address_shown(&plan->arena, &r->address);
		plan->recipient_count++;
	}
}

static bool domain_same(const struct plan *plan, size_t one, size_t other)
{
	return text_same(plan->domains[one].name, plan->domains[other].name);
}

/* Find each recipient's domain and count its recipients; of[] says which domain is whose. */
static void count_domains(struct plan *plan, struct arena *scratch, size_t *of)
{
	struct plan_index index;

	plan_index_begin(&index, scratch, plan->recipient_count);
	for (size_t i = 0; i < plan->recipient_count; i++) {
		const struct address *address = &plan->recipients[i].address;
		struct plan_domain *next = &plan->domains[plan->domain_count];

		*next = (struct plan_domain){.name = address->domain, .shown = address->shown};
		of[i] = plan_index_enter(&index, text_hash(address->domain, 0), plan->domain_count,
		                         plan, domain_same);
		plan->domain_count += of[i] == plan->domain_count;
		plan->domains[of[i]].recipient_count++;
	}
}

static void collect_domains(struct plan *plan, struct arena *scratch)
{
	size_t *of = arena_array(scratch, plan->recipient_count, sizeof *of);

	plan->domains = arena_array(&plan->arena, plan->recipient_count, sizeof *plan->domains);
	count_domains(plan, scratch, of);
	for (size_t i = 0; i < plan->domain_count; i++) {
		struct plan_domain *d = &plan->domains[i];

		d->recipients =
			arena_array(&plan->arena, d->recipient_count, sizeof(struct recipient *));
		d->recipient_count = 0;
	}
	for (size_t i = 0; i < plan->recipient_count; i++) {
		struct plan_domain *d = &plan->domains[of[i]];

		d->recipients[d->recipient_count++] = &plan->recipients[i];
	}
}

void plan_open(struct plan *plan, const struct address *addresses, size_t count)
{
	struct arena scratch = {0};

	*plan = (struct plan){0};
	collect_recipients(plan, &scratch, addresses, count);
	collect_domains(plan, &scratch);
	arena_free(&scratch);
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->delivery_count; i++)
		arena_free(&plan->deliveries[i]->arena);
	arena_free(&plan->arena);
}
