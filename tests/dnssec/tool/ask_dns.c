/* ask_dns ADDRESS ANCHORS auto|validate|trust-ad|off [NOW]: reads lines "NAME TYPE", and writes what
   the validator says of each: "VERDICT OUTCOME QUESTIONS VERIFIED WORDS". The words are the reason,
   or the data of what is secure. Each line is asked from an empty table, or behind a "+" from that
   of the line before. A line "bulk" asks for MX, addresses and TLSA of all names that follow, up to
   an empty line, at once and as a delivery would, and writes "bulk QUESTIONS VERIFIED MILLISECONDS
   LOST", the last being names that were never answered. */

#include "base/arena.h"
#include "base/deadline.h"
#include "net/dns.h"
#include "net/dns_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 4096, PATIENCE = 60 * 1000 };

static struct deadline patience(void)
{
	return (struct deadline){.at = clock_now() + PATIENCE, .cancel_fd = -1};
}

/* In words that are the same for the same data. */
static void tell_data(const struct dns_answer *answer, unsigned type)
{
	char text[IP_TEXT];

	printf("%s:", answer->name);
	for (size_t i = 0; i < answer->count; i++) {
		if (type == DNS_MX)
			printf(" %u %s", answer->mx[i].preference, answer->mx[i].exchanger);
		if (type == DNS_A || type == DNS_AAAA)
			printf(" %s", ip_print(&answer->ip[i], text));
		for (size_t k = 0; type == DNS_TLSA && k < answer->tlsa[i].size; k++)
			printf("%02x", answer->tlsa[i].data[k]);
	}
	printf("\n");
}

static void ask(struct dns *d, const char *name, const char *type)
{
	static const char *const verdicts[] = {"unchecked", "secure", "insecure", "bogus",
	                                       "indeterminate"};
	static const char *const outcomes[] = {"found", "no-data", "no-name", "loop", "trouble"};
	const struct dns_answer *answer;
	unsigned number = dns_type_number(type);
	size_t asker;

	while (!(answer = dns_get(d, name, (enum dns_type)number, 1))) {
		if (!dns_wait(d, patience(), &asker))
			break;
	}
	struct dns_counts counts = dns_counts(d);
	if (!answer) {
		printf("lost lost 0 0 nobody was named\n");
		return;
	}
	printf("%s %s %lu %lu ", verdicts[answer->security], outcomes[answer->outcome],
	       counts.questions, counts.verified);
	if (answer->security_reason)
		printf("%s\n", answer->security_reason);
	else if (answer->trouble)
		printf("%s\n", answer->trouble);
	else
		tell_data(answer, number);
	fflush(stdout);
}

/* All that a delivery needs to know about one domain; false: run again. */
static bool plan(struct dns *d, const char *name, size_t asker)
{
	const struct dns_answer *mx = dns_get(d, name, DNS_MX, asker);
	bool all = mx != NULL;

	for (size_t i = 0; mx && i < mx->count; i++) {
		const char *host = mx->mx[i].exchanger;
		const struct dns_answer *six = dns_get(d, host, DNS_AAAA, asker);
		const struct dns_answer *four = dns_get(d, host, DNS_A, asker);
		char tlsa[300];

		snprintf(tlsa, sizeof tlsa, "_25._tcp.%s", host);
		all = all && six && four;
		if (six && four && mx->security == DNS_SECURE && four->security == DNS_SECURE)
			all = dns_get(d, tlsa, DNS_TLSA, asker) && all;
	}
	return all;
}

static void bulk(const struct dns_settings *settings)
{
	static char names[NAMES_MAX][64];
	int64_t begun = clock_now();
	size_t count = 0, asker;

	while (count < NAMES_MAX && fgets(names[count], sizeof *names, stdin)) {
		names[count][strcspn(names[count], "\n")] = '\0';
		if (!names[count][0])
			break;
		count++;
	}
	struct dns *d = dns_open(settings);
	for (size_t i = 0; i < count; i++)
		plan(d, names[i], i);
	while (dns_wait(d, patience(), &asker))
		plan(d, names[asker], asker);
	struct dns_counts counts = dns_counts(d);
	size_t lost = 0;
	for (size_t i = 0; i < count; i++)
		lost += !plan(d, names[i], i);
	printf("bulk %lu %lu %lld %zu\n", counts.questions, counts.verified,
	       (long long)(clock_now() - begun), lost);
	fflush(stdout);
	dns_close(d);
}

static enum dns_security_mode mode_of(const char *word)
{
	static const char *const words[] = {"auto", "validate", "trust-ad", "off"};
	size_t i = 0;

	while (i < 3 && strcmp(words[i], word) != 0)
		i++;
	return (enum dns_security_mode)i;
}

int main(int argc, char **argv)
{
	struct dns_settings settings;
	char name[1100], type[32], line[1200];
	struct dns *d = NULL;

	if (argc < 4)
		return 64;
	dns_settings_default(&settings);
	settings.server_count = 1;
	settings.timeout = 2000;
	settings.attempts = 2;
	if (!ip_parse(argv[1], &settings.servers[0].ip))
		return 64;
	settings.servers[0].port = 53;
	settings.trust_anchor = argv[2];
	settings.security = mode_of(argv[3]);
	settings.now = argc > 4 ? strtoll(argv[4], NULL, 10) : 0;
	while (fgets(line, sizeof line, stdin)) {
		if (strcmp(line, "bulk\n") == 0) {
			bulk(&settings);
			continue;
		}
		if (!d || *line != '+') {
			dns_close(d);
			d = dns_open(&settings);
		}
		if (sscanf(line + (*line == '+'), "%1099s %31s", name, type) == 2)
			ask(d, name, type);
	}
	dns_close(d);
	return 0;
}
