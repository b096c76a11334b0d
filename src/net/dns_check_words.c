/* The judgement on a name server: what makes it useless first, then what is to be known of it. */

#include "net/dns_check.h"

#include "base/arena.h"
#include "net/dns_wire.h"

#include <string.h>

enum { NOERROR = 0, NXDOMAIN = 3, REFUSED = 5, SLOW = 300 /* milliseconds */ };

/* Why nothing can be had of it, or NULL. */
static const char *useless(const struct dns_check *c, struct arena *a)
{
	if (c->ms < 0 && c->error)
		return arena_printf(a, "cannot be asked: %s", strerror(c->error));
	if (c->ms < 0 && c->cut)
		return "did not answer in the time there was";
	if (c->ms < 0 && c->tcp == DNS_CHECK_REPLY)
		return "answers over TCP only, and is asked over UDP";
	if (c->ms < 0)
		return "does not answer";
	if (c->outside_reply == DNS_CHECK_UNASKED)
		return NULL;
	if (c->outside_reply != DNS_CHECK_REPLY)
		return arena_printf(a, "answers, but not when asked for %s", c->outside);
	if (c->outside_rcode == REFUSED)
		return "refuses to answer this machine";
	if (!c->recursion && !c->outside_answers)
		return "looks up nothing for others (no recursion)";
	if (c->outside_rcode != NOERROR && c->outside_rcode != NXDOMAIN)
		return arena_printf(a, "answers %s to A %s", dns_rcode_name(a, c->outside_rcode),
		                    c->outside);
	return NULL;
}

static const char *unknown_names(const struct dns_check *c, struct arena *a)
{
	char text[IP_TEXT];

	if (c->rewrites)
		return arena_printf(a, "rewrites unknown names to %s: typos would look like hosts",
		                    ip_print(&c->rewritten_to, text));
	if (c->unknown_reply == DNS_CHECK_SILENCE || c->unknown_reply == DNS_CHECK_FAULT)
		return "does not answer to unknown names: typos would be put off";
	if (c->unknown_reply != DNS_CHECK_REPLY || c->unknown_rcode == NXDOMAIN)
		return NULL;
	if (c->unknown_rcode == NOERROR)
		return "says that unknown names exist: typos are not told as such";
	return arena_printf(a, "answers %s to unknown names: typos would be put off",
	                    dns_rcode_name(a, c->unknown_rcode));
}

static const char *dnssec(const struct dns_check *c, struct arena *a)
{
	(void)a;
	if (!c->edns)
		return "knows no EDNS, and so no DNSSEC: DANE would be off";
	if (c->keys == DNS_CHECK_REPLY && !c->signatures)
		return "passes no DNSSEC records: DANE would be off";
	if (c->keys == DNS_CHECK_SILENCE || c->keys == DNS_CHECK_FAULT)
		return "does not answer with the root's keys: DANE would be off";
	return NULL;
}

static const char *tcp(const struct dns_check *c, struct arena *a)
{
	if (c->tcp == DNS_CHECK_FAULT)
		return arena_printf(a, "not over TCP (%s): large answers would fail",
		                    strerror(c->tcp_error));
	return c->tcp == DNS_CHECK_SILENCE ? "not over TCP: large answers would fail" : NULL;
}

static const char *large(const struct dns_check *c, struct arena *a)
{
	(void)a;
	return c->large == DNS_CHECK_SILENCE && c->keys == DNS_CHECK_REPLY
	               ? "large answers get lost over UDP: they cost a time-out each"
	               : NULL;
}

static const char *outside(const struct dns_check *c, struct arena *a)
{
	if (c->outside_reply != DNS_CHECK_REPLY || c->outside_rcode != NXDOMAIN)
		return NULL;
	return arena_printf(a, "says that %s does not exist", c->outside);
}

static const char *loss(const struct dns_check *c, struct arena *a)
{
	if (c->answered == c->asked)
		return NULL;
	return arena_printf(a, "left %u of %u questions without an answer", c->asked - c->answered,
	                    c->asked);
}

static const char *slow(const struct dns_check *c, struct arena *a)
{
	if (c->ms < SLOW)
		return NULL;
	return arena_printf(a, "slow: %lld ms for what it knows", (long long)c->ms);
}

static const char *unfinished(const struct dns_check *c, struct arena *a)
{
	(void)a;
	return c->cut ? "there was no time to ask all" : NULL;
}

void dns_check_judge(struct dns_check *c, struct arena *a)
{
	static const char *(*const remarks[])(const struct dns_check *c, struct arena *a) = {
		unknown_names, dnssec, tcp, large, outside, loss, slow, unfinished,
	};

	c->grade = DNS_CHECK_USELESS;
	c->words = useless(c, a);
	if (c->words)
		return;
	c->grade = DNS_CHECK_GOOD;
	c->words = c->validates ? "good, and checks DNSSEC itself" : "good";
	for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++) {
		const char *remark = remarks[i](c, a);

		if (!remark)
			continue;
		c->words = c->grade == DNS_CHECK_GOOD ? arena_printf(a, "works, but %s", remark)
		                                      : arena_printf(a, "%s; %s", c->words, remark);
		c->grade = DNS_CHECK_USABLE;
	}
}
