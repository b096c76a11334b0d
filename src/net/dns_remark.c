/* Remarks of a file of facts: what a zone file cannot say. Their forms are in dns_file.c's head. */

#include "net/dns_reader.h"

#include "base/arena.h"
#include "base/text.h"
#include "net/dns_string.h"
#include "net/machine.h"

#include <string.h>

/* A word of the record; NULL with an error noted. */
static const char *need_word(struct dns_reader *r, const char *complaint)
{
	const char *word = dns_words_next(&r->words);

	if (!word)
		dns_reader_fail(r, complaint, NULL);
	return word;
}

static const char *need_name(struct dns_reader *r)
{
	const char *word = need_word(r, "a name is missing");

	return word ? dns_reader_name(r, word) : NULL;
}

static bool type_of(struct dns_reader *r, const char *word, unsigned *type)
{
	*type = dns_type_number(word);
	return *type || dns_reader_fail(r, "unknown type", word);
}

/* What stands between quotation marks, behind what is in r->data already. */
static bool unquote(struct dns_reader *r, const char *word)
{
	if (*word != '"')
		return dns_reader_fail(r, "one word too many:", word);
	return dns_string_read(&r->data, word) ||
	       dns_reader_fail(r, "not a byte behind a backslash in", word);
}

/* The same fit to be shown: whoever wrote the file need not be a friend. NULL with an error noted.
   */
static const char *quoted(struct dns_reader *r, const char *word)
{
	buf_clear(&r->data);
	if (!unquote(r, word))
		return NULL;
	return text_clean(r->arena, r->data.size ? r->data.bytes : "", r->data.size);
}

/* [TYPE] ["words"], and then the end. */
static bool read_type_and_words(struct dns_reader *r, unsigned *type, const char **words)
{
	const char *word = dns_words_next(&r->words);

	*type = DNS_ANY_TYPE;
	*words = NULL;
	if (word && *word != '"') {
		if (!type_of(r, word, type))
			return false;
		word = dns_words_next(&r->words);
	}
	if (!word)
		return dns_reader_end(r);
	*words = quoted(r, word);
	return *words && dns_reader_end(r);
}

static bool read_misfit(struct dns_reader *r, enum dns_misfit misfit)
{
	const char *name = need_name(r), *words;
	unsigned type;

	if (!name || !read_type_and_words(r, &type, &words))
		return false;
	if (words && misfit != DNS_IN_WORDS)
		return dns_reader_fail(r, "one word too many:", words);
	if (!words && misfit == DNS_IN_WORDS)
		return dns_reader_fail(r, "words in quotation marks are missing", NULL);
	dns_zone_spoil(&r->file->zone, name, type, misfit, words);
	return true;
}

static bool read_servfail(struct dns_reader *r)
{
	return read_misfit(r, DNS_SERVFAIL);
}

static bool read_refused(struct dns_reader *r)
{
	return read_misfit(r, DNS_REFUSED);
}

static bool read_timeout(struct dns_reader *r)
{
	return read_misfit(r, DNS_TIMEOUT);
}

static bool read_trouble(struct dns_reader *r)
{
	return read_misfit(r, DNS_IN_WORDS);
}

static bool read_self(struct dns_reader *r)
{
	const char *word = need_word(r, "an address or a name is missing");
	struct ip ip;

	if (!word)
		return false;
	if (ip_parse(word, &ip)) {
		if (r->machine && !machine_add_address(r->machine, &ip))
			return dns_reader_fail(r, "too many addresses", NULL);
		return dns_reader_end(r);
	}
	const char *name = dns_reader_name(r, word);
	if (name && r->machine && !machine_add_name(r->machine, name))
		return dns_reader_fail(r, "too many names", NULL);
	return name && dns_reader_end(r);
}

static bool read_without(struct dns_reader *r)
{
	const char *word = need_word(r, "ipv4 or ipv6 is missing");

	if (!word)
		return false;
	bool four = text_same(word, "ipv4");
	if (!four && !text_same(word, "ipv6"))
		return dns_reader_fail(r, "neither ipv4 nor ipv6:", word);
	if (r->machine)
		*(four ? &r->machine->ipv4 : &r->machine->ipv6) = false;
	return dns_reader_end(r);
}

static bool read_seed(struct dns_reader *r)
{
	const char *word = need_word(r, "a number is missing");

	if (!word)
		return false;
	r->file->seeded = text_number(word, UINT64_MAX, &r->file->seed);
	return r->file->seeded ? dns_reader_end(r) : dns_reader_fail(r, "not a number:", word);
}

static bool read_reply(struct dns_reader *r)
{
	const char *name = need_name(r), *word;
	unsigned type;

	if (!name || !(word = need_word(r, "the type is missing")) || !type_of(r, word, &type))
		return false;
	word = dns_words_next(&r->words);
	bool no_name = word && text_same(word, "nxdomain");
	if (word && !no_name)
		return dns_reader_fail(r, "not nxdomain:", word);
	const char *zone = NULL;
	if (no_name && (word = dns_words_next(&r->words)) && !(zone = dns_reader_name(r, word)))
		return false;
	r->reply = dns_kept_reply(&r->file->kept, name, type, no_name, zone);
	if (!r->reply)
		return dns_reader_fail(r, "there is a reply already for", name);
	return dns_reader_end(r);
}

/* ".NAME" and "*.NAME" mean the name and all below it. */
static const char *verdict_name(struct dns_reader *r, bool *all_below)
{
	const char *word = need_word(r, "a name is missing");

	if (!word)
		return NULL;
	const char *name = word + (word[0] == '*' && word[1] == '.');
	*all_below = *name == '.';
	name += *all_below && name[1];
	return dns_reader_name(r, name);
}

static bool security_of(struct dns_reader *r, const char *word, enum dns_security *security)
{
	static const struct {
		const char *word;
		enum dns_security security;
	} verdicts[] = {
		{"unchecked", DNS_UNCHECKED},         {"secure", DNS_SECURE},
		{"insecure", DNS_INSECURE},           {"bogus", DNS_BOGUS},
		{"indeterminate", DNS_INDETERMINATE},
	};

	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
		if (text_same(word, verdicts[i].word)) {
			*security = verdicts[i].security;
			return true;
		}
	}
	return dns_reader_fail(r, "not secure, insecure, bogus, indeterminate or unchecked:", word);
}

static bool read_security(struct dns_reader *r)
{
	struct dns_verdict *verdict = arena_get(r->arena, sizeof *verdict);
	const char *word = need_word(r, "the verdict is missing");

	if (!word || !security_of(r, word, &verdict->security))
		return false;
	verdict->name = verdict_name(r, &verdict->all_below);
	if (!verdict->name || !read_type_and_words(r, &verdict->type, &verdict->reason))
		return false;
	return dns_kept_judge(&r->file->kept, verdict) ||
	       dns_reader_fail(r, "there is a verdict already for", verdict->name);
}

static void add_document(struct dns_reader *r, const struct dns_document *what)
{
	struct dns_document *document = arena_get(r->arena, sizeof *document);

	*document = *what;
	document->next = r->file->documents;
	r->file->documents = document;
}

static bool read_no_policy(struct dns_reader *r)
{
	const char *host = need_name(r), *word = host ? need_word(r, "words are missing") : NULL;
	const char *trouble = word ? quoted(r, word) : NULL;

	if (!trouble || !dns_reader_end(r))
		return false;
	add_document(r, &(struct dns_document){.host = host, .trouble = trouble});
	return true;
}

/* The bytes themselves: lines may end with CRLF (RFC 8461 3.2). */
static bool read_lines(struct dns_reader *r, const char *host, const char *id)
{
	const char *word = need_word(r, "a line is missing");

	if (!word)
		return false;
	buf_clear(&r->data);
	for (; word; word = dns_words_next(&r->words)) {
		if (!unquote(r, word))
			return false;
		buf_text(&r->data, "\n");
	}
	if (r->data.failed)
		return dns_reader_fail(r, "too much data", NULL);
	if (!dns_reader_end(r))
		return false;
	const char *text = arena_bytes(r->arena, r->data.bytes, r->data.size);

	add_document(r, &(struct dns_document){.host = host, .id = id, .text = text});
	return true;
}

static bool read_policy(struct dns_reader *r)
{
	const char *host = need_name(r);

	return host && read_lines(r, host, NULL);
}

static bool read_cached_policy(struct dns_reader *r)
{
	const char *host = need_name(r), *word = host ? need_word(r, "an id is missing") : NULL;
	const char *id = word ? quoted(r, word) : NULL;

	return id && read_lines(r, host, id);
}

bool dns_remark_read(struct dns_reader *r)
{
	static const struct {
		const char *word;
		bool (*read)(struct dns_reader *r);
	} remarks[] = {
		{"servfail", read_servfail}, {"refused", read_refused}, {"timeout", read_timeout},
		{"trouble", read_trouble},   {"self", read_self},       {"without", read_without},
		{"seed", read_seed},         {"reply", read_reply},     {"security", read_security},
		{"policy", read_policy},     {"no-policy", read_no_policy},
		{"cached-policy", read_cached_policy},
	};
	const char *word = dns_words_next(&r->words);

	for (size_t i = 0; word && i < sizeof remarks / sizeof *remarks; i++) {
		if (strcmp(word, remarks[i].word) == 0)
			return remarks[i].read(r);
	}
	return dns_reader_fail(r, "unknown directive ;!", word);
}
