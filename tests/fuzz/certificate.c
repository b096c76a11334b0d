/* Any bytes for a certificate: what is cut out of it lies within it, and what is shown is text. */

#include "net/certificate.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "base/arena.h"
#include "base/text.h"
#include "net/certificate_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_lie_within(struct der part, struct der whole)
{
	if (part.size && (part.data < whole.data || part.size > whole.size ||
	                  (size_t)(part.data - whole.data) > whole.size - part.size))
		abort();
}

static void must_be_clean(const char *text, size_t room)
{
	struct arena a = {NULL};

	if (!memchr(text, '\0', room) || strcmp(text_clean(&a, text, strlen(text)), text) != 0)
		abort();
	arena_free(&a);
}

static void split(struct der d)
{
	struct certificate_parts parts;

	if (!certificate_split(d, &parts))
		return;
	must_lie_within(parts.body, d);
	must_lie_within(parts.issuer, parts.body);
	must_lie_within(parts.subject, parts.body);
	must_lie_within(parts.key, parts.body);
	must_lie_within(parts.signature, d);
	must_lie_within(parts.names, parts.body);
	certificate_signed_by(d, parts.key);
}

static void verify(struct der d)
{
	const struct chain chain = {.certificates = {d, d}, .count = 2};
	struct anchors *a = anchors_new();
	char why[80];

	anchors_add(a, d);
	path_verify(a, &chain, PATH_ABOVE, why, sizeof why);
	must_be_clean(why, sizeof why);
	if (path_verify(a, &chain, PATH_ANY, why, sizeof why) == TLS_FINE && *why)
		abort();
	path_verify_end(d, why, sizeof why);
	must_be_clean(why, sizeof why);
	anchors_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	const struct der d = {data, size};
	struct tls_certificate facts;

	if (!started) /* and never ended: each start costs a fifth of a millisecond */
		started = gnutls_global_init() >= 0;
	split(d);
	if (certificate_read(d, &facts)) {
		must_be_clean(facts.names, sizeof facts.names);
		must_be_clean(facts.subject, sizeof facts.subject);
		must_be_clean(facts.issuer, sizeof facts.issuer);
		verify(d);
	}
	certificate_is_for(d, "mx.example.org", true);
	certificate_is_for(d, "mx.example.org", false);
	return 0;
}
