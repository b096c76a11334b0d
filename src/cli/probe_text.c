#include "cli/probe_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "cli/layout.h"
#include "cli/plan_text.h"
#include "cli/probe_cell.h"
#include "cli/probe_note.h"
#include "cli/probe_share.h"

enum { ADDRESS_INDENT = 4 };

/* A visit in words. Addresses that were visited twice have two. */
struct probe_visit {
	const char *domain, *host, *address;
	uint16_t port;
	size_t number; /* in the order told */
	const char *connect, *greeting, *tls, *certificate, *answer;
	const char **notes;
	size_t note_count;
	enum probe_sight sight;
	bool in_clear;
};

/* ---- keeping ---- */

static enum probe_sight sight_of(const struct status *s)
{
	if (s->class == 2)
		return PROBE_WORKS;
	return s->fault == FAULT_CANCELLED || s->fault == FAULT_EXPIRED ? PROBE_UNSEEN : PROBE_DEAD;
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
		.connect = probe_cell_connect(a, attempt),
		.greeting = probe_cell_greeting(a, attempt),
		.tls = probe_cell_tls(a, attempt),
		.certificate = probe_cell_certificate(a, attempt, now),
		.answer = probe_cell_answer(a, attempt),
		.sight = sight_of(&attempt->status),
		.in_clear = probe_cell_in_clear(attempt),
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

static void sort(struct probe_text *p)
{
	if (!p->sorted && p->count)
		qsort(p->visits, p->count, sizeof *p->visits, compare_visits);
	p->sorted = true;
}

/* The first visit to this place or behind it. */
static size_t first_from(const struct probe_text *p, const struct probe_visit *place)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_places(&p->visits[middle], place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The visits to this place: *count of them, in the order told. */
static const struct probe_visit *visits_to(const struct probe_text *p,
                                           const struct probe_visit *place, size_t *count)
{
	size_t first = first_from(p, place);

	for (*count = 0; first + *count < p->count; ++*count) {
		if (compare_places(&p->visits[first + *count], place))
			break;
	}
	return p->visits + first;
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

/* A table with rows for all addresses, and the notes about them. */
struct block {
	const struct probe_text *p;
	const struct delivery *delivery;
	bool asked; /* there is a column of answers */
	struct layout_table table;
	struct probe_share share;
	size_t *ends; /* the row behind each host's */
};

/* number: of the address, among all of the route. */
static void add_rows(struct block *k, size_t host, const struct ip *ip, size_t number)
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
		probe_share_visit(&k->share, host, number);
		for (size_t j = 0; j < v[i].note_count; j++)
			probe_share_add(&k->share, number, v[i].notes[j]);
	}
}

static void fill(struct block *k)
{
	const struct route *route = k->delivery->route;
	size_t number = 0;

	for (size_t i = 0; i < route->host_count; i++) {
		for (size_t j = 0; j < route->hosts[i].address_count; j++)
			add_rows(k, i, &route->hosts[i].addresses[j], number++);
		k->ends[i] = k->table.count;
	}
}

static void print_host(struct buf *b, const struct route_host *host)
{
	buf_printf(b, "  %s", host->name);
	if (host->port != SMTP_PORT)
		buf_printf(b, ":%u", host->port);
	if (host->name[0] != '[') /* an address literal has none */
		buf_printf(b, ", preference %u", host->preference);
	buf_text(b, "\n");
}

static void print(const struct block *k, struct buf *b)
{
	const struct route *route = k->delivery->route;

	layout_rows(&k->table, 0, 1, b);
	for (size_t i = 0; i < route->host_count; i++) {
		print_host(b, &route->hosts[i]);
		layout_rows(&k->table, i ? k->ends[i - 1] : 1, k->ends[i], b);
		probe_share_host(&k->share, b, i);
	}
	probe_share_all(&k->share, b);
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
		.share = {.a = &a, .route = delivery->route},
		.ends = arena_array(&a, hosts, sizeof *k.ends),
	};

	sort(p);
	layout_row(&k.table, titles);
	fill(&k);
	plan_text_names(b, "probe of ", delivery);
	print(&k, b);
	arena_free(&a);
}

/* The last visit that served counts: the one before may have failed with TLS. */
bool probe_text_in_clear(struct probe_text *p, const struct status *s)
{
	struct probe_visit place = {.host = s->host, .address = s->address};
	bool in_clear = false;

	if (s->class != 2 || !s->host || !s->address)
		return false;
	sort(p);
	for (size_t i = first_from(p, &place); i < p->count; i++) {
		const struct probe_visit *v = &p->visits[i];

		place.port = v->port;
		if (compare_places(v, &place))
			break;
		if (v->sight == PROBE_WORKS)
			in_clear = v->in_clear;
	}
	return in_clear;
}

enum probe_sight probe_text_sight(struct probe_text *p, const struct delivery *d,
                                  const struct route_host *host, const struct ip *ip)
{
	enum probe_sight sight = PROBE_UNSEEN;
	const struct probe_visit *v;
	size_t count;

	sort(p);
	v = find(p, d, host, ip, &count);
	for (size_t i = 0; i < count; i++)
		sight = v[i].sight > sight ? v[i].sight : sight;
	return sight;
}

void probe_text_free(struct probe_text *p)
{
	free(p->visits);
	arena_free(&p->arena);
}
