#include "cli/run_task.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "cli/check_resolver.h"
#include "cli/check_sender.h"
#include "cli/post.h"
#include "cli/tlsrpt_run.h"

enum { TEXT_MAX = 16 * 1024 * 1024 }; /* of --show-config: a file with 100,000 routes, as JSON */

/* The bytes of the wire, before dots are doubled for DATA. */
static void print_message(struct run *r)
{
	char *window = memory_get(1, MESSAGE_WINDOW);
	uint64_t at = 0;

	while (at < r->message.size) {
		size_t size;
		const char *bytes = message_at(&r->message, at, window, &size);

		if (!bytes)
			run_stop(r, EX_IOERR,
			         "cannot read the message back from its temporary file");
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
	if (run_settings(r) && run_identity(r) && run_sender(r) && run_operands(r) &&
	    run_letter(r))
		print_message(r);
}

static void submit(struct run *r)
{
	struct post post = {.dispatch = &r->dispatch};

	/* A session of hours asks the same again and again; a file of facts is about one run. */
	if (r->options.save_file) {
		run_stop(r, EX_USAGE, "--save-facts is for one message or a dry run, not for -bs");
		return;
	}
	if (!run_settings(r) || !run_identity(r) || !run_dispatch(r))
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

static const char *servers_source(const struct config *c)
{
	struct dns_settings settings;

	dispatch_resolver(c, &settings);
	return settings.servers[0].assumed ? "/etc/resolv.conf names none" : "/etc/resolv.conf";
}

static void print_config(struct run *r)
{
	struct config_line *lines;
	size_t count = r->report.want.json ? config_lines(&r->config, &lines) : 0;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	for (size_t i = 0; i < count; i++)
		report_json_setting(&text, lines[i].key, lines[i].value, lines[i].source);
	if (!r->report.want.json)
		config_show(&r->config, &text);
	report_print(&r->report, text.bytes);
	buf_free(&text);
}

static void find_config(struct run *r)
{
	const struct identity *i = &r->identity;

	config_found(&r->config, "hostname", i->hello, i->hello_source);
	if (i->mail_name)
		config_found(&r->config, "mail-name", i->mail_name, i->mail_name_source);
	config_found(&r->config, "resolver", dispatch_servers(&r->config, &r->arena),
	             servers_source(&r->config));
}

static void show_config(struct run *r)
{
	if (run_settings(r) && run_identity(r)) {
		find_config(r);
		print_config(r);
	}
	if (r->report.want.json)
		run_finish(r);
}

/* check_mailq and munin look for these words. */
static void print_queue(struct run *r)
{
	report_print(&r->report, "Mail queue is empty\n");
}

static void check_aliases(struct run *r)
{
	const char **faults;
	size_t count = 0;

	if (run_settings(r) && run_identity(r) && run_dispatch(r))
		count = aliases_check(aliases_open(&r->arena, &r->dispatch.aliases), &faults);
	for (size_t i = 0; i < count; i++)
		run_stop(r, EX_DATAERR, faults[i]);
	run_finish(r);
}

static void judge_sender(struct run *r)
{
	if (run_settings(r) && run_identity(r) && run_dispatch(r) && run_facts(r)) {
		r->exit = check_sender(&r->dispatch, &r->report, &r->arena);
		r->judged = true;
	}
	run_finish(r);
}

static void judge_resolver(struct run *r)
{
	r->dispatch.options = &r->options;
	r->dispatch.config = &r->config;
	if (run_settings(r))
		r->exit = check_resolver(&r->dispatch, &r->report, &r->arena);
	run_finish(r);
}

static void report_tls(struct run *r)
{
	if (run_settings(r) && run_identity(r) && run_dispatch(r))
		r->exit = tlsrpt_run(&r->dispatch, &r->report, &r->arena);
	run_finish(r);
}

static void do_nothing(struct run *r)
{
	(void)r;
}

static void (*const tasks[])(struct run *r) = {
	[TASK_SEND] = run_send,  [TASK_SUBMISSION] = submit,
	[TASK_HELP] = print_help,    [TASK_VERSION] = print_version,
	[TASK_MAILQ] = print_queue,  [TASK_NEWALIASES] = check_aliases,
	[TASK_NOTHING] = do_nothing, [TASK_SHOW_CONFIG] = show_config,
	[TASK_SHOW_MESSAGE] = show_message, [TASK_CHECK_SENDER] = judge_sender,
	[TASK_CHECK_RESOLVER] = judge_resolver, [TASK_TLSRPT] = report_tls,
};

void run_task(struct run *r)
{
	tasks[r->options.task](r);
}
