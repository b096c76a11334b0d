#include "cli/security.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "net/dns_string.h"

/* What every user of the machine has a use for; root keeps it up to date. */
#define SYSTEM_CACHE "/var/cache/sendmx"

static void run_https(void *context, struct https_request *requests, size_t count,
                      struct deadline until)
{
	const struct security *s = context;

	https_run(s->https, requests, count, until);
}

/* In a world that a file describes there are no web servers but those that it has. */
static void run_file(void *context, struct https_request *requests, size_t count,
                     struct deadline until)
{
	struct dns *dns = context;

	(void)until;
	for (size_t i = 0; i < count; i++) {
		const char *why, *text = dns_policy(dns, requests[i].host, &why);

		requests[i].outcome = text ? HTTPS_ANSWERED : HTTPS_FAILED;
		if (!text) {
			snprintf(requests[i].why, sizeof requests[i].why, "%s", why);
			continue;
		}
		requests[i].status = 200;
		snprintf(requests[i].type, sizeof requests[i].type, "text/plain");
		buf_init(&requests[i].body, HTTPS_BODY_MAX);
		buf_text(&requests[i].body, text);
	}
}

static const char *recall_file(void *context, const char *mta_host, const char **id, bool *stale)
{
	const struct dns *dns = context;

	return dns_cached_policy(dns, mta_host, id, stale);
}

static void add_folder(struct sts_cache *cache, struct arena *a, const char *above, mode_t mode)
{
	cache->folders[cache->count++] =
		(struct sts_folder){arena_printf(a, "%s/mta-sts", above), mode};
}

/* A user's own folder is his secret: it tells to whom he writes. */
static void find_cache(struct sts_cache *cache, struct arena *a, const struct config *c,
                       const struct identity *i)
{
	if (c->cache_folder) {
		add_folder(cache, a, c->cache_folder, 0600);
		return;
	}
	if (geteuid() != 0 && i->home)
		add_folder(cache, a, arena_printf(a, "%s/.cache/sendmx", i->home), 0600);
	add_folder(cache, a, SYSTEM_CACHE, 0644);
}

void security_open(struct security *s, struct arena *a, const struct config *c,
                   const struct identity *i, struct dns *dns, bool from_file,
                   bool allow_loopback)
{
	*s = (struct security){.world.allow_loopback = allow_loopback};
	if (!c->mta_sts)
		return;
	if (from_file) {
		s->world.source = (struct sts_source){run_file, dns, recall_file};
	} else {
		s->https = https_open(c->ca_file);
		s->world.source = (struct sts_source){run_https, s, NULL};
		find_cache(&s->world.cache, a, c, i);
	}
	s->policies = policies_open(dns, &s->world);
}

void security_facts(struct security *s, const struct config *c, struct facts *facts)
{
	s->world.now = time(NULL);
	facts->policies = s->policies;
	facts->duty_rules = c->duty_rules;
	facts->duty_rule_count = c->duty_rule_count;
	facts->dane_needs_mx = c->dane_needs_mx;
	facts->watch_testing = c->tlsrpt_folder != NULL;
}

static void save_policy(struct buf *b, const struct sts_finding *f)
{
	const char *line = f->text, *end = f->text + f->text_size;

	if (strcmp(f->source, "cached") != 0) {
		buf_printf(b, ";! policy %s", f->mta_host);
	} else {
		buf_printf(b, ";! cached-policy %s ", f->mta_host);
		dns_string_write(b, f->id, strlen(f->id));
	}
	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *stop = newline ? newline : end;

		buf_text(b, " ");
		dns_string_write(b, line, (size_t)(stop - line));
		line = stop + 1;
	}
	buf_text(b, "\n");
}

void security_save(const struct security *s, struct buf *b)
{
	const struct sts_finding *f = NULL;

	while (s->policies && (f = policies_next(s->policies, f))) {
		if (f->policy)
			save_policy(b, f);
		if (f->why) {
			buf_printf(b, ";! no-policy %s ", f->mta_host);
			dns_string_write(b, f->why, strlen(f->why));
			buf_text(b, "\n");
		}
	}
}

void security_close(struct security *s)
{
	policies_close(s->policies);
	https_close(s->https);
	*s = (struct security){0};
}
