#include "route/sts.h"

#include "base/arena.h"
#include "base/text.h"
#include "mail/address.h"

#include <string.h>

/* RFC 8461 3.1, 3.2: letters and digits come first, then these may follow too. */
static bool name_good(const char *name, size_t size)
{
	if (size < 1 || size > 32 || !text_is_alnum(name[0]))
		return false;
	for (size_t i = 1; i < size; i++) {
		if (!text_is_alnum(name[i]) && !strchr("_-.", name[i]))
			return false;
	}
	return true;
}

bool sts_id_good(const char *id)
{
	size_t size = 0;

	while (text_is_alnum(id[size]))
		size++;
	return !id[size] && size >= 1 && size <= STS_ID_MAX;
}

static const char *skip_blanks(const char *text)
{
	while (text_is_blank(*text))
		text++;
	return text;
}

/* What follows "v=STSv1" up to and with the first semicolon; NULL: this is another's record. */
static const char *record_fields(const char *text)
{
	static const char version[] = "v=STSv1";

	if (strncmp(text, version, strlen(version)) != 0)
		return NULL;
	text = skip_blanks(text + strlen(version));
	return *text == ';' ? text + 1 : NULL;
}

/* 3.1: 1*(%x21-3A / %x3C / %x3E-7E), so neither blanks nor "=" nor ";". */
static bool record_value_good(const char *value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (value[i] < 0x21 || value[i] > 0x7e || value[i] == '=')
			return false;
	}
	return size > 0;
}

/* One "name=value" of size bytes. The first id counts, further ones are passed over (3.1). */
static bool record_field(const char *field, size_t size, char *id)
{
	const char *equals = memchr(field, '=', size);
	const char *value = equals ? equals + 1 : field;
	size_t value_size = size - (size_t)(value - field);

	if (!equals || !name_good(field, (size_t)(equals - field)) ||
	    !record_value_good(value, value_size))
		return false;
	if (equals - field != 2 || memcmp(field, "id", 2) != 0 || id[0])
		return true;
	if (value_size > STS_ID_MAX)
		return false;
	memcpy(id, value, value_size);
	id[value_size] = '\0';
	return sts_id_good(id);
}

static bool record_parse(const char *fields, char *id, const char **why)
{
	*why = "its _mta-sts record has a field that is none";
	while (*(fields = skip_blanks(fields))) {
		size_t size = strcspn(fields, ";"), kept = size;

		while (kept && text_is_blank(fields[kept - 1]))
			kept--;
		if (!record_field(fields, kept, id))
			return false;
		fields += size + (fields[size] == ';');
	}
	*why = "its _mta-sts record has no id";
	return id[0];
}

enum sts_record sts_record_parse(const char *const *txt, size_t count, char *id, const char **why)
{
	const char *only = NULL;

	id[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const char *fields = record_fields(txt[i]);

		if (fields && only) {
			*why = "it has more than one _mta-sts record";
			return STS_RECORD_BAD;
		}
		if (fields)
			only = fields;
	}
	if (!only)
		return STS_RECORD_NONE;
	if (record_parse(only, id, why))
		return STS_RECORD_FOUND;
	id[0] = '\0';
	return STS_RECORD_BAD;
}

/* ---- the policy ---- */

struct reader {
	struct arena *arena;
	struct sts_policy *policy;
	const char **mx;
	bool version, mode, age; /* seen: of all but mx the first one counts (3.2) */
	const char *why;
};

static bool read_version(struct reader *r, const char *value)
{
	r->why = "its version is not STSv1";
	return strcmp(value, "STSv1") == 0;
}

static bool read_mode(struct reader *r, const char *value)
{
	for (enum sts_mode mode = STS_NONE; mode <= STS_ENFORCE; mode++) {
		r->policy->mode = mode;
		if (strcmp(value, sts_mode_name(mode)) == 0)
			return true;
	}
	/* Not the same as none: who mistypes "enforce" has not taken his policy back. */
	r->why = "its mode is not enforce, testing or none";
	return false;
}

static bool read_age(struct reader *r, const char *value)
{
	uint64_t age;

	r->why = "its max_age is not a number from 0 to 31557600";
	if (!text_number(value, STS_AGE_MAX, &age))
		return false;
	r->policy->max_age = (uint32_t)age;
	return true;
}

static bool read_mx(struct reader *r, const char *value)
{
	bool wild = strncmp(value, "*.", 2) == 0;
	const char *name = value + (wild ? 2 : 0), *domain, *why;
	size_t size = strlen(name);

	r->why = "one of its mx is neither a host name nor \"*.\" and a domain";
	if (!size || name[size - 1] == '.' || !text_is_ascii(name) ||
	    !domain_parse(r->arena, name, &domain, &why))
		return false;
	r->mx[r->policy->mx_count++] = wild ? arena_printf(r->arena, "*.%s", domain) : domain;
	return true;
}

static bool read_field(struct reader *r, const char *name, const char *value)
{
	const struct {
		const char *name;
		bool *seen; /* NULL: may come often */
		bool (*read)(struct reader *r, const char *value);
	} fields[] = {
		{"version", &r->version, read_version},
		{"mode", &r->mode, read_mode},
		{"max_age", &r->age, read_age},
		{"mx", NULL, read_mx},
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (strcmp(name, fields[i].name) != 0)
			continue;
		if (fields[i].seen && *fields[i].seen)
			return true;
		if (fields[i].seen)
			*fields[i].seen = true;
		return fields[i].read(r, value);
	}
	return true; /* 3.2: unknown fields are passed over */
}

/* A line without its end. It is cut at its colon and after its value. */
static bool read_line(struct reader *r, char *line, size_t size)
{
	char *colon = memchr(line, ':', size);

	while (size && text_is_blank(line[size - 1]))
		size--;
	line[size] = '\0';
	if (!size)
		return true; /* no field; files tend to end with some */
	r->why = "it has a line that is no field";
	if (!colon || colon >= line + size || !name_good(line, (size_t)(colon - line)))
		return false;
	for (const char *c = colon; *c; c++) {
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return false;
	}
	*colon = '\0';
	return read_field(r, line, skip_blanks(colon + 1));
}

static bool read_lines(struct reader *r, char *text, size_t size)
{
	char *end = text + size;

	while (text < end) {
		char *feed = memchr(text, '\n', (size_t)(end - text));
		char *stop = feed ? feed : end;
		size_t line = (size_t)(stop - text);

		if (feed && line && text[line - 1] == '\r')
			line--;
		if (!read_line(r, text, line))
			return false;
		text = stop + (feed != NULL);
	}
	return true;
}

static bool read_whole(struct reader *r, char *text, size_t size)
{
	if (!read_lines(r, text, size))
		return false;
	r->why = !r->version                                           ? "it has no version"
	         : !r->mode                                            ? "it has no mode"
	         : !r->age                                             ? "it has no max_age"
	         : r->policy->mode != STS_NONE && !r->policy->mx_count ? "it names no mx"
	                                                               : NULL;
	return !r->why;
}

/* At least as many as read_field will meet. */
static size_t count_mx(const char *text, size_t size)
{
	size_t count = 1;

	for (size_t i = 2; i < size; i++)
		count += memcmp(text + i - 2, "mx:", 3) == 0;
	return count;
}

bool sts_policy_parse(struct arena *a, const char *text, size_t size, struct sts_policy *policy,
                      const char **why)
{
	struct reader r = {.arena = a, .policy = policy};

	*policy = (struct sts_policy){.mode = STS_NONE};
	*why = "it is larger than 64 KiB";
	if (size > STS_POLICY_MAX)
		return false;
	*why = "it has a NUL byte";
	if (size && memchr(text, '\0', size))
		return false;
	r.mx = arena_array(a, count_mx(text, size), sizeof *r.mx);
	policy->mx = r.mx;
	if (read_whole(&r, arena_bytes(a, text, size), size))
		return true;
	*why = r.why;
	return false;
}

static bool pattern_fits(const char *pattern, const char *host)
{
	const char *dot = strchr(host, '.');

	if (strncmp(pattern, "*.", 2) != 0)
		return text_same(pattern, host);
	return dot && dot != host && text_same(pattern + 1, dot);
}

bool sts_match(const struct sts_policy *policy, const char *host)
{
	for (size_t i = 0; i < policy->mx_count; i++) {
		if (pattern_fits(policy->mx[i], host))
			return true;
	}
	return false;
}

const char *sts_mode_name(enum sts_mode mode)
{
	static const char *const names[] = {"none", "testing", "enforce"};

	return names[mode];
}
