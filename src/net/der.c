#include "net/der.h"

#include <string.h>

/* Length of tag and length, and of what follows; false when they do not fit. */
static bool measure(struct der d, size_t *head, size_t *body)
{
	size_t more;

	if (d.size < 2)
		return false;
	*head = 2;
	*body = d.data[1];
	if (*body >= 0x80) {
		more = *body & 0x7f;
		*body = 0;
		if (more < 1 || more > 4 || d.size < 2 + more)
			return false;
		for (; *head < 2 + more; (*head)++)
			*body = *body << 8 | d.data[*head];
	}
	return *body <= d.size - *head;
}

int der_next(struct der *rest, struct der *element)
{
	size_t head, body;

	if (!measure(*rest, &head, &body))
		return -1;
	*element = (struct der){rest->data, head + body};
	rest->data += head + body;
	rest->size -= head + body;
	return element->data[0];
}

bool der_take(struct der *rest, uint8_t tag, struct der *element)
{
	return rest->size && rest->data[0] == tag && der_next(rest, element) >= 0;
}

struct der der_content(struct der element)
{
	size_t head, body;

	if (!measure(element, &head, &body))
		return (struct der){NULL, 0};
	return (struct der){element.data + head, body};
}

bool der_same(struct der a, struct der b)
{
	return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

/* RFC 5280 4.2.1.6: the alternative names among Extensions; a certificate has one such extension
   at the most (4.2), so the first counts. */
static struct der find_names(struct der extensions)
{
	static const uint8_t oid_bytes[] = {DER_OID, 3, 0x55, 0x1d, 0x11};
	const struct der alternative = {oid_bytes, sizeof oid_bytes};
	struct der extension, oid, critical, value, names;

	while (der_take(&extensions, DER_SEQUENCE, &extension)) {
		extension = der_content(extension);
		if (!der_take(&extension, DER_OID, &oid) || !der_same(oid, alternative))
			continue;
		der_take(&extension, DER_BOOLEAN, &critical);
		if (!der_take(&extension, DER_OCTETS, &value))
			break;
		value = der_content(value);
		if (der_take(&value, DER_SEQUENCE, &names))
			return der_content(names);
	}
	return (struct der){NULL, 0};
}

/* RFC 5280 4.1.2. */
static bool split_body(struct der body, struct certificate_parts *parts)
{
	struct der element, extensions = {NULL, 0};

	der_take(&body, DER_EXPLICIT_0, &element);
	if (!der_take(&body, DER_INTEGER, &element) || !der_take(&body, DER_SEQUENCE, &element) ||
	    !der_take(&body, DER_SEQUENCE, &parts->issuer) ||
	    !der_take(&body, DER_SEQUENCE, &element) ||
	    !der_take(&body, DER_SEQUENCE, &parts->subject) ||
	    !der_take(&body, DER_SEQUENCE, &parts->key))
		return false;
	while (body.size && body.data[0] != DER_EXPLICIT_3) {
		if (der_next(&body, &element) < 0)
			return false;
	}
	if (der_take(&body, DER_EXPLICIT_3, &element)) {
		element = der_content(element);
		if (der_take(&element, DER_SEQUENCE, &extensions))
			parts->names = find_names(der_content(extensions));
	}
	return true;
}

bool certificate_split(struct der certificate, struct certificate_parts *parts)
{
	struct der whole, inside, element;

	*parts = (struct certificate_parts){.body = {NULL, 0}};
	if (!der_take(&certificate, DER_SEQUENCE, &whole) || certificate.size)
		return false;
	inside = der_content(whole);
	if (!der_take(&inside, DER_SEQUENCE, &parts->body) ||
	    !der_take(&inside, DER_SEQUENCE, &element) || !der_take(&inside, DER_BITS, &element) ||
	    inside.size)
		return false;
	parts->signature = der_content(element);
	if (!parts->signature.size || *parts->signature.data != 0)
		return false;
	parts->signature.data++;
	parts->signature.size--;
	return split_body(der_content(parts->body), parts);
}
