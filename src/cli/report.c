#include "cli/report.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/plan_text.h"
#include "cli/probe_end.h"
#include "cli/report_text.h"

enum {
	LINE_MAX_BYTES = 64 * 1024 * 1024, /* a route with 100,000 recipients in JSON */
	STUCK = 10 * 1000                  /* milliseconds that we wait for a reader */
};

/* Somebody made the pipe non-blocking, and it is full. */
static bool writable(int fd)
{
	struct deadline never = {.at = DEADLINE_NEVER, .cancel_fd = -1};
	struct pollfd ready[2] = {{.fd = fd, .events = POLLOUT}};

	return deadline_poll(ready, 1, deadline_in(never, STUCK)) > 0;
}

/* In one piece, unless the reader's pipe is so full that it takes less. 0, or an error number. */
static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written > 0) {
			bytes += written;
			size -= (size_t)written;
		} else if (errno != EINTR && !(errno == EAGAIN && writable(fd))) {
			return errno;
		}
	}
	return 0;
}

/* To standard output, for as long as it takes anything. Who has stopped reading, as head(1) does,
   knows; a full disk has to be told. */
static void put_out(struct report *r, const char *bytes, size_t size)
{
	int error = r->broken ? 0 : write_all(r->want.out, bytes, size);
	struct buf line;

	if (!error)
		return;
	r->broken = true;
	if (error == EPIPE)
		return;
	buf_init(&line, LINE_MAX_BYTES);
	buf_printf(&line, "sendmx: cannot write to standard output: %s\n", strerror(error));
	write_all(r->want.err, line.bytes, line.size);
	buf_free(&line);
}

/* The lock is held: lines of different threads do not mix. */
static void put(struct report *r, int fd, const struct buf *lines)
{
	if (fd == r->want.out)
		put_out(r, lines->bytes, lines->size);
	else
		write_all(fd, lines->bytes, lines->size);
}

static void put_locked(struct report *r, int fd, struct buf *lines)
{
	pthread_mutex_lock(&r->lock);
	if (lines->size)
		put(r, fd, lines);
	pthread_mutex_unlock(&r->lock);
	buf_free(lines);
}

/* Where a result is told in words; -1: nowhere, silence is consent. */
static int result_place(const struct report *r, enum outcome outcome, const char *tls)
{
	switch (outcome) {
	case OUTCOME_DELIVERED:
	case OUTCOME_QUEUED:
		return r->want.verbose ? r->want.out : -1;
	case OUTCOME_WOULD_DELIVER:
		return tls ? r->want.out : -1; /* without a server the plan has said it all */
	case OUTCOME_DEFERRED:
	case OUTCOME_FAILED:
	case OUTCOME_UNCERTAIN:
	case OUTCOME_COUNT:
		break;
	}
	return r->want.err;
}

static void put_result(struct report *r, const struct recipient *recipient, const char *tls)
{
	enum outcome outcome = outcome_of(&recipient->status);
	int place = r->want.json ? r->want.out : result_place(r, outcome, tls);
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	if (r->want.json) {
		report_json_result(&line, recipient, tls);
	} else if (place >= 0) {
		buf_text(&line, place == r->want.err ? "sendmx: " : "");
		report_text_result(&line, recipient, tls);
	}
	put_locked(r, place, &line);
}

static void report_result(void *context, const struct recipient *recipient, const char *tls)
{
	struct report *r = context;

	pthread_mutex_lock(&r->lock);
	r->sums.outcomes[outcome_of(&recipient->status)]++;
	pthread_mutex_unlock(&r->lock);
	if (!r->holding)
		put_result(r, recipient, tls);
}

static void keep_attempt(struct report *r, const struct deliver_attempt *attempt)
{
	pthread_mutex_lock(&r->lock);
	probe_text_keep(&r->probe, attempt, time(NULL));
	pthread_mutex_unlock(&r->lock);
}

static void report_attempt(void *context, const struct deliver_attempt *attempt)
{
	struct report *r = context;
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	if (r->want.json)
		report_json_attempt(&line, attempt);
	else if (r->want.verbose || (r->want.plan && !r->want.probe))
		report_text_attempt(&line, attempt);
	if (r->holding)
		keep_attempt(r, attempt);
	put_locked(r, r->want.out, &line);
}

static void report_line(void *context, const char *host, const char *address, char direction,
                        const char *words)
{
	struct report *r = context;
	int64_t ms = clock_now() - r->begun;
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	if (r->want.json)
		report_json_line(&line, host, address, direction, words, ms);
	else
		report_text_line(&line, host, address, direction, words, r->want.trace ? ms : -1);
	put_locked(r, r->want.out, &line);
}

void report_open(struct report *r, const struct report_want *want)
{
	*r = (struct report){
		.want = *want,
		.delivery = {.result = report_result, .attempt = report_attempt, .context = r},
		.trace = {.line = report_line, .context = r},
		.begun = clock_now(),
	};
	pthread_mutex_init(&r->lock, NULL);
}

bool report_wants_plan(const struct report *r)
{
	return r->want.json || r->want.plan;
}

void report_plan(struct report *r, const struct plan *plan)
{
	const struct plan_look look = {.colour = r->want.colour, .brief = r->want.brief};
	struct buf lines;

	for (size_t i = 0; i < plan->domain_count; i++) {
		buf_init(&lines, LINE_MAX_BYTES);
		if (r->want.json)
			report_json_route(&lines, &plan->domains[i]);
		else if (r->want.plan)
			plan_text_domain(&lines, &plan->domains[i], &look);
		put_locked(r, r->want.out, &lines);
	}
	buf_init(&lines, LINE_MAX_BYTES);
	if (r->want.plan && !r->want.json)
		plan_text_end(&lines, plan, r->want.colour);
	put_locked(r, r->want.out, &lines);
	r->holding = r->want.probe && !r->want.json;
}

void report_error(struct report *r, int exit, const char *text)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	buf_printf(&line, "sendmx: %s\n", text);
	put_locked(r, r->want.err, &line);
	if (!r->want.json)
		return;
	buf_init(&line, LINE_MAX_BYTES);
	report_json_error(&line, exit, text);
	put_locked(r, r->want.out, &line);
}

/* The table, and then what it means for each recipient. */
static void end_probe(struct report *r, const struct plan *plan, int exit)
{
	struct buf lines;

	for (size_t i = 0; i < plan->delivery_count; i++) {
		buf_init(&lines, LINE_MAX_BYTES);
		probe_text_block(&r->probe, &lines, plan->deliveries[i], r->want.probe);
		put_locked(r, r->want.out, &lines);
	}
	for (size_t i = 0; i < plan->recipient_count; i++) {
		const struct recipient *to = &plan->recipients[i];

		put_result(r, to, probe_text_in_clear(&r->probe, &to->status) ? "none" : "");
	}
	buf_init(&lines, LINE_MAX_BYTES);
	probe_end(&r->probe, &lines, plan, r->want.probe, exit);
	put_locked(r, r->want.out, &lines);
}

static void end_advice(struct report *r)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	buf_printf(&line, "sendmx: %s\n", r->advice);
	put_locked(r, r->want.err, &line);
}

static void end_json(struct report *r, int exit)
{
	struct buf line;

	r->sums.exit = exit;
	r->sums.ms = clock_now() - r->begun;
	buf_init(&line, LINE_MAX_BYTES);
	report_json_summary(&line, &r->sums, r->advice);
	put_locked(r, r->want.out, &line);
}

static void end_dns(struct report *r, const struct dns_counts *dns)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	buf_printf(&line, "DNS -- %lu questions, %lu packets, %lu over TCP, %lu repeated\n",
	           dns->questions, dns->packets, dns->tcp, dns->retries);
	if (dns->verified)
		buf_printf(&line, "DNS -- %lu signatures verified\n", dns->verified);
	if (dns->warning)
		buf_printf(&line, "DNS -- %s\n", dns->warning);
	put_locked(r, r->want.out, &line);
}

static void end_delivered(struct report *r, const struct plan *plan)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	report_text_delivered(&line, plan->recipients, plan->recipient_count, "sendmx: ");
	put_locked(r, r->want.err, &line);
}

void report_end(struct report *r, const struct plan *plan, int exit, const struct dns_counts *dns)
{
	r->sums.dns = *dns;
	if (r->want.json) {
		end_json(r, exit);
		return;
	}
	if (r->want.verbose)
		end_dns(r, dns);
	if (plan && r->holding)
		end_probe(r, plan, exit);
	else if (plan && exit)
		end_delivered(r, plan);
	if (r->advice)
		end_advice(r);
}

void report_print(struct report *r, const char *text)
{
	struct buf lines;

	buf_init(&lines, LINE_MAX_BYTES);
	buf_text(&lines, text);
	put_locked(r, r->want.out, &lines);
}

bool report_bytes(struct report *r, const char *bytes, size_t size)
{
	put_out(r, bytes, size);
	return !r->broken;
}

void report_close(struct report *r)
{
	probe_text_free(&r->probe);
	pthread_mutex_destroy(&r->lock);
}
