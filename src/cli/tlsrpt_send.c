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
	bool known;          /* the TXT record is */
	const char *trouble; /* it cannot be looked up now: why */
	struct tlsrpt_target targets[TLSRPT_TARGET_MAX];
	size_t count;
};

struct run {
	const struct tlsrpt_send *send;
	struct arena arena;
	struct wish *wishes;
	size_t wish_count;
	size_t put_off;
};

/* ---- who wants reports ---- */

static const char *trouble_of(const struct dns_answer *txt)
{
	if (txt->security == DNS_BOGUS)
		return txt->security_reason ? txt->security_reason : "bogus";
	return txt->outcome == DNS_TROUBLE ? txt->trouble : NULL;
}

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
	w->trouble = trouble_of(txt);
	if (txt->outcome == DNS_FOUND && !w->trouble)
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
		run->wishes[i].trouble = "no answer in time";
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

static const char too_large[] = "the report is too large";

static const char *where(struct run *run, const struct tlsrpt_target *t)
{
	if (t->mail)
		return address_shown(&run->arena, &t->address);
	if (t->port)
		return arena_printf(&run->arena, "https://%s:%u%s", t->host, t->port, t->path);
	return arena_printf(&run->arena, "https://%s%s", t->host, t->path);
}

static void tell(struct run *run, const struct parcel *p, enum tlsrpt_fate fate, const char *why)
{
	const struct tlsrpt_ways *ways = &run->send->ways;

	run->put_off += fate == TLSRPT_PUT_OFF;
	ways->tell(ways->context, p->domain, where(run, &p->target), fate, why);
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
	enum tlsrpt_fate fate = TLSRPT_REFUSED;
	const char *why = too_large;
	struct buf text;

	buf_init(&text, TLSRPT_MAIL_MAX);
	tlsrpt_mail(&run->arena, &text, &send->by, p->domain, send->from,
	            address_wire(&run->arena, to), packed);
	if (!text.failed)
		fate = send->ways.mail(send->ways.context, &text, to, &why);
	tell(run, p, fate, fate == TLSRPT_TAKEN ? NULL : why);
	buf_free(&text);
}

static void tell_post(struct run *run, const struct parcel *p, const struct https_request *r)
{
	if (r->outcome != HTTPS_ANSWERED)
		tell(run, p, TLSRPT_PUT_OFF, r->why);
	else if (r->status / 100 == 2) /* 5.4 */
		tell(run, p, TLSRPT_TAKEN, NULL);
	else
		tell(run, p, TLSRPT_PUT_OFF,
		     arena_printf(&run->arena, "it answers with HTTP status %u", r->status));
}

static void send_posts(struct run *run, struct parcel *parcels, struct https_request *requests,
                       size_t count)
{
	const struct tlsrpt_ways *ways = &run->send->ways;

	ways->post(ways->context, requests, count, run->send->until);
	for (size_t i = 0; i < count; i++) {
		tell_post(run, &parcels[i], &requests[i]);
		buf_free(&requests[i].body);
		free((void *)requests[i].post);
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
	const struct tlsrpt_ways *ways = &run->send->ways;
	struct buf packed;

	if (ways->settled(ways->context, p->domain, where(run, &p->target)))
		return;
	pack(run, p->domain, &packed);
	if (packed.failed)
		tell(run, p, TLSRPT_REFUSED, too_large);
	else if (p->target.mail)
		send_mail(run, p, &packed);
	else
		gather(run, g, p, &packed);
	if (packed.failed || p->target.mail)
		buf_free(&packed);
}

/* Who could not be asked may have wanted one. */
static void send_wish(struct run *run, struct gathered *g, const struct wish *w)
{
	const struct tlsrpt_ways *ways = &run->send->ways;

	if (w->trouble) {
		run->put_off++;
		ways->tell(ways->context, w->domain,
		           arena_printf(&run->arena, "_smtp._tls.%s", w->domain), TLSRPT_PUT_OFF,
		           w->trouble);
	}
	for (size_t k = 0; k < w->count; k++)
		send_parcel(run, g, &(struct parcel){.domain = w->domain, .target = w->targets[k]});
}

size_t tlsrpt_send(const struct tlsrpt_send *send, size_t *asked)
{
	struct gathered *g = memory_get(1, sizeof *g);
	struct run run = {.send = send};

	*asked = 0;
	ask_all(&run);
	for (size_t i = 0; i < run.wish_count; i++) {
		*asked += run.wishes[i].count;
		send_wish(&run, g, &run.wishes[i]);
	}
	flush(&run, g);
	arena_free(&run.arena);
	free(g);
	return run.put_off;
}
