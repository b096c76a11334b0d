#include "zone.h"

enum { HOSTS = 6 };

unsigned dice_roll(struct dice *d, unsigned sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(d->state >> 33) % sides;
}

static void add_trouble(struct buf *zone, struct dice *d, const char *name, unsigned number)
{
	static const char *const troubles[] = {"servfail", "refused", "timeout"};
	static const char *const types[] = {"", " A", " AAAA", " MX"};

	buf_printf(zone, ";! %s %s%u.example%s\n", troubles[dice_roll(d, 3)], name, number,
	           types[dice_roll(d, 4)]);
}

static void add_addresses(struct buf *zone, struct dice *d, const char *name, unsigned number)
{
	for (unsigned i = 1 + dice_roll(d, 3); i > 0; i--) {
		if (dice_roll(d, 3) == 0)
			buf_printf(zone, "%s%u.example AAAA 2001:db8::%u\n", name, number,
			           dice_roll(d, 20) + 1);
		else
			buf_printf(zone, "%s%u.example A 192.0.2.%u\n", name, number,
			           dice_roll(d, 20) + 1);
	}
}

static void add_host(struct buf *zone, struct dice *d, unsigned number)
{
	switch (dice_roll(d, 12)) {
	case 0:
		buf_printf(zone, "h%u.example CNAME h%u.example\n", number, dice_roll(d, HOSTS));
		return;
	case 1: add_trouble(zone, d, "h", number); break;
	case 2: return;
	case 3: buf_printf(zone, "h%u.example A 127.0.0.1\n", number); break;
	}
	add_addresses(zone, d, "h", number);
}

static void add_exchangers(struct buf *zone, struct dice *d, unsigned number)
{
	for (unsigned i = 1 + dice_roll(d, 5); i > 0; i--)
		buf_printf(zone, "d%u.example MX %u h%u.example\n", number, dice_roll(d, 3),
		           dice_roll(d, HOSTS));
}

static void add_domain(struct buf *zone, struct dice *d, unsigned number)
{
	switch (dice_roll(d, 12)) {
	case 0:
		buf_printf(zone, "d%u.example CNAME d%u.example\n", number,
		           dice_roll(d, ZONE_DOMAINS));
		break;
	case 1:
		add_trouble(zone, d, "d", number);
		add_exchangers(zone, d, number);
		break;
	case 2: buf_printf(zone, "d%u.example MX 0 .\n", number); break;
	case 3: add_addresses(zone, d, "d", number); break;
	case 4: break;
	case 5:
	case 6:
	case 7: /* two such domains have one exchanger, and with it one connection */
		buf_printf(zone, "d%u.example MX 10 h0.example\n", number);
		break;
	default: add_exchangers(zone, d, number);
	}
}

void zone_make(struct buf *zone, struct dice *d)
{
	for (unsigned i = 0; i < HOSTS; i++)
		add_host(zone, d, i);
	for (unsigned i = 0; i < ZONE_DOMAINS; i++)
		add_domain(zone, d, i);
}
