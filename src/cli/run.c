#include "cli/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/config.h"
#include "cli/identity.h"
#include "cli/options.h"
#include "cli/process.h"
#include "cli/recipients.h"
#include "cli/report.h"

enum { HELP_MAX = 64 * 1024 };

struct run {
	struct arena arena;
	int cancel_fd;
	struct report report;
	struct options options;
	struct config config;
	struct machine here;      /* the machine we run on: names us */
	struct machine machine;   /* what the planner is told: the same, or that of --facts */
	struct dns *dns;
	struct identity identity;
	struct address sender;
	struct address_list recipients;
	struct message message;
	bool have_message;
	struct deadline until;
	struct plan plan;
	bool planned;
	int exit;
};

/* The run ends here, before anybody was asked. */
static bool stop(struct run *r, int exit, const char *text)
{
	r->exit = exit;
	report_error(&r->report, exit, text);
	return false;
}

/* A step that has reported its own trouble ended with this status. */
static bool settled(struct run *r, int exit)
{
	r->exit = exit;
	return exit == EX_OK;
}

static bool print_help(struct run *r)
{
	struct buf text;

	buf_init(&text, HELP_MAX);
	options_help(&text);
	buf_text(&text, "\nSettings for -O and " SYSCONFDIR "/sendmx.conf:\n");
	config_help(&text);
	report_print(&r->report, text.bytes);
	buf_free(&text);
	return false;
}

/* False for what needs no message and no network. */
static bool is_to_send(struct run *r)
{
	switch (r->options.task) {
	case TASK_SEND:
		return true;
	case TASK_HELP:
		return print_help(r);
	case TASK_VERSION:
		report_print(&r->report, PACKAGE_STRING "\n");
		return false;
	case TASK_MAILQ:
		/* check_mailq and munin look for these words */
		report_print(&r->report, "Mail queue is empty\n");
		return false;
	case TASK_NEWALIASES:
	case TASK_NOTHING:
		return false;
	}
	return false;
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
	/* The text of a file that only we may read must not come out in a message about its faults
	   */
	if ((o->config_file || o->facts_file) && !process_trusts_caller())
		return stop(r, EX_USAGE,
		            "-C and --facts are refused to a caller who has fewer rights");
	return true;
}

static bool read_settings(struct run *r)
{
	const struct options *o = &r->options;
	const char *path = o->config_file ? o->config_file : SYSCONFDIR "/sendmx.conf";
	const char *why;

	config_default(&r->config, &r->arena);
	for (size_t i = 0; i < o->setting_count; i++) {
		const struct options_setting *s = &o->settings[i];

		if (!config_set(&r->config, s->key, s->value, s->option, &why))
			return stop(r, s->exit, why);
	}
	if (!config_read(&r->config, path, o->config_file != NULL, &why))
		return stop(r, EX_CONFIG, why);
	return true;
}

static bool read_operands(struct run *r)
{
	const struct options *o = &r->options;

	if (!settled(r, recipients_parse(&r->recipients, &r->arena, o->operands, o->operand_count,
	                                 &r->report)))
		return false;
	if (r->recipients.count || o->header_recipients)
		return true;
	return stop(r, EX_USAGE, "no recipients: name them, or let -t take them from the header");
}

static bool find_identity(struct run *r)
{
	const char *why;

	machine_read(&r->here);
	identity_find(&r->identity, &r->arena, &r->config, &r->here, getuid(), "/etc/mailname");
	if (identity_sender(&r->identity, &r->arena, r->options.sender, &r->sender, &why))
		return true;
	if (!r->options.sender && r->options.stop_after < STAGE_MAIL) {
		r->sender = (struct address){.local = ""}; /* nobody will be told */
		return true;
	}
	if (!r->options.sender)
		return stop(r, EX_CONFIG, why);
	return stop(r, EX_USAGE, arena_printf(&r->arena, "-f %s: %s",
	                                      text_clean(&r->arena, r->options.sender,
	                                                 strlen(r->options.sender)), why));
}

static void resolver_settings(const struct config *c, struct dns_settings *settings)
{
	dns_settings_default(settings);
	if (!c->server_count) {
		dns_settings_read(settings, "/etc/resolv.conf");
		return;
	}
	memcpy(settings->servers, c->servers, sizeof settings->servers);
	settings->server_count = c->server_count;
}

static bool open_dns(struct run *r)
{
	struct dns_settings settings;
	const char *why;

	resolver_settings(&r->config, &settings);
	r->dns = dns_open(&settings);
	if (!r->options.facts_file) {
		machine_read(&r->machine);
		return true;
	}
	machine_blank(&r->machine);
	return dns_facts(r->dns, r->options.facts_file, &r->machine, &why) ||
	       stop(r, EX_CONFIG, why);
}

static uint64_t random_number(void)
{
	uint64_t number = 0;

	/* Not for secrets: if there is no randomness yet, zero does */
	if (getrandom(&number, sizeof number, GRND_NONBLOCK) < 0)
		return 0;
	return number;
}

/* The GECOS name belongs to the user's own address and to no other that -f gives. */
static const char *full_name(const struct run *r)
{
	if (r->options.full_name)
		return r->options.full_name;
	if (r->options.sender && strcmp(r->sender.local, r->identity.login) != 0)
		return NULL;
	return r->identity.full_name;
}

static struct message_want message_wanted(const struct run *r)
{
	time_t now = time(NULL);
	struct tm local;

	return (struct message_want){
		.fd = STDIN_FILENO,
		.ignore_dots = r->options.ignore_dots,
		.header_recipients = r->options.header_recipients,
		.sender = r->sender,
		.full_name = full_name(r),
		.domain = r->identity.mail_name ? r->identity.mail_name : r->identity.hello,
		.now = now,
		.utc_offset = localtime_r(&now, &local) ? local.tm_gmtoff : 0,
		.unique = random_number(),
		.size_max = r->config.size_max,
		.temporary_folder = r->config.temporary_folder,
	};
}

/* Waits as long as the writer takes: only what comes afterwards is on the clock. */
static bool read_message(struct run *r)
{
	struct message_want want;
	struct deadline until = {.at = DEADLINE_NEVER, .cancel_fd = r->cancel_fd};
	struct status fault;
	char code[16];

	if (r->options.stop_after < STAGE_DATA && !r->options.header_recipients)
		return true;
	want = message_wanted(r);
	r->have_message = message_read(&r->message, &want, &r->arena, until, &fault);
	if (!r->have_message)
		return stop(r, status_exit(&fault),
		            arena_printf(&r->arena, "%s %s; nothing was sent",
		                         status_code(&fault, code), fault.text));
	recipients_add(&r->recipients, &r->arena, &r->message.recipients);
	if (!r->recipients.count)
		return stop(r, EX_USAGE, "no recipients, neither in the header nor as arguments");
	return true;
}

static bool make_plan(struct run *r)
{
	struct facts facts = {
		.dns = r->dns,
		.machine = &r->machine,
		.rules = r->config.rules,
		.rule_count = r->config.rule_count,
		.allow_loopback = r->options.allow_loopback,
		.seed = r->options.seeded ? r->options.seed : random_number(),
	};

	if (!settled(r, recipients_qualify(&r->recipients, r->identity.mail_name, &r->arena,
	                                   &r->report)))
		return false;
	r->until.at = clock_now() + (int64_t)r->config.timeout * 1000;
	r->until.cancel_fd = r->cancel_fd;
	plan_make(&r->plan, &facts, r->recipients.items, r->recipients.count, r->until);
	r->planned = true;
	report_plan(&r->report, &r->plan);
	return true;
}

/* The worst of what the recipients have coming. */
static int exit_of_plan(const struct plan *plan)
{
	int exit = EX_OK;

	for (size_t i = 0; i < plan->recipient_count; i++)
		exit = status_worse_exit(exit, status_exit(&plan->recipients[i].status));
	return exit;
}

static void deliver(struct run *r)
{
	struct tls *tls = tls_open();
	struct deliver_want want = {
		.dialer = dial_network(),
		.tls = tls,
		.hello = r->identity.hello,
		.sender = address_wire(&r->arena, &r->sender),
		.message = r->have_message ? &r->message : NULL,
		.stop_after = r->options.stop_after,
		.parallel = process_parallel(r->config.parallel),
		.times = &session_times_default,
		.trace = r->report.want.verbose ? &r->report.trace : NULL,
		.report = &r->report.delivery,
		.until = r->until,
	};

	deliver_plan(&r->plan, &want);
	r->exit = exit_of_plan(&r->plan);
	tls_close(tls);
}

static void finish(struct run *r)
{
	struct dns_counts none = {0};
	struct dns_counts counts = r->dns ? dns_counts(r->dns) : none;

	report_end(&r->report, r->planned ? &r->plan : NULL, r->exit, &counts);
}

static void send_or_plan(struct run *r)
{
	if (read_settings(r) && find_identity(r) && read_operands(r) && open_dns(r) &&
	    read_message(r) && make_plan(r))
		deliver(r);
	finish(r);
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
	if (r->dns)
		dns_close(r->dns);
	machine_free(&r->machine);
	machine_free(&r->here);
	report_close(&r->report);
	arena_free(&r->arena);
}

int run(int argc, char **argv)
{
	struct run r = {.cancel_fd = process_settle()};
	struct report_want want = {.out = STDOUT_FILENO, .err = STDERR_FILENO};
	int exit;

	report_open(&r.report, &want);
	if (r.cancel_fd < 0)
		stop(&r, EX_OSERR, "this system gives me no descriptors");
	else if (read_options(&r, argc, argv) && is_to_send(&r))
		send_or_plan(&r);
	exit = exit_status(&r);
	close_all(&r);
	return exit;
}
