#include "cli/prospect.h"

#include "base/arena.h"
#include "base/buf.h"
#include "delivery/race.h"

#include <inttypes.h>

enum {
	WORDS_MAX = 16 * 1024,
	HOSTS_TOLD = 3 /* of more the table has the names */
};

struct prospect_tier prospect_tier(const struct route *route, size_t from)
{
	struct prospect_tier tier = {.from = from, .to = from};

	while (tier.to < route->host_count &&
	       route->hosts[tier.to].preference == route->hosts[from].preference)
		tier.addresses += route->hosts[tier.to++].address_count;
	return tier;
}

const char *prospect_host(struct arena *a, const struct route_host *host)
{
	if (host->port == SMTP_PORT)
		return host->name;
	return arena_printf(a, "%s:%u", host->name, host->port);
}

/* "A", "A and B", "A, B and C", "4 hosts", "4 hosts (5 addresses)". */
static void add_names(struct buf *b, struct arena *a, const struct route *route,
                      const struct prospect_tier *tier)
{
	size_t count = tier->to - tier->from;

	for (size_t i = 0; i < count && count <= HOSTS_TOLD; i++)
		buf_printf(b, "%s%s", !i ? "" : i + 1 == count ? " and " : ", ",
		           prospect_host(a, &route->hosts[tier->from + i]));
	if (count > HOSTS_TOLD)
		buf_printf(b, "%zu hosts", count);
	if (count > HOSTS_TOLD && tier->addresses > count)
		buf_printf(b, " (%zu addresses)", tier->addresses);
}

const char *prospect_step(struct arena *a, const struct route *route,
                          const struct prospect_tier *tier)
{
	const char *words;
	struct buf b;

	buf_init(&b, WORDS_MAX);
	if (tier->addresses == 1)
		buf_text(&b, "try ");
	else if (tier->to - tier->from == 1)
		buf_printf(&b, "race the %zu addresses of ", tier->addresses);
	else
		buf_text(&b, "race ");
	add_names(&b, a, route, tier);
	if (tier->addresses > 1)
		buf_printf(&b, ", %d ms apart", RACE_STEP);
	words = arena_bytes(a, b.bytes, b.size);
	buf_free(&b);
	return words;
}

static size_t tier_count(const struct route *route)
{
	size_t count = 0;

	for (size_t from = 0; from < route->host_count; from = prospect_tier(route, from).to)
		count++;
	return count;
}

/* "3 s", "200 ms" */
static void add_time(struct buf *b, int64_t milliseconds)
{
	bool whole = milliseconds % 1000 == 0;

	buf_printf(b, "%" PRId64 " %s", whole ? milliseconds / 1000 : milliseconds,
	           whole ? "s" : "ms");
}

const char *prospect_order(struct arena *a, const struct route *route)
{
	size_t waits = tier_count(route) - 1;
	const char *words;
	struct buf b;

	buf_init(&b, WORDS_MAX);
	buf_text(&b, "go by preference, to the next after ");
	add_time(&b, race_head_start(1));
	buf_text(&b, " of silence");
	for (size_t silent = 2; silent <= waits; silent++) {
		if (race_head_start(silent - 1) <= RACE_STEP)
			break;
		buf_text(&b, ", then ");
		add_time(&b, race_head_start(silent));
		buf_text(&b, race_head_start(silent) > RACE_STEP ? "" : " each");
	}
	buf_text(&b, ", or at once when those before have failed:");
	words = arena_bytes(a, b.bytes, b.size);
	buf_free(&b);
	return words;
}

/* The racers of this route before anybody is dialled. */
static struct racer *line_up(struct arena *a, const struct route *route, size_t *count)
{
	struct racer *racers;
	size_t number = 0;
	unsigned tier = 0;

	*count = 0;
	for (size_t i = 0; i < route->host_count; i++)
		*count += route->hosts[i].address_count;
	racers = arena_array(a, *count, sizeof *racers);
	for (size_t i = 0; i < route->host_count; i++) {
		tier += i && route->hosts[i].preference != route->hosts[i - 1].preference;
		for (size_t j = 0; j < route->hosts[i].address_count; j++)
			racers[number++] = (struct racer){.tier = tier};
	}
	return racers;
}

static void expire(struct racer *racers, size_t count, int64_t now)
{
	for (size_t i = 0; i < count; i++) {
		if (racers[i].state == RACE_DIALLING && racers[i].begun + RACE_DIAL <= now)
			racers[i].state = RACE_FAILED;
	}
}

/* The race itself is asked, with a clock that stands still while it has something to do. A dial
   that fails before its time only lets others begin earlier, so that this is the longest race. */
int64_t prospect_patience(const struct route *route)
{
	struct arena a = {0};
	int64_t now = 0, wake;
	size_t count;
	struct racer *racers = line_up(&a, route, &count);

	for (;;) {
		size_t next = race_next(racers, count, now, &wake);

		if (next != RACE_NONE) {
			racers[next].state = RACE_DIALLING;
			racers[next].begun = now;
			continue;
		}
		if (wake == DEADLINE_NEVER)
			break;
		now = wake;
		expire(racers, count, now);
	}
	arena_free(&a);
	return now;
}

const char *prospect_silence(struct arena *a, const struct route *route)
{
	const struct status silence = status_of(FAULT_CONNECT, STAGE_CONNECT, a, "nobody answers");
	char code[16];

	return arena_printf(a, "If %s within %" PRId64 " s: %s, exit status %d", silence.text,
	                    (prospect_patience(route) + 999) / 1000, status_code(&silence, code),
	                    status_exit(&silence));
}
