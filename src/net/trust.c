#include "net/trust.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"

enum {
	BUNDLE_MAX = 16 << 20, /* Debian's has 220 KB */
	ROOTS_MAX = 4096
};

/* Where systems keep the roots in one file. None of them here: GnuTLS knows where to look. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",                /* Debian, Alpine, Arch */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora */
	"/etc/ssl/ca-bundle.pem",                            /* SUSE */
	"/etc/ssl/cert.pem",
};

struct root {
	struct der certificate;
	struct der subject;
};

struct trust {
	const char *ca_file;
	pthread_mutex_t lock; /* for the making of roots, and for all, which GnuTLS may change */
	bool scanned;
	struct arena arena;
	struct root *roots; /* only read once scanned */
	size_t count;
	struct anchors *all;
	int all_count;
};

static bool read_bundle(const char *path, struct buf *text)
{
	buf_init(text, BUNDLE_MAX);
	if (file_read(path, O_NONBLOCK, text) == 0 && !text->failed && text->size)
		return true;
	buf_free(text);
	return false;
}

static bool find_bundle(const struct trust *t, struct buf *text)
{
	if (t->ca_file)
		return read_bundle(t->ca_file, text);
	for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++) {
		if (read_bundle(bundles[i], text))
			return true;
	}
	return false;
}

/* "BEGIN TRUSTED CERTIFICATE", which has OpenSSL's remarks behind it, is left to the slow way. */
static void add_root(struct trust *t, const char *pem, size_t size)
{
	const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)size};
	struct certificate_parts parts;
	gnutls_datum_t bytes;
	struct der der;

	if (gnutls_pem_base64_decode2("CERTIFICATE", &text, &bytes) < 0)
		return;
	der.data = (const uint8_t *)arena_bytes(&t->arena, bytes.data, bytes.size);
	der.size = bytes.size;
	gnutls_free(bytes.data);
	if (certificate_split(der, &parts))
		t->roots[t->count++] = (struct root){der, parts.subject};
}

static void scan(struct trust *t)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	const char *at, *last, *limit;
	struct buf text;

	if (!find_bundle(t, &text))
		return;
	t->roots = arena_array(&t->arena, ROOTS_MAX, sizeof *t->roots);
	limit = text.bytes + text.size;
	for (at = text.bytes; t->count < ROOTS_MAX; at = last) {
		at = memmem(at, (size_t)(limit - at), begin, sizeof begin - 1);
		last = at ? memmem(at, (size_t)(limit - at), end, sizeof end - 1) : NULL;
		if (!last)
			break;
		last += sizeof end - 1;
		add_root(t, at, (size_t)(last - at));
	}
	buf_free(&text);
}

/* A root signs a certificate of this chain, or is in it itself. */
static bool concerns(const struct root *r, const struct certificate_parts *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (der_same(r->subject, parts[i].issuer) || der_same(r->subject, parts[i].subject))
			return true;
	}
	return false;
}

static enum tls_failure verify_quickly(const struct trust *t, const struct chain *chain, char *why,
                                       size_t room)
{
	struct certificate_parts parts[CHAIN_MAX];
	struct anchors *a = anchors_new();
	enum tls_failure failure;

	for (size_t i = 0; i < chain->count; i++)
		certificate_split(chain->certificates[i], &parts[i]);
	for (size_t i = 0; i < t->count; i++) {
		if (concerns(&t->roots[i], parts, chain->count))
			anchors_add(a, t->roots[i].certificate);
	}
	failure = path_verify(a, chain, PATH_ANY, why, room);
	anchors_free(a);
	return failure;
}

/* With all roots, as GnuTLS reads them. It takes a file with one bad certificate for none: then
   what was found the quick way stands. */
static enum tls_failure verify_slowly(struct trust *t, const struct chain *chain, char *why,
                                      size_t room)
{
	enum tls_failure failure = TLS_NOT_TRUSTED;
	const char *where = t->ca_file ? t->ca_file : "this system's store";

	pthread_mutex_lock(&t->lock);
	if (!t->all) {
		t->all = anchors_new();
		t->all_count = t->ca_file ? anchors_add_file(t->all, t->ca_file)
		                          : anchors_add_system(t->all);
	}
	if (t->all_count > 0)
		failure = path_verify(t->all, chain, PATH_ANY, why, room);
	else if (t->count > 0)
		failure = verify_quickly(t, chain, why, room);
	else
		snprintf(why, room, "no root certificates in %s", where);
	pthread_mutex_unlock(&t->lock);
	return failure;
}

struct trust *trust_open(const char *ca_file)
{
	struct trust *t = memory_get(1, sizeof *t);

	t->ca_file = ca_file;
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void trust_close(struct trust *t)
{
	if (!t)
		return;
	anchors_free(t->all);
	arena_free(&t->arena);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

enum tls_failure trust_verify(struct trust *t, const struct chain *chain, char *why, size_t room)
{
	pthread_mutex_lock(&t->lock);
	if (!t->scanned)
		scan(t);
	t->scanned = true;
	pthread_mutex_unlock(&t->lock);
	if (verify_quickly(t, chain, why, room) == TLS_FINE)
		return TLS_FINE;
	return verify_slowly(t, chain, why, room);
}
