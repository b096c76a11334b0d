#include "net/dane.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/certificate.h"

/* Words that are put together before they are cut. */
enum { WORDS_MAX = 1024, WHY_MAX = 160 };

/* Anchors from which a path is looked for. Who is honest succeeds with the first; a chain of the
   worst certificates that fit into a handshake takes a quarter of a second for each. */
enum { ANCHORS_MAX = 8 };

struct search {
	const struct dane_question *question;
	const struct chain *chain;
	const char *name;         /* the reference name that the certificate is for, or NULL */
	size_t anchors;           /* that were tried */
	enum tls_failure failure; /* the last that says more than "no match" */
	char words[WORDS_MAX];
};

static void say(struct search *s, const struct dane_record *r, const char *what, const char *whom,
                const char *rest)
{
	snprintf(s->words, sizeof s->words, "%u %u %u %s%s%s", r->usage, r->selector, r->matching,
	         what, whom, rest);
}

/* RFC 7671 5.1: names, dates and purpose of the certificate do not count; the record says it all.
 */
static bool match_end(struct search *s, const struct dane_record *r)
{
	if (!dane_matches(r, s->chain->certificates[0]))
		return false;
	say(s, r,
	    r->selector == DANE_KEY ? "matches the certificate's key" : "matches the certificate",
	    "", "");
	return true;
}

/* An anchor is found. The certificate must be for one of the names, and there must be a path. */
static bool accept_anchor(struct search *s, const struct dane_record *r, const char *what,
                          const char *whom, enum tls_failure path, const char *why)
{
	char rest[WORDS_MAX / 2];
	struct tls_certificate facts;

	if (path == TLS_FINE && s->name) {
		snprintf(rest, sizeof rest, "; name %s", s->name);
		say(s, r, what, whom, rest);
		return true;
	}
	s->failure = path;
	snprintf(rest, sizeof rest, ", but: %s", why);
	if (path == TLS_FINE) {
		s->failure = TLS_HOST_MISMATCH;
		certificate_read(s->chain->certificates[0], &facts);
		/* Who it is for comes last: a list of any length, which may be cut */
		snprintf(rest, sizeof rest, ", but the certificate is not for %s, but for %.300s",
		         s->question->name_count ? s->question->names[0] : "any name",
		         *facts.names ? facts.names : facts.subject);
	}
	say(s, r, what, whom, rest);
	return false;
}

/* A path from the server's certificate to this very one (RFC 7671 5.2.2), which is not the server's
   own: what is asked of an issuer is not asked there. */
static bool try_anchor(struct search *s, const struct dane_record *r, const char *what,
                       struct der anchor)
{
	struct tls_certificate facts;
	char why[WHY_MAX] = "it cannot be read";
	enum tls_failure path = TLS_NOT_TRUSTED;
	struct anchors *a;

	if (der_same(anchor, s->chain->certificates[0]) || s->anchors++ >= ANCHORS_MAX)
		return false;
	a = anchors_new();
	certificate_read(anchor, &facts);
	if (anchors_add(a, anchor))
		path = path_verify(a, s->chain, PATH_ABOVE, why, sizeof why);
	anchors_free(a);
	return accept_anchor(s, r, what, facts.subject, path, why);
}

/* RFC 7671 5.2.3: a bare key in DNS, whose certificate the server need not send, has signed some
   certificate of the path; from there on down it is a path like any other. */
static bool try_bare_key(struct search *s, const struct dane_record *r)
{
	const struct der key = {r->data, r->size};
	const struct chain *c = s->chain;
	char why[WHY_MAX];
	enum tls_failure path;

	if (certificate_signed_by(c->certificates[0], key)) {
		path = path_verify_end(c->certificates[0], why, sizeof why);
		return accept_anchor(s, r, "has signed the certificate", "", path, why);
	}
	for (size_t i = 1; i < c->count; i++) {
		if (certificate_signed_by(c->certificates[i], key) &&
		    try_anchor(s, r, "has signed ", c->certificates[i]))
			return true;
	}
	return false;
}

static bool match_issuer(struct search *s, const struct dane_record *r)
{
	for (size_t i = 1; i < s->chain->count; i++) {
		if (dane_matches(r, s->chain->certificates[i]) &&
		    try_anchor(s, r, "matches ", s->chain->certificates[i]))
			return true;
	}
	if (r->matching != DANE_FULL)
		return false;
	return r->selector == DANE_KEY ? try_bare_key(s, r)
	                               : try_anchor(s, r, "is ", (struct der){r->data, r->size});
}

static const char *find_name(const struct dane_question *q, struct der certificate)
{
	for (size_t i = 0; i < q->name_count; i++) {
		if (certificate_is_for(certificate, q->names[i], false))
			return q->names[i];
	}
	return NULL;
}

static bool match_any(struct search *s)
{
	const struct dane_record *records[DANE_RECORDS_MAX];
	size_t count = dane_choose(s->question->records, s->question->record_count, records);

	s->failure = count ? TLS_INVALID : TLS_TLSA_INVALID;
	snprintf(s->words, sizeof s->words,
	         count ? "no TLSA record matches the certificate" : "no TLSA record is usable");
	if (!s->chain->count)
		return false;
	s->name = find_name(s->question, s->chain->certificates[0]);
	for (size_t i = 0; i < count; i++) {
		if (records[i]->usage == DANE_EE && match_end(s, records[i]))
			return true;
	}
	for (size_t i = 0; i < count; i++) {
		if (records[i]->usage == DANE_TA && match_issuer(s, records[i]))
			return true;
	}
	return false;
}

enum tls_failure dane_verify(const struct dane_question *q, const struct chain *chain, char *words,
                             size_t room)
{
	struct search s = {.question = q, .chain = chain};
	bool matched = match_any(&s);
	size_t size = strlen(s.words);

	snprintf(words, room, "%.*s", (int)text_cut(s.words, size, room - 1), s.words);
	return matched ? TLS_FINE : s.failure;
}
