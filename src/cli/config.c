#include "cli/config.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/config_value.h"

enum { FILE_MAX = 1 << 20 }; /* 20,000 routes; more is not a configuration file */
#define DEFAULT "default"

/* The man page has a paragraph for each. */
static const struct key {
	const char *name;
	bool (*set)(struct config *c, const char *value, const char **why);
	bool repeats;         /* each line adds one; otherwise the last one counts */
	const char *standard; /* what is in force when nobody says anything; NULL: nothing */
	const char *help;
} keys[] = {
	{"route", config_value_route, true, NULL, "DOMAIN HOST[:PORT]: this host instead of MX"},
	{"hostname", config_value_hostname, false, NULL, "our name in EHLO"},
	{"mail-name", config_value_mail_name, false, NULL, "domain of addresses that have none"},
	{"aliases", config_value_aliases, false, "/etc/aliases",
	 "file: whom a local name leads to"},
	{"virtual", config_value_virtual, false, NULL, "file: whom a full address leads to"},
	/* Who still waits after five minutes is a batch job */
	{"timeout", config_value_timeout, false, "300", "seconds for the whole run"},
	{"parallel", config_value_parallel, false, "128", "deliveries at once"},
	{"resolver", config_value_resolver, false, NULL, "ADDRESS[:PORT] of name servers"},
	{"dnssec", config_value_dnssec, false, "auto", "auto, validate, trust-ad or off"},
	{"trust-anchor", config_value_trust_anchor, false, "/usr/share/dns/root.key",
	 "root keys, for DNSSEC"},
	{"size-max", config_value_size_max, false, "0",
	 "bytes that a message may have; 0: no limit"},
	/* Not /tmp, which often is memory */
	{"temporary-folder", config_value_temporary_folder, false, "/var/tmp",
	 "for large messages"},
	{"tls", config_value_tls, true, NULL,
	 "[DOMAIN] LEVEL: which TLS is demanded"},
	{"dane-insecure-mx", config_value_dane_insecure_mx, false, "may",
	 "may or ignore: DANE with unsigned MX"},
	{"mta-sts", config_value_mta_sts, false, "yes", "yes or no: heed MTA-STS policies"},
	{"cache-folder", config_value_cache_folder, false, NULL, "where MTA-STS policies are kept"},
	{"tlsrpt-directory", config_value_tlsrpt_folder, false, NULL,
	 "where results are kept for --tlsrpt"},
	{"ca-file", config_value_ca_file, false, NULL,
	 "root certificates in place of the system's"},
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

/* The values of a key, behind `count` other lines; the new count. */
static size_t add_lines(const struct config *c, size_t key, struct config_line *lines, size_t count)
{
	size_t before = count;

	for (size_t i = 0; i < c->value_count; i++) {
		const struct config_value *v = &c->values[i];

		if (v->key == key)
			lines[count++] = (struct config_line){
				keys[key].name, text_clean(c->arena, v->text, strlen(v->text)),
				v->source};
	}
	if (count == before)
		lines[count++] = (struct config_line){.key = keys[key].name};
	return count;
}

size_t config_lines(const struct config *c, struct config_line **lines)
{
	size_t count = 0;

	*lines = arena_array(c->arena, c->value_count + CONFIG_KEYS, sizeof **lines);
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		count = add_lines(c, i, *lines, count);
	return count;
}

void config_show(const struct config *c, struct buf *b)
{
	struct config_line *lines;
	size_t count = config_lines(c, &lines);

	for (size_t i = 0; i < count; i++) {
		if (lines[i].value)
			buf_printf(b, "%-16s %s  # %s\n", lines[i].key, lines[i].value,
			           lines[i].source);
		else
			buf_printf(b, "# %s is not set\n", lines[i].key);
	}
}

bool config_is_file(const char *key)
{
	const struct key *row = key_find(key);

	return row && (row->set == config_value_aliases || row->set == config_value_virtual ||
	               row->set == config_value_ca_file || row->set == config_value_trust_anchor ||
	               row->set == config_value_cache_folder ||
	               row->set == config_value_tlsrpt_folder);
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
	if (strchr(key, '=') || *value == '=') {
		*why = arena_printf(c->arena, "%s: a blank stands between key and value, no \"=\"",
		                    place.where);
		return false;
	}
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
