#include "route/duty.h"

#include "base/arena.h"
#include "route/route.h"
#include "route/rule.h"

#include <string.h>

static const struct {
	const char *level;
	enum duty_setting setting;
} settings[] = {
	{"none", DUTY_NONE},     {"may", DUTY_MAY},   {"encrypt", DUTY_ENCRYPT},
	{"verify", DUTY_VERIFY}, {"dane", DUTY_DANE}, {"dane-only", DUTY_DANE_ONLY},
};

static bool setting_parse(const char *level, enum duty_setting *setting)
{
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (strcmp(settings[i].level, level) == 0) {
			*setting = settings[i].setting;
			return true;
		}
	}
	return false;
}

bool duty_rule_parse(struct arena *a, const char *text, struct duty_rule *rule, const char **why)
{
	static const char between[] = "= \t";
	const char *domain = text + strspn(text, " \t");
	size_t size = strcspn(domain, between);
	const char *level = domain + size + strspn(domain + size, between);
	const char *word = arena_bytes(a, level, strcspn(level, " \t"));

	*rule = (struct duty_rule){.domain = "*"};
	*why = "none of none, may, encrypt, verify, dane and dane-only, with or without a DOMAIN "
	       "in front";
	if (!*level)
		return setting_parse(arena_bytes(a, domain, size), &rule->setting);
	if (!setting_parse(word, &rule->setting) ||
	    level[strlen(word) + strspn(level + strlen(word), " \t")])
		return false;
	return rule_domain_parse(a, arena_bytes(a, domain, size), &rule->domain, why);
}

const struct duty_rule *duty_rule_for(const struct facts *facts, const char *domain)
{
	for (size_t i = 0; i < facts->duty_rule_count; i++) {
		if (rule_domain_fits(facts->duty_rules[i].domain, domain))
			return &facts->duty_rules[i];
	}
	return NULL;
}
