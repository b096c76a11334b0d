#include "cli/report_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "cli/outcome.h"

enum { NAMED_MAX = 20 }; /* more names than that nobody reads: then they are counted */

/* "mx1.example.org [192.0.2.1]"; a literal is its own name. */
static void add_host(struct buf *b, const char *host, const char *address)
{
	buf_text(b, host);
	if (address && host[0] != '[')
		buf_printf(b, " [%s]", address);
}

static void add_status(struct buf *b, const struct status *s)
{
	char code[16];

	buf_printf(b, "%s ", status_code(s, code));
	if (s->host) {
		add_host(b, s->host, s->address);
		buf_text(b, s->reply ? " said: " : ": ");
	}
	if (s->reply)
		buf_printf(b, "%u ", s->reply);
	buf_text(b, s->text);
}

/* Nobody has been named to a server: what it would say to that is not known. */
static void add_unasked(struct buf *b, const struct recipient *recipient, bool in_clear)
{
	const struct status *s = &recipient->status;

	if (s->stage < STAGE_HELLO) {
		add_host(b, s->host, s->address);
		buf_text(b, " takes the connection; nothing more is known (--dry-run=rcpt)");
		return;
	}
	buf_text(b, "would be offered to ");
	add_host(b, s->host, s->address);
	buf_printf(b, "%s; whether it takes %s is not asked (--probe=rcpt)",
	           in_clear ? ", in clear" : "", recipient->shown);
}

void report_text_result(struct buf *b, const struct recipient *recipient, const char *tls)
{
	const struct status *s = &recipient->status;
	bool would = outcome_of(s) == OUTCOME_WOULD_DELIVER;
	bool in_clear = tls && !strcmp(tls, "none");

	buf_printf(b, "%s: ", recipient->shown);
	if (would && s->host && s->stage < STAGE_MAIL) {
		add_unasked(b, recipient, in_clear);
	} else {
		if (would)
			buf_printf(b, "would be delivered%s: ", in_clear ? ", in clear" : "");
		add_status(b, s);
	}
	buf_text(b, "\n");
}

static void add_tls(struct buf *b, const struct deliver_attempt *attempt, bool served)
{
	const struct tls_facts *tls = attempt->tls;

	/* Who was left for want of the TLS that is owed has heard nothing in clear */
	if (!tls && attempt->stage >= STAGE_HELLO && (served || attempt->stage != STAGE_TLS))
		buf_text(b, ", in clear");
	if (tls)
		buf_printf(b, ", %s %s", tls->version, tls->cipher);
	if (tls && *tls->proof)
		buf_printf(b, ", proved by %s", tls->proved);
	if (attempt->tls_trouble && strcmp(attempt->tls_trouble, attempt->status.text) != 0)
		buf_printf(b, " (TLS failed: %s)", attempt->tls_trouble);
}

static void add_unreached(struct buf *b, const struct deliver_attempt *attempt)
{
	buf_printf(b, ":%u not reached: %s", attempt->port, attempt->status.text);
	if (attempt->connect_ms >= 0)
		buf_printf(b, ", after %" PRId64 " ms", attempt->connect_ms);
	buf_text(b, "\n");
}

void report_text_attempt(struct buf *b, const struct deliver_attempt *attempt)
{
	bool served = attempt->status.class == 2;

	add_host(b, attempt->host, attempt->address);
	if (!served && attempt->stage == STAGE_CONNECT) {
		add_unreached(b, attempt);
		return;
	}
	buf_printf(b, ":%u %s %s", attempt->port, served ? "served up to" : "stopped at",
	           stage_name(attempt->stage));
	add_tls(b, attempt, served);
	if (!served)
		buf_printf(b, ": %s", attempt->status.text);
	if (attempt->connect_ms >= 0)
		buf_printf(b, "; %" PRId64 " ms to connect, %" PRId64 " ms after",
		           attempt->connect_ms, attempt->session_ms);
	buf_text(b, "\n");
}

static const char *arrow(char direction)
{
	return direction == '<' ? "<-" : direction == '>' ? "->" : "--";
}

void report_text_line(struct buf *b, const char *host, const char *address, char direction,
                      const char *line, int64_t ms)
{
	if (ms >= 0) {
		buf_printf(b, "%6" PRId64 " ms ", ms);
		add_host(b, host, address);
	} else {
		buf_text(b, host);
	}
	buf_printf(b, " %s %s\n", arrow(direction), line);
}

static size_t delivered_count(const struct recipient *recipients, size_t count)
{
	size_t delivered = 0;

	for (size_t i = 0; i < count; i++)
		delivered += outcome_of(&recipients[i].status) == OUTCOME_DELIVERED;
	return delivered;
}

static void add_delivered_names(struct buf *b, const struct recipient *recipients, size_t count)
{
	const char *before = "";

	for (size_t i = 0; i < count; i++) {
		if (outcome_of(&recipients[i].status) != OUTCOME_DELIVERED)
			continue;
		buf_printf(b, "%s%s", before, recipients[i].shown);
		before = ", ";
	}
}

void report_text_delivered(struct buf *b, const struct recipient *recipients, size_t count,
                           const char *start)
{
	size_t delivered = delivered_count(recipients, count);

	if (!delivered)
		return;
	buf_printf(b, "%sdelivered, so that sending again would repeat it, to ", start);
	if (delivered <= NAMED_MAX)
		add_delivered_names(b, recipients, count);
	else
		buf_printf(b, "all %zu others", delivered);
	buf_text(b, "\n");
}
