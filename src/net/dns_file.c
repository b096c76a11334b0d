/* The format: a zone file (RFC 1035 5.1, RFC 2308 4) that may hold the records of any number of
   zones.

     example.org            MX    10 mx.example.org.
     $ORIGIN example.net.
     $TTL 1h
     @                      MX    10 mx
     mx              300 IN A     192.0.2.1
     *.customers            MX    10 mx        ; wildcards as in RFC 4592
     www                    CNAME mx

   Without $ORIGIN names are below the root, so that the trailing dot may be left out. A TTL is 3600
   unless said. A name that has no record of the type asked for, but others or names below it,
   exists without data; every other one does not exist. Answers keep the order of the file. Unknown
   $ directives are errors, $INCLUDE among them.

   What a zone file cannot say stands in comments of their own, with names as everywhere in the
   file:

     ;! servfail NAME [TYPE]   the name server answers SERVFAIL, to questions of this type or of any
     ;! refused NAME [TYPE]    it answers REFUSED
     ;! timeout NAME [TYPE]    it does not answer; nobody waits for it all the same
     ;! self ADDRESS           an address of this machine
     ;! self NAME              a name under which this machine takes mail */

#include "net/dns_file.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/dns_name.h"
#include "net/dns_words.h"
#include "net/dns_zone.h"
#include "net/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_MAX = 64 << 20, /* a million records; more is not what this is for */
	DATA_MAX = 64 << 10, /* text of one record's data */
	TTL_UNSAID = 3600
};

struct dns_file {
	struct dns_zone zone;
};

struct reader {
	struct arena *arena;
	struct dns_zone *zone;
	struct machine *machine;
	const char *path;
	struct dns_words words;
	struct buf data;
	const char *origin;
	const char *owner; /* of the last record, for lines that begin with a blank, or NULL */
	uint32_t ttl;
	const char *why; /* set once something is wrong */
};

/* The first thing that is wrong is what is told, and what is wrong with the text comes before its
   sense. */
static bool fail(struct reader *r, const char *words, const char *about)
{
	const char *clean = about ? text_clean(r->arena, about, strlen(about)) : "";

	if (r->why)
		return false;
	if (r->words.why)
		r->why = arena_printf(r->arena, "%s:%u: %s", r->path, r->words.first_line,
		                      r->words.why);
	else
		r->why = arena_printf(r->arena, "%s:%u: %s%s%s", r->path, r->words.first_line,
		                      words, about ? " " : "", clean);
	return false;
}

/* A name of the file in full and in its one form; NULL with an error noted. */
static const char *full_name(struct reader *r, const char *word)
{
	const char *full = word;

	if (strcmp(word, "@") == 0)
		return r->origin;
	if (word[strlen(word) - 1] != '.' && strcmp(r->origin, ".") != 0)
		full = arena_printf(r->arena, "%s.%s", word, r->origin);
	full = dns_name_canonical(r->arena, full);
	if (!full)
		fail(r, "not a domain name:", word);
	return full;
}

/* The record ends here. */
static bool at_end(struct reader *r)
{
	const char *word = dns_words_next(&r->words);

	return word || r->words.why ? fail(r, "one word too many:", word) : true;
}

/* Seconds, or with units as in 1h30m. */
static bool read_ttl(const char *word, uint32_t *ttl)
{
	static const struct {
		char letter;
		uint32_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	uint64_t sum = 0, part = 0;

	for (; *word; word++) {
		size_t unit = 0;

		if (text_is_digit(*word)) {
			part = part * 10 + (uint64_t)(*word - '0');
		} else {
			while (unit < 5 && units[unit].letter != text_lower(*word))
				unit++;
			if (unit == 5)
				return false;
			sum += part * units[unit].seconds;
			part = 0;
		}
		if (sum + part > INT32_MAX) /* RFC 2181 8 */
			return false;
	}
	*ttl = (uint32_t)(sum + part);
	return true;
}

static bool read_origin(struct reader *r)
{
	const char *word = dns_words_next(&r->words);

	if (!word)
		return fail(r, "$ORIGIN without a name", NULL);
	const char *name = full_name(r, word);
	if (!name)
		return false;
	r->origin = name;
	return at_end(r);
}

static bool read_default_ttl(struct reader *r)
{
	const char *word = dns_words_next(&r->words);

	if (!word || !text_is_digit(*word) || !read_ttl(word, &r->ttl))
		return fail(r, "$TTL without a time", NULL);
	return at_end(r);
}

static bool read_self(struct reader *r)
{
	const char *word = dns_words_next(&r->words);
	struct ip ip;

	if (!word)
		return fail(r, "an address or a name is missing", NULL);
	if (ip_parse(word, &ip)) {
		if (r->machine && !machine_add_address(r->machine, &ip))
			return fail(r, "too many addresses", NULL);
		return at_end(r);
	}
	const char *name = full_name(r, word);
	if (name && r->machine && !machine_add_name(r->machine, name))
		return fail(r, "too many names", NULL);
	return name && at_end(r);
}

static bool read_misfit(struct reader *r, enum dns_misfit misfit)
{
	const char *word = dns_words_next(&r->words);
	const char *name = word ? full_name(r, word) : NULL;
	unsigned type = DNS_ANY_TYPE;

	if (!name)
		return fail(r, "a name is missing", NULL);
	if ((word = dns_words_next(&r->words)) && !(type = dns_type_number(word)))
		return fail(r, "unknown type", word);
	dns_zone_spoil(r->zone, name, type, misfit);
	return at_end(r);
}

/* Behind ";!". */
static bool read_remark(struct reader *r)
{
	static const char *const misfits[] = {
		[DNS_SERVFAIL] = "servfail",
		[DNS_REFUSED] = "refused",
		[DNS_TIMEOUT] = "timeout",
	};
	const char *word = dns_words_next(&r->words);

	for (size_t i = 0; word && i < sizeof misfits / sizeof misfits[0]; i++) {
		if (strcmp(word, misfits[i]) == 0)
			return read_misfit(r, (enum dns_misfit)i);
	}
	if (word && strcmp(word, "self") == 0)
		return read_self(r);
	return fail(r, "unknown directive ;!", word);
}

/* TTL and class in either order, then the type. */
static const char *read_type(struct reader *r, uint32_t *ttl)
{
	const char *word;

	while ((word = dns_words_next(&r->words))) {
		if (text_same(word, "IN"))
			continue;
		if (!text_is_digit(*word) && dns_type_number(word))
			return arena_text(r->arena, word);
		if (!text_is_digit(*word) || !read_ttl(word, ttl)) {
			fail(r, text_is_digit(*word) ? "not a time:" : "unknown type", word);
			return NULL;
		}
	}
	fail(r, "the type is missing", NULL);
	return NULL;
}

static const char *read_data(struct reader *r)
{
	const char *word;

	buf_clear(&r->data);
	while ((word = dns_words_next(&r->words))) {
		if (r->data.size)
			buf_text(&r->data, " ");
		buf_text(&r->data, word);
	}
	if (r->data.failed)
		fail(r, "too much data", NULL);
	if (!r->data.size || r->words.why)
		fail(r, "data is missing", NULL);
	return r->why ? NULL : r->data.bytes;
}

/* What follows the owner. */
static bool read_record(struct reader *r)
{
	uint32_t ttl = r->ttl;
	struct dns_record record;
	const char *why;

	const char *type = read_type(r, &ttl);
	const char *data = type ? read_data(r) : NULL;
	if (!data)
		return false;
	const char *dot = strcmp(r->owner, ".") == 0 ? "" : ".";
	const char *owner = arena_printf(r->arena, "%s%s", r->owner, dot);
	if (!dns_record_parse(r->arena, owner, type, data, r->origin, &record, &why))
		return fail(r, type, why);
	record.ttl = ttl;
	dns_zone_add(r->zone, &record);
	return true;
}

static bool read_named(struct reader *r)
{
	const char *word = dns_words_next(&r->words);

	if (!word)
		return fail(r, "a name is missing", NULL);
	if (text_same(word, "$ORIGIN"))
		return read_origin(r);
	if (text_same(word, "$TTL"))
		return read_default_ttl(r);
	if (*word == '$')
		return fail(r, "unknown directive", word);
	r->owner = full_name(r, word);
	return r->owner && read_record(r);
}

static bool read_one(struct reader *r)
{
	if (r->words.remark)
		return read_remark(r);
	if (!r->words.indented)
		return read_named(r);
	if (!r->owner)
		return fail(r, "no name before this record", NULL);
	return read_record(r);
}

static bool read_all(struct reader *r)
{
	while (dns_words_record(&r->words)) {
		if (!read_one(r))
			return false;
	}
	return r->words.why ? fail(r, "", NULL) : true;
}

struct dns_file *dns_file_parse(struct arena *a, const char *path, const char *text, size_t size,
                                struct machine *machine, const char **why)
{
	struct dns_file *file = memory_get(1, sizeof *file);
	struct reader r = {.arena = a, .zone = &file->zone, .machine = machine, .path = path};

	r.origin = ".";
	r.ttl = TTL_UNSAID;
	dns_zone_open(&file->zone, a);
	dns_words_open(&r.words, text, size);
	buf_init(&r.data, DATA_MAX);
	bool ok = read_all(&r);
	buf_free(&r.data);
	dns_words_close(&r.words);
	if (ok)
		return file;
	*why = r.why;
	dns_file_close(file);
	return NULL;
}

struct dns_file *dns_file_open(struct arena *a, const char *path, struct machine *machine,
                               const char **why)
{
	struct dns_file *file = NULL;
	struct buf text;

	buf_init(&text, FILE_MAX);
	int error = file_read(path, 0, &text);
	const char *bytes = text.size ? text.bytes : "";
	if (error)
		*why = arena_printf(a, "%s: %s", path, strerror(error));
	else
		file = dns_file_parse(a, path, bytes, text.size, machine, why);
	buf_free(&text);
	return file;
}

struct dns_reply dns_file_answer(const struct dns_file *file, const char *name, unsigned type)
{
	return dns_zone_answer(&file->zone, name, type);
}

void dns_file_close(struct dns_file *file)
{
	if (!file)
		return;
	dns_zone_close(&file->zone);
	free(file);
}
