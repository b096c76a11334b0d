#ifndef CLI_JSON_LINE_H
#define CLI_JSON_LINE_H
/* A line of the report for programs: one JSON object with "type". Strings are valid UTF-8 whatever
   came in. */

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct json_t;
struct status;

struct json_t *json_line_begin(const char *type);

/* A missing text is a missing key. */
void json_put_text(struct json_t *object, const char *key, const char *text);
void json_put_number(struct json_t *object, const char *key, int64_t number);
void json_put_bool(struct json_t *object, const char *key, bool value);

/* "status", as in 5.1.1; "outcome" of a route or an attempt: ok, failed, deferred. */
void json_put_code(struct json_t *object, const struct status *s);
void json_put_outcome(struct json_t *object, const struct status *s);

/* Append the line, and give the object back. */
void json_line_end(struct json_t *object, struct buf *b);

#endif
