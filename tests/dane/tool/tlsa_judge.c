/* The verdict of net/dane on one case, for dane.t.

   tlsa_judge [-m ROUNDS] [-n NAME]... [-r "USAGE SELECTOR MATCHING HEX"]... CERTIFICATE.der...

   Prints "unusable", "yes WORDS" or "no KIND: WORDS". -m: then change bytes of the chain, by a
   fixed seed; a chain that was refused must be refused in every changed form too. */

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "net/dane.h"

enum { ITEMS = 32, FILE_ROOM = 1 << 20 };

static struct dane_record records[ITEMS];
static const char *names[ITEMS];
static struct dane_question question = {.records = records, .names = names};
static struct chain chain;

static uint8_t *bytes_of(const char *hex, size_t *size)
{
	uint8_t *bytes = memory_get(strlen(hex) / 2 + 1, 1);

	*size = strlen(hex) / 2;
	for (size_t i = 0; i < *size; i++) {
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			errx(1, "not hex: %s", hex);
		bytes[i] = (uint8_t)byte;
	}
	return bytes;
}

static void take_record(const char *text)
{
	struct dane_record *r = &records[question.record_count++];
	int used;

	if (question.record_count > ITEMS ||
	    sscanf(text, "%hhu %hhu %hhu %n", &r->usage, &r->selector, &r->matching, &used) != 3)
		errx(1, "not a record: %s", text);
	r->data = bytes_of(text + used, &r->size);
}

static void take_certificate(const char *path)
{
	struct buf b;

	buf_init(&b, FILE_ROOM);
	if (chain.count == CHAIN_MAX || file_read(path, 0, &b) != 0)
		errx(1, "cannot read %s", path);
	chain.certificates[chain.count++] = (struct der){(uint8_t *)b.bytes, b.size};
}

static bool print_verdict(void)
{
	char words[512];
	enum tls_failure failure = dane_verify(&question, &chain, words, sizeof words);

	if (failure == TLS_TLSA_INVALID)
		printf("unusable\n");
	else if (failure)
		printf("no %s: %s\n", tls_failure_name(failure), words);
	else
		printf("yes %s\n", words);
	return failure == TLS_FINE;
}

static uint32_t luck(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

/* Up to four bytes of one certificate. */
static struct der change(struct der d)
{
	uint8_t *copy = memory_get(d.size, 1);

	memcpy(copy, d.data, d.size);
	for (uint32_t n = 1 + luck() % 4; n; n--)
		copy[luck() % d.size] = (uint8_t)luck();
	return (struct der){copy, d.size};
}

static void mutate(unsigned long rounds, bool accepted)
{
	char words[512];

	while (rounds--) {
		struct der *d = &chain.certificates[luck() % chain.count], kept = *d;

		*d = change(kept);
		if (dane_verify(&question, &chain, words, sizeof words) == TLS_FINE && !accepted)
			errx(1, "a changed chain is accepted: %s", words);
		free((void *)(uintptr_t)d->data);
		*d = kept;
	}
}

int main(int argc, char **argv)
{
	unsigned long rounds = 0;
	int option;

	gnutls_global_init();
	while ((option = getopt(argc, argv, "m:n:r:")) != -1) {
		if (option == 'm')
			rounds = strtoul(optarg, NULL, 10);
		else if (option == 'n' && question.name_count < ITEMS)
			names[question.name_count++] = optarg;
		else if (option == 'r')
			take_record(optarg);
		else
			return 1;
	}
	for (; optind < argc; optind++)
		take_certificate(argv[optind]);
	mutate(rounds, print_verdict());
	for (size_t i = 0; i < question.record_count; i++)
		free((void *)(uintptr_t)records[i].data);
	for (size_t i = 0; i < chain.count; i++)
		free((void *)(uintptr_t)chain.certificates[i].data);
	gnutls_global_deinit();
	return 0;
}
