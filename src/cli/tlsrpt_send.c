#include "cli/tlsrpt_send.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/gzip.h"
#include "base/memory.h"
#include "cli/tlsrpt_mail.h"

/* A report that is to go to one place. */
struct parcel {
	const char *domain;
	struct tlsrpt_target target;
	struct ip addresses[HTTPS_ADDRESSES]; /* of an HTTPS host */
	size_t address_count;
};

struct wish {
	const char *domain;
	bool known; /* the TXT record is */
	struct tlsrpt_target targets[TLSRPT_TARGET_MAX];
	size_t count;
};

struct run {
	const struct tlsrpt_send *send;
	struct arena arena;
	struct wish *wishes;
	size_t wish_count;
	size_t failures;
};

/* ---- who wants reports ---- */

/* Ask for what is not known yet. */
static void ask(struct run *run, size_t i)
{
	struct wish *w = &run->wishes[i];
	struct dns *dns = run->send->dns;
	const char *name = arena_printf(&run->arena, "_smtp._tls.%s", w->domain);
	const struct dns_answer *txt = w->known ? NULL : dns_get(dns, name, DNS_TXT, i);

	if (!txt)
		return;
	w->known = true;
	if (txt->outcome == DNS_FOUND && txt->security != DNS_BOGUS)
		w->count = tlsrpt_rua_parse(&run->arena, txt->txt, txt->count, w->targets);
	for (size_t k = 0; k < w->count; k++) {
		if (w->targets[k].mail)
			continue;
		dns_get(dns, w->targets[k].host, DNS_AAAA, i);
		dns_get(dns, w->targets[k].host, DNS_A, i);
	}
}

static void ask_all(struct run *run)
{
	const char *const *domains =
		tlsrpt_sums_domains(run->send->sums, &run->arena, &run->wish_count);
	size_t i;

	run->wishes = arena_array(&run->arena, run->wish_count, sizeof *run->wishes);
	for (i = 0; i < run->wish_count; i++) {
		run->wishes[i].domain = domains[i];
		ask(run, i);
	}
	while (dns_wait(run->send->dns, run->send->until, &i))
		ask(run, i);
}

/* After ask_all every answer is there. */
static void find_addresses(const struct run *run, struct parcel *p, enum dns_type type)
{
	const struct dns_answer *a = dns_get(run->send->dns, p->target.host, type, 0);

	for (size_t i = 0; a && i < a->count && p->address_count < HTTPS_ADDRESSES; i++) {
		if (run->send->allow_loopback || !ip_unroutable(&a->ip[i]))
			p->addresses[p->address_count++] = a->ip[i];
	}
}

/* ---- the ways ---- */

static void tell(struct run *run, const struct parcel *p, const char *why)
{
	const struct tlsrpt_ways *ways = &run->send->ways;
	const struct tlsrpt_target *t = &p->target;
	const char *where = t->mail ? address_shown(&run->arena, &t->address)
	                            : arena_printf(&run->arena, "https://%s%s", t->host, t->path);

	run->failures += why != NULL;
	ways->tell(ways->context, p->domain, where, why);
}

static void pack(const struct run *run, const char *domain, struct buf *packed)
{
	struct buf report;

	buf_init(&report, TLSRPT_REPORT_MAX);
	buf_init(packed, TLSRPT_REPORT_MAX);
	tlsrpt_report(run->send->sums, domain, &run->send->by, &report);
	if (report.failed)
		packed->failed = true;
	else
		gzip_pack(packed, report.bytes, report.size);
	buf_free(&report);
}

static void send_mail(struct run *run, const struct parcel *p, const struct buf *packed)
{
	const struct tlsrpt_send *send = run->send;
	const struct address *to = &p->target.address;
	const char *why = "the report is too large";
	struct buf text;
	bool sent;

	buf_init(&text, TLSRPT_MAIL_MAX);
	tlsrpt_mail(&run->arena, &text, &send->by, p->domain, send->from,
	            address_wire(&run->arena, to), packed);
	sent = !text.failed && send->ways.mail(send->ways.context, &text, to, &why);
	tell(run, p, sent ? NULL : why);
	buf_free(&text);
}

static void send_posts(struct run *run, struct parcel *parcels, struct https_request *requests,
                       size_t count)
{
	const struct tlsrpt_ways *ways = &run->send->ways;

	ways->post(ways->context, requests, count, run->send->until);
	for (size_t i = 0; i < count; i++) {
		const struct https_request *r = &requests[i];
		bool taken = r->outcome == HTTPS_ANSWERED && r->status / 100 == 2; /* 5.4 */

		tell(run, &parcels[i],
		     taken ? NULL
		     : r->outcome != HTTPS_ANSWERED
		             ? r->why
		             : arena_printf(&run->arena, "it answers with HTTP status %u",
		                            r->status));
		buf_free(&requests[i].body);
		free((void *)r->post);
	}
}

/* Reports by HTTPS are gathered, and go side by side. */
struct gathered {
	struct parcel parcels[TLSRPT_AT_ONCE];
	struct https_request requests[TLSRPT_AT_ONCE];
	size_t count;
};

static void flush(struct run *run, struct gathered *g)
{
	if (g->count)
		send_posts(run, g->parcels, g->requests, g->count);
	g->count = 0;
}

/* Takes over what is packed. */
static void gather(struct run *run, struct gathered *g, const struct parcel *p,
                   const struct buf *packed)
{
	struct parcel *kept = &g->parcels[g->count];

	*kept = *p;
	find_addresses(run, kept, DNS_AAAA);
	find_addresses(run, kept, DNS_A);
	g->requests[g->count++] = (struct https_request){
		.host = kept->target.host,
		.path = kept->target.path,
		.port = kept->target.port,
		.addresses = kept->addresses,
		.address_count = kept->address_count,
		.post_type = "application/tlsrpt+gzip",
		.post = packed->bytes,
		.post_size = packed->size,
	};
	if (g->count == TLSRPT_AT_ONCE)
		flush(run, g);
}

static void send_parcel(struct run *run, struct gathered *g, const struct parcel *p)
{
	struct buf packed;

	pack(run, p->domain, &packed);
	if (packed.failed)
		tell(run, p, "the report is too large");
	else if (p->target.mail)
		send_mail(run, p, &packed);
	else
		gather(run, g, p, &packed);
	if (packed.failed || p->target.mail)
		buf_free(&packed);
}

size_t tlsrpt_send(const struct tlsrpt_send *send, size_t *asked)
{
	struct gathered *g = memory_get(1, sizeof *g);
	struct run run = {.send = send};

	*asked = 0;
	ask_all(&run);
	for (size_t i = 0; i < run.wish_count; i++) {
		const struct wish *w = &run.wishes[i];

		*asked += w->count;
		for (size_t k = 0; k < w->count; k++)
			send_parcel(&run, g,
			            &(struct parcel){.domain = w->domain, .target = w->targets[k]});
	}
	flush(&run, g);
	arena_free(&run.arena);
	free(g);
	return run.failures;
}
