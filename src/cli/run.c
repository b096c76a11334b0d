#include "cli/run.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/advice.h"
#include "cli/colour.h"
#include "cli/dsn_word.h"
#include "cli/process.h"
#include "cli/recipients.h"
#include "cli/run_task.h"
#include "cli/submission.h"

enum { FACTS_MAX = 64 * 1024 * 1024 }; /* as much as --facts reads */

bool run_stop(struct run *r, int exit, const char *text)
{
	r->exit = exit;
	if (r->options.task == TASK_SUBMISSION)
		submission_refuse(STDOUT_FILENO, text);
	else
		report_error(&r->report, exit, text);
	return false;
}

/* A step that has reported its own trouble ended with this status. */
static bool settled(struct run *r, int exit)
{
	r->exit = exit;
	return exit == EX_OK;
}

static bool read_options(struct run *r, int argc, char **argv)
{
	struct report_want *report = &r->report.want;
	const struct options *o = &r->options;
	const char *why;
	bool obeyed = options_parse(&r->options, &r->arena, argc, argv, &why);

	report->json = o->json;
	if (!obeyed)
		return run_stop(r, EX_USAGE, why);
	report->verbose = o->verbose || o->trace;
	report->trace = o->trace;
	report->plan = o->stop_after < STAGE_DATA;
	report->probe = o->probe ? o->stop_after : STAGE_ROUTE;
	report->colour = !o->json && colour_wanted(report->out);
	report->brief = isatty(report->out) && isatty(report->err);
	return true;
}

/* The text of a file that only we may read must not come out in a message about its faults. */
static bool check_trust(struct run *r)
{
	const struct options *o = &r->options;
	bool names_file = o->config_file || o->facts_file || o->save_file;

	for (size_t i = 0; i < o->setting_count; i++)
		names_file |= config_is_file(o->settings[i].key);
	return !names_file || process_trusts_caller() ||
	       run_stop(r, EX_USAGE, "files may not be named by a caller who has fewer rights");
}

bool run_settings(struct run *r)
{
	const struct options *o = &r->options;
	const char *path = o->config_file ? o->config_file : SYSCONFDIR "/sendmx.conf";
	const char *why;

	if (!check_trust(r))
		return false;
	config_default(&r->config, &r->arena);
	for (size_t i = 0; i < o->setting_count; i++) {
		const struct options_setting *s = &o->settings[i];

		if (!config_set(&r->config, s->key, s->value, s->option, &why))
			return run_stop(r, s->exit, why);
	}
	return config_read(&r->config, path, o->config_file != NULL, &why) ||
	       run_stop(r, EX_CONFIG, why);
}

bool run_identity(struct run *r)
{
	struct machine *here = &r->dispatch.machine;

	machine_read(here);
	identity_find(&r->identity, &r->arena, &r->config, here, getuid(), "/etc/mailname");
	return true;
}

bool run_dispatch(struct run *r)
{
	const char *why;

	r->dispatch.options = &r->options;
	r->dispatch.config = &r->config;
	r->dispatch.identity = &r->identity;
	return dispatch_open(&r->dispatch, &why) || run_stop(r, EX_CONFIG, why);
}

/* ---- one message, with arguments ---- */

bool run_sender(struct run *r)
{
	const char *given = r->options.sender;
	const char *why;

	if (identity_sender(&r->identity, &r->arena, given, &r->sender, &why))
		return true;
	if (!given && r->options.stop_after < STAGE_MAIL && !r->options.show_message) {
		r->sender = (struct address){.local = ""}; /* nobody will be told */
		return true;
	}
	if (!given)
		return run_stop(r, EX_CONFIG, why);
	return run_stop(r, EX_USAGE,
	            arena_printf(&r->arena, "-f %s: %s",
	                         text_clean(&r->arena, given, strlen(given)), why));
}

bool run_operands(struct run *r)
{
	const struct options *o = &r->options;

	if (!settled(r, recipients_parse(&r->recipients, &r->arena, o->operands, o->operand_count,
	                                 &r->report)))
		return false;
	if (r->recipients.count || o->header_recipients || o->show_message)
		return true;
	return run_stop(r, EX_USAGE,
	                "no recipients: name them, or let -t take them from the header");
}

bool run_letter(struct run *r)
{
	const struct dispatch_letter letter = {
		.fd = STDIN_FILENO,
		.ignore_dots = r->options.ignore_dots,
		.header_recipients = r->options.header_recipients,
		.sender = &r->sender,
		.sender_given = r->options.sender != NULL,
	};
	struct status fault;
	char code[16];

	r->have_message = dispatch_read(&r->dispatch, &letter, &r->message, &r->arena, &fault);
	return r->have_message ||
	       run_stop(r, status_exit(&fault),
	            arena_printf(&r->arena, "%s %s; nothing was sent", status_code(&fault, code),
	                         fault.text));
}

/* Only what comes afterwards is on the clock. */
static bool read_message(struct run *r)
{
	if (r->options.stop_after < STAGE_DATA && !r->options.header_recipients)
		return true;
	if (!run_letter(r))
		return false;
	recipients_add(&r->recipients, &r->arena, &r->message.recipients);
	if (!r->recipients.count)
		return run_stop(r, EX_USAGE,
		                "no recipients, neither in the header nor as arguments");
	return true;
}

/* origins: whom each recipient was asked for as. */
static void note_notices(struct run *r, const struct address *const *origins)
{
	const char *notify = dsn_notify_text(&r->arena, r->options.notify);

	r->notices = arena_array(&r->arena, r->recipients.count, sizeof *r->notices);
	for (size_t i = 0; i < r->recipients.count && notify; i++) {
		struct address asked = origins[i] ? *origins[i] : r->recipients.items[i];

		if (r->identity.mail_name)
			address_qualify(&asked, r->identity.mail_name);
		r->notices[i].notify = notify;
		r->notices[i].original = dsn_original(&r->arena, &asked);
	}
}

/* Who cannot be found is told at once; the others get the message all the same. */
static bool expand_aliases(struct run *r)
{
	struct aliases *aliases = aliases_open(&r->arena, &r->dispatch.aliases);
	struct aliases_result found;
	int exit = EX_OK;

	aliases_expand(aliases, &r->recipients, &found);
	for (size_t i = 0; i < found.failed_count; i++) {
		const struct recipient *failed = &found.failed[i];

		r->report.delivery.result(r->report.delivery.context, failed, NULL);
		exit = status_worse_exit(exit, status_exit(&failed->status));
	}
	r->recipients = found.list;
	if (!settled(r, recipients_qualify(&r->recipients, r->identity.mail_name, &r->arena,
	                                   &r->report)))
		return false;
	r->exit = exit;
	note_notices(r, found.origins);
	return r->recipients.count > 0;
}

/* Who wants to see the plan sees all of it before anybody is contacted. */
static bool make_plan(struct run *r)
{
	r->until = dispatch_until(&r->dispatch);
	plan_open(&r->plan, r->recipients.items, r->recipients.count);
	r->planned = true;
	dispatch_notices(&r->plan, &r->recipients, r->notices);
	if (report_wants_plan(&r->report)) {
		dispatch_plan(&r->dispatch, &r->plan, r->have_message ? &r->message : NULL,
		              r->until);
		report_plan(&r->report, &r->plan);
	}
	return true;
}

/* Mail does not wait for what is kept of its way, and nobody is told who did not ask. */
static void note_tlsrpt(struct run *r)
{
	const struct report_want *want = &r->report.want;
	int error = r->dispatch.tlsrpt_error;

	if (error && want->verbose && !want->json)
		report_print(&r->report,
		             arena_printf(&r->arena, "TLSRPT -- nothing is kept in %s: %s\n",
		                          r->config.tlsrpt_folder, strerror(error)));
}

static void deliver(struct run *r)
{
	const char *id = r->options.envelope_id;
	const struct dispatch_delivery delivery = {
		.plan = &r->plan,
		.sender = address_wire(&r->arena, &r->sender),
		.dsn_return = r->options.dsn_return,
		.envelope_id = id ? dsn_xtext(&r->arena, id) : NULL,
		.message = r->have_message ? &r->message : NULL,
		.report = &r->report.delivery,
		.trace = r->report.want.verbose ? &r->report.trace : NULL,
		.reach = &r->reach,
		.until = r->until,
	};

	dispatch_deliver(&r->dispatch, &delivery);
	note_tlsrpt(r);
	r->report.advice = advice_find(&r->arena, &r->reach, &r->plan);
	for (size_t i = 0; i < r->plan.recipient_count; i++)
		r->exit = status_worse_exit(r->exit, status_exit(&r->plan.recipients[i].status));
}

/* Before anybody is asked: a delivery must not be followed by an error about a file. */
bool run_facts(struct run *r)
{
	const char *path = r->options.save_file;
	const char *why;

	return !path || draft_open(&r->facts, path, &why) ||
	       run_stop(r, EX_IOERR, arena_printf(&r->arena, "--save-facts %s: %s",
	                                      text_clean(&r->arena, path, strlen(path)), why));
}

/* What became of the recipients counts for more than a file: a caller would send again. */
static void save_facts(struct run *r)
{
	const char *path = r->options.save_file;
	const char *why = "larger than any file of facts";
	struct buf text;

	if (!(r->planned || r->judged) || !path)
		return;
	buf_init(&text, FACTS_MAX);
	dispatch_save(&r->dispatch, &text);
	if (text.failed || !draft_keep(&r->facts, text.bytes, text.size, &why)) {
		path = text_clean(&r->arena, path, strlen(path));
		why = arena_printf(&r->arena, "--save-facts %s: %s", path, why);
		report_error(&r->report, EX_IOERR, why);
		if (r->exit == EX_OK && (r->judged || r->options.stop_after < STAGE_DATA))
			r->exit = EX_IOERR;
	}
	buf_free(&text);
}

void run_finish(struct run *r)
{
	struct dns_counts none = {0};
	struct dns_counts counts = r->dispatch.dns ? dns_counts(r->dispatch.dns) : none;

	save_facts(r);
	report_end(&r->report, r->planned ? &r->plan : NULL, r->exit, &counts);
}

void run_send(struct run *r)
{
	if (run_settings(r) && run_identity(r) && run_sender(r) && run_operands(r) &&
	    run_dispatch(r) && run_facts(r) && read_message(r) && expand_aliases(r) &&
	    make_plan(r))
		deliver(r);
	run_finish(r);
}

/* A plan that nobody could read is no success; a delivered message is one whoever listens. */
static int exit_status(const struct run *r)
{
	bool printed = r->options.task != TASK_SEND || r->options.stop_after < STAGE_DATA;

	return printed && r->report.broken && r->exit == EX_OK ? EX_IOERR : r->exit;
}

static void close_all(struct run *r)
{
	if (r->planned)
		plan_free(&r->plan);
	if (r->have_message)
		message_close(&r->message);
	draft_drop(&r->facts);
	dispatch_close(&r->dispatch);
	report_close(&r->report);
	arena_free(&r->arena);
}

int run(int argc, char **argv)
{
	struct run r = {.dispatch.cancel_fd = process_settle()};
	struct report_want want = {.out = STDOUT_FILENO, .err = STDERR_FILENO};
	int exit;

	report_open(&r.report, &want);
	if (r.dispatch.cancel_fd < 0)
		run_stop(&r, EX_OSERR, "this system gives me no descriptors");
	else if (read_options(&r, argc, argv))
		run_task(&r);
	else
		run_finish(&r);
	exit = exit_status(&r);
	close_all(&r);
	return exit;
}
