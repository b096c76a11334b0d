#include "cli/prospect.h"

#include "base/arena.h"
#include "base/buf.h"
#include "delivery/race.h"

enum {
	WORDS_MAX = 16 * 1024,
	HOSTS_TOLD = 4, /* of one preference, and so many preferences: the table has them all */
	TIERS_TOLD = 4
};

/* The hosts from..to-1 have one preference. */
struct tier {
	size_t from, to;
	size_t addresses;
};

static struct tier tier_from(const struct route *route, size_t from)
{
	struct tier tier = {.from = from, .to = from};

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

/* "A", "A and B", "A, B and C", "A, B, C, D and 3 more". */
static void add_names(struct buf *b, struct arena *a, const struct route *route,
                      const struct tier *tier)
{
	size_t count = tier->to - tier->from;
	size_t told = count <= HOSTS_TOLD ? count : HOSTS_TOLD;

	for (size_t i = 0; i < told; i++) {
		bool last = i + 1 == count;

		buf_printf(b, "%s%s", !i ? "" : last ? " and " : ", ",
		           prospect_host(a, &route->hosts[tier->from + i]));
	}
	if (told < count)
		buf_printf(b, " and %zu more", count - told);
}

static void add_tier(struct buf *b, struct arena *a, const struct route *route,
                     const struct tier *tier)
{
	if (tier->addresses == 1)
		buf_text(b, "try ");
	else if (tier->to - tier->from == 1)
		buf_printf(b, "race the %zu addresses of ", tier->addresses);
	else
		buf_text(b, "race ");
	add_names(b, a, route, tier);
	if (tier->addresses > 1)
		buf_printf(b, ", %d ms apart", RACE_STEP);
}

/* When the preferences below the best one have their turn. */
static void add_condition(struct buf *b, size_t tiers, const struct tier *best,
                          const struct tier *last)
{
	if (tiers == 2)
		buf_printf(b, "%s after %d s of silence, or at once when %s failed",
		           last->addresses > 1 ? "," : "", RACE_TIER / 1000,
		           best->addresses > 1 ? "they have" : "it has");
	else if (tiers > 2)
		buf_printf(b, ", each after %d s of silence, or at once when those before have "
		              "failed",
		           RACE_TIER / 1000);
}

static void add_tiers(struct buf *b, struct arena *a, const struct route *route)
{
	struct tier tier = {0}, best = tier_from(route, 0);
	size_t tiers = 0, untold = 0;

	for (size_t from = 0; from < route->host_count; from = tier.to) {
		tier = tier_from(route, from);
		if (tiers++ >= TIERS_TOLD) {
			untold += tier.to - tier.from;
			continue;
		}
		buf_text(b, !from ? "" : tiers == 2 ? "; then " : ", then ");
		add_tier(b, a, route, &tier);
	}
	if (untold)
		buf_printf(b, ", then %zu more host%s", untold, untold == 1 ? "" : "s");
	add_condition(b, tiers, &best, &tier);
}

const char *prospect_words(struct arena *a, const struct route *route)
{
	const struct status silence = status_of(FAULT_CONNECT, STAGE_CONNECT, a, "nobody answers");
	const char *words;
	char code[16];
	struct buf b;

	buf_init(&b, WORDS_MAX);
	add_tiers(&b, a, route);
	buf_printf(&b, ". If %s: %s, exit status %d", silence.text, status_code(&silence, code),
	           status_exit(&silence));
	words = arena_bytes(a, b.bytes, b.size);
	buf_free(&b);
	return words;
}
