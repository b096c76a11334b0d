#include "cli/probe_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "cli/layout.h"
#include "cli/plan_text.h"
#include "cli/probe_note.h"

enum {
	SENTENCE_MAX = 200,
	ADDRESS_INDENT = 4,
	NOTES_MAX = 200 /* of one host: different notes about its addresses */
};

/* A visit in words. Addresses that were visited twice have two. */
struct probe_visit {
	const char *domain, *host, *address;
	uint16_t port;
	size_t number; /* in the order told */
	const char *connect, *greeting, *tls, *certificate, *answer;
	const char **notes;
	size_t note_count;
};

/* ---- keeping ---- */

static const char *time_cell(struct arena *a, int64_t ms)
{
	return ms < 0 ? "-" : arena_printf(a, "%" PRId64 " ms", ms);
}

static const char *connect_cell(struct arena *a, const struct deliver_attempt *t)
{
	bool failed = !t->heard && t->connect_ms >= 0;

	return failed ? "failed" : time_cell(a, t->connect_ms);
}

static const char *greeting_cell(struct arena *a, const struct deliver_attempt *t)
{
	if (!t->spent_ms)
		return "-";
	return t->status.class != 2 && t->status.stage == STAGE_GREETING
	               ? "failed"
	               : time_cell(a, t->spent_ms[STAGE_GREETING]);
}

/* Where TLS is owed, a handshake that fails or proves nothing ends all. */
static bool ended_at_tls(const struct deliver_attempt *t)
{
	return t->stage == STAGE_TLS && t->status.class != 2 && t->spent_ms &&
	       t->spent_ms[STAGE_TLS] >= 0;
}

static const char *tls_cell(const struct deliver_attempt *t, struct arena *a)
{
	if (t->tls)
		return arena_text(a, t->tls->version);
	if (t->tls_trouble || ended_at_tls(t))
		return "failed";
	return t->stage >= STAGE_TLS ? "none" : "-";
}

/* The day until which it is good. */
static const char *certificate_cell(const struct deliver_attempt *t, struct arena *a, int64_t now)
{
	const struct tls_certificate *c = t->tls ? &t->tls->certificate : NULL;

	if (!c || !c->count)
		return "-";
	if (t->tls->proved && !strcmp(t->tls->proved, "dane"))
		return "DANE";
	if (c->not_after < now)
		return "expired";
	return *c->chain ? "unproved" : probe_note_day(a, c->not_after);
}

static const char *answer_cell(const struct deliver_attempt *t, struct arena *a)
{
	const struct session_heard *h = t->heard;

	if (h && h->mail.class > 2)
		return arena_printf(a, "MAIL %u", h->mail.reply);
	if (h && h->rcpt_count == 1)
		return arena_printf(a, "%u", h->rcpt[0].status.reply);
	if (h && h->rcpt_count)
		return arena_printf(a, "%zu of %zu", h->rcpt_accepted, h->rcpt_count);
	return "-";
}

static struct probe_visit *visit_add(struct probe_text *p)
{
	if (p->count == p->room) {
		p->room = p->room ? 2 * p->room : 64;
		p->visits = memory_resize(p->visits, p->room, sizeof *p->visits);
	}
	p->sorted = false;
	return &p->visits[p->count++];
}

void probe_text_keep(struct probe_text *p, const struct deliver_attempt *attempt, int64_t now)
{
	struct arena *a = &p->arena;
	const char *notes[PROBE_NOTES_MAX];
	size_t count = probe_notes(a, attempt, now, notes);
	struct probe_visit *v = visit_add(p);

	*v = (struct probe_visit){
		.domain = arena_text(a, attempt->domain),
		.host = arena_text(a, attempt->host),
		.address = arena_text(a, attempt->address),
		.port = attempt->port,
		.number = p->count,
		.connect = connect_cell(a, attempt),
		.greeting = greeting_cell(a, attempt),
		.tls = tls_cell(attempt, a),
		.certificate = certificate_cell(attempt, a, now),
		.answer = answer_cell(attempt, a),
		.notes = arena_array(a, count, sizeof *v->notes),
		.note_count = count,
	};
	for (size_t i = 0; i < count; i++)
		v->notes[i] = notes[i];
}

/* ---- finding ---- */

static int compare_places(const struct probe_visit *a, const struct probe_visit *b)
{
	int order = strcmp(a->address, b->address);

	order = order ? order : strcmp(a->host, b->host);
	return order ? order : (int)a->port - (int)b->port;
}

static int compare_visits(const void *one, const void *other)
{
	const struct probe_visit *a = one, *b = other;
	int order = compare_places(a, b);

	order = order ? order : strcmp(a->domain, b->domain);
	return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* The visits to this place: *count of them, in the order told. */
static const struct probe_visit *visits_to(const struct probe_text *p,
                                           const struct probe_visit *place, size_t *count)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_places(&p->visits[middle], place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0; low + *count < p->count; ++*count) {
		if (compare_places(&p->visits[low + *count], place))
			break;
	}
	return p->visits + low;
}

/* Of the visits to this place those on behalf of this delivery; where there are none, it shares
   another one's, and the first says all. */
static const struct probe_visit *find(const struct probe_text *p, const struct delivery *d,
                                      const struct route_host *host, const struct ip *ip,
                                      size_t *count)
{
	char address[IP_TEXT];
	const struct probe_visit place = {.host = host->name,
	                                  .address = ip_print(ip, address),
	                                  .port = host->port};
	size_t all, from = 0;
	const struct probe_visit *visits = visits_to(p, &place, &all);

	while (from < all && strcmp(visits[from].domain, d->domains[0]->name) != 0)
		from++;
	if (from == all)
		from = 0;
	for (*count = 0; from + *count < all; ++*count) {
		if (strcmp(visits[from + *count].domain, visits[from].domain) != 0)
			break;
	}
	return visits + from;
}

/* ---- printing ---- */

/* The notes about one host, each with the addresses that it is about. */
struct note {
	const char *text, *addresses, *last;
	size_t about;
};

struct host_notes {
	struct arena *a;
	struct note notes[NOTES_MAX];
	size_t count;
	size_t visits;
};

static void note_add(struct host_notes *n, const char *text, const char *address)
{
	for (size_t i = 0; i < n->count; i++) {
		struct note *note = &n->notes[i];

		if (strcmp(note->text, text) != 0)
			continue;
		if (strcmp(note->last, address) != 0)
			note->addresses = arena_printf(n->a, "%s, %s", note->addresses, address);
		note->last = address;
		note->about++;
		return;
	}
	if (n->count < NOTES_MAX)
		n->notes[n->count++] = (struct note){text, address, address, 1};
}

static void note_visit(struct host_notes *n, const struct probe_visit *v)
{
	n->visits++;
	for (size_t i = 0; i < v->note_count; i++)
		note_add(n, v->notes[i], v->address);
}

/* What is true of all of a host's addresses needs none of them. */
static void print_notes(const struct host_notes *n, struct buf *b)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct note *note = &n->notes[i];
		const char *text =
			note->about == n->visits
				? note->text
				: arena_printf(n->a, "%s: %s", note->addresses, note->text);

		layout_paragraph(b, "    - ", text);
	}
}

/* A table with rows for all addresses, and the notes about each host. */
struct block {
	const struct probe_text *p;
	const struct delivery *delivery;
	bool asked; /* there is a column of answers */
	struct layout_table table;
	struct host_notes *notes; /* by host */
	size_t *ends;             /* the row behind each host's */
};

static void add_rows(struct block *k, size_t host, const struct ip *ip)
{
	char address[IP_TEXT];
	size_t count;
	const struct probe_visit *v =
		find(k->p, k->delivery, &k->delivery->route->hosts[host], ip, &count);
	const char *const none[LAYOUT_COLUMNS] = {arena_text(k->table.arena, ip_print(ip, address)),
	                                          "not visited"};

	if (!count)
		layout_row(&k->table, none);
	for (size_t i = 0; i < count; i++) {
		const char *const row[LAYOUT_COLUMNS] = {
			v[i].address, v[i].connect,     v[i].greeting,
			v[i].tls,     v[i].certificate, k->asked ? v[i].answer : ""};

		layout_row(&k->table, row);
		note_visit(&k->notes[host], &v[i]);
	}
}

static void fill(struct block *k)
{
	const struct route *route = k->delivery->route;

	for (size_t i = 0; i < route->host_count; i++) {
		k->notes[i].a = k->table.arena;
		for (size_t j = 0; j < route->hosts[i].address_count; j++)
			add_rows(k, i, &route->hosts[i].addresses[j]);
		k->ends[i] = k->table.count;
	}
}

static void print_host(struct buf *b, const struct route_host *host)
{
	buf_printf(b, "  %s", host->name);
	if (host->port != SMTP_PORT)
		buf_printf(b, ":%u", host->port);
	buf_printf(b, ", preference %u\n", host->preference);
}

static void print(const struct block *k, struct buf *b)
{
	const struct route *route = k->delivery->route;

	layout_rows(&k->table, 0, 1, b);
	for (size_t i = 0; i < route->host_count; i++) {
		print_host(b, &route->hosts[i]);
		layout_rows(&k->table, i ? k->ends[i - 1] : 1, k->ends[i], b);
		print_notes(&k->notes[i], b);
	}
	buf_text(b, "\n");
}

void probe_text_block(struct probe_text *p, struct buf *b, const struct delivery *delivery,
                      enum stage stop_after)
{
	const bool asked = stop_after >= STAGE_RCPT;
	const char *const titles[LAYOUT_COLUMNS] = {"address", "connect",     "greeting",
	                                            "TLS",     "certificate", asked ? "RCPT" : ""};
	const size_t hosts = delivery->route->host_count;
	struct arena a = {0};
	struct block k = {
		.p = p,
		.delivery = delivery,
		.asked = asked,
		.table = {.arena = &a, .indent = ADDRESS_INDENT, .right = {[1] = true, [2] = true}},
		.notes = arena_array(&a, hosts, sizeof *k.notes),
		.ends = arena_array(&a, hosts, sizeof *k.ends),
	};

	if (!p->sorted && p->count)
		qsort(p->visits, p->count, sizeof *p->visits, compare_visits);
	p->sorted = true;
	layout_row(&k.table, titles);
	fill(&k);
	plan_text_names(b, "probe of ", delivery);
	print(&k, b);
	arena_free(&a);
}

static size_t reachable(const struct plan *plan)
{
	size_t good = 0;

	for (size_t i = 0; i < plan->recipient_count; i++)
		good += plan->recipients[i].status.class == 2;
	return good;
}

void probe_text_end(struct buf *b, const struct plan *plan, enum stage stop_after, int exit)
{
	size_t good = reachable(plan);
	struct buf text;

	buf_init(&text, SENTENCE_MAX);
	buf_printf(&text, "a delivery now would, as far as %s can tell, ",
	           stop_after >= STAGE_RCPT ? "RCPT" : "STARTTLS");
	if (!exit)
		buf_text(&text, "go well");
	else
		buf_printf(&text, "reach %zu of %zu recipients, and end with status %d", good,
		           plan->recipient_count, exit);
	layout_words(b, text.bytes, 0, 0);
	buf_free(&text);
}

void probe_text_free(struct probe_text *p)
{
	free(p->visits);
	arena_free(&p->arena);
}
