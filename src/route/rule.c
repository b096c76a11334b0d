#include "route/rule.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

bool rule_domain_parse(struct arena *a, const char *text, const char **domain, const char **why)
{
	const char *name;

	if (strcmp(text, "*") == 0 || text[0] == '[') {
		*domain = text;
		return true;
	}
	if (!domain_parse(a, text + (text[0] == '.'), &name, why))
		return false;
	*domain = text[0] == '.' ? arena_printf(a, ".%s", name) : name;
	return true;
}

static bool parse_port(const char *text, struct route_rule *rule, const char **why)
{
	uint64_t port;

	*why = "the port is not a number from 1 to 65535";
	if (!text_number(text, UINT16_MAX, &port) || port == 0)
		return false;
	rule->port = (uint16_t)port;
	return true;
}

/* A name or an address, brackets and port taken off. */
static bool parse_host(struct arena *a, const char *text, struct route_rule *rule, const char **why)
{
	/* RFC 6761 6.3: localhost is the loopback address, whatever a name server says of it */
	const char *number = text_same(text, "localhost") ? "127.0.0.1" : text;

	if (text_begins(text, "IPv6:"))
		number = text + strlen("IPv6:");
	rule->host = "";
	rule->literal = ip_parse(number, &rule->ip);
	if (rule->literal) {
		*why = "an address has no MX";
		return !rule->mx;
	}
	return domain_parse(a, text, &rule->host, why);
}

static bool parse_bracketed(struct arena *a, const char *text, struct route_rule *rule,
                            const char **why)
{
	const char *end = strchr(text, ']');

	*why = "the bracket is not closed, or something other than :PORT follows it";
	if (!end || (end[1] && end[1] != ':'))
		return false;
	if (end[1] && !parse_port(end + 2, rule, why))
		return false;
	return parse_host(a, arena_bytes(a, text + 1, (size_t)(end - text - 1)), rule, why);
}

static bool parse_target(struct arena *a, const char *text, struct route_rule *rule,
                         const char **why)
{
	const char *colon;
	struct ip ip;
	uint64_t port;

	/* "mx:25" is port 25 of a host called mx: no domain is all digits */
	if (text_begins(text, "mx:") && !text_number(text + 3, UINT64_MAX, &port)) {
		rule->mx = true;
		text += 3;
	}
	if (text[0] == '[')
		return parse_bracketed(a, text, rule, why);
	colon = ip_parse(text, &ip) ? NULL : strrchr(text, ':');
	if (!colon)
		return parse_host(a, text, rule, why);
	return parse_port(colon + 1, rule, why) &&
	       parse_host(a, arena_bytes(a, text, (size_t)(colon - text)), rule, why);
}

bool route_rule_parse(struct arena *a, const char *text, struct route_rule *rule, const char **why)
{
	static const char between[] = "= \t";
	const char *domain = text + strspn(text, " \t");
	size_t domain_size = strcspn(domain, between);
	const char *host = domain + domain_size + strspn(domain + domain_size, between);
	size_t host_size = strcspn(host, " \t");

	*rule = (struct route_rule){.port = SMTP_PORT};
	rule->text = arena_text(a, text);
	*why = "a domain and HOST or HOST:PORT are wanted, with a \"=\" or blanks between them";
	if (!domain_size || !host_size || host[host_size + strspn(host + host_size, " \t")])
		return false;
	return rule_domain_parse(a, arena_bytes(a, domain, domain_size), &rule->domain, why) &&
	       parse_target(a, arena_bytes(a, host, host_size), rule, why);
}

bool rule_domain_fits(const char *pattern, const char *domain)
{
	size_t size = strlen(domain), tail = strlen(pattern);

	if (strcmp(pattern, "*") == 0)
		return true;
	if (pattern[0] != '.')
		return text_same(pattern, domain);
	return size > tail && text_same(domain + size - tail, pattern);
}

const struct route_rule *route_rule_for(const struct facts *facts, const char *domain)
{
	for (size_t i = 0; i < facts->rule_count; i++) {
		if (rule_domain_fits(facts->rules[i].domain, domain))
			return &facts->rules[i];
	}
	return NULL;
}
