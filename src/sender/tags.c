#include "sender/tags.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static bool is_space(char c)
{
	return text_is_blank(c) || c == '\r' || c == '\n';
}

static const char *trimmed(struct arena *a, const char *text, size_t size)
{
	while (size && is_space(*text)) {
		text++;
		size--;
	}
	while (size && is_space(text[size - 1]))
		size--;
	return arena_bytes(a, text, size);
}

/* ALPHA *(ALPHA / DIGIT / "_") */
static bool is_name(const char *name)
{
	if (!text_is_alpha(*name))
		return false;
	while (text_is_alnum(*name) || *name == '_')
		name++;
	return !*name;
}

static bool fail(struct arena *a, const char *text, const char *words, const char **why)
{
	*why = arena_printf(a, "\"%s\" %s", text_clean(a, text, strlen(text)), words);
	return false;
}

/* Printable ASCII and what folds it. */
static bool is_value(const char *value)
{
	while ((*value >= ' ' && *value <= '~') || is_space(*value))
		value++;
	return !*value;
}

static bool add(struct arena *a, struct tags *tags, const char *item, const char **why)
{
	const char *equals = strchr(item, '=');
	struct tag tag;

	if (!equals)
		return fail(a, item, "is no tag=value", why);
	tag.name = trimmed(a, item, (size_t)(equals - item));
	tag.value = trimmed(a, equals + 1, strlen(equals + 1));
	if (!is_name(tag.name) || !is_value(tag.value))
		return fail(a, item, "is no tag=value", why);
	if (tags_get(tags, tag.name))
		return fail(a, tag.name, "stands there twice", why);
	if (tags->count == TAGS_MAX)
		return fail(a, tag.name, "is one tag too many", why);
	tags->items[tags->count++] = tag;
	return true;
}

bool tags_parse(struct arena *a, const char *text, struct tags *tags, const char **why)
{
	tags->count = 0;
	while (*text) {
		size_t size = strcspn(text, ";");
		const char *item = trimmed(a, text, size);
		bool last = !text[size] || !text[size + 1];

		/* The last semicolon may be followed by nothing */
		if ((*item || !last) && !add(a, tags, item, why))
			return false;
		text += size + (text[size] == ';');
	}
	return true;
}

const char *tags_get(const struct tags *tags, const char *name)
{
	for (size_t i = 0; i < tags->count; i++) {
		if (strcmp(tags->items[i].name, name) == 0)
			return tags->items[i].value;
	}
	return NULL;
}

bool tags_lists(const char *value, const char *word)
{
	while (*value) {
		size_t size;

		value += strspn(value, " \t\r\n:");
		size = strcspn(value, " \t\r\n:");
		if (size == strlen(word) && text_begins(value, word))
			return true;
		value += size;
	}
	return false;
}
