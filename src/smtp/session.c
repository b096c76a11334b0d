#include "smtp/session.h"

#include "base/text.h"

#include <string.h>
#include <time.h>

const struct session_times session_times_default = {
	.greeting = 5 * 60 * 1000,
	.hello = 5 * 60 * 1000,
	.mail = 5 * 60 * 1000,
	.rcpt = 5 * 60 * 1000,
	.data = 2 * 60 * 1000,
	.block = 3 * 60 * 1000,
	.end = 10 * 60 * 1000,
};

/* The server will not serve us: the session ends with its words. A reply that has no place here
   (2xx or 3xx of another kind) is no SMTP. */
static bool refused(struct session *s, const struct reply *reply, enum stage stage)
{
	if (reply->code >= 400)
		s->talk.fault = talk_status(&s->talk, reply, stage);
	else
		s->talk.fault = talk_fault(&s->talk, FAULT_PROTOCOL, stage,
		                           "a reply that has no place here");
	return false;
}

/* RFC 5321 3.1: nobody speaks before the greeting. */
static bool hear_greeting(struct session *s)
{
	struct reply reply;

	s->stage = STAGE_GREETING;
	if (!talk_reply(&s->talk, &reply, STAGE_GREETING, s->want.times->greeting))
		return false;
	s->heard.greeting = talk_words(&s->talk, &reply);
	return reply.code == 220 || refused(s, &reply, STAGE_GREETING);
}

static void read_limit(struct session_offers *offers, const char *word)
{
	static const char rcpt[] = "RCPTMAX=", mail[] = "MAILMAX=", domain[] = "RCPTDOMAINMAX=";

	if (text_begins(word, rcpt))
		text_number(word + sizeof rcpt - 1, UINT32_MAX, &offers->rcpt_max);
	else if (text_begins(word, mail))
		text_number(word + sizeof mail - 1, UINT32_MAX, &offers->mail_max);
	else if (text_begins(word, domain))
		text_number(word + sizeof domain - 1, UINT32_MAX, &offers->domain_max);
}

/* RFC 9422 4: LIMITS name=value name=value. */
static void read_limits(struct arena *a, struct session_offers *offers, const char *values)
{
	char *word = arena_text(a, values), *rest;

	for (; *word; word = rest) {
		size_t size = strcspn(word, " ");

		rest = word + size + (word[size] == ' ');
		word[size] = '\0';
		read_limit(offers, word);
	}
}

/* The rest of line behind keyword, "" when there is nothing more, NULL when it is another keyword.
   */
static const char *keyword(const char *line, const char *word)
{
	size_t size = strlen(word);

	if (!text_begins(line, word) || (line[size] && line[size] != ' '))
		return NULL;
	return line[size] ? line + size + 1 : line + size;
}

static void read_offer(struct session *s, const char *line)
{
	struct session_offers *o = &s->offers;
	const char *value;

	o->pipelining |= keyword(line, "PIPELINING") != NULL;
	o->chunking |= keyword(line, "CHUNKING") != NULL;
	o->starttls |= keyword(line, "STARTTLS") != NULL;
	o->eight_bit |= keyword(line, "8BITMIME") != NULL;
	o->utf8 |= keyword(line, "SMTPUTF8") != NULL;
	o->dsn |= keyword(line, "DSN") != NULL;
	o->require_tls |= keyword(line, "REQUIRETLS") != NULL;
	value = keyword(line, "SIZE");
	if (value) {
		o->size = true;
		text_number(value, UINT64_MAX, &o->size_max);
	}
	value = keyword(line, "LIMITS");
	if (value)
		read_limits(&s->talk.scratch, o, value);
}

/* Each line was cut when it was cleaned. */
static void keep_extensions(struct session *s, const struct reply *reply)
{
	size_t count = reply->line_count - 1;
	const char **lines;

	count = count < SESSION_EXTENSIONS_MAX ? count : SESSION_EXTENSIONS_MAX;
	lines = arena_array(s->want.texts, count, sizeof *lines);
	s->heard.extension_count = 0;
	for (size_t i = 1; i <= count; i++) {
		if (*reply->lines[i])
			lines[s->heard.extension_count++] =
				arena_text(s->want.texts, reply->lines[i]);
	}
	s->heard.extensions = lines;
}

static bool say_helo(struct session *s)
{
	struct reply reply;

	talk_say(&s->talk, "HELO %s", s->want.hello);
	if (!talk_reply(&s->talk, &reply, STAGE_HELLO, s->want.times->hello))
		return false;
	return reply.code == 250 || refused(s, &reply, STAGE_HELLO);
}

/* EHLO, and HELO for those who do not know it (RFC 5321 3.2; RULES.md B1). */
static bool say_hello(struct session *s)
{
	struct reply reply;

	s->offers = (struct session_offers){0};
	talk_say(&s->talk, "EHLO %s", s->want.hello);
	if (!talk_reply(&s->talk, &reply, STAGE_HELLO, s->want.times->hello))
		return false;
	if (reply.code >= 500 && !s->secured)
		return say_helo(s);
	if (reply.code != 250)
		return refused(s, &reply, STAGE_HELLO);
	for (size_t i = 1; i < reply.line_count; i++)
		read_offer(s, reply.lines[i]);
	keep_extensions(s, &reply);
	return true;
}

static const char *day(char *text, size_t size, int64_t moment)
{
	const time_t seconds = moment;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, size, "%Y-%m-%d", &tm))
		return "another age";
	return text;
}

static void remark_certificate(struct session *s)
{
	const struct tls_certificate *c = &s->tls.certificate;
	char from[40], to[40];

	talk_remark(&s->talk, "certificate for %s, %s, of %s, from %s to %s",
	            *c->names ? c->names : c->subject, c->key, c->issuer,
	            day(from, sizeof from, c->not_before), day(to, sizeof to, c->not_after));
	talk_remark(&s->talk, "certificate %s", *c->chain ? c->chain : "good by the roots here");
}

static void remark_tls(struct session *s)
{
	const struct tls_facts *tls = &s->tls;

	talk_remark(&s->talk, "%s %s %s", tls->version, tls->cipher, tls->group);
	if (tls->certificate.count)
		remark_certificate(s);
	if (*tls->proof)
		talk_remark(&s->talk, "proved by %s: %s", tls->proved, tls->proof);
}

static bool owes_tls(const struct session *s)
{
	return s->want.duty && s->want.duty->level > TLS_MAY;
}

/* For reports. What our own user cut short says nothing of the server. */
static void note_failure(struct session *s, enum tls_failure failure, const char *words)
{
	enum fault fault = s->talk.fault.fault;

	if (fault == FAULT_CANCELLED || deadline_passed(s->talk.until))
		return;
	s->tls_failure = failure;
	s->tls_failing = words;
}

/* There will be no TLS here. True: then it goes on in clear. */
static bool do_without(struct session *s, const char *why)
{
	struct arena scratch = {0};

	if (s->want.tls)
		note_failure(s, TLS_NOT_SUPPORTED, why);
	if (!owes_tls(s))
		return true;
	talk_say(&s->talk, "QUIT");
	s->talk.fault = talk_fault(&s->talk, FAULT_TLS, STAGE_TLS,
	                           arena_printf(&scratch, "%s, and TLS is owed: %s", why,
	                                        s->want.duty_reason));
	arena_free(&scratch);
	return false;
}

/* Another try in clear is only for those who owe nothing. */
static void tls_fails(struct session *s, const char *why)
{
	s->tls_failed = owes_tls(s) ? NULL : why;
}

static bool shake_hands(struct session *s)
{
	const char *why = NULL;
	struct stream *below = s->talk.conn.stream;
	struct deadline until = deadline_in(s->want.until, s->want.times->hello);
	struct stream *stream =
		tls_begin(s->want.tls, below, s->want.sni, s->want.duty, until, &s->tls, &why);

	/* A failed handshake leaves no stream; what is closed below must not be touched again. */
	conn_replace(&s->talk.conn, stream);
	talk_lap(&s->talk, STAGE_TLS);
	if (!stream) {
		enum fault fault = deadline_cancelled(s->want.until) ? FAULT_CANCELLED : FAULT_TLS;

		s->talk.fault = talk_fault(&s->talk, fault, STAGE_TLS, why);
		note_failure(s, s->tls.failure, why);
		talk_remark(&s->talk, "no TLS: %s", why);
		tls_fails(s, why);
		return false;
	}
	s->secured = true;
	remark_tls(s);
	return true;
}

/* A client certificate that a TLS 1.3 server misses is refused only on our first read: no answer to
   this EHLO is a failure of TLS. */
static bool say_hello_secured(struct session *s)
{
	if (say_hello(s))
		return true;
	if (!s->talk.fault.reply && s->talk.conn.fault != CONN_CANCELLED) {
		tls_fails(s, s->talk.fault.text);
		note_failure(s, TLS_INVALID, s->talk.fault.text);
	}
	return false;
}

/* RFC 8689 4.2.1: only what is said within TLS counts. */
static bool promises_tls(struct session *s)
{
	if (!s->want.require_tls || s->offers.require_tls)
		return true;
	talk_say(&s->talk, "QUIT");
	s->talk.fault = talk_fault(&s->talk, FAULT_REQUIRETLS, STAGE_TLS,
	                           "the server does not offer REQUIRETLS");
	return false;
}

/* No answer to STARTTLS, or one too many. 421 says that the server goes, and nothing of TLS. */
static bool breaks_off(struct session *s)
{
	if (!s->talk.fault.reply)
		note_failure(s, TLS_INVALID, s->talk.fault.text);
	return false;
}

/* RFC 3207. A server that offers STARTTLS and then refuses it is used in clear, as one that does
   not offer it, where nothing is owed. */
static bool start_tls(struct session *s)
{
	struct reply reply;

	s->stage = STAGE_TLS;
	if (s->want.duty_name)
		talk_remark(&s->talk, "TLS: %s (%s)", s->want.duty_name, s->want.duty_reason);
	if (!s->offers.starttls || !s->want.tls)
		return do_without(s, "the server does not offer STARTTLS");
	talk_say(&s->talk, "STARTTLS");
	if (!talk_reply(&s->talk, &reply, STAGE_TLS, s->want.times->hello))
		return breaks_off(s);
	if (reply.code == 421)
		return refused(s, &reply, STAGE_TLS);
	if (reply.code != 220)
		return do_without(s, "the server refuses STARTTLS");
	/* Whoever speaks between his 220 and the handshake may be somebody on the wire:
	   CVE-2011-0411 (RULES.md B19). */
	if (!talk_in_turn(&s->talk, STAGE_TLS))
		return breaks_off(s);
	return shake_hands(s) && say_hello_secured(s) && promises_tls(s);
}

bool session_open(struct session *s, struct stream *stream, const struct session_want *want)
{
	*s = (struct session){
		.want = *want,
		.talk = {
			.host = want->host,
			.address = want->address,
			.until = want->until,
			.sending = want->times->block,
			.trace = want->trace,
			.texts = want->texts,
		},
		.stage = STAGE_CONNECT,
	};
	talk_open(&s->talk, stream);
	if (want->stop_after <= STAGE_CONNECT)
		return true;
	if (!hear_greeting(s))
		return false;
	if (want->stop_after <= STAGE_GREETING)
		return true;
	s->stage = STAGE_HELLO;
	if (!talk_in_turn(&s->talk, STAGE_HELLO) || !say_hello(s))
		return false;
	return want->stop_after <= STAGE_HELLO || start_tls(s);
}

bool session_usable(const struct session *s)
{
	return !s->talk.fault.class &&
	       (!s->offers.mail_max || s->transactions < s->offers.mail_max);
}

void session_close(struct session *s)
{
	talk_close(&s->talk);
}
