#include "cli/run.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/draft.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/advice.h"
#include "cli/check_resolver.h"
#include "cli/check_sender.h"
#include "cli/colour.h"
#include "cli/dispatch.h"
#include "cli/dsn_word.h"
#include "cli/post.h"
#include "cli/process.h"
#include "cli/recipients.h"
#include "cli/report.h"
#include "cli/tlsrpt_run.h"

enum {
	TEXT_MAX = 4 * 1024 * 1024,  /* of --help and --show-config: a file with 20,000 routes */
	FACTS_MAX = 64 * 1024 * 1024 /* as much as --facts reads */
};

struct run {
	struct arena arena;
	struct report report;
	struct options options;
	struct config config;
	struct machine here; /* the machine we run on: names us */
	struct identity identity;
	struct dispatch dispatch;
	struct address sender;
	struct address_list recipients;
	struct dispatch_notice *notices; /* of each recipient */
	struct message message;
	bool have_message;
	struct plan plan;
	bool planned;
	bool judged; /* --check-sender had its answers */
	struct deadline until;
	struct draft facts; /* --save-facts */
	struct reach reach;
	int exit;
};

/* The run ends here, before anybody was asked. */
static bool stop(struct run *r, int exit, const char *text)
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

	if (!options_parse(&r->options, &r->arena, argc, argv, &why))
		return stop(r, EX_USAGE, why);
	report->json = o->json;
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
	       stop(r, EX_USAGE, "files may not be named by a caller who has fewer rights");
}

static bool read_settings(struct run *r)
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
			return stop(r, s->exit, why);
	}
	return config_read(&r->config, path, o->config_file != NULL, &why) ||
	       stop(r, EX_CONFIG, why);
}

static bool find_identity(struct run *r)
{
	machine_read(&r->here);
	identity_find(&r->identity, &r->arena, &r->config, &r->here, getuid(), "/etc/mailname");
	return true;
}

static bool open_dispatch(struct run *r)
{
	const char *why;

	r->dispatch.options = &r->options;
	r->dispatch.config = &r->config;
	r->dispatch.identity = &r->identity;
	return dispatch_open(&r->dispatch, &why) || stop(r, EX_CONFIG, why);
}

/* ---- one message, with arguments ---- */

static bool find_sender(struct run *r)
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
		return stop(r, EX_CONFIG, why);
	return stop(r, EX_USAGE,
	            arena_printf(&r->arena, "-f %s: %s",
	                         text_clean(&r->arena, given, strlen(given)), why));
}

static bool read_operands(struct run *r)
{
	const struct options *o = &r->options;

	if (!settled(r, recipients_parse(&r->recipients, &r->arena, o->operands, o->operand_count,
	                                 &r->report)))
		return false;
	if (r->recipients.count || o->header_recipients || o->show_message)
		return true;
	return stop(r, EX_USAGE, "no recipients: name them, or let -t take them from the header");
}

static bool read_letter(struct run *r)
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
	       stop(r, status_exit(&fault),
	            arena_printf(&r->arena, "%s %s; nothing was sent", status_code(&fault, code),
	                         fault.text));
}

/* Only what comes afterwards is on the clock. */
static bool read_message(struct run *r)
{
	if (r->options.stop_after < STAGE_DATA && !r->options.header_recipients)
		return true;
	if (!read_letter(r))
		return false;
	recipients_add(&r->recipients, &r->arena, &r->message.recipients);
	if (!r->recipients.count)
		return stop(r, EX_USAGE, "no recipients, neither in the header nor as arguments");
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

static bool make_plan(struct run *r)
{
	r->until = dispatch_until(&r->dispatch);
	dispatch_plan(&r->dispatch, &r->recipients, r->have_message ? &r->message : NULL, r->until,
	              &r->plan);
	r->planned = true;
	dispatch_notices(&r->plan, &r->recipients, r->notices);
	report_plan(&r->report, &r->plan);
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
static bool begin_facts(struct run *r)
{
	const char *path = r->options.save_file;
	const char *why;

	return !path || draft_open(&r->facts, path, &why) ||
	       stop(r, EX_IOERR, arena_printf(&r->arena, "--save-facts %s: %s",
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

static void finish(struct run *r)
{
	struct dns_counts none = {0};
	struct dns_counts counts = r->dispatch.dns ? dns_counts(r->dispatch.dns) : none;

	save_facts(r);
	report_end(&r->report, r->planned ? &r->plan : NULL, r->exit, &counts);
}

static void send_or_plan(struct run *r)
{
	if (read_settings(r) && find_identity(r) && find_sender(r) && read_operands(r) &&
	    open_dispatch(r) && begin_facts(r) && read_message(r) && expand_aliases(r) && make_plan(r))
		deliver(r);
	finish(r);
}

/* ---- other tasks ---- */

/* The bytes of the wire, before dots are doubled for DATA. */
static void print_message(struct run *r)
{
	char *window = memory_get(1, MESSAGE_WINDOW);
	uint64_t at = 0;

	while (at < r->message.size) {
		size_t size;
		const char *bytes = message_at(&r->message, at, window, &size);

		if (!bytes)
			stop(r, EX_IOERR, "cannot read the message back from its temporary file");
		if (!bytes || !report_bytes(&r->report, bytes, size))
			break;
		at += size;
	}
	free(window);
}

/* Neither DNS nor aliases are asked: whom it would go to changes nothing in it. */
static void show_message(struct run *r)
{
	r->dispatch.options = &r->options;
	r->dispatch.config = &r->config;
	r->dispatch.identity = &r->identity;
	if (read_settings(r) && find_identity(r) && find_sender(r) && read_operands(r) &&
	    read_letter(r))
		print_message(r);
}

static void submit(struct run *r)
{
	struct post post = {.dispatch = &r->dispatch};

	/* A session of hours asks the same again and again; a file of facts is about one run. */
	if (r->options.save_file) {
		stop(r, EX_USAGE, "--save-facts is for one message or a dry run, not for -bs");
		return;
	}
	if (!read_settings(r) || !find_identity(r) || !open_dispatch(r))
		return;
	const struct submission_want want = {
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.cancel_fd = r->dispatch.cancel_fd,
		.name = r->identity.hello,
		.mail_name = r->identity.mail_name,
		.size_max = r->config.size_max,
		.temporary_folder = r->config.temporary_folder,
		.post = post_calls(&post),
	};
	r->exit = submission_run(&want);
	post_close(&post);
}

static void print_help(struct run *r)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	options_help(&text);
	buf_text(&text, "\nSettings for -O and " SYSCONFDIR "/sendmx.conf:\n");
	config_help(&text);
	report_print(&r->report, text.bytes);
	buf_free(&text);
}

static void print_version(struct run *r)
{
	report_print(&r->report, PACKAGE_STRING "\n");
}

static void show_config(struct run *r)
{
	const struct identity *i = &r->identity;
	struct buf text;

	if (!read_settings(r) || !find_identity(r))
		return;
	config_found(&r->config, "hostname", i->hello, i->hello_source);
	if (i->mail_name)
		config_found(&r->config, "mail-name", i->mail_name, i->mail_name_source);
	config_found(&r->config, "resolver", dispatch_servers(&r->config, &r->arena),
	             "/etc/resolv.conf");
	buf_init(&text, TEXT_MAX);
	config_show(&r->config, &text);
	report_print(&r->report, text.bytes);
	buf_free(&text);
}

/* check_mailq and munin look for these words. */
static void print_queue(struct run *r)
{
	report_print(&r->report, "Mail queue is empty\n");
}

static void check_aliases(struct run *r)
{
	const char **faults;
	size_t count;

	if (!read_settings(r) || !find_identity(r) || !open_dispatch(r))
		return;
	count = aliases_check(aliases_open(&r->arena, &r->dispatch.aliases), &faults);
	for (size_t i = 0; i < count; i++)
		stop(r, EX_DATAERR, faults[i]);
}

static void judge_sender(struct run *r)
{
	if (read_settings(r) && find_identity(r) && open_dispatch(r) && begin_facts(r)) {
		r->exit = check_sender(&r->dispatch, &r->report, &r->arena);
		r->judged = true;
	}
	finish(r);
}

static void judge_resolver(struct run *r)
{
	r->dispatch.options = &r->options;
	r->dispatch.config = &r->config;
	if (read_settings(r))
		r->exit = check_resolver(&r->dispatch, &r->report, &r->arena);
	finish(r);
}

static void report_tls(struct run *r)
{
	if (read_settings(r) && find_identity(r) && open_dispatch(r))
		r->exit = tlsrpt_run(&r->dispatch, &r->report, &r->arena);
	finish(r);
}

static void do_nothing(struct run *r)
{
	(void)r;
}

static void (*const tasks[])(struct run *r) = {
	[TASK_SEND] = send_or_plan,  [TASK_SUBMISSION] = submit,
	[TASK_HELP] = print_help,    [TASK_VERSION] = print_version,
	[TASK_MAILQ] = print_queue,  [TASK_NEWALIASES] = check_aliases,
	[TASK_NOTHING] = do_nothing, [TASK_SHOW_CONFIG] = show_config,
	[TASK_SHOW_MESSAGE] = show_message, [TASK_CHECK_SENDER] = judge_sender,
	[TASK_CHECK_RESOLVER] = judge_resolver, [TASK_TLSRPT] = report_tls,
};

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
	machine_free(&r->here);
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
		stop(&r, EX_OSERR, "this system gives me no descriptors");
	else if (read_options(&r, argc, argv))
		tasks[r.options.task](&r);
	exit = exit_status(&r);
	close_all(&r);
	return exit;
}
