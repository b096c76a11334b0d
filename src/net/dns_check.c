#include "net/dns_check.h"

#include "base/crew.h"
#include "base/memory.h"
#include "net/dns_attempt.h"
#include "net/dns_raw.h"
#include "net/dns_survey.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	WAIT = 3000, /* milliseconds for one answer: who is slower is of no use for mail either */
	TYPE_SOA = 6,
	LATENCY_QUESTIONS = 7,
	LABEL = 16
};

/* One server, and the way to it. */
struct asker {
	struct dns_check *check;
	struct deadline until;
	int64_t wait;
	int epoll;
	uint8_t *scratch;
	/* The last question. */
	struct dns_survey reply;
	int64_t ms;
	int error;
};

struct bench {
	const struct dns_settings *settings;
	struct deadline until;
	struct dns_check *checks;
};

/* ---- one question ---- */

static enum dns_check_reply take(struct asker *k, const struct dns_heard *heard)
{
	k->error = heard->error;
	if (heard->ear == DNS_HEARD_FAULT)
		return DNS_CHECK_FAULT;
	if (dns_survey_read(&k->reply, heard->bytes, heard->size))
		return DNS_CHECK_REPLY;
	k->error = EBADMSG;
	return DNS_CHECK_FAULT;
}

static enum dns_check_reply wait_for(struct asker *k, struct dns_attempt *x)
{
	struct deadline end = deadline_in(k->until, k->wait);
	struct pollfd fds[2] = {{.fd = k->epoll, .events = POLLIN}};

	while (deadline_poll(fds, 1, end) > 0) {
		struct dns_heard heard = dns_attempt_hear(x, k->scratch);

		if (heard.ear != DNS_HEARD_NOTHING)
			return take(k, &heard);
	}
	return DNS_CHECK_SILENCE;
}

static bool is_over(const struct asker *k)
{
	return deadline_passed(k->until) || deadline_cancelled(k->until);
}

static enum dns_check_reply ask(struct asker *k, const char *name, unsigned type, bool tcp,
                                unsigned manner)
{
	struct dns_attempt x;
	int64_t begun = clock_now();

	k->check->cut |= is_over(k);
	if (k->check->cut)
		return DNS_CHECK_UNASKED;
	k->error = dns_attempt_begin(&x, k->epoll, &k->check->server, tcp, manner, name,
	                             (enum dns_type)type);
	if (k->error)
		return DNS_CHECK_FAULT;
	enum dns_check_reply result = wait_for(k, &x);
	dns_attempt_end(&x);
	k->ms = clock_now() - begun;
	k->check->cut |= result == DNS_CHECK_SILENCE && is_over(k);
	return k->check->cut ? DNS_CHECK_UNASKED : result;
}

/* Once more where there was silence: a packet may get lost on any way. */
static enum dns_check_reply ask_twice(struct asker *k, const char *name, unsigned type,
                                      unsigned manner)
{
	enum dns_check_reply result = ask(k, name, type, false, manner);

	return result == DNS_CHECK_SILENCE ? ask(k, name, type, false, manner) : result;
}

static unsigned manner_of(const struct asker *k)
{
	return k->check->edns ? DNS_ASK_EDNS : 0;
}

/* ---- what is to be found out ---- */

static void find_tcp(struct asker *k)
{
	struct dns_check *c = k->check;

	c->tcp = ask(k, ".", TYPE_SOA, true, manner_of(k));
	c->tcp_ms = k->ms;
	c->tcp_error = k->error;
}

/* Does it answer, and does it know EDNS? False: nothing more is to be had. */
static bool find_edns(struct asker *k)
{
	struct dns_check *c = k->check;
	enum dns_check_reply result = ask_twice(k, ".", TYPE_SOA, DNS_ASK_EDNS);

	if (result == DNS_CHECK_REPLY && k->reply.edns) {
		c->edns = true;
		c->edns_size = k->reply.edns_size;
		return true;
	}
	/* RFC 6891 7: who does not know OPT says FORMERR, drops the packet, or overlooks it */
	if (result != DNS_CHECK_FAULT)
		result = ask(k, ".", TYPE_SOA, false, 0);
	c->error = result == DNS_CHECK_FAULT ? k->error : 0;
	return result == DNS_CHECK_REPLY;
}

static int compare_times(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

	return (a > b) - (a < b);
}

/* The question has been asked before, so that a cache knows the answer. */
static void find_latency(struct asker *k)
{
	struct dns_check *c = k->check;
	int64_t times[LATENCY_QUESTIONS] = {0};

	for (; c->asked < LATENCY_QUESTIONS; c->asked++) {
		enum dns_check_reply result = ask(k, ".", TYPE_SOA, false, manner_of(k));

		if (result == DNS_CHECK_UNASKED)
			break;
		if (result == DNS_CHECK_REPLY)
			times[c->answered++] = k->ms;
	}
	qsort(times, c->answered, sizeof *times, compare_times);
	if (c->answered)
		c->ms = times[c->answered / 2];
}

/* The root's keys with their signatures are the answer that everybody has and that is large. */
static void find_signatures(struct asker *k)
{
	struct dns_check *c = k->check;

	if (!c->edns)
		return;
	c->large = ask_twice(k, ".", DNS_DNSKEY, DNS_ASK_EDNS);
	c->keys = c->large;
	c->large_over_tcp = c->large == DNS_CHECK_REPLY && k->reply.truncated;
	if (c->large != DNS_CHECK_REPLY || c->large_over_tcp)
		c->keys = ask(k, ".", DNS_DNSKEY, true, DNS_ASK_EDNS);
	if (c->keys == DNS_CHECK_REPLY)
		c->signatures = k->reply.answers && k->reply.signatures;
}

static void find_validation(struct asker *k)
{
	if (k->check->edns &&
	    ask_twice(k, ".", TYPE_SOA, DNS_ASK_EDNS | DNS_ASK_GUARD) == DNS_CHECK_REPLY)
		k->check->validates = k->reply.authentic;
}

static void find_outside(struct asker *k)
{
	struct dns_check *c = k->check;

	c->outside_reply = ask_twice(k, c->outside, DNS_A, manner_of(k));
	if (c->outside_reply != DNS_CHECK_REPLY)
		return;
	c->outside_rcode = k->reply.rcode;
	c->outside_answers = k->reply.answers;
	c->recursion = k->reply.recursion;
}

/* Sixteen letters that nobody has thought of. */
static void random_label(char *label)
{
	uint8_t bytes[LABEL] = {0};

	if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) < 0)
		bytes[0] = (uint8_t)clock_now();
	for (size_t i = 0; i < LABEL; i++)
		label[i] = (char)('a' + bytes[i] % 26);
	label[LABEL] = '\0';
}

/* below: "" or ".com" */
static void find_unknown(struct asker *k, const char *below)
{
	char label[LABEL + 1], name[LABEL + 8];
	struct dns_check *c = k->check;

	if (c->rewrites)
		return;
	random_label(label);
	snprintf(name, sizeof name, "%s%s", label, below);
	enum dns_check_reply result = ask_twice(k, name, DNS_A, manner_of(k));
	c->unknown_reply = result;
	if (result != DNS_CHECK_REPLY)
		return;
	c->unknown_rcode = k->reply.rcode;
	c->rewrites = k->reply.addresses > 0;
	c->rewritten_to = k->reply.first;
}

static void find_all(struct asker *k)
{
	find_latency(k);
	find_tcp(k);
	find_signatures(k);
	find_validation(k);
	find_outside(k);
	find_unknown(k, "");
	/* Some rewrite only where there is a top-level domain. */
	if (k->check->unknown_reply == DNS_CHECK_REPLY)
		find_unknown(k, ".com");
}

static void check_one(void *context, size_t job)
{
	const struct bench *bench = context;
	struct asker k = {.check = &bench->checks[job], .until = bench->until, .wait = WAIT};

	if (bench->settings->timeout < k.wait)
		k.wait = bench->settings->timeout;
	k.epoll = epoll_create1(EPOLL_CLOEXEC);
	k.scratch = memory_get(DNS_SCRATCH, 1);
	if (k.epoll < 0)
		k.check->error = errno;
	else if (find_edns(&k))
		find_all(&k);
	else
		find_tcp(&k);
	if (k.epoll >= 0)
		close(k.epoll);
	free(k.scratch);
}

void dns_check_all(const struct dns_settings *settings, const char *outside, struct deadline until,
                   struct arena *a, struct dns_check *checks)
{
	struct bench bench = {.settings = settings, .until = until, .checks = checks};

	for (size_t i = 0; i < settings->server_count; i++)
		checks[i] = (struct dns_check){.server = settings->servers[i],
		                               .outside = outside,
		                               .ms = -1};
	crew_run(settings->server_count, settings->server_count, check_one, &bench);
	for (size_t i = 0; i < settings->server_count; i++)
		dns_check_judge(&checks[i], a);
}
