#include "net/dnssec_anchor.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "net/dns_name.h"
#include "net/dns_record.h"
#include "net/dns_words.h"

#include <fcntl.h>
#include <string.h>

enum {
	FILE_MAX = 64 << 10, /* the root's file has two lines */
	LINE_MAX_SIZE = 8 << 10,
	SHA256 = 2
};

static bool add_ds(struct dnssec_anchors *anchors, struct dnssec_bytes data)
{
	struct dnssec_ds ds;

	if (!dnssec_ds_read(data, &ds) || !dnssec_ds_known(&ds))
		return true; /* a key to come, of an algorithm that others know */
	if (anchors->count == DNSSEC_ANCHOR_MAX)
		return false;
	anchors->list[anchors->count++] = ds;
	return true;
}

static bool add_key(struct dnssec_anchors *anchors, struct arena *a, struct dnssec_bytes data)
{
	uint8_t digest[DNSSEC_DIGEST_MAX];
	struct dnssec_key key;

	if (!dnssec_key_read(data, &key))
		return true;
	if (anchors->count == DNSSEC_ANCHOR_MAX)
		return false;
	/* What a DS of the root would hold: its name is one byte of zero. */
	uint8_t *text = arena_get(a, 1 + data.size);
	memcpy(text + 1, data.bytes, data.size);
	size_t size = dnssec_digest(SHA256, (struct dnssec_bytes){text, 1 + data.size}, digest);
	anchors->list[anchors->count++] = (struct dnssec_ds){
		.tag = key.tag,
		.algorithm = key.algorithm,
		.type = SHA256,
		.digest = {(uint8_t *)arena_bytes(a, digest, size), size},
	};
	return true;
}

/* What follows owner, TTL and class; NULL when one of them is not as it must be. */
static const char *read_type(struct dns_words *w)
{
	const char *word = dns_words_next(w);

	if (!word || strcmp(word, ".") != 0)
		return NULL;
	do
		word = dns_words_next(w);
	while (word && (text_same(word, "IN") || text_is_digit(*word)));
	return word;
}

/* One record into the anchors; false when it is none of the root's keys. */
static bool read_one(struct dnssec_anchors *anchors, struct arena *a, struct dns_words *w)
{
	const char *word = read_type(w);
	struct dnssec_bytes data;
	struct buf text;

	if (!word || (!text_same(word, "DS") && !text_same(word, "DNSKEY")))
		return false;
	bool ds = text_same(word, "DS");
	buf_init(&text, LINE_MAX_SIZE);
	while ((word = dns_words_next(w))) {
		buf_text(&text, word);
		buf_text(&text, " ");
	}
	data.bytes = text.size && !text.failed
	                     ? dns_record_data(a, ds ? "DS" : "DNSKEY", text.bytes, &data.size)
	                     : NULL;
	buf_free(&text);
	if (!data.bytes)
		return false;
	return ds ? add_ds(anchors, data) : add_key(anchors, a, data);
}

bool dnssec_anchors_parse(struct dnssec_anchors *anchors, struct arena *a, const char *text,
                          size_t size, const char **why)
{
	struct dns_words words;

	anchors->count = 0;
	*why = NULL;
	dns_words_open(&words, text, size);
	while (!*why && dns_words_record(&words)) {
		/* Remarks are comments here. */
		if (!words.remark && !read_one(anchors, a, &words))
			*why = arena_printf(a, "line %u is no DS or DNSKEY of the root",
			                    words.first_line);
	}
	if (!*why && words.why)
		*why = words.why;
	if (!*why && !anchors->count)
		*why = "no key of the root";
	dns_words_close(&words);
	return !*why;
}

bool dnssec_anchors_read(struct dnssec_anchors *anchors, struct arena *a, const char *path,
                         const char **why)
{
	struct buf text;

	buf_init(&text, FILE_MAX);
	int error = file_read(path, O_NONBLOCK, &text);
	bool ok = !error;
	if (error)
		*why = strerror(error);
	else
		ok = dnssec_anchors_parse(anchors, a, text.size ? text.bytes : "", text.size, why);
	buf_free(&text);
	if (!ok)
		*why = arena_printf(a, "%s: %s", path, *why);
	return ok;
}
