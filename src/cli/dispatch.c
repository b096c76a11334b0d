#include "cli/dispatch.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "cli/process.h"
#include "cli/tlsrpt_record.h"
#include "net/dns_save.h"

enum { DNS_KEEP = 60 * 1000 }; /* milliseconds that answers are used for another message */

void dispatch_resolver(const struct config *c, struct dns_settings *settings)
{
	dns_settings_default(settings);
	if (c->server_count) {
		memcpy(settings->servers, c->servers, sizeof settings->servers);
		settings->server_count = c->server_count;
	} else {
		dns_settings_read(settings, "/etc/resolv.conf");
	}
	settings->security = c->dnssec;
	settings->trust_anchor = c->trust_anchor;
}

const char *dispatch_servers(const struct config *c, struct arena *a)
{
	struct dns_settings settings;
	const char *servers = "";
	char text[IP_TEXT];

	dispatch_resolver(c, &settings);
	for (size_t i = 0; i < settings.server_count; i++) {
		const struct dns_server *s = &settings.servers[i];

		servers = arena_printf(a, "%s%s[%s]:%u", servers, i ? " " : "",
		                       ip_print(&s->ip, text), s->port);
	}
	return servers;
}

static bool open_dns(struct dispatch *d, const char **why)
{
	struct dns_settings settings;

	dispatch_resolver(d->config, &settings);
	d->dns = dns_open(&settings);
	d->dns_opened = clock_now();
	d->dns_trouble = false;
	if (!d->options->facts_file) {
		if (!d->machine.host_name)
			machine_read(&d->machine);
		return true;
	}
	machine_free(&d->machine);
	machine_blank(&d->machine);
	return dns_facts(d->dns, d->options->facts_file, &d->machine, why);
}

static uint64_t random_number(void)
{
	uint64_t number = 0;

	/* Not for secrets: if there is no randomness yet, zero does */
	if (getrandom(&number, sizeof number, GRND_NONBLOCK) < 0)
		return 0;
	return number;
}

/* What is saved for another run must lead to the same order there. */
static void choose_seed(struct dispatch *d)
{
	const struct options *o = d->options;

	d->seed = o->seed;
	d->seeded = o->seeded || dns_seed(d->dns, &d->seed);
	if (o->save_file && !d->seeded) {
		d->seeded = true;
		d->seed = random_number();
	}
}

static void close_dns(struct dispatch *d)
{
	security_close(&d->security);
	if (d->dns)
		dns_close(d->dns);
	arena_free(&d->arena);
	machine_free(&d->machine);
	d->machine = (struct machine){0};
	d->dns = NULL;
}

static void open_security(struct dispatch *d)
{
	security_open(&d->security, &d->arena, d->config, d->identity, d->dns,
	              d->options->facts_file != NULL, d->options->allow_loopback);
}

bool dispatch_open(struct dispatch *d, const char **why)
{
	d->aliases = (struct aliases_want){
		.path = d->config->aliases,
		.must_exist = config_given(d->config, "aliases"),
		.virtual_path = d->config->virtual,
		.mail_name = d->identity->mail_name,
	};
	if (!open_dns(d, why))
		return false;
	open_security(d);
	choose_seed(d);
	return true;
}

void dispatch_forget(struct dispatch *d)
{
	const char *why;

	if (d->options->facts_file)
		return;
	if (!d->dns_trouble && clock_now() - d->dns_opened < DNS_KEEP)
		return;
	close_dns(d);
	open_dns(d, &why);
	open_security(d);
}

/* The GECOS name belongs to the user's own address and to no other. */
static const char *full_name(const struct dispatch *d, const struct dispatch_letter *letter)
{
	if (d->options->full_name)
		return d->options->full_name;
	if (letter->sender_given && strcmp(letter->sender->local, d->identity->login) != 0)
		return NULL;
	return d->identity->full_name;
}

bool dispatch_read(const struct dispatch *d, const struct dispatch_letter *letter,
                   struct message *message, struct arena *a, struct status *fault)
{
	const struct deadline until = {.at = DEADLINE_NEVER, .cancel_fd = d->cancel_fd};
	const char *mail_name = d->identity->mail_name;
	time_t now = time(NULL);
	struct tm local;
	const struct message_want want = {
		.fd = letter->fd,
		.ignore_dots = letter->ignore_dots,
		.header_recipients = letter->header_recipients,
		.sender = *letter->sender,
		.full_name = full_name(d, letter),
		.domain = mail_name ? mail_name : d->identity->hello,
		.now = now,
		.utc_offset = localtime_r(&now, &local) ? local.tm_gmtoff : 0,
		.unique = random_number(),
		.size_max = d->config->size_max,
		.temporary_folder = d->config->temporary_folder,
		.received_by = d->identity->hello,
		.uid = getuid(),
	};

	return message_read(message, &want, a, until, fault);
}

struct deadline dispatch_until(const struct dispatch *d)
{
	return (struct deadline){
		.at = clock_now() + (int64_t)d->config->timeout * 1000,
		.cancel_fd = d->cancel_fd,
	};
}

/* Where mail for this machine's own name goes nowhere, or comes back to it, the aliases file is the
   place to say whose it is. */
static void advise(const struct dispatch *d, struct arena *a, struct recipient *r)
{
	const char *mail_name = d->identity->mail_name;

	if (r->status.class != 5 || !mail_name || !text_same(r->address.domain, mail_name))
		return;
	if (r->status.fault == FAULT_LOOP)
		r->status.text = arena_printf(a, "%s; %s", r->status.text,
		                              aliases_advice(a, &d->aliases, &r->address));
	else
		r->status.text = arena_printf(a, "%s; \"%s: ADDRESS\" in %s would say whose it is",
		                              r->status.text, r->address.local, d->config->aliases);
}

/* What became of those whom no delivery is for; the others' statuses may be in other hands. */
static void judge_unroutable(struct dispatch *d, struct plan *plan)
{
	for (size_t i = 0; i < plan->domain_count; i++) {
		const struct plan_domain *domain = &plan->domains[i];

		if (domain->delivery)
			continue;
		d->dns_trouble |= domain->route.status.class == 4;
		for (size_t j = 0; j < domain->recipient_count; j++)
			advise(d, &plan->arena, domain->recipients[j]);
	}
}

static void find_plan(struct dispatch *d, struct plan *plan, const struct message *message,
                      struct deadline until, const struct plan_watch *watch)
{
	struct facts facts = {
		.dns = d->dns,
		.machine = &d->machine,
		.rules = d->config->rules,
		.rule_count = d->config->rule_count,
		.allow_loopback = d->options->allow_loopback,
		.seed = d->seeded ? d->seed : random_number(),
		.require_tls = d->options->require_tls,
		.tls_optional = message && message->tls_optional,
	};

	security_facts(&d->security, d->config, &facts);
	plan_find(plan, &facts, until, watch);
	judge_unroutable(d, plan);
}

void dispatch_plan(struct dispatch *d, struct plan *plan, const struct message *message,
                   struct deadline until)
{
	find_plan(d, plan, message, until, NULL);
}

/* The plan has them in the same order, each only where he came first. */
void dispatch_notices(struct plan *plan, const struct address_list *recipients,
                      const struct dispatch_notice *notices)
{
	struct recipient *next = plan->recipients;
	const struct recipient *end = next + plan->recipient_count;

	for (size_t i = 0; i < recipients->count && next < end; i++) {
		if (!address_same(&recipients->items[i], &next->address))
			continue;
		next->notify = notices[i].notify;
		next->original = notices[i].original;
		next++;
	}
}

void dispatch_save(const struct dispatch *d, struct buf *b)
{
	dns_save(d->dns, &d->machine, d->seed, b);
	security_save(&d->security, b);
}

/* Who only looks has the whole plan before anybody is contacted. Where descriptors are scarce the
   DNS has them first: a delivery that finds none would be put off. */
static bool both_at_once(const struct dispatch *d)
{
	size_t parallel = d->config->parallel;

	return d->options->stop_after == STAGE_DONE &&
	       process_parallel(parallel, DNS_SOCKET_MAX) == process_parallel(parallel, 0);
}

static void begin(void *context, struct delivery *delivery)
{
	deliver_begin(context, delivery);
}

/* A plan that is not whole is found meanwhile. record: or NULL. */
static void deliver(struct dispatch *d, const struct dispatch_delivery *delivery,
                    const struct deliver_report *report, struct tlsrpt_record *record)
{
	const struct tls_settings tls = {
		.ca_file = d->config->ca_file,
		.examine = d->options->probe || d->options->trace,
	};
	struct plan_watch watch = {.settled = begin};

	if (!d->tls)
		d->tls = tls_open(&tls);
	const struct deliver_want want = {
		.dialer = dial_network(),
		.tls = d->tls,
		.hello = d->identity->hello,
		.sender = delivery->sender,
		.dsn_return = delivery->dsn_return,
		.envelope_id = delivery->envelope_id,
		.message = delivery->message,
		.stop_after = d->options->stop_after,
		.everyone = d->options->probe,
		.reach = delivery->reach,
		.parallel = process_parallel(d->config->parallel, 0),
		.times = &session_times_default,
		.trace = delivery->trace,
		.report = report,
		.until = delivery->until,
	};

	watch.context = deliver_open(delivery->plan, &want);
	if (!delivery->plan->whole)
		find_plan(d, delivery->plan, delivery->message, delivery->until,
		          both_at_once(d) ? &watch : NULL);
	if (record)
		tlsrpt_record_plan(record, delivery->plan);
	deliver_close(watch.context);
}

/* Deliveries only: what a dry run or a probe meets was not to carry mail. */
void dispatch_deliver(struct dispatch *d, const struct dispatch_delivery *delivery)
{
	const char *folder = d->config->tlsrpt_folder;
	struct tlsrpt_record record;

	if (!folder || d->options->stop_after < STAGE_DONE) {
		deliver(d, delivery, delivery->report, NULL);
		return;
	}
	tlsrpt_record_open(&record, folder, delivery->report);
	deliver(d, delivery, &record.report, &record);
	d->tlsrpt_error = record.error;
	tlsrpt_record_close(&record);
}

void dispatch_close(struct dispatch *d)
{
	close_dns(d);
	if (d->tls)
		tls_close(d->tls);
}
