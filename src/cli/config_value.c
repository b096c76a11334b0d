#include "cli/config_value.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "mail/address.h"

enum { TIMEOUT_MAX = 7 * 86400, PARALLEL_MAX = 10000 };
#define SIZE_NUMBER_MAX (UINT64_MAX >> 31) /* so that a G behind it does not overflow */

/* Domain, or an address literal: what EHLO may be followed by (RFC 5321 4.1.1.1). */
static bool parse_host(struct config *c, const char *value, const char **out, const char **why)
{
	struct address address;

	if (value[0] != '[')
		return domain_parse(c->arena, value, out, why);
	if (!address_parse(c->arena, arena_printf(c->arena, "x@%s", value), &address, why))
		return false;
	*out = address.domain;
	return true;
}

/* Every machine is called localhost: as a name for others it says nothing (RULES.md B1). */
static bool check_not_local(const char *name, const char **why)
{
	*why = "no other machine can tell which one \"localhost\" is";
	return !domain_is_localhost(name);
}

bool config_value_hostname(struct config *c, const char *value, const char **why)
{
	return parse_host(c, value, &c->hostname, why) && check_not_local(c->hostname, why);
}

bool config_value_mail_name(struct config *c, const char *value, const char **why)
{
	return domain_parse(c->arena, value, &c->mail_name, why) &&
	       check_not_local(c->mail_name, why);
}

static bool set_number(struct config *c, const char *value, uint64_t least, uint64_t max,
                       uint64_t *number, const char **why)
{
	if (text_number(value, max, number) && *number >= least)
		return true;
	*why = arena_printf(c->arena, "not a whole number from %llu to %llu",
	                    (unsigned long long)least, (unsigned long long)max);
	return false;
}

bool config_value_timeout(struct config *c, const char *value, const char **why)
{
	return set_number(c, value, 1, TIMEOUT_MAX, &c->timeout, why);
}

bool config_value_parallel(struct config *c, const char *value, const char **why)
{
	return set_number(c, value, 1, PARALLEL_MAX, &c->parallel, why);
}

/* 50M: bytes with K, M or G for 1,024 to the power of 1, 2, 3. */
bool config_value_size_max(struct config *c, const char *value, const char **why)
{
	static const char units[] = "KMG";
	size_t size = strlen(value);
	const char *unit = size ? strchr(units, value[size - 1] & ~0x20) : NULL;
	unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
	const char *digits = shift ? arena_bytes(c->arena, value, size - 1) : value;

	if (!set_number(c, digits, 0, SIZE_NUMBER_MAX, &c->size_max, why)) {
		*why = arena_printf(c->arena, "%s, with K, M or G behind it or without", *why);
		return false;
	}
	c->size_max <<= shift;
	return true;
}

/* A caller's directory means nothing: cron and sudo start us anywhere. */
static bool set_path(const char *value, const char **path, const char **why)
{
	*why = "not an absolute path";
	*path = value;
	return value[0] == '/';
}

bool config_value_temporary_folder(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->temporary_folder, why);
}

bool config_value_aliases(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->aliases, why);
}

bool config_value_virtual(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->virtual, why);
}

bool config_value_ca_file(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->ca_file, why);
}

bool config_value_trust_anchor(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->trust_anchor, why);
}

bool config_value_dnssec(struct config *c, const char *value, const char **why)
{
	static const char *const words[] = {
		[DNSSEC_AUTO] = "auto",
		[DNSSEC_VALIDATE] = "validate",
		[DNSSEC_TRUST_AD] = "trust-ad",
		[DNSSEC_OFF] = "off",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(value, words[i]) == 0) {
			c->dnssec = (enum dns_security_mode)i;
			return true;
		}
	}
	*why = "not one of auto, validate, trust-ad and off";
	return false;
}

/* Room for one more in a list: the list itself, or a larger copy of it. */
static void *grown(struct config *c, void *list, size_t count, size_t *room, size_t size)
{
	void *larger;

	if (count < *room)
		return list;
	*room = *room ? *room * 2 : 8;
	larger = arena_array(c->arena, *room, size);
	if (count)
		memcpy(larger, list, count * size);
	return larger;
}

bool config_value_route(struct config *c, const char *value, const char **why)
{
	struct route_rule rule;

	if (!route_rule_parse(c->arena, value, &rule, why))
		return false;
	rule.origin = c->source;
	c->rules = grown(c, c->rules, c->rule_count, &c->rule_room, sizeof rule);
	c->rules[c->rule_count++] = rule;
	return true;
}

bool config_value_tls(struct config *c, const char *value, const char **why)
{
	struct duty_rule rule;

	if (!duty_rule_parse(c->arena, value, &rule, why))
		return false;
	rule.origin = c->source;
	c->duty_rules = grown(c, c->duty_rules, c->duty_rule_count, &c->duty_rule_room,
	                      sizeof rule);
	c->duty_rules[c->duty_rule_count++] = rule;
	return true;
}

static bool set_choice(const char *value, const char *no, const char *yes, bool *choice)
{
	*choice = strcmp(value, yes) == 0;
	return *choice || strcmp(value, no) == 0;
}

bool config_value_dane_insecure_mx(struct config *c, const char *value, const char **why)
{
	*why = "not one of may and ignore";
	return set_choice(value, "may", "ignore", &c->dane_needs_mx);
}

bool config_value_mta_sts(struct config *c, const char *value, const char **why)
{
	*why = "not one of yes and no";
	return set_choice(value, "no", "yes", &c->mta_sts);
}

bool config_value_cache_folder(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->cache_folder, why);
}

bool config_value_tlsrpt_folder(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->tlsrpt_folder, why);
}

/* [2001:db8::1]:53, 192.0.2.1:53, or an address alone: where colons are more than one and no
   bracket stands, all of it. */
static bool parse_server(struct arena *a, const char *text, struct dns_server *server)
{
	bool bracket = text[0] == '[';
	const char *end = bracket ? strchr(text, ']') : strchr(text, ':');
	const char *rest = end && bracket ? end + 1 : end;
	uint64_t port = 53;

	if (!bracket && end && strchr(end + 1, ':'))
		end = rest = NULL;
	if (bracket && !end)
		return false;
	if (rest && *rest && (*rest != ':' || !text_number(rest + 1, 65535, &port) || !port))
		return false;
	text += bracket;
	server->port = (uint16_t)port;
	return ip_parse(end ? arena_bytes(a, text, (size_t)(end - text)) : text, &server->ip);
}

/* The servers replace those of an earlier line: they are one list. */
bool config_value_resolver(struct config *c, const char *value, const char **why)
{
	c->server_count = 0;
	*why = "not a list of up to 8 ADDRESS[:PORT]";
	while (*value) {
		size_t size = strcspn(value, ", \t");
		const char *word = arena_bytes(c->arena, value, size);

		if (c->server_count == DNS_SERVER_MAX ||
		    !parse_server(c->arena, word, &c->servers[c->server_count++]))
			return false;
		value += size;
		value += strspn(value, ", \t");
	}
	return c->server_count > 0;
}
