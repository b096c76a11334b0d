#include "net/dns_save.h"

#include "base/arena.h"
#include "base/buf.h"
#include "net/dns_string.h"
#include "net/dns_wire.h"
#include "net/machine.h"

#include <inttypes.h>
#include <string.h>

enum { STRING_MAX = 255 }; /* RFC 1035 3.3 */

struct writer {
	struct buf *b;
	struct arena names; /* of types */
};

static void write_full_name(struct buf *b, const char *name)
{
	buf_printf(b, "%s%s", name, strcmp(name, ".") == 0 ? "" : ".");
}

/* The strings of a TXT record were joined when it came; where they met means nothing. */
static void write_txt(struct buf *b, const char *text)
{
	size_t size = strlen(text);

	do {
		size_t part = size < STRING_MAX ? size : STRING_MAX;

		dns_string_write(b, text, part);
		text += part;
		size -= part;
		buf_text(b, size ? " " : "");
	} while (size);
}

static void write_data(struct buf *b, const struct dns_record *r)
{
	char text[IP_TEXT];

	switch ((enum dns_type)r->type) {
	case DNS_A:
	case DNS_AAAA: buf_text(b, ip_print(&r->ip, text)); break;
	case DNS_MX:
		buf_printf(b, "%u ", r->preference);
		write_full_name(b, r->text);
		break;
	case DNS_CNAME:
	case DNS_PTR: write_full_name(b, r->text); break;
	case DNS_TXT: write_txt(b, r->text); break;
	case DNS_TLSA: buf_text(b, r->text); break;
	}
}

static void write_record(struct writer *w, const struct dns_record *r)
{
	write_full_name(w->b, r->owner);
	buf_printf(w->b, "\t%" PRIu32 "\tIN\t%s\t", r->ttl, dns_type_name(&w->names, r->type));
	write_data(w->b, r);
	buf_text(w->b, "\n");
}

static const char *verdict_word(enum dns_security security)
{
	switch (security) {
	case DNS_UNCHECKED: return "unchecked";
	case DNS_SECURE: return "secure";
	case DNS_INSECURE: return "insecure";
	case DNS_BOGUS: return "bogus";
	case DNS_INDETERMINATE: return "indeterminate";
	}
	return NULL;
}

static void write_words(struct buf *b, const char *words)
{
	buf_text(b, " ");
	dns_string_write(b, words, strlen(words));
}

static void write_security(struct writer *w, const struct dns_said *said, const char *type)
{
	const char *verdict = verdict_word(said->security);

	if (said->security == DNS_UNCHECKED && !said->security_reason)
		return;
	buf_printf(w->b, ";! security %s %s %s", verdict, said->name, type);
	if (said->security_reason)
		write_words(w->b, said->security_reason);
	buf_text(w->b, "\n");
}

/* Keys and signatures are not in the file: what they prove is. */
static bool is_for_mail(enum dns_type type)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
	case DNS_CNAME:
	case DNS_MX:
	case DNS_PTR:
	case DNS_TLSA:
	case DNS_TXT: return true;
	}
	return false;
}

static void write_said(void *context, const struct dns_said *said)
{
	struct writer *w = context;
	const char *type = dns_type_name(&w->names, said->type);
	const struct dns_reply *reply = said->reply;

	if (!is_for_mail(said->type))
		return;
	buf_text(w->b, "\n");
	write_security(w, said, type);
	if (reply->trouble) {
		buf_printf(w->b, ";! trouble %s %s", said->name, type);
		write_words(w->b, reply->trouble);
		buf_text(w->b, "\n");
		return;
	}
	buf_printf(w->b, ";! reply %s %s%s%s%s\n", said->name, type,
	           said->no_name ? " nxdomain" : "", said->no_name && reply->zone ? " " : "",
	           said->no_name && reply->zone ? reply->zone : "");
	for (size_t i = 0; i < reply->count; i++)
		write_record(w, &reply->records[i]);
}

/* Link-local addresses are left out: they have a meaning on this machine only, and are nobody's
   exchanger. */
static void write_machine(struct buf *b, const struct machine *m)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < m->name_count; i++)
		buf_printf(b, ";! self %s\n", m->names[i]);
	for (size_t i = 0; i < m->address_count; i++) {
		if (!m->addresses[i].scope)
			buf_printf(b, ";! self %s\n", ip_print(&m->addresses[i], text));
	}
	buf_printf(b, "%s%s", m->ipv4 ? "" : ";! without ipv4\n",
	           m->ipv6 ? "" : ";! without ipv6\n");
}

void dns_save(const struct dns *d, const struct machine *machine, uint64_t seed, struct buf *b)
{
	struct writer w = {.b = b};

	buf_text(b, "; For sendmx --facts: what the DNS said, in the order of asking.\n");
	buf_printf(b, ";! seed %" PRIu64 "\n", seed);
	write_machine(b, machine);
	dns_said_all(d, write_said, &w);
	arena_free(&w.names);
}
