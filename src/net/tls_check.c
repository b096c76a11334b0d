#include "net/tls_check.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/dane.h"

/* Add to what is against a certificate that it is for others. */
static void add_mismatch(char *why, size_t room, const char *host, const struct tls_certificate *c)
{
	char all[2048];

	snprintf(all, sizeof all, "%s%snot for %s, but for %s", why, *why ? ", " : "", host,
	         *c->names ? c->names : c->subject);
	text_fit(why, room, all);
}

void tls_examine(struct trust *t, const struct chain *chain, const char *host,
                 struct tls_certificate *facts)
{
	if (!chain->count || !certificate_read(chain->certificates[0], facts))
		return;
	facts->count = (unsigned)chain->count;
	trust_verify(t, chain, facts->chain, sizeof facts->chain);
	if (host && !certificate_is_for(chain->certificates[0], host, false))
		add_mismatch(facts->chain, sizeof facts->chain, host, facts);
}

static const char *find_name(const struct tls_duty *duty, struct der certificate)
{
	for (size_t i = 0; i < duty->name_count; i++) {
		if (certificate_is_for(certificate, duty->names[i], duty->san_only))
			return duty->names[i];
	}
	return NULL;
}

static enum tls_failure check_path(struct trust *t, const struct chain *chain,
                                   const struct tls_duty *duty, char *words, size_t room)
{
	const char *name = find_name(duty, chain->certificates[0]);
	enum tls_failure failure = trust_verify(t, chain, words, room);
	struct tls_certificate facts;

	certificate_read(chain->certificates[0], &facts);
	if (!name) {
		add_mismatch(words, room, duty->name_count ? duty->names[0] : "any name", &facts);
		return failure ? failure : TLS_HOST_MISMATCH;
	}
	if (!failure) {
		char all[1024];

		snprintf(all, sizeof all, "valid for %s by the roots, issued by %s", name,
		         facts.issuer);
		text_fit(words, room, all);
	}
	return failure;
}

enum tls_failure tls_check(struct trust *t, const struct chain *chain, const struct tls_duty *duty,
                           const char **proved, char *words, size_t room)
{
	const struct dane_question question = {
		.records = duty->records,
		.record_count = duty->record_count,
		.names = duty->names,
		.name_count = duty->name_count,
	};
	enum tls_failure failure;

	*proved = "nothing";
	*words = '\0';
	if (duty->level < TLS_VERIFY)
		return TLS_FINE;
	if (!chain->count) {
		snprintf(words, room, "the server has no certificate");
		return TLS_INVALID;
	}
	failure = duty->level == TLS_DANE ? dane_verify(&question, chain, words, room)
	                                  : check_path(t, chain, duty, words, room);
	if (failure == TLS_FINE)
		*proved = duty->level == TLS_DANE ? "dane" : "pkix";
	return failure;
}
