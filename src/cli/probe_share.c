#include "cli/probe_share.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "cli/layout.h"

enum {
	LINE_MAX_BYTES = 64 * 1024,
	ADDRESS_BITS = 64,
	NAMES_MAX = 3 /* of hosts that share a note; of more they are counted */
};

_Static_assert(ROUTE_ADDRESS_MAX <= (int)ADDRESS_BITS, "a bit for each address of a route");

struct probe_share_note {
	const char *text;
	uint64_t about; /* addresses */
};

static uint64_t bit(size_t address)
{
	return address < ADDRESS_BITS ? (uint64_t)1 << address : 0;
}

void probe_share_visit(struct probe_share *s, size_t host, size_t address)
{
	if (host < ROUTE_ADDRESS_MAX)
		s->seen[host] |= bit(address);
}

static struct probe_share_note *note_new(struct probe_share *s, const char *text)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct probe_share_note *larger = arena_array(s->a, room, sizeof *larger);

		if (s->count)
			memcpy(larger, s->notes, s->count * sizeof *larger);
		s->notes = larger;
		s->room = room;
	}
	s->notes[s->count] = (struct probe_share_note){.text = text};
	return &s->notes[s->count++];
}

void probe_share_add(struct probe_share *s, size_t address, const char *text)
{
	struct probe_share_note *note = NULL;

	for (size_t i = 0; i < s->count && !note; i++) {
		if (strcmp(s->notes[i].text, text) == 0)
			note = &s->notes[i];
	}
	if (!note && s->count < PROBE_SHARE_MAX)
		note = note_new(s, text);
	if (note)
		note->about |= bit(address);
}

static uint64_t of_host(const struct probe_share *s, size_t host)
{
	return host < ROUTE_ADDRESS_MAX ? s->seen[host] : 0;
}

/* So many hosts as it is about; 0 when it is true of a part of one. */
static size_t hosts_of(const struct probe_share *s, uint64_t about)
{
	size_t count = 0;

	for (size_t i = 0; i < s->route->host_count; i++) {
		uint64_t mask = of_host(s, i);

		if (!(about & mask))
			continue;
		if ((about & mask) != mask)
			return 0;
		count++;
	}
	return count;
}

static bool is_shared(const struct probe_share *s, const struct probe_share_note *note)
{
	return hosts_of(s, note->about) > 1;
}

/* "192.0.2.1, 192.0.2.9: " */
static void add_addresses(const struct probe_share *s, struct buf *b, size_t host, uint64_t about)
{
	const struct route_host *h = &s->route->hosts[host];
	const char *before = "";
	char text[IP_TEXT];
	size_t first = 0;

	for (size_t i = 0; i < host; i++)
		first += s->route->hosts[i].address_count;
	for (size_t i = 0; i < h->address_count; i++) {
		if (!(about & bit(first + i)))
			continue;
		buf_printf(b, "%s%s", before, ip_print(&h->addresses[i], text));
		before = ", ";
	}
	buf_text(b, ": ");
}

void probe_share_host(const struct probe_share *s, struct buf *b, size_t host)
{
	uint64_t mask = of_host(s, host);
	struct buf line;

	for (size_t i = 0; i < s->count; i++) {
		uint64_t about = s->notes[i].about & mask;

		if (!about || is_shared(s, &s->notes[i]))
			continue;
		buf_init(&line, LINE_MAX_BYTES);
		if (about != mask)
			add_addresses(s, &line, host, about);
		buf_text(&line, s->notes[i].text);
		layout_paragraph(b, "    - ", line.bytes);
		buf_free(&line);
	}
}

static void add_names(const struct probe_share *s, struct buf *b, uint64_t about)
{
	size_t count = hosts_of(s, about), told = 0;
	size_t names = count > NAMES_MAX + 1 ? NAMES_MAX : count;
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	for (size_t i = 0; i < s->route->host_count && told < names; i++) {
		if (about & of_host(s, i))
			buf_printf(&line, "%s%s", told++ ? ", " : "", s->route->hosts[i].name);
	}
	if (told < count)
		buf_printf(&line, " and %zu more", count - told);
	buf_text(&line, ":");
	layout_paragraph(b, "  ", count == s->route->host_count ? "all of them:" : line.bytes);
	buf_free(&line);
}

static bool told_before(const struct probe_share *s, size_t note)
{
	for (size_t i = 0; i < note; i++) {
		if (s->notes[i].about == s->notes[note].about)
			return true;
	}
	return false;
}

void probe_share_all(const struct probe_share *s, struct buf *b)
{
	for (size_t i = 0; i < s->count; i++) {
		if (!is_shared(s, &s->notes[i]) || told_before(s, i))
			continue;
		add_names(s, b, s->notes[i].about);
		for (size_t j = i; j < s->count; j++) {
			if (s->notes[j].about == s->notes[i].about)
				layout_paragraph(b, "    - ", s->notes[j].text);
		}
	}
}
