#ifndef SENDER_SPF_MACRO_H
#define SENDER_SPF_MACRO_H
/* RFC 7208 7: the macros of SPF, their grammar and their expansion. Knows no DNS: what %{p} stands
   for is told. */

#include "base/ip.h"

#include <stdbool.h>

struct arena;

struct spf_macro_values {
	const char *local;         /* %{l}: never empty */
	const char *sender_domain; /* %{o} */
	const char *domain;        /* %{d}: whose record is read */
	const char *hello;         /* %{h} */
	const char *validated;     /* %{p}: a name that leads back to the address, or "unknown" */
	struct ip ip;              /* %{i}, %{v} */
};

/* macro-string, with the letters that are for explanations only (c, r, t) too. */
bool spf_macro_is_string(const char *text);

/* domain-spec: a macro-string without those letters that ends with a macro or a top label. */
bool spf_macro_is_domain(const char *text);

/* Is there a macro of this letter? */
bool spf_macro_uses(const char *text, char letter);

/* What a domain-spec stands for, as a name for DNS questions: without the final dot, cut from the
   left to 253 characters (7.3), bytes that have no place in a host name as \DDD. NULL when it
   cannot be a name. */
const char *spf_macro_name(struct arena *a, const char *text,
                           const struct spf_macro_values *values);

#endif
