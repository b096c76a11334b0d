#include "cli/json_line.h"

#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "mail/status.h"

void json_put_text(json_t *object, const char *key, const char *text)
{
	struct arena a = {0};
	json_t *value = text ? json_string(text) : NULL;

	/* jansson wants UTF-8. What comes from outside was cleaned; a bad byte that got in from
	   elsewhere must not cost the line. */
	if (text && !value)
		value = json_string(text_clean(&a, text, strlen(text)));
	if (value)
		json_object_set_new(object, key, value);
	arena_free(&a);
}

void json_put_number(json_t *object, const char *key, int64_t number)
{
	json_object_set_new(object, key, json_integer(number));
}

void json_put_bool(json_t *object, const char *key, bool value)
{
	json_object_set_new(object, key, json_boolean(value));
}

void json_put_code(json_t *object, const struct status *s)
{
	char code[16];

	json_put_text(object, "status", status_code(s, code));
}

void json_put_outcome(json_t *object, const struct status *s)
{
	json_put_text(object, "outcome",
	              s->class == 2   ? "ok"
	              : s->class == 5 ? "failed"
	                              : "deferred");
}

json_t *json_line_begin(const char *type)
{
	json_t *object = json_object();

	json_put_text(object, "type", type);
	return object;
}

static int add_bytes(const char *bytes, size_t size, void *buf)
{
	buf_add(buf, bytes, size);
	return 0;
}

void json_line_end(json_t *object, struct buf *b)
{
	json_dump_callback(object, add_bytes, b, JSON_COMPACT);
	buf_text(b, "\n");
	json_decref(object);
}
