#include "cli/check_sender.h"

#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/sender_text.h"
#include "net/source.h"
#include "sender/sender.h"

enum { TEXT_MAX = 4 * 1024 * 1024 };

/* The check as it goes on. */
struct check {
	struct dispatch *dispatch;
	struct report *report;
	struct arena *arena;
	struct machine nobody; /* the world's servers are not this machine */
	struct facts facts;
	struct sender_question question;
	struct ip *ips;
	size_t ip_count;
	enum sender_weight gravest;
	int exit;
};

static bool stop(struct check *c, int exit, const char *text)
{
	c->exit = exit;
	report_error(c->report, exit, text);
	return false;
}

static bool read_address(struct check *c, const char *option, const char *given,
                         struct address *address)
{
	const char *why, *clean = given ? text_clean(c->arena, given, strlen(given)) : "";

	if (identity_sender(c->dispatch->identity, c->arena, given, address, &why))
		return true;
	if (!given)
		return stop(c, EX_CONFIG, why);
	return stop(c, EX_USAGE, arena_printf(c->arena, "%s %s: %s", option, clean, why));
}

/* The author is named by the option itself, the envelope's sender by -f; each stands for both. */
static bool find_addresses(struct check *c)
{
	const struct options *o = c->dispatch->options;
	const char *author = o->check_address;
	struct sender_question *q = &c->question;

	if (!author && o->sender && *o->sender && strcmp(o->sender, "<>") != 0)
		author = o->sender;
	if (!read_address(c, "--check-sender", author, &q->author))
		return false;
	q->envelope = q->author;
	if (o->sender && !read_address(c, "-f", o->sender, &q->envelope))
		return false;
	if (q->author.kind == DOMAIN_NAME)
		return true;
	return stop(c, EX_USAGE, "--check-sender wants the address of a sender with a domain name");
}

static bool find_selector(struct check *c)
{
	c->question.selector = c->dispatch->options->dkim_selector;
	return !c->question.selector || dkim_selector_good(c->question.selector) ||
	       stop(c, EX_USAGE, "--dkim-selector wants a name of letters, digits, hyphens, dots");
}

/* Somebody who forgot the "=" of an optional argument has named the sender. */
static const char *no_address(struct arena *a, const char *text)
{
	const char *clean = text_clean(a, text, strlen(text));

	if (!strchr(text, '@'))
		return arena_printf(a, "%s is no IP address", clean);
	return arena_printf(a, "%s is no IP address: the sender is named as --check-sender=%s",
	                    clean, clean);
}

static bool read_operands(struct check *c)
{
	const struct options *o = c->dispatch->options;

	c->ips = arena_array(c->arena, o->operand_count + 2, sizeof *c->ips);
	for (size_t i = 0; i < o->operand_count; i++) {
		const char *text = o->operands[i];

		if (!ip_parse(text, &c->ips[i]))
			return stop(c, EX_USAGE, no_address(c->arena, text));
		c->ips[i] = ip_unmapped(&c->ips[i]);
	}
	c->ip_count = o->operand_count;
	return true;
}

/* IPv6 first, as when servers are dialled. */
static void ask_kernel(struct check *c)
{
	c->ip_count += source_address(AF_INET6, &c->ips[c->ip_count]);
	c->ip_count += source_address(AF_INET, &c->ips[c->ip_count]);
}

static bool find_ips(struct check *c)
{
	const struct machine *m = &c->dispatch->machine;

	if (!read_operands(c))
		return false;
	if (!c->ip_count && c->dispatch->options->facts_file) {
		c->ips = m->addresses;
		c->ip_count = m->address_count;
	} else if (!c->ip_count) {
		ask_kernel(c);
	}
	return c->ip_count || stop(c, EX_UNAVAILABLE,
	                           "this machine has no address that reaches the internet; name "
	                           "the one to be judged: sendmx --check-sender 192.0.2.1");
}

/* Where a file of facts says who we are, and nothing that was set contradicts it, it is heard: a
   run is replayed on other machines. */
static void find_hello(struct check *c)
{
	const struct dispatch *d = c->dispatch;
	bool told = d->options->facts_file && d->machine.name_count &&
	            !config_given(d->config, "hostname");

	c->question.hello = told ? d->machine.names[0] : d->identity->hello;
}

/* What --save-facts has to say of this machine is who was judged, whatever else it is. */
static void keep_who(struct check *c)
{
	const struct options *o = c->dispatch->options;
	struct machine *m = &c->dispatch->machine;

	if (!o->save_file || o->facts_file)
		return;
	machine_free(m);
	machine_blank(m);
	if (c->question.hello[0] != '[')
		machine_add_name(m, c->question.hello);
	for (size_t i = 0; i < c->ip_count; i++)
		machine_add_address(m, &c->ips[i]);
}

static void tell(struct check *c, const struct sender *s)
{
	const struct report_want *want = &c->report->want;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (want->json)
		sender_json(&text, &c->question, s);
	else
		sender_text(&text, &c->question, s, want->colour);
	report_print(c->report, text.bytes);
	buf_free(&text);
}

static void judge(struct check *c, const struct ip *ip, struct deadline until)
{
	struct arena scratch = {0};
	struct sender sender;
	size_t asker;

	c->question.ip = *ip;
	while (!sender_judge(&c->question, &scratch, 0, &sender) &&
	       dns_wait(c->facts.dns, until, &asker))
		arena_free(&scratch);
	tell(c, &sender);
	if (sender_gravest(&sender) < c->gravest)
		c->gravest = sender_gravest(&sender);
	arena_free(&scratch);
}

static void judge_all(struct check *c)
{
	/* A problem is certain, whatever else could not be found out */
	static const int exits[] = {
		[SENDER_PROBLEM] = EX_UNAVAILABLE,
		[SENDER_TROUBLE] = EX_TEMPFAIL,
		[SENDER_REMARK] = EX_OK,
	};
	struct deadline until = dispatch_until(c->dispatch);

	machine_blank(&c->nobody);
	c->facts = (struct facts){
		.dns = c->dispatch->dns,
		.machine = &c->nobody,
		.allow_loopback = c->dispatch->options->allow_loopback,
		.seed = c->dispatch->seed,
	};
	c->question.facts = &c->facts;
	for (size_t i = 0; i < c->ip_count; i++)
		judge(c, &c->ips[i], until);
	c->exit = exits[c->gravest];
	machine_free(&c->nobody);
}

int check_sender(struct dispatch *d, struct report *report, struct arena *a)
{
	struct check check = {
		.dispatch = d,
		.report = report,
		.arena = a,
		.gravest = SENDER_REMARK,
		.exit = EX_OK,
	};

	find_hello(&check);
	if (find_addresses(&check) && find_selector(&check) && find_ips(&check)) {
		keep_who(&check);
		judge_all(&check);
	}
	return check.exit;
}
