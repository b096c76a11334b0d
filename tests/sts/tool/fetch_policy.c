/* fetch_policy CACHE CA_FILE SECONDS: fetch policies as a run does, all side by side, and say what
   came of each. Lines in: DOMAIN PORT ADDRESS... Lines out: DOMAIN, result, and the finding in words.
   Each is asked for as if DNS named a policy with the id "now". */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/text.h"
#include "route/sts_find.h"

enum { DOMAIN_MAX_HERE = 1000 };

static struct {
	uint16_t ports[DOMAIN_MAX_HERE];
	struct https *https;
} outside;

/* Each domain of the test has a port of its own. */
static void fetch(void *context, struct https_request *requests, size_t count,
                  struct deadline until)
{
	(void)context;
	for (size_t i = 0; i < count; i++)
		requests[i].port = outside.ports[i];
	https_run(outside.https, requests, count, until);
}

static bool read_line(struct arena *a, const struct sts_world *world, struct sts_finding *f,
                      uint16_t *port)
{
	static const char *const record = "v=STSv1; id=now";
	const struct dns_answer txt = {.outcome = DNS_FOUND, .txt = &record, .count = 1};
	struct ip *addresses = arena_array(a, HTTPS_ADDRESSES, sizeof *addresses);
	char line[1024], *rest = line, *word, *domain;
	uint64_t number;
	size_t count = 0;

	if (!fgets(line, sizeof line, stdin))
		return false;
	domain = strsep(&rest, " \n");
	word = strsep(&rest, " \n");
	if (!word || !text_number(word, UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	while ((word = strsep(&rest, " \n")) && count < HTTPS_ADDRESSES)
		count += ip_parse(word, &addresses[count]);
	sts_look(world, a, arena_text(a, domain), &txt, f);
	f->addresses = addresses;
	f->address_count = count;
	return true;
}

static void print(const struct sts_finding *f)
{
	const char *result = tls_failure_name(f->result);

	printf("%s %s %s\n", f->domain, result ? result : f->source[0] ? f->source : "none",
	       f->reason);
}

int main(int argc, char **argv)
{
	static struct sts_finding findings[DOMAIN_MAX_HERE], *due[DOMAIN_MAX_HERE];
	struct deadline until = {.at = DEADLINE_NEVER, .cancel_fd = -1};
	struct arena a = {0};
	size_t count = 0, wanted = 0;

	if (argc != 4)
		return 64;
	outside.https = https_open(argv[2]);
	const struct sts_world world = {
		.cache = {.folders = {{argv[1], 0600}}, .count = 1},
		.source = {.run = fetch},
		.now = time(NULL),
		.allow_loopback = true,
	};
	while (count < DOMAIN_MAX_HERE &&
	       read_line(&a, &world, &findings[count], &outside.ports[wanted])) {
		if (findings[count].fetch)
			due[wanted++] = &findings[count];
		count++;
	}
	int64_t begun = clock_now();
	sts_fetch(&world, &a, due, wanted, deadline_in(until, atoll(argv[3]) * 1000));
	fprintf(stderr, "%zu fetched in %lld ms\n", wanted, (long long)(clock_now() - begun));
	for (size_t i = 0; i < count; i++)
		print(&findings[i]);
	https_close(outside.https);
	arena_free(&a);
	return 0;
}
