#include "cli/submission.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"
#include "cli/caller.h"
#include "cli/content.h"
#include "cli/submission_answer.h"

enum { HELLO_MAX = 4096 };

struct submission {
	const struct submission_want *want;
	struct caller caller;
	struct arena line;  /* of the command at hand */
	struct arena texts; /* of the transaction */
	struct submission_mail mail;
	bool open;    /* MAIL was taken */
	bool refused; /* and a RCPT was not */
	int exit;
};

/* The session goes on, with this reply. */
static bool say(struct submission *s, const char *code, const char *text)
{
	caller_reply(&s->caller, code, text);
	return true;
}

static void forget(struct submission *s)
{
	arena_free(&s->texts);
	s->mail = (struct submission_mail){.arena = &s->texts};
	s->open = s->refused = s->caller.utf8 = false;
}

/* ---- commands: false ends the session ---- */

static bool obey_ehlo(struct submission *s, const struct smtp_command *c)
{
	struct buf text;

	(void)c;
	forget(s);
	buf_init(&text, HELLO_MAX);
	buf_printf(&text, "%s\nPIPELINING\nSIZE", s->want->name);
	if (s->want->size_max)
		buf_printf(&text, " %llu", (unsigned long long)s->want->size_max);
	buf_text(&text, "\n8BITMIME\nSMTPUTF8\nDSN\nENHANCEDSTATUSCODES");
	say(s, "250", text.bytes);
	buf_free(&text);
	return true;
}

static bool obey_helo(struct submission *s, const struct smtp_command *c)
{
	(void)c;
	forget(s);
	return say(s, "250", s->want->name);
}

static bool is_too_large(const struct submission *s, uint64_t size)
{
	return s->want->size_max && size > s->want->size_max;
}

/* Nobody has to say hello first: there is nothing that we would do with the name. */
static bool obey_mail(struct submission *s, const struct smtp_command *c)
{
	const struct address *sender = &c->address;

	if (s->open)
		return say(s, "503 5.5.1", "a sender has been named already");
	if (is_too_large(s, c->size))
		return say(s, "552 5.3.4", "the message is larger than this machine allows");
	if (sender->utf8 && !c->utf8)
		return say(s, "553 5.6.7", "such an address needs SMTPUTF8"); /* RFC 6531 3.5 */
	if (sender->kind == DOMAIN_NONE && *sender->local && !s->want->mail_name)
		return say(s, "451 4.3.5", "this machine has no mail name to send from");
	s->open = true;
	s->caller.utf8 = c->utf8;
	s->mail.begun = *c;
	s->mail.sender = *sender;
	if (*sender->local)
		address_qualify(&s->mail.sender, s->want->mail_name);
	s->want->post.begin(s->want->post.context, &s->mail);
	return say(s, "250 2.1.0", "sender ok");
}

static bool refuse_recipient(struct submission *s, const char *code, const char *text)
{
	s->refused = true;
	return say(s, code, text);
}

static bool obey_rcpt(struct submission *s, const struct smtp_command *c)
{
	struct status verdict;

	if (!s->open)
		return say(s, "503 5.5.1", "the sender comes first: MAIL FROM:<address>");
	if (!*c->address.local)
		return refuse_recipient(s, "550 5.1.3", "the null address reaches nobody");
	if (c->address.utf8 && !s->mail.begun.utf8)
		return refuse_recipient(s, "553 5.6.7", "such an address needs SMTPUTF8");
	if (s->mail.count == SUBMISSION_RECIPIENTS_MAX) /* RFC 5321 4.5.3.1.10 */
		return refuse_recipient(s, "452 4.5.3", "too many recipients");
	verdict = s->want->post.route(s->want->post.context, &s->mail, c);
	s->mail.count += verdict.class == 2;
	s->refused |= verdict.class != 2;
	answer_route(&s->caller, &s->line, &verdict);
	return true;
}

/* ---- DATA ---- */

/* Everything up to the lone dot. False: the input ended before, and nothing may be sent. */
static bool read_content(struct submission *s, struct content *content)
{
	while (!content->ended) {
		const char *bytes;
		size_t size;
		enum caller_got got = caller_bytes(&s->caller, &bytes, &size);

		if (got != CALLER_LINE) {
			s->exit = got == CALLER_CANCELLED ? EX_TEMPFAIL : EX_IOERR;
			return false;
		}
		caller_took(&s->caller, content_take(content, bytes, size));
	}
	return true;
}

/* What kept the content from being kept. */
static struct status content_fault(struct submission *s, const struct content *content)
{
	if (content->too_large)
		return status_of(FAULT_TOO_LARGE, STAGE_ROUTE, &s->texts,
		                 "the message is larger than %llu bytes",
		                 (unsigned long long)content->max);
	if (content->failed)
		return status_of(FAULT_SYSTEM, STAGE_ROUTE, &s->texts, "cannot %s a file in %s: %s",
		                 content->failed, content->folder, strerror(content->error));
	return (struct status){0};
}

static bool transfer(struct submission *s, struct content *content)
{
	const struct submission_post *post = &s->want->post;
	struct submission_verdict verdict = {0};

	say(s, "354", "the message, and a lone dot at its end");
	if (!read_content(s, content))
		return false;
	content_rewind(content);
	verdict.fault = content_fault(s, content);
	caller_flush(&s->caller); /* the rest may take minutes */
	if (!verdict.fault.class)
		post->send(post->context, &s->mail, content->file, &verdict);
	answer_verdict(&s->caller, &s->line, &verdict);
	return true;
}

/* Some callers send everything in one flight without ever listening. If such a message is not
   wanted it must not be taken for commands, unless it looks like some. */
static bool skip_content(struct submission *s)
{
	struct content content;
	const char *line;
	size_t size;

	if (!caller_line_ahead(&s->caller, &line, &size) || smtp_command_begins(line, size))
		return true;
	content_open(&content, s->want->temporary_folder, 1);
	bool whole = read_content(s, &content);
	content_close(&content);
	return whole;
}

static bool obey_data(struct submission *s, const struct smtp_command *c)
{
	struct content content;
	bool whole;

	(void)c;
	if (!s->mail.count) {
		say(s, s->refused ? "554 5.5.1" : "503 5.5.1",
		    s->refused ? "no recipient was taken" : "the recipients come first");
		return skip_content(s);
	}
	content_open(&content, s->want->temporary_folder, s->want->size_max);
	whole = transfer(s, &content);
	content_close(&content);
	forget(s);
	return whole;
}

/* ---- the rest ---- */

static bool obey_rset(struct submission *s, const struct smtp_command *c)
{
	(void)c;
	forget(s);
	return say(s, "250 2.0.0", "forgotten");
}

static bool obey_noop(struct submission *s, const struct smtp_command *c)
{
	(void)c;
	return say(s, "250 2.0.0", "ok");
}

static bool obey_vrfy(struct submission *s, const struct smtp_command *c)
{
	(void)c;
	return say(s, "252 2.5.0", "his server knows; RCPT says what is known here");
}

static bool obey_help(struct submission *s, const struct smtp_command *c)
{
	(void)c;
	return say(s, "214 2.0.0", "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY QUIT; see sendmx(8)");
}

static bool obey_quit(struct submission *s, const struct smtp_command *c)
{
	(void)c;
	say(s, "221 2.0.0", "bye");
	return false;
}

static bool (*const obey[VERB_COUNT])(struct submission *s, const struct smtp_command *c) = {
	[VERB_EHLO] = obey_ehlo, [VERB_HELO] = obey_helo, [VERB_MAIL] = obey_mail,
	[VERB_RCPT] = obey_rcpt, [VERB_DATA] = obey_data, [VERB_RSET] = obey_rset,
	[VERB_NOOP] = obey_noop, [VERB_VRFY] = obey_vrfy, [VERB_HELP] = obey_help,
	[VERB_QUIT] = obey_quit,
};

/* MAIL and RCPT leave texts that the transaction needs. */
static bool hear(struct submission *s, const char *line, size_t size)
{
	struct smtp_refusal refusal = {0};
	struct smtp_command command = {0};
	bool good = smtp_command_parse(&command, &s->texts, line, size, &refusal);

	if (good)
		return obey[command.verb](s, &command);
	s->refused |= command.verb == VERB_RCPT && s->open;
	say(s, refusal.code, refusal.text);
	return command.verb != VERB_DATA || skip_content(s);
}

/* False: it is over. */
static bool converse(struct submission *s)
{
	const char *line;
	size_t size;

	arena_free(&s->line);
	if (!s->open)
		arena_free(&s->texts);
	switch (caller_line(&s->caller, &line, &size)) {
	case CALLER_LINE:
		return hear(s, line, size);
	case CALLER_LONG:
		return say(s, "500 5.5.2", "the line is too long");
	case CALLER_CANCELLED:
		say(s, "421 4.3.2", "ended by a signal");
		s->exit = EX_TEMPFAIL;
		break;
	case CALLER_END:
		break;
	}
	return false;
}

int submission_run(const struct submission_want *want)
{
	struct submission *s = memory_get(1, sizeof *s);
	struct deadline until = {.at = DEADLINE_NEVER, .cancel_fd = want->cancel_fd};
	int exit;

	s->want = want;
	caller_open(&s->caller, want->in, want->out, until);
	forget(s);
	say(s, "220", arena_printf(&s->line, "%s ESMTP sendmx", want->name));
	while (converse(s))
		continue;
	caller_flush(&s->caller);
	exit = s->caller.broken && !s->exit ? EX_IOERR : s->exit;
	caller_close(&s->caller);
	arena_free(&s->line);
	arena_free(&s->texts);
	free(s);
	return exit;
}

void submission_refuse(int out, const char *text)
{
	struct caller *c = memory_get(1, sizeof *c);
	struct deadline never = {.at = DEADLINE_NEVER, .cancel_fd = -1};

	caller_open(c, -1, out, never);
	caller_reply(c, "421 4.3.5", text);
	caller_flush(c);
	caller_close(c);
	free(c);
}
