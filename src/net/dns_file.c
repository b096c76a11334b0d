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
     ;! trouble NAME [TYPE] "WORDS"
                               there is no answer, and this is what is said of it
     ;! self ADDRESS           an address of this machine
     ;! self NAME              a name under which this machine takes mail
     ;! without ipv4|ipv6      this machine reaches nobody over this family
     ;! policy HOST "LINE" ["LINE" ...]
                               the MTA-STS policy that the web server mta-sts.DOMAIN has
     ;! no-policy HOST "WORDS" it could not be fetched, and why
     ;! cached-policy HOST "ID" "LINE" ["LINE" ...]
                               the one that is remembered; a fetch of it is due where the file says
                               what would come of one
     ;! seed N                 the order of equals, where --seed does not say it
     ;! security VERDICT NAME [TYPE] ["WORDS"]
                               what DNSSEC is to say of replies to questions for the name: secure,
                               insecure, bogus, indeterminate, unchecked. *.NAME or .NAME: also for
                               all names below it. Along a chain of aliases the worst counts
     ;! reply NAME TYPE [nxdomain [ZONE]]
                               the records from here to the next such line, whoever owns them, are
                               the whole reply to this question, in this order; other questions find
                               them as if the line were not there. So --save-facts keeps what came

   A directive of trouble comes before a reply, so that a saved file can be asked "what if". */

#include "net/dns_file.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/dns_name.h"
#include "net/dns_reader.h"
#include "net/dns_string.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_MAX = 64 << 20, /* a million records; more is not what this is for */
	DATA_MAX = 192 << 10, /* text of one record's data, which may be hexadecimal */
	TTL_UNSAID = 3600
};

/* The first thing that is wrong is what is told, and what is wrong with the text comes before its
   sense. */
bool dns_reader_fail(struct dns_reader *r, const char *words, const char *about)
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

const char *dns_reader_name(struct dns_reader *r, const char *word)
{
	const char *full = word;

	if (strcmp(word, "@") == 0)
		return r->origin;
	if (word[strlen(word) - 1] != '.' && strcmp(r->origin, ".") != 0)
		full = arena_printf(r->arena, "%s.%s", word, r->origin);
	full = dns_name_canonical(r->arena, full);
	if (!full)
		dns_reader_fail(r, "not a domain name:", word);
	return full;
}

bool dns_reader_end(struct dns_reader *r)
{
	const char *word = dns_words_next(&r->words);

	return word || r->words.why ? dns_reader_fail(r, "one word too many:", word) : true;
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

static bool read_origin(struct dns_reader *r)
{
	const char *word = dns_words_next(&r->words);

	if (!word)
		return dns_reader_fail(r, "$ORIGIN without a name", NULL);
	const char *name = dns_reader_name(r, word);
	if (!name)
		return false;
	r->origin = name;
	return dns_reader_end(r);
}

static bool read_default_ttl(struct dns_reader *r)
{
	const char *word = dns_words_next(&r->words);

	if (!word || !text_is_digit(*word) || !read_ttl(word, &r->ttl))
		return dns_reader_fail(r, "$TTL without a time", NULL);
	return dns_reader_end(r);
}

/* TTL and class in either order, then the type. */
static const char *read_type(struct dns_reader *r, uint32_t *ttl)
{
	const char *word;

	while ((word = dns_words_next(&r->words))) {
		if (text_same(word, "IN"))
			continue;
		if (!text_is_digit(*word) && dns_type_number(word))
			return arena_text(r->arena, word);
		if (!text_is_digit(*word) || !read_ttl(word, ttl)) {
			dns_reader_fail(r,
			                text_is_digit(*word) ? "not a time:" : "unknown type",
			                word);
			return NULL;
		}
	}
	dns_reader_fail(r, "the type is missing", NULL);
	return NULL;
}

static const char *read_data(struct dns_reader *r)
{
	const char *word;

	buf_clear(&r->data);
	while ((word = dns_words_next(&r->words))) {
		if (r->data.size)
			buf_text(&r->data, " ");
		buf_text(&r->data, word);
	}
	if (r->data.failed)
		dns_reader_fail(r, "too much data", NULL);
	if (!r->data.size || r->words.why)
		dns_reader_fail(r, "data is missing", NULL);
	return r->why ? NULL : r->data.bytes;
}

/* ldns stops where the words of a TXT record grow longer than 64 KiB; their bytes need not. */
static bool read_txt(struct dns_reader *r, struct dns_record *record)
{
	enum { STRING_MAX = 255 };
	const char *word;
	size_t before = 0, count = 0;

	buf_clear(&r->data);
	for (; (word = dns_words_next(&r->words)); before = r->data.size, count++) {
		if (!dns_string_read(&r->data, word))
			return dns_reader_fail(r, "not a byte behind a backslash in", word);
		if (r->data.size - before > STRING_MAX)
			return dns_reader_fail(r, "TXT with a string of more than 255 bytes", NULL);
	}
	if (r->data.failed)
		return dns_reader_fail(r, "too much data", NULL);
	if (!count || r->words.why)
		return dns_reader_fail(r, "data is missing", NULL);
	char *text = arena_bytes(r->arena, r->data.size ? r->data.bytes : "", r->data.size);
	for (size_t i = 0; i < r->data.size; i++)
		text[i] = text[i] ? text[i] : '\x01'; /* as dns_record.c does */
	*record = (struct dns_record){.type = DNS_TXT, .text = text};
	return true;
}

static bool read_by_ldns(struct dns_reader *r, const char *type, struct dns_record *record)
{
	const char *data = read_data(r), *why;

	/* The owner is in its right form already, which may be longer than ldns takes. */
	return data && (dns_record_parse(r->arena, ".", type, data, r->origin, record, &why) ||
	                dns_reader_fail(r, type, why));
}

/* What follows the owner. */
static bool read_record(struct dns_reader *r)
{
	uint32_t ttl = r->ttl;
	struct dns_record record;

	const char *type = read_type(r, &ttl);
	if (!type)
		return false;
	if (!(dns_type_number(type) == DNS_TXT ? read_txt(r, &record)
	                                       : read_by_ldns(r, type, &record)))
		return false;
	record.owner = r->owner;
	record.ttl = ttl;
	dns_zone_add(&r->file->zone, &record);
	if (r->reply && !dns_kept_add(&r->file->kept, r->reply, &record))
		return dns_reader_fail(r, "too many records in one reply", NULL);
	return true;
}

static bool read_named(struct dns_reader *r)
{
	const char *word = dns_words_next(&r->words);

	if (!word)
		return dns_reader_fail(r, "a name is missing", NULL);
	if (text_same(word, "$ORIGIN"))
		return read_origin(r);
	if (text_same(word, "$TTL"))
		return read_default_ttl(r);
	if (*word == '$')
		return dns_reader_fail(r, "unknown directive", word);
	r->owner = dns_reader_name(r, word);
	return r->owner && read_record(r);
}

static bool read_one(struct dns_reader *r)
{
	if (r->words.remark)
		return dns_remark_read(r);
	if (!r->words.indented)
		return read_named(r);
	if (!r->owner)
		return dns_reader_fail(r, "no name before this record", NULL);
	return read_record(r);
}

static bool read_all(struct dns_reader *r)
{
	while (dns_words_record(&r->words)) {
		if (!read_one(r))
			return false;
	}
	return r->words.why ? dns_reader_fail(r, "", NULL) : true;
}

struct dns_file *dns_file_parse(struct arena *a, const char *path, const char *text, size_t size,
                                struct machine *machine, const char **why)
{
	struct dns_file *file = memory_get(1, sizeof *file);
	struct dns_reader r = {.arena = a, .file = file, .machine = machine, .path = path};

	r.origin = ".";
	r.ttl = TTL_UNSAID;
	dns_zone_open(&file->zone, a);
	dns_kept_open(&file->kept, a);
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
		*why = arena_printf(a, "cannot read %s: %s", path, strerror(error));
	else
		file = dns_file_parse(a, path, bytes, text.size, machine, why);
	buf_free(&text);
	return file;
}

struct dns_reply dns_file_answer(const struct dns_file *file, const char *name, unsigned type)
{
	struct dns_reply reply = dns_zone_answer(&file->zone, name, type);
	const struct dns_verdict *verdict = dns_kept_verdict(&file->kept, name, type);

	if (!reply.trouble)
		dns_kept_find(&file->kept, name, type, &reply);
	if (verdict) {
		reply.security = verdict->security;
		reply.security_reason = verdict->reason;
	}
	return reply;
}

static const struct dns_document *document_find(const struct dns_file *file, const char *host,
                                                bool cached)
{
	const struct dns_document *d = file->documents;

	while (d && ((d->id != NULL) != cached || strcmp(d->host, host) != 0))
		d = d->next;
	return d;
}

const char *dns_file_policy(const struct dns_file *file, const char *host, const char **why)
{
	const struct dns_document *d = document_find(file, host, false);

	*why = d ? d->trouble : "the file has none";
	return d ? d->text : NULL;
}

const char *dns_file_cached_policy(const struct dns_file *file, const char *host, const char **id,
                                   bool *stale)
{
	const struct dns_document *d = document_find(file, host, true);

	*id = d ? d->id : NULL;
	*stale = document_find(file, host, false) != NULL;
	return d ? d->text : NULL;
}

bool dns_file_seed(const struct dns_file *file, uint64_t *seed)
{
	*seed = file->seed;
	return file->seeded;
}

void dns_file_close(struct dns_file *file)
{
	if (!file)
		return;
	dns_zone_close(&file->zone);
	dns_kept_close(&file->kept);
	free(file);
}
