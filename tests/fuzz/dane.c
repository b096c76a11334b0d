/* TLSA records and a chain from any bytes. Input: records of usage, selector, matching type, two
   bytes of size and data; 0xff; then certificates, each behind two bytes of size. */

#include "net/dane.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORDS = 100 };

static size_t take_records(struct der *rest, struct dane_record *records)
{
	size_t count = 0;

	while (count < RECORDS && rest->size >= 5 && *rest->data != 0xff) {
		struct dane_record *r = &records[count++];

		*r = (struct dane_record){rest->data[0], rest->data[1], rest->data[2],
		                          rest->data + 5,
		                          (size_t)rest->data[3] << 8 | rest->data[4]};
		if (r->size > rest->size - 5)
			r->size = rest->size - 5;
		rest->data += 5 + r->size;
		rest->size -= 5 + r->size;
	}
	return count;
}

static void take_chain(struct der rest, struct chain *chain)
{
	while (rest.size >= 2 && chain->count < CHAIN_MAX) {
		size_t size = (size_t)rest.data[0] << 8 | rest.data[1];

		rest.data += 2;
		rest.size -= 2;
		size = size < rest.size ? size : rest.size;
		chain->certificates[chain->count++] = (struct der){rest.data, size};
		rest.data += size;
		rest.size -= size;
	}
}

/* Without a record that can be used nothing is proved. */
static void must_be_fair(const struct dane_question *q, const struct chain *chain)
{
	const struct dane_record *chosen[DANE_RECORDS_MAX];
	char words[100];
	enum tls_failure failure = dane_verify(q, chain, words, sizeof words);

	if (!memchr(words, '\0', sizeof words) || !*words)
		abort();
	if (failure == TLS_FINE &&
	    (!chain->count || !dane_choose(q->records, q->record_count, chosen)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"mx.example.org"};
	static bool started;
	struct dane_record records[RECORDS];
	struct dane_question q = {.records = records, .names = names, .name_count = 1};
	struct chain chain = {.count = 0};
	struct der rest = {data, size};

	if (!started) /* and never ended: each start costs a fifth of a millisecond */
		started = gnutls_global_init() >= 0;
	q.record_count = take_records(&rest, records);
	if (rest.size) {
		rest.data++;
		rest.size--;
	}
	take_chain(rest, &chain);
	must_be_fair(&q, &chain);
	return 0;
}
