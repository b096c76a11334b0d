#include "cli/check_resolver.h"

#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/resolver_report.h"
#include "net/dns_name.h"

enum { TEXT_MAX = 64 * 1024 }; /* for DNS_SERVER_MAX servers */

/* NULL: it is no name, or there are several. */
static const char *name_outside(const struct options *o, struct arena *a)
{
	const char *name = o->operand_count ? o->operands[0] : "example.com";

	if (o->operand_count > 1 || !dns_name_usable(name))
		return NULL;
	return dns_name_canonical(a, name);
}

static const char *complaint(const struct dispatch *d, const char *name)
{
	if (d->options->facts_file || d->options->save_file)
		return "--check-resolver asks the network: facts have no part in it";
	return name ? NULL : "--check-resolver takes one name to ask for, in A-labels, or none";
}

static void tell(struct report *report, const struct dns_check *checks, size_t count,
                 const struct resolver_sum *sum, struct arena *a)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (report->want.json)
		resolver_report_json(checks, count, sum, &text);
	else
		resolver_report_text(checks, count, sum, a, &text);
	report_print(report, text.bytes);
	buf_free(&text);
}

int check_resolver(const struct dispatch *d, struct report *report, struct arena *a)
{
	struct dns_check checks[DNS_SERVER_MAX];
	struct dns_settings settings;

	const char *name = name_outside(d->options, a);
	const char *wrong = complaint(d, name);
	if (wrong) {
		report_error(report, EX_USAGE, wrong);
		return EX_USAGE;
	}
	dispatch_resolver(d->config, &settings);
	dns_check_all(&settings, name, dispatch_until(d), a, checks);
	struct resolver_sum sum = resolver_sum(checks, settings.server_count, a);
	tell(report, checks, settings.server_count, &sum, a);
	return sum.exit;
}
