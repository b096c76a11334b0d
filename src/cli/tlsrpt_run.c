#include "cli/tlsrpt_run.h"

#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "cli/process.h"
#include "cli/tlsrpt_files.h"
#include "cli/tlsrpt_log.h"
#include "cli/tlsrpt_send.h"
#include "cli/tlsrpt_sent.h"

enum { DAY = 24 * 3600, DAY_SIZE = 11 };

struct run {
	struct dispatch *dispatch;
	struct report *report;
	struct arena *arena;
	const char *folder;
	char day[DAY_SIZE];
	struct address from;
	struct tlsrpt_reporter by;
	struct tlsrpt_sums *sums;
	struct tlsrpt_sent sent;
	struct https *https;
	int exit;
};

static bool stop(struct run *r, int exit, const char *text)
{
	r->exit = exit;
	report_error(r->report, exit, text);
	return false;
}

static bool shows_only(const struct run *r)
{
	return r->dispatch->options->stop_after < STAGE_DATA;
}

static void say(struct run *r, const char *text)
{
	const struct report_want *want = &r->report->want;

	if (want->verbose && !want->json)
		report_print(r->report, arena_printf(r->arena, "TLSRPT -- %s\n", text));
}

/* ---- what is asked ---- */

/* A report of a day that goes on would be a report of a part of it, and the rest be lost. */
static bool find_day(struct run *r)
{
	const char *given = r->dispatch->options->tlsrpt_day;
	int64_t now = time(NULL);

	if (strcmp(given, "yesterday") == 0)
		tlsrpt_day(now - DAY, r->day);
	else if (tlsrpt_day_begin(given) >= 0)
		memcpy(r->day, given, sizeof r->day);
	else
		return stop(r, EX_USAGE, "--tlsrpt wants a day as in 2026-11-20, or yesterday");
	r->by.begin = tlsrpt_day_begin(r->day);
	return shows_only(r) || r->by.begin + DAY <= now ||
	       stop(r, EX_USAGE,
	            arena_printf(r->arena, "--tlsrpt: %s is not over yet in UTC", r->day));
}

static bool check_options(struct run *r)
{
	const struct options *o = r->dispatch->options;

	if (!process_trusts_caller())
		return stop(r, EX_NOPERM, "--tlsrpt is not for a caller who has fewer rights");
	if (o->operand_count || o->header_recipients)
		return stop(r, EX_USAGE, "--tlsrpt takes no addresses: the domains name them");
	if (o->save_file)
		return stop(r, EX_USAGE,
		            "--save-facts is for one message or a dry run, not for --tlsrpt");
	r->folder = r->dispatch->config->tlsrpt_folder;
	return r->folder || stop(r, EX_CONFIG,
	                         "--tlsrpt: the setting tlsrpt-directory is missing, so that "
	                         "nothing was kept");
}

/* The reporter has a name in the DNS, and an address that can be answered. */
static bool find_reporter(struct run *r)
{
	const struct identity *i = r->dispatch->identity;
	const char *given = r->dispatch->options->sender, *why;

	if (!identity_sender(i, r->arena, given, &r->from, &why))
		return stop(r, given ? EX_USAGE : EX_CONFIG, arena_printf(r->arena, "-f: %s", why));
	if (r->from.kind != DOMAIN_NAME)
		return stop(r, EX_USAGE,
		            "--tlsrpt wants the address of a reporter with a domain name");
	r->by.submitter = i->mail_name ? i->mail_name : r->from.domain;
	r->by.organization = r->by.submitter;
	r->by.contact = address_wire(r->arena, &r->from);
	return true;
}

static bool read_files(struct run *r)
{
	size_t files, lines;
	int error;

	r->sums = tlsrpt_sums_open();
	lines = tlsrpt_files_take(r->sums, r->folder, r->day, &files, &error);
	if (error)
		return stop(r, EX_IOERR, arena_printf(r->arena, "cannot read %s: %s", r->folder,
		                                      strerror(error)));
	say(r, arena_printf(r->arena, "%s: %zu results in %zu files", r->day, lines, files));
	return files > 0;
}

/* ---- only shown ---- */

static void show(struct run *r, const char *domain)
{
	struct buf text, line;

	buf_init(&text, TLSRPT_REPORT_MAX);
	buf_init(&line, 2 * TLSRPT_REPORT_MAX);
	tlsrpt_report(r->sums, domain, &r->by, &text);
	if (text.failed)
		stop(r, EX_DATAERR,
		     arena_printf(r->arena, "the report for %s is too large", domain));
	else if (r->report->want.json)
		buf_printf(&line, "{\"type\":\"tlsrpt\",\"report\":%.*s}\n", (int)text.size - 1,
		           text.bytes);
	else
		buf_add(&line, text.bytes, text.size);
	if (line.size)
		report_bytes(r->report, line.bytes, line.size);
	buf_free(&line);
	buf_free(&text);
}

static void show_all(struct run *r)
{
	size_t count;
	const char *const *domains = tlsrpt_sums_domains(r->sums, r->arena, &count);

	for (size_t i = 0; i < count; i++)
		show(r, domains[i]);
}

/* ---- sent ---- */

static bool settled(void *context, const char *domain, const char *where)
{
	const struct run *r = context;

	return tlsrpt_sent_has(&r->sent, domain, where);
}

/* As a message from standard input comes. */
static bool read_text(struct run *r, const struct buf *text, struct message *message,
                      struct arena *a, const char **why)
{
	int fd = file_unnamed(r->dispatch->config->temporary_folder);
	const struct dispatch_letter letter = {
		.fd = fd,
		.ignore_dots = true,
		.sender = &r->from,
		.sender_given = true,
	};
	struct status fault;
	bool good;

	*why = "no temporary file can be written";
	if (fd < 0)
		return false;
	good = file_write(fd, text->bytes, text->size) == 0 && lseek(fd, 0, SEEK_SET) == 0;
	if (good && !dispatch_read(r->dispatch, &letter, message, a, &fault)) {
		good = false;
		*why = arena_text(r->arena, fault.text);
	}
	close(fd);
	return good;
}

/* Each report has the time of a run for itself, so that one that is slow does not take it from all
   others. */
static enum tlsrpt_fate deliver(struct run *r, const struct message *message,
                                const struct address *to, const char **why)
{
	struct address one = *to;
	struct plan plan;
	const struct dispatch_delivery delivery = {
		.plan = &plan,
		.sender = r->by.contact,
		.message = message,
		.report = &r->report->delivery,
		.trace = r->report->want.verbose ? &r->report->trace : NULL,
		.until = dispatch_until(r->dispatch),
	};
	struct status status;

	plan_open(&plan, &one, 1);
	dispatch_plan(r->dispatch, &plan, message, delivery.until);
	report_plan(r->report, &plan);
	dispatch_deliver(r->dispatch, &delivery);
	status = plan.recipients[0].status;
	r->exit = status_worse_exit(r->exit, status_exit(&status));
	*why = arena_text(r->arena, status.text);
	plan_free(&plan);
	return status.class == 2   ? TLSRPT_TAKEN
	       : status.class == 5 ? TLSRPT_REFUSED
	                           : TLSRPT_PUT_OFF;
}

static enum tlsrpt_fate send_mail(void *context, const struct buf *text, const struct address *to,
                                  const char **why)
{
	enum tlsrpt_fate fate = TLSRPT_PUT_OFF;
	struct run *r = context;
	struct message message;
	struct arena a = {0};

	if (read_text(r, text, &message, &a, why)) {
		fate = deliver(r, &message, to, why);
		message_close(&message);
	} else {
		stop(r, EX_TEMPFAIL, *why);
	}
	arena_free(&a);
	return fate;
}

static void post(void *context, struct https_request *requests, size_t count, struct deadline until)
{
	struct run *r = context;

	(void)until; /* of all reports; these have time of their own, as those by mail */
	https_run(r->https, requests, count, dispatch_until(r->dispatch));
}

/* Whose fate has been told by who delivered it. */
static bool is_mail(const char *where)
{
	return strncmp(where, "https:", 6) != 0 && strchr(where, '@');
}

/* A report by HTTPS is told like one by mail. */
static void tell_other(struct run *r, const char *domain, const char *where, const char *why)
{
	struct recipient to = {.wire = where, .shown = where};

	to.status = why ? status_of(FAULT_CONNECT, STAGE_DATA, r->arena, "the report for %s: %s",
	                            domain, why)
	                : status_good(STAGE_DONE, "the report was taken", NULL, NULL);
	r->report->delivery.result(r->report->delivery.context, &to, NULL);
	r->exit = status_worse_exit(r->exit, status_exit(&to.status));
}

static void tell(void *context, const char *domain, const char *where, enum tlsrpt_fate fate,
                 const char *why)
{
	struct run *r = context;

	if (!is_mail(where))
		tell_other(r, domain, where, why);
	say(r,
	    arena_printf(r->arena, "report for %s to %s: %s", domain, where, why ? why : "taken"));
	if (fate != TLSRPT_PUT_OFF)
		tlsrpt_sent_add(&r->sent, domain, where);
}

/* What is left to do another time is done from these files. */
static void forget_day(struct run *r)
{
	int error;

	if (!tlsrpt_files_drop(r->folder, r->day, &error)) {
		stop(r, EX_IOERR,
		     arena_printf(r->arena, "cannot remove the files of %s in %s: %s", r->day,
		                  r->folder, strerror(error)));
		return;
	}
	tlsrpt_sent_drop(&r->sent);
}

static void send_all(struct run *r)
{
	struct dispatch *d = r->dispatch;
	const struct tlsrpt_send send = {
		.sums = r->sums,
		.by = r->by,
		.from = r->by.contact,
		.dns = d->dns,
		.allow_loopback = d->options->allow_loopback,
		.ways = {settled, send_mail, post, tell, r},
		.until = dispatch_until(d),
	};
	size_t asked, put_off;

	tlsrpt_sent_open(&r->sent, r->arena, r->folder, r->day);
	r->https = https_open(d->config->ca_file);
	put_off = tlsrpt_send(&send, &asked);
	say(r, arena_printf(r->arena, "%s: %zu reports are asked for, %zu put off", r->day, asked,
	                    put_off));
	if (!put_off)
		forget_day(r);
	https_close(r->https);
	tlsrpt_sent_close(&r->sent);
}

int tlsrpt_run(struct dispatch *d, struct report *report, struct arena *a)
{
	struct run r = {.dispatch = d, .report = report, .arena = a, .exit = EX_OK};

	if (check_options(&r) && find_day(&r) && find_reporter(&r) && read_files(&r)) {
		if (shows_only(&r))
			show_all(&r);
		else
			send_all(&r);
	}
	if (r.sums)
		tlsrpt_sums_close(r.sums);
	return r.exit;
}
