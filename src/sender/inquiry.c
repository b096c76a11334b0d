#include "sender/inquiry.h"

const struct dns_answer *inquiry_ask(struct inquiry *i, const char *name, enum dns_type type)
{
	const struct dns_answer *answer = dns_get(i->dns, name, type, i->asker);

	if (!answer)
		i->waiting = true;
	return answer;
}

const char *inquiry_pick(const struct dns_answer *txt, bool (*is_one)(const char *text),
                         size_t *count)
{
	const char *found = NULL;

	*count = 0;
	for (size_t i = 0; i < txt->count; i++) {
		if (!is_one(txt->txt[i]))
			continue;
		found = txt->txt[i];
		++*count;
	}
	return *count == 1 ? found : NULL;
}
