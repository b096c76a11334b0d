#include "sender/dkim_key.h"

#include "base/arena.h"
#include "base/base64.h"
#include "base/text.h"
#include "net/der.h"
#include "net/dns_name.h"
#include "sender/tags.h"

#include <string.h>

enum {
	RSA_LEAST = 1024, /* RFC 8301 3.2: below, verifiers must not take the signature */
	RSA_MOST = 16384  /* larger ones no verifier computes with, nor do we count their bits */
};

/* ---- keys in DER ---- */

/* The content of the next element, if it is of this kind. */
static bool take(struct der *rest, uint8_t tag, struct der *content)
{
	struct der element;

	if (!der_take(rest, tag, &element))
		return false;
	*content = der_content(element);
	return true;
}

/* RFC 8017 A.1.1: the modulus's bits; 0 when it is no such key. */
static unsigned modulus_bits(struct der key)
{
	struct der numbers, modulus, exponent;
	unsigned bits;

	if (!take(&key, DER_SEQUENCE, &numbers) || !take(&numbers, DER_INTEGER, &modulus) ||
	    !take(&numbers, DER_INTEGER, &exponent) || key.size)
		return 0;
	while (modulus.size && !*modulus.data) {
		modulus.data++;
		modulus.size--;
	}
	if (!modulus.size || modulus.size > RSA_MOST / 8)
		return 0;
	bits = 8 * (unsigned)modulus.size;
	for (uint8_t top = *modulus.data; top < 0x80; top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

/* SubjectPublicKeyInfo, as all the world writes it, or the RSAPublicKey of RFC 6376's own words. */
static unsigned rsa_bits(struct der key)
{
	static const uint8_t rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
	static const struct der wanted = {rsa, sizeof rsa};
	struct der rest = key, info, algorithm, object, bits;

	if (!take(&rest, DER_SEQUENCE, &info) || !take(&info, DER_SEQUENCE, &algorithm))
		return modulus_bits(key);
	if (rest.size || !take(&algorithm, DER_OID, &object) || !der_same(object, wanted))
		return 0;
	if (!take(&info, DER_BITS, &bits) || !bits.size || *bits.data)
		return 0;
	bits.data++; /* no bit of the last byte is unused */
	bits.size--;
	return modulus_bits(bits);
}

/* ---- the record ---- */

static const char *judge_rsa(struct arena *a, struct dkim_key *key, struct der bytes)
{
	key->bits = rsa_bits(bytes);
	if (!key->bits)
		return "p= is no RSA key";
	if (key->bits < RSA_LEAST)
		return arena_printf(a, "a key of %u bits: RFC 8301 wants 1024 at least", key->bits);
	return NULL;
}

/* RFC 8463 4: the 32 bytes themselves. */
static const char *judge_ed25519(struct dkim_key *key, struct der bytes)
{
	if (bytes.size != 32)
		return "p= is not the 32 bytes of an ed25519 key";
	key->bits = 256;
	return NULL;
}

static bool read_base64(struct arena *a, const char *text, struct der *der)
{
	struct buf bytes;

	buf_init(&bytes, strlen(text) + 1);
	bool ok = base64_read(&bytes, text);
	*der = (struct der){(uint8_t *)arena_bytes(a, bytes.bytes, bytes.size), bytes.size};
	buf_free(&bytes);
	return ok;
}

static const char *judge_key(struct arena *a, struct dkim_key *key, const char *type, const char *p)
{
	struct der bytes;

	if (!p)
		return "there is no p=";
	if (!*p)
		return "the key is revoked (empty p=)";
	if (!read_base64(a, p, &bytes))
		return "p= is not base64";
	if (strcmp(type, "rsa") == 0) {
		key->type = "rsa";
		return judge_rsa(a, key, bytes);
	}
	if (strcmp(type, "ed25519") == 0) {
		key->type = "ed25519";
		return judge_ed25519(key, bytes);
	}
	return arena_printf(a, "k=%s is no kind of key that verifiers know",
	                    text_clean(a, type, strlen(type)));
}

static const char *judge_tags(struct arena *a, struct dkim_key *key, const struct tags *tags)
{
	const char *v = tags_get(tags, "v"), *k = tags_get(tags, "k"), *h = tags_get(tags, "h");
	const char *s = tags_get(tags, "s"), *t = tags_get(tags, "t");

	key->testing = t && tags_lists(t, "y");
	key->strict = t && tags_lists(t, "s");
	/* RFC 6376 3.6.1: if it is there at all, it is first and says DKIM1 */
	if (v && (strcmp(v, "DKIM1") != 0 || strcmp(tags->items[0].name, "v") != 0))
		return "v= is not DKIM1, or not at the beginning";
	if (h && !tags_lists(h, "sha256"))
		return "h= does not allow sha256";
	if (s && !tags_lists(s, "email") && !tags_lists(s, "*"))
		return "s= is not for mail";
	return judge_key(a, key, k ? k : "rsa", tags_get(tags, "p"));
}

void dkim_key_parse(struct arena *a, const char *text, struct dkim_key *key)
{
	struct tags tags;

	if (tags_parse(a, text, &tags, &key->fault))
		key->fault = judge_tags(a, key, &tags);
}

bool dkim_selector_good(const char *selector)
{
	uint8_t wire[DNS_NAME_WIRE];

	return *selector && dns_name_usable(selector) && dns_name_wire(selector, wire);
}

void dkim_key_find(struct inquiry *i, const char *selector, const char *domain,
                   struct dkim_key *key)
{
	*key = (struct dkim_key){
		.name = arena_printf(i->arena, "%s._domainkey.%s", selector, domain),
	};
	const struct dns_answer *txt = inquiry_ask(i, key->name, DNS_TXT);

	if (!txt)
		return;
	key->trouble = txt->outcome == DNS_TROUBLE || txt->outcome == DNS_LOOP;
	if (key->trouble)
		key->fault = txt->trouble;
	else if (txt->outcome != DNS_FOUND)
		key->fault = "there is no such record";
	else if (txt->count > 1) /* RFC 6376 3.6.2.2 leaves open what then */
		key->fault = "there is more than one TXT record";
	else
		dkim_key_parse(i->arena, txt->txt[0], key);
}
