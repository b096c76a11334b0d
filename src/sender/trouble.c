#include "sender/trouble.h"

#include "base/arena.h"
#include "sender/sender.h"

#include <string.h>

/* A sentence of net/dns_trouble.h around its question, "TXT example.org". */
struct frame {
	const char *text;
	size_t before, question; /* bytes: in front of the question, and of itself */
};

/* The question that a sentence begins with here; 0: none. A name ends where the sentence goes on:
   blanks and colons within it would be escaped. */
static size_t question_size(const char *text)
{
	static const char *const types[] = {"A ", "AAAA ", "MX ", "PTR ", "TXT "};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		size_t type = strlen(types[i]);
		size_t name = strncmp(text, types[i], type) == 0 ? strcspn(text + type, " :;,") : 0;

		if (name)
			return type + name;
	}
	return 0;
}

static bool frame_find(const char *text, struct frame *frame)
{
	*frame = (struct frame){.text = text};
	for (const char *word = text; word; word = strchr(word, ' ')) {
		word += *word == ' ';
		frame->before = (size_t)(word - text);
		frame->question = question_size(word);
		if (frame->question)
			return true;
	}
	return false;
}

static bool frame_same(const struct frame *a, const struct frame *b)
{
	return a->before == b->before && memcmp(a->text, b->text, a->before) == 0 &&
	       strcmp(a->text + a->before + a->question, b->text + b->before + b->question) == 0;
}

/* The frame of the first around both questions. */
static const char *frame_join(struct arena *a, const struct frame *first, const struct frame *more)
{
	int until = (int)(first->before + first->question);

	return arena_printf(a, "%.*s, %.*s%s", until, first->text, (int)more->question,
	                    more->text + more->before, first->text + until);
}

/* All sentences behind this one that have its frame become part of it. */
static void gather(struct sender *s, struct arena *a, size_t at)
{
	struct frame own, other;
	size_t kept = at + 1;

	if (s->findings[at].weight != SENDER_TROUBLE || !frame_find(s->findings[at].text, &own))
		return;
	for (size_t i = at + 1; i < s->finding_count; i++) {
		const struct sender_finding *f = &s->findings[i];

		if (f->weight != SENDER_TROUBLE || !frame_find(f->text, &other) ||
		    !frame_same(&own, &other)) {
			s->findings[kept++] = *f;
			continue;
		}
		own.text = frame_join(a, &own, &other);
		own.question += strlen(", ") + other.question;
	}
	s->findings[at].text = own.text;
	s->finding_count = kept;
}

void trouble_gather(struct sender *sender, struct arena *a)
{
	for (size_t i = 0; i < sender->finding_count; i++)
		gather(sender, a, i);
}
