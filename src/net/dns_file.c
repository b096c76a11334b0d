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
#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/dns_index.h"
#include "net/dns_name.h"
#include "net/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FILE_MAX = 64 << 20, /* a million records; more is not what this is for */
	DATA_MAX = 64 << 10, /* text of one record's data, and of one word */
	TTL_UNSAID = 3600,
	ANY_TYPE = 0
};

struct entry {
	struct dns_record record;
	struct entry *next;
};

/* Trouble that the file asks for, and what is said about it before and behind "to TYPE NAME". */
struct trouble {
	const char *directive;
	const char *before, *behind;
};

static const struct trouble troubles[] = {
	{"servfail", "facts answers SERVFAIL", ""},
	{"refused", "facts answers REFUSED", ""},
	{"timeout", "no answer from facts", " within 5 s"},
};

struct misfit {
	const struct trouble *trouble;
	unsigned type;
	struct misfit *next;
};

struct node {
	struct dns_link link;
	const char *name;
	struct entry *entries, **last;
	struct misfit *misfits;
};

struct dns_file {
	struct arena *arena;
	struct dns_index nodes;
};

struct reader {
	struct dns_file *file;
	struct machine *machine;
	const char *path;
	const char *at, *end;
	unsigned line;       /* of `at` */
	unsigned first_line; /* of the record being read: what an error names */
	unsigned depth;      /* of parentheses: a record goes on over line ends within them */
	struct buf word;
	struct buf data;
	const char *origin;
	const char *owner; /* of the last record, for lines that begin with a blank; NULL: none yet */
	uint32_t ttl;
	const char *why; /* set once something is wrong */
};

static struct node *node_find(const struct dns_file *file, const char *name)
{
	struct dns_link *link = dns_index_first(&file->nodes, text_hash(name, 0));

	while (link && strcmp(((struct node *)link)->name, name) != 0)
		link = dns_index_next(link);
	return (struct node *)link;
}

/* The name without its first label; NULL for the root. */
static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	if (strcmp(name, ".") == 0)
		return NULL;
	return dot ? dot + 1 : ".";
}

/* The node of the name. Its ancestors come into being with it: RFC 4592 2.2.2, empty non-terminals
   exist. */
static struct node *node_get(struct dns_file *file, const char *name)
{
	struct node *wanted = NULL;

	for (; name; name = parent_of(name)) {
		struct node *node = node_find(file, name);

		if (node)
			return wanted ? wanted : node;
		node = arena_get(file->arena, sizeof *node);
		node->name = name;
		node->last = &node->entries;
		dns_index_add(&file->nodes, &node->link, text_hash(name, 0));
		if (!wanted)
			wanted = node;
	}
	return wanted;
}

/* The first thing that is wrong is what is told. */
static bool fail(struct reader *r, const char *words, const char *about)
{
	struct arena *a = r->file->arena;
	const char *clean = about ? text_clean(a, about, strlen(about)) : "";

	if (!r->why)
		r->why = arena_printf(a, "%s:%u: %s%s%s", r->path, r->first_line, words,
		                      about ? " " : "", clean);
	return false;
}

static void skip_comment(struct reader *r)
{
	while (r->at < r->end && *r->at != '\n')
		r->at++;
}

static bool is_space(char c)
{
	return text_is_blank(c) || c == '\r';
}

/* To the next word of this record, over comments and, in parentheses, line ends. False at the
   record's end. */
static bool skip_to_word(struct reader *r)
{
	for (; r->at < r->end; r->at++) {
		if (*r->at == ';')
			skip_comment(r);
		if (r->at == r->end || (*r->at == '\n' && !r->depth))
			break;
		if (*r->at == ')' && !r->depth)
			return fail(r, "\")\" without \"(\"", NULL);
		if (*r->at == '(' || *r->at == ')')
			r->depth += *r->at == '(' ? 1 : -1u;
		else if (*r->at == '\n')
			r->line++;
		else if (!is_space(*r->at))
			return true;
	}
	if (r->depth)
		return fail(r, "\"(\" without \")\"", NULL);
	return false;
}

/* RFC 1035 5.1: a backslash takes the meaning from the byte behind it. ldns resolves it. */
static void take_byte(struct reader *r)
{
	size_t size = *r->at == '\\' && r->end - r->at > 1 && r->at[1] != '\n' ? 2 : 1;

	buf_add(&r->word, r->at, size);
	r->at += size;
}

static void take_quoted(struct reader *r)
{
	take_byte(r);
	while (r->at < r->end && *r->at != '"' && *r->at != '\n')
		take_byte(r);
	if (r->at < r->end && *r->at == '"')
		take_byte(r);
	else
		fail(r, "a quotation mark is missing", NULL);
}

static void take_plain(struct reader *r)
{
	while (r->at < r->end && !is_space(*r->at) && !strchr("\n;()\"", *r->at))
		take_byte(r);
}

/* The next word of the record into r->word; NULL at its end, or when something is wrong. */
static const char *next_word(struct reader *r)
{
	buf_clear(&r->word);
	if (r->why || !skip_to_word(r))
		return NULL;
	if (*r->at == '"')
		take_quoted(r);
	else
		take_plain(r);
	if (r->word.failed)
		fail(r, "a word is too long", NULL);
	return r->why ? NULL : r->word.bytes;
}

/* A name of the file in full and in its one form; NULL with an error noted. */
static const char *full_name(struct reader *r, const char *word)
{
	struct arena *a = r->file->arena;
	size_t size = strlen(word);
	const char *full = word;

	if (strcmp(word, "@") == 0)
		return r->origin;
	if (word[size - 1] != '.' && strcmp(r->origin, ".") != 0)
		full = arena_printf(a, "%s.%s", word, r->origin);
	full = dns_name_canonical(a, full);
	if (!full)
		fail(r, "not a domain name:", word);
	return full;
}

static bool at_end(struct reader *r)
{
	const char *word = next_word(r);

	return word ? fail(r, "one word too many:", word) : !r->why;
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
	const char *word = next_word(r);

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
	const char *word = next_word(r);

	if (!word || !text_is_digit(*word) || !read_ttl(word, &r->ttl))
		return fail(r, "$TTL without a time", NULL);
	return at_end(r);
}

static bool read_self(struct reader *r)
{
	const char *word = next_word(r);
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

static bool read_misfit(struct reader *r, const struct trouble *trouble)
{
	const char *word = next_word(r);
	const char *name = word ? full_name(r, word) : NULL;
	unsigned type = ANY_TYPE;

	if (!name)
		return fail(r, "a name is missing", NULL);
	if ((word = next_word(r)) && !(type = dns_type_number(word)))
		return fail(r, "unknown type", word);
	struct node *node = node_get(r->file, name);
	struct misfit *misfit = arena_get(r->file->arena, sizeof *misfit);
	*misfit = (struct misfit){.trouble = trouble, .type = type, .next = node->misfits};
	node->misfits = misfit;
	return at_end(r);
}

/* Behind ";!". */
static bool read_remark(struct reader *r)
{
	const char *word = next_word(r);

	for (size_t i = 0; word && i < sizeof troubles / sizeof troubles[0]; i++) {
		if (strcmp(word, troubles[i].directive) == 0)
			return read_misfit(r, &troubles[i]);
	}
	if (word && strcmp(word, "self") == 0)
		return read_self(r);
	return fail(r, "unknown directive ;!", word);
}

/* TTL and class in either order, then the type, which is left in r->word. */
static const char *read_type(struct reader *r, uint32_t *ttl)
{
	const char *word;

	while ((word = next_word(r))) {
		if (text_same(word, "IN"))
			continue;
		if (!text_is_digit(*word))
			return word;
		if (!read_ttl(word, ttl)) {
			fail(r, "not a time:", word);
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
	while ((word = next_word(r))) {
		if (r->data.size)
			buf_text(&r->data, " ");
		buf_text(&r->data, word);
	}
	if (r->data.failed)
		fail(r, "too much data", NULL);
	if (!r->data.size)
		fail(r, "data is missing", NULL);
	return r->why ? NULL : r->data.bytes;
}

static void keep(struct reader *r, const struct dns_record *record)
{
	struct node *node = node_get(r->file, record->owner);
	struct entry *entry = arena_get(r->file->arena, sizeof *entry);

	entry->record = *record;
	*node->last = entry;
	node->last = &entry->next;
}

/* What follows the owner. */
static bool read_record(struct reader *r)
{
	struct arena *a = r->file->arena;
	uint32_t ttl = r->ttl;
	struct dns_record record;
	const char *why;

	const char *type = read_type(r, &ttl);
	if (!type)
		return false;
	type = arena_text(a, type);
	if (!dns_type_number(type))
		return fail(r, "unknown type", type);
	const char *data = read_data(r);
	if (!data)
		return false;
	const char *owner = strcmp(r->owner, ".") == 0 ? "." : arena_printf(a, "%s.", r->owner);
	if (!dns_record_parse(a, owner, type, data, r->origin, &record, &why))
		return fail(r, type, why);
	record.ttl = ttl;
	keep(r, &record);
	return true;
}

static bool read_named(struct reader *r)
{
	const char *word = next_word(r);

	if (!word)
		return false;
	if (text_same(word, "$ORIGIN"))
		return read_origin(r);
	if (text_same(word, "$TTL"))
		return read_default_ttl(r);
	if (*word == '$')
		return fail(r, "unknown directive", word);
	r->owner = full_name(r, word);
	return r->owner && read_record(r);
}

/* One record, remark or empty line, up to the line end that closes it. */
static bool read_line(struct reader *r)
{
	bool inherits = is_space(*r->at);

	r->first_line = r->line;
	while (r->at < r->end && is_space(*r->at))
		r->at++;
	if (r->end - r->at > 2 && r->at[0] == ';' && r->at[1] == '!') {
		r->at += 2;
		return read_remark(r);
	}
	if (!skip_to_word(r))
		return !r->why;
	if (!inherits)
		return read_named(r);
	if (!r->owner)
		return fail(r, "no name before this record", NULL);
	return read_record(r);
}

static bool read_all(struct reader *r)
{
	if (memchr(r->at, '\0', (size_t)(r->end - r->at)))
		return fail(r, "not a text file", NULL);
	for (; r->at < r->end; r->at++, r->line++) {
		if (!read_line(r))
			return false;
		if (r->at == r->end)
			break;
	}
	return true;
}

static bool load(const char *path, struct buf *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = -1;
	char *space = NULL;

	if (fd < 0)
		return false;
	while ((space = buf_space(text, 64 << 10)) && (size = read(fd, space, 64 << 10)) > 0)
		buf_took(text, (size_t)size);
	int error = space ? errno : EFBIG;
	close(fd);
	errno = error;
	return size == 0;
}

/* RFC 4592 3.3.1: a name that does not exist is served by the wildcard below the closest name above
   it that does. */
static const struct node *node_serving(const struct dns_file *file, const char *name)
{
	const struct node *node = node_find(file, name);
	char wildcard[DNS_NAME_TEXT + 8];

	if (node)
		return node;
	while (!node_find(file, name))
		name = parent_of(name); /* the root is always there */
	bool root = strcmp(name, ".") == 0;
	snprintf(wildcard, sizeof wildcard, "\\042%s%s", root ? "" : ".", root ? "" : name);
	return node_find(file, wildcard);
}

static const char *node_trouble(struct arena *a, const struct node *node, const char *name,
                                unsigned type)
{
	const struct misfit *m = node->misfits;

	while (m && m->type != ANY_TYPE && m->type != type)
		m = m->next;
	if (!m)
		return NULL;
	return arena_printf(a, "%s to %s %s%s", m->trouble->before, dns_type_name(a, type), name,
	                    m->trouble->behind);
}

struct dns_file *dns_file_parse(struct arena *a, const char *path, const char *text, size_t size,
                                struct machine *machine, const char **why)
{
	struct dns_file *file = memory_get(1, sizeof *file);
	struct reader r = {
		.file = file,
		.machine = machine,
		.path = path,
		.at = text,
		.end = text + size,
		.line = 1,
		.first_line = 1,
		.origin = ".",
		.ttl = TTL_UNSAID,
	};

	file->arena = a;
	buf_init(&r.word, DATA_MAX);
	buf_init(&r.data, DATA_MAX);
	node_get(file, ".");
	bool ok = read_all(&r);
	buf_free(&r.word);
	buf_free(&r.data);
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
	bool loaded = load(path, &text);
	const char *bytes = text.size ? text.bytes : "";
	if (loaded)
		file = dns_file_parse(a, path, bytes, text.size, machine, why);
	else
		*why = arena_printf(a, "%s: %s", path, strerror(errno));
	buf_free(&text);
	return file;
}

struct dns_reply dns_file_answer(const struct dns_file *file, const char *name, unsigned type)
{
	const struct node *node = node_serving(file, name);
	struct dns_reply reply = {.no_name = !node};
	size_t count = 0;

	if (!node)
		return reply;
	reply.trouble = node_trouble(file->arena, node, name, type);
	if (reply.trouble)
		return reply;
	for (const struct entry *e = node->entries; e; e = e->next)
		count++;
	reply.records = arena_array(file->arena, count, sizeof *reply.records);
	for (const struct entry *e = node->entries; e; e = e->next) {
		if (e->record.type != type && e->record.type != DNS_CNAME)
			continue;
		reply.records[reply.count] = e->record;
		reply.records[reply.count++].owner = name;
	}
	return reply;
}

void dns_file_close(struct dns_file *file)
{
	if (!file)
		return;
	dns_index_free(&file->nodes);
	free(file);
}
