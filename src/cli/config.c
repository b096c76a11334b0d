#include "cli/config.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "mail/address.h"

enum {
	FILE_MAX = 1 << 20, /* 20,000 routes; more is not a configuration file */
	TIMEOUT_MAX = 7 * 86400,
	PARALLEL_MAX = 10000
};
#define DEFAULT "default"
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

static bool set_hostname(struct config *c, const char *value, const char **why)
{
	return parse_host(c, value, &c->hostname, why) && check_not_local(c->hostname, why);
}

static bool set_mail_name(struct config *c, const char *value, const char **why)
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

static bool set_timeout(struct config *c, const char *value, const char **why)
{
	return set_number(c, value, 1, TIMEOUT_MAX, &c->timeout, why);
}

static bool set_parallel(struct config *c, const char *value, const char **why)
{
	return set_number(c, value, 1, PARALLEL_MAX, &c->parallel, why);
}

/* 50M: bytes with K, M or G for 1,024 to the power of 1, 2, 3. */
static bool set_size_max(struct config *c, const char *value, const char **why)
{
	static const char units[] = "KMG";
	size_t size = strlen(value);
	const char *unit = size ? strchr(units, value[size - 1] & ~0x20) : NULL;
	unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
	const char *digits = shift ? arena_bytes(c->arena, value, size - 1) : value;

	if (!set_number(c, digits, 0, SIZE_NUMBER_MAX, &c->size_max, why))
		return false;
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

static bool set_temporary_folder(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->temporary_folder, why);
}

static bool set_aliases(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->aliases, why);
}

static bool set_virtual(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->virtual, why);
}

static bool set_ca_file(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->ca_file, why);
}

static bool set_trust_anchor(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->trust_anchor, why);
}

static bool set_dnssec(struct config *c, const char *value, const char **why)
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

static bool set_route(struct config *c, const char *value, const char **why)
{
	struct route_rule rule;

	if (!route_rule_parse(c->arena, value, &rule, why))
		return false;
	rule.origin = c->source;
	c->rules = grown(c, c->rules, c->rule_count, &c->rule_room, sizeof rule);
	c->rules[c->rule_count++] = rule;
	return true;
}

static bool set_tls(struct config *c, const char *value, const char **why)
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

static bool set_dane_insecure_mx(struct config *c, const char *value, const char **why)
{
	*why = "not one of may and ignore";
	return set_choice(value, "may", "ignore", &c->dane_needs_mx);
}

static bool set_mta_sts(struct config *c, const char *value, const char **why)
{
	*why = "not one of yes and no";
	return set_choice(value, "no", "yes", &c->mta_sts);
}

static bool set_cache_folder(struct config *c, const char *value, const char **why)
{
	return set_path(value, &c->cache_folder, why);
}

static bool set_tlsrpt_folder(struct config *c, const char *value, const char **why)
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
static bool set_resolver(struct config *c, const char *value, const char **why)
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

/* The man page has a paragraph for each. */
static const struct key {
	const char *name;
	bool (*set)(struct config *c, const char *value, const char **why);
	bool repeats;         /* each line adds one; otherwise the last one counts */
	const char *standard; /* what is in force when nobody says anything; NULL: nothing */
	const char *help;
} keys[] = {
	{"route", set_route, true, NULL, "DOMAIN HOST[:PORT]: this host instead of MX"},
	{"hostname", set_hostname, false, NULL, "our name in EHLO"},
	{"mail-name", set_mail_name, false, NULL, "domain of addresses that have none"},
	{"aliases", set_aliases, false, "/etc/aliases", "file: whom a local name leads to"},
	{"virtual", set_virtual, false, NULL, "file: whom a full address leads to"},
	/* Who still waits after five minutes is a batch job */
	{"timeout", set_timeout, false, "300", "seconds for the whole run"},
	{"parallel", set_parallel, false, "128", "deliveries at once"},
	{"resolver", set_resolver, false, NULL, "ADDRESS[:PORT] of name servers"},
	{"dnssec", set_dnssec, false, "auto", "auto, validate, trust-ad or off"},
	{"trust-anchor", set_trust_anchor, false, "/usr/share/dns/root.key",
	 "root keys, for DNSSEC"},
	{"size-max", set_size_max, false, "0", "bytes that a message may have; 0: no limit"},
	/* Not /tmp, which often is memory */
	{"temporary-folder", set_temporary_folder, false, "/var/tmp", "for large messages"},
	{"tls", set_tls, true, NULL,
	 "[DOMAIN] LEVEL: which TLS is demanded"},
	{"dane-insecure-mx", set_dane_insecure_mx, false, "may",
	 "may or ignore: DANE with unsigned MX"},
	{"mta-sts", set_mta_sts, false, "yes", "yes or no: heed MTA-STS policies"},
	{"cache-folder", set_cache_folder, false, NULL, "where MTA-STS policies are kept"},
	{"tlsrpt-directory", set_tlsrpt_folder, false, NULL,
	 "where results are kept for --tlsrpt"},
	{"ca-file", set_ca_file, false, NULL, "root certificates in place of the system's"},
};
_Static_assert(sizeof keys / sizeof *keys == CONFIG_KEYS, "CONFIG_KEYS is the length of keys");

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

/* The place of a key's value: a new one where lines add up, else that of the line before. */
static struct config_value *value_place(struct config *c, size_t key)
{
	struct config_value *larger;

	for (size_t i = 0; i < c->value_count && !keys[key].repeats; i++) {
		if (c->values[i].key == key)
			return &c->values[i];
	}
	if (c->value_count == c->value_room) {
		c->value_room = c->value_room ? c->value_room * 2 : 2 * CONFIG_KEYS;
		larger = arena_array(c->arena, c->value_room, sizeof *larger);
		if (c->value_count)
			memcpy(larger, c->values, c->value_count * sizeof *larger);
		c->values = larger;
	}
	return &c->values[c->value_count++];
}

/* Where a value stands: for sentences about it, and for --show-config. */
struct place {
	bool of_command_line;
	const char *where;  /* "x.conf:1: timeout" */
	const char *source; /* "x.conf:1" */
};

/* Check a value and keep it, unless the command line has settled the key. value must live as long
   as c. */
static bool set(struct config *c, const char *name, const char *value, const struct place *place,
                const char **why)
{
	const struct key *key = key_find(name);
	struct config unused = *c;
	struct config *into = c;

	if (!key) {
		*why = arena_printf(c->arena, "%s: unknown setting", place->where);
		return false;
	}
	if (!place->of_command_line && !key->repeats && c->settled[key - keys])
		into = &unused;
	into->source = place->source;
	if (!key->set(into, value, why)) {
		*why = arena_printf(c->arena, "%s: bad value \"%s\": %s", place->where,
		                    text_clean(c->arena, value, strlen(value)), *why);
		return false;
	}
	into->settled[key - keys] |= place->of_command_line;
	if (into == c)
		*value_place(c, (size_t)(key - keys)) =
			(struct config_value){(size_t)(key - keys), value, place->source};
	return true;
}

void config_help(struct buf *b)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		buf_printf(b, "  %-27s %s", keys[i].name, keys[i].help);
		if (keys[i].standard)
			buf_printf(b, " (%s)", keys[i].standard);
		buf_text(b, "\n");
	}
}

/* "timeout 300  # default"; false when there is none. */
static bool show_key(const struct config *c, struct buf *b, size_t key)
{
	bool shown = false;

	for (size_t i = 0; i < c->value_count; i++) {
		const struct config_value *v = &c->values[i];

		if (v->key != key)
			continue;
		buf_printf(b, "%-16s %s  # %s\n", keys[key].name,
		           text_clean(c->arena, v->text, strlen(v->text)), v->source);
		shown = true;
	}
	return shown;
}

void config_show(const struct config *c, struct buf *b)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		if (!show_key(c, b, i))
			buf_printf(b, "# %s is not set\n", keys[i].name);
	}
}

bool config_is_file(const char *key)
{
	const struct key *row = key_find(key);

	return row && (row->set == set_aliases || row->set == set_virtual ||
	               row->set == set_ca_file || row->set == set_trust_anchor ||
	               row->set == set_cache_folder ||
	               row->set == set_tlsrpt_folder);
}

bool config_given(const struct config *c, const char *key)
{
	const struct key *row = key_find(key);

	for (size_t i = 0; i < c->value_count; i++) {
		if (&keys[c->values[i].key] == row)
			return strcmp(c->values[i].source, DEFAULT) != 0;
	}
	return false;
}

void config_found(struct config *c, const char *key, const char *value, const char *source)
{
	size_t row = (size_t)(key_find(key) - keys);

	if (!config_given(c, key))
		*value_place(c, row) = (struct config_value){row, value, source};
}

void config_default(struct config *c, struct arena *a)
{
	static const struct place nobody = {.source = DEFAULT};
	const char *why;

	*c = (struct config){.arena = a};
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		if (keys[i].standard)
			set(c, keys[i].name, keys[i].standard, &nobody, &why);
	}
}

bool config_set(struct config *c, const char *key, const char *value, const char *option,
                const char **why)
{
	const struct place place = {true, option, option};

	return set(c, key, value, &place, why);
}

static bool is_space(char c)
{
	return text_is_blank(c) || c == '\r';
}

/* Without the blanks around it and without a comment: "#" at the beginning or after a blank. */
static char *line_trimmed(struct arena *a, const char *line, size_t size)
{
	size_t end = 0;

	while (size && is_space(*line)) {
		line++;
		size--;
	}
	while (end < size && !(line[end] == '#' && (!end || is_space(line[end - 1]))))
		end++;
	while (end && is_space(line[end - 1]))
		end--;
	return arena_bytes(a, line, end);
}

/* source: "x.conf:1" */
static bool line_parse(struct config *c, const char *line, size_t size, const char *source,
                       const char **why)
{
	char *key = line_trimmed(c->arena, line, size);
	char *value = key + strcspn(key, " \t");
	struct place place = {.source = source};

	if (!*key)
		return true;
	if (*value)
		*value++ = 0;
	value += strspn(value, " \t");
	place.where =
		arena_printf(c->arena, "%s: %s", source, text_clean(c->arena, key, strlen(key)));
	if (*value)
		return set(c, key, value, &place, why);
	*why = arena_printf(c->arena, "%s: %s", place.where,
	                    key_find(key) ? "a value is missing" : "unknown setting");
	return false;
}

bool config_parse(struct config *c, const char *name, const char *text, size_t size,
                  const char **why)
{
	unsigned line = 0;

	while (size) {
		const char *newline = memchr(text, '\n', size);
		size_t length = newline ? (size_t)(newline - text) : size;
		const char *where = arena_printf(c->arena, "%s:%u", name, ++line);

		if (memchr(text, 0, length)) {
			*why = arena_printf(c->arena, "%s: a NUL byte", where);
			return false;
		}
		if (!line_parse(c, text, length, where, why))
			return false;
		length += newline != NULL;
		text += length;
		size -= length;
	}
	return true;
}

bool config_read(struct config *c, const char *path, bool must_exist, const char **why)
{
	struct buf text;
	bool good = true;
	int error;

	buf_init(&text, FILE_MAX);
	error = file_read(path, 0, &text);
	if (!error) {
		good = config_parse(c, path, text.bytes, text.size, why);
	} else if (error != ENOENT || must_exist) {
		*why = arena_printf(c->arena, "cannot read %s: %s", path, strerror(error));
		good = false;
	}
	buf_free(&text);
	return good;
}
