#include "net/dns_trouble.h"

#include "base/arena.h"
#include "net/dns_record.h"

#include <string.h>

enum { PORT_USUAL = 53 };

static const char *server_words(struct arena *a, const struct dns_server *server)
{
	char text[IP_TEXT];

	ip_print(&server->ip, text);
	if (server->assumed)
		return arena_printf(a, "%s (no name server is configured)", text);
	if (server->port == PORT_USUAL)
		return arena_text(a, text);
	return arena_printf(a, "%s port %u", text, server->port);
}

static const char *all_words(struct arena *a, const struct dns_known_servers *k, unsigned set)
{
	const char *words = NULL;

	for (unsigned i = 0; i < k->count; i++) {
		if (!(set & 1u << i))
			continue;
		const char *one = server_words(a, &k->list[i].at);
		words = words ? arena_printf(a, "%s, %s", words, one) : one;
	}
	return words;
}

static const char *time_words(struct arena *a, int64_t milliseconds)
{
	long long count = milliseconds;

	if (count % 1000)
		return arena_printf(a, "%lld ms", count);
	return arena_printf(a, "%lld s", count / 1000);
}

const char *dns_trouble_question(struct arena *a, const char *name, enum dns_type type)
{
	return arena_printf(a, "%s %s", dns_type_name(a, type), name);
}

const char *dns_trouble_error(struct arena *a, const struct dns_server *server, const char *what,
                              const char *question, const char *extra)
{
	const char *who = server_words(a, server);

	if (!extra)
		return arena_printf(a, "%s answers %s to %s", who, what, question);
	return arena_printf(a, "%s answers %s to %s (%s)", who, what, question, extra);
}

const char *dns_trouble_unreachable(struct arena *a, const struct dns_server *server,
                                    const char *question, bool tcp, int error)
{
	const char *who = server_words(a, server), *why = strerror(error);

	/* TCP is only asked for where UDP brought less than the whole */
	if (tcp)
		return arena_printf(a, "%s cuts its answer to %s short, and over TCP: %s", who,
		                    question, why);
	return arena_printf(a, "%s cannot be asked for %s: %s", who, question, why);
}

const char *dns_trouble_end(struct arena *a, const struct dns_known_servers *k,
                            const struct dns_course *c, const char *question, const char *worst,
                            int64_t waited)
{
	const char *silent = all_words(a, k, c->silent), *time = time_words(a, waited);

	if (!silent && !worst)
		return arena_printf(a, "no name server to ask for %s", question);
	if (!silent)
		return worst;
	if (!worst)
		return arena_printf(a, "no answer from %s to %s within %s", silent, question, time);
	return arena_printf(a, "%s; no answer from %s within %s", worst, silent, time);
}

const char *dns_trouble_abandoned(struct arena *a, const struct dns_known_servers *k,
                                  const struct dns_course *c, const char *question,
                                  const char *worst, const char *words)
{
	const char *silent = all_words(a, k, c->silent | 1u << c->server);

	if (worst)
		return worst;
	return arena_printf(a, "no answer from %s to %s %s", silent, question, words);
}

const char *dns_trouble_unsent(struct arena *a, const char *name, enum dns_type type,
                               const char *words)
{
	return arena_printf(a, "no time to ask for %s %s %s", dns_type_name(a, type), name, words);
}
