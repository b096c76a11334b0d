#include "cli/smtp_command.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "cli/dsn_word.h"

enum {
	ENVELOPE_ID_MAX = 100, /* RFC 3461 4.4 */
	ORIGINAL_MAX = 500     /* RFC 3461 4.2 */
};

/* A line that is being read. */
struct parser {
	struct smtp_command *command;
	struct arena *arena;
	struct smtp_refusal *refusal;
	const char *at;
};

static bool refuse(struct parser *p, const char *code, const char *text)
{
	*p->refusal = (struct smtp_refusal){code, text};
	return false;
}

static bool parse_any(struct parser *p)
{
	(void)p;
	return true;
}

static bool parse_something(struct parser *p)
{
	return *p->at || refuse(p, "501 5.5.4", "something is missing behind the command");
}

static bool parse_nothing(struct parser *p)
{
	return !*p->at || refuse(p, "501 5.5.4", "nothing may stand behind the command");
}

/* ---- parameters; at: the value, NULL without "=" ---- */

static bool set_body(struct parser *p, const char *value)
{
	/* The message itself is looked at. BINARYMIME needs BDAT (RFC 3030 3). */
	return (value && (text_same(value, "7BIT") || text_same(value, "8BITMIME"))) ||
	       refuse(p, "501 5.5.4", "BODY is 7BIT or 8BITMIME");
}

static bool set_size(struct parser *p, const char *value)
{
	return (value && text_number(value, UINT64_MAX, &p->command->size)) ||
	       refuse(p, "501 5.5.4", "SIZE is a number of bytes");
}

static bool set_utf8(struct parser *p, const char *value)
{
	p->command->utf8 = true;
	return !value || refuse(p, "501 5.5.4", "SMTPUTF8 has no value");
}

/* RFC 4954 5: who vouches for the sender. There is nobody whom we would tell. */
static bool set_auth(struct parser *p, const char *value)
{
	return value || refuse(p, "501 5.5.4", "AUTH has a value");
}

static bool set_return(struct parser *p, const char *value)
{
	p->command->dsn_return = value ? dsn_return(value) : NULL;
	return p->command->dsn_return || refuse(p, "501 5.5.4", "RET is FULL or HDRS");
}

static bool is_hex(char c)
{
	return text_is_digit(c) || (c >= 'A' && c <= 'F');
}

/* RFC 3461 4: printable ASCII with "+3D" for what may not stand as it is. */
static bool is_xtext(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~' || *text == '=')
			return false;
		if (*text == '+' && !(is_hex(text[1]) && is_hex(text[2])))
			return false;
	}
	return true;
}

static bool set_envelope_id(struct parser *p, const char *value)
{
	p->command->envelope_id = value;
	return (value && *value && strlen(value) <= ENVELOPE_ID_MAX && is_xtext(value)) ||
	       refuse(p, "501 5.5.4", "ENVID is xtext of up to 100 characters");
}

static bool set_notify(struct parser *p, const char *value)
{
	return (value && dsn_notify(value, &p->command->notify)) ||
	       refuse(p, "501 5.5.4", "NOTIFY is NEVER, or a list of SUCCESS, FAILURE, DELAY");
}

static bool set_original(struct parser *p, const char *value)
{
	const char *address = value ? strchr(value, ';') : NULL;

	p->command->original = value;
	return (address && address > value && strlen(value) <= ORIGINAL_MAX && is_xtext(value)) ||
	       refuse(p, "501 5.5.4", "ORCPT is a type, a semicolon, and an address in xtext");
}

static const struct parameter {
	enum smtp_verb verb;
	const char *name;
	bool (*set)(struct parser *p, const char *value);
} parameters[] = {
	{VERB_MAIL, "BODY", set_body},
	{VERB_MAIL, "SIZE", set_size},
	{VERB_MAIL, "SMTPUTF8", set_utf8},
	{VERB_MAIL, "AUTH", set_auth},
	{VERB_MAIL, "RET", set_return},
	{VERB_MAIL, "ENVID", set_envelope_id},
	{VERB_RCPT, "NOTIFY", set_notify},
	{VERB_RCPT, "ORCPT", set_original},
};

static bool parse_parameter(struct parser *p, char *word)
{
	char *equals = strchr(word, '=');

	if (equals)
		*equals = '\0';
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
		const struct parameter *row = &parameters[i];

		if (row->verb == p->command->verb && text_same(word, row->name))
			return row->set(p, equals ? equals + 1 : NULL);
	}
	return refuse(p, "555 5.5.4", arena_printf(p->arena, "unknown parameter %s", word));
}

static bool parse_parameters(struct parser *p)
{
	while (*(p->at += strspn(p->at, " \t"))) {
		size_t size = strcspn(p->at, " \t");

		if (!parse_parameter(p, arena_bytes(p->arena, p->at, size)))
			return false;
		p->at += size;
	}
	return true;
}

/* ---- addresses ---- */

/* Where a path ends: behind its ">", or at a blank for those who leave the brackets out. */
static const char *path_end(const char *path)
{
	bool quoted = false;
	const char *at = path;

	for (; *at && (quoted || !text_is_blank(*at)); at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (*at == '>' && !quoted)
			return at + 1;
	}
	return at;
}

static bool parse_path(struct parser *p, const char *bad_address)
{
	const char *end = path_end(p->at);
	const char *path = arena_bytes(p->arena, p->at, (size_t)(end - p->at));
	const char *why;

	if (!*path || (*end && !text_is_blank(*end)))
		return refuse(p, "501 5.5.4", "the form is MAIL FROM:<address>, RCPT TO:<address>");
	p->at = end;
	if (address_parse(p->arena, path, &p->command->address, &why))
		return true;
	return refuse(p, bad_address,
	              arena_printf(p->arena, "%s is no address: %s",
	                           text_clean(p->arena, path, strlen(path)), why));
}

/* "FROM:", "TO:" */
static bool parse_word(struct parser *p, const char *word)
{
	if (!text_begins(p->at, word))
		return refuse(p, "501 5.5.4", "the form is MAIL FROM:<address>, RCPT TO:<address>");
	p->at += strlen(word);
	p->at += strspn(p->at, " \t");
	return true;
}

static bool parse_mail(struct parser *p)
{
	return parse_word(p, "FROM:") && parse_path(p, "501 5.1.7") && parse_parameters(p);
}

static bool parse_rcpt(struct parser *p)
{
	return parse_word(p, "TO:") && parse_path(p, "501 5.1.3") && parse_parameters(p);
}

static bool parse_other(struct parser *p)
{
	return refuse(p, "502 5.5.1", "there is no such service here");
}

static const struct verb {
	const char *name;
	enum smtp_verb verb;
	bool (*parse)(struct parser *p);
} verbs[] = {
	{"EHLO", VERB_EHLO, parse_something}, {"HELO", VERB_HELO, parse_something},
	{"MAIL", VERB_MAIL, parse_mail},      {"RCPT", VERB_RCPT, parse_rcpt},
	{"DATA", VERB_DATA, parse_nothing},   {"RSET", VERB_RSET, parse_any},
	{"NOOP", VERB_NOOP, parse_any},       {"VRFY", VERB_VRFY, parse_something},
	{"HELP", VERB_HELP, parse_any},       {"QUIT", VERB_QUIT, parse_any},
	{"EXPN", VERB_OTHER, parse_other},    {"BDAT", VERB_OTHER, parse_other},
	{"AUTH", VERB_OTHER, parse_other},    {"STARTTLS", VERB_OTHER, parse_other},
	{"ETRN", VERB_OTHER, parse_other},    {"TURN", VERB_OTHER, parse_other},
};

static const struct verb *verb_find(const char *line, size_t size)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		size_t length = strlen(verbs[i].name);

		if (size >= length && (size == length || text_is_blank(line[length])) &&
		    text_begins(line, verbs[i].name))
			return &verbs[i];
	}
	return NULL;
}

/* A bare CR, a NUL, an escape sequence: none of it can be part of what is passed on (RULES.md
   B18). */
static bool is_clean(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 127)
			return false;
	}
	return true;
}

/* A copy without the blanks at its end, which some callers leave there. */
static const char *line_copy(struct arena *a, const char *line, size_t size)
{
	while (size && text_is_blank(line[size - 1]))
		size--;
	return arena_bytes(a, line, size);
}

bool smtp_command_parse(struct smtp_command *c, struct arena *a, const char *line, size_t size,
                        struct smtp_refusal *refusal)
{
	struct parser p = {c, a, refusal, line_copy(a, line, size)};
	const struct verb *verb = verb_find(p.at, strlen(p.at));

	*c = (struct smtp_command){0};
	if (!is_clean(line, size))
		return refuse(&p, "500 5.5.2", "a control character stands in the command");
	if (!verb)
		return refuse(&p, "500 5.5.1", "unknown command");
	p.at += strlen(verb->name);
	p.at += strspn(p.at, " \t");
	c->verb = verb->verb;
	c->text = p.at;
	return verb->parse(&p);
}

bool smtp_command_begins(const char *line, size_t size)
{
	return verb_find(line, size) != NULL;
}
