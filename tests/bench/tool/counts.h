/* What the receiving server has counted, and how it is written as JSON. The members are explained at
   the top of sink.c; most of them are changed there. */
#ifndef BENCH_COUNTS_H
#define BENCH_COUNTS_H

#include "content.h"

enum {
	BODIES = 16, /* sixteen different bodies say enough: something changes them */
	LAST = 8,
};

struct record {
	unsigned turns, turns_all, messages, recipients;
	bool tls, chunking;
};

struct body {
	unsigned char digest[DIGEST_SIZE];
	uint64_t messages;
};

struct counts {
	uint64_t connections, refused, open, peak, tls;
	uint64_t messages, recipients, content, turns, turns_most, turns_all;
	int64_t accepted_at;
	struct body bodies[BODIES];
	size_t body_count;
	struct record last[LAST];
	size_t closed;
};

static inline void counts_body(struct counts *c, const unsigned char digest[DIGEST_SIZE])
{
	size_t i = 0;
	while (i < c->body_count && memcmp(c->bodies[i].digest, digest, DIGEST_SIZE) != 0)
		i++;
	if (i == BODIES)
		return;
	if (i == c->body_count)
		memcpy(c->bodies[c->body_count++].digest, digest, DIGEST_SIZE);
	c->bodies[i].messages++;
}

static inline void counts_print_bodies(FILE *f, const struct counts *c)
{
	fputs("\"bodies\":{", f);
	for (size_t i = 0; i < c->body_count; i++) {
		fputs(i ? ",\"" : "\"", f);
		for (int j = 0; j < DIGEST_SIZE; j++)
			fprintf(f, "%02x", c->bodies[i].digest[j]);
		fprintf(f, "\":%llu", (unsigned long long)c->bodies[i].messages);
	}
	fputc('}', f);
}

static inline void counts_print_last(FILE *f, const struct counts *c)
{
	fputs("\"last\":[", f);
	size_t first = c->closed > LAST ? c->closed - LAST : 0;
	for (size_t i = first; i < c->closed; i++) {
		const struct record *r = &c->last[i % LAST];
		fprintf(f, "%s{\"turns\":%u,\"turns_all\":%u,", i > first ? "," : "", r->turns,
		        r->turns_all);
		fprintf(f, "\"messages\":%u,\"recipients\":%u,", r->messages, r->recipients);
		fprintf(f, "\"tls\":%s,\"chunking\":%s}", r->tls ? "true" : "false",
		        r->chunking ? "true" : "false");
	}
	fputc(']', f);
}

static inline void counts_print(FILE *f, const struct counts *c)
{
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"connections", c->connections}, {"refused", c->refused},
		{"open", c->open},               {"peak", c->peak},
		{"tls", c->tls},                 {"messages", c->messages},
		{"recipients", c->recipients},   {"content", c->content},
		{"turns", c->turns},             {"turns_most", c->turns_most},
		{"turns_all", c->turns_all},
	};
	fputc('{', f);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		fprintf(f, "\"%s\":%llu,", numbers[i].name, (unsigned long long)numbers[i].value);
	fprintf(f, "\"accepted_at\":%.6f,", (double)c->accepted_at / 1e9);
	counts_print_bodies(f, c);
	fputc(',', f);
	counts_print_last(f, c);
	fputs("}\n", f);
}

#endif
