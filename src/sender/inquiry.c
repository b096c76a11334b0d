#include "sender/inquiry.h"

#include "base/text.h"

#include <string.h>

const struct dns_answer *inquiry_ask(struct inquiry *i, const char *name, enum dns_type type)
{
	const struct dns_answer *answer = dns_get(i->dns, name, type, i->asker);

	if (!answer)
		i->waiting = true;
	return answer;
}

const char *inquiry_pick(const struct dns_answer *txt, const char *version, const char *ends,
                         size_t *count)
{
	const char *found = NULL;

	*count = 0;
	for (size_t i = 0; i < txt->count; i++) {
		const char *behind = txt->txt[i] + strlen(version);

		if (!text_begins(txt->txt[i], version) || (*behind && !strchr(ends, *behind)))
			continue;
		found = txt->txt[i];
		++*count;
	}
	return *count == 1 ? found : NULL;
}
