#include "net/dnssec_name.h"

#include "net/dns_name.h"

#include <string.h>

size_t dnssec_name_size(const uint8_t *name)
{
	size_t size = 0;

	while (name[size])
		size += 1u + name[size];
	return size + 1;
}

unsigned dnssec_name_labels(const uint8_t *name)
{
	unsigned labels = 0;

	for (; *name; name += 1 + *name)
		labels++;
	return labels;
}

const uint8_t *dnssec_name_up(const uint8_t *name, unsigned labels)
{
	while (labels-- > 0)
		name += 1 + *name;
	return name;
}

bool dnssec_name_same(const uint8_t *one, const uint8_t *other)
{
	size_t size = dnssec_name_size(one);

	return size == dnssec_name_size(other) && memcmp(one, other, size) == 0;
}

bool dnssec_name_within(const uint8_t *name, const uint8_t *top)
{
	unsigned labels = dnssec_name_labels(name), least = dnssec_name_labels(top);

	return labels >= least && dnssec_name_same(dnssec_name_up(name, labels - least), top);
}

/* Bytes without regard to what they mean; a label that is the beginning of another comes first. */
static int label_compare(const uint8_t *one, const uint8_t *other)
{
	size_t shorter = *one < *other ? *one : *other;
	int order = memcmp(one + 1, other + 1, shorter);

	return order ? order : *one - *other;
}

int dnssec_name_compare(const uint8_t *one, const uint8_t *other)
{
	unsigned ones = dnssec_name_labels(one), others = dnssec_name_labels(other);
	unsigned common = dnssec_name_common(one, other);

	if (common == ones || common == others)
		return (int)ones - (int)others;
	return label_compare(dnssec_name_up(one, ones - common - 1),
	                     dnssec_name_up(other, others - common - 1));
}

unsigned dnssec_name_common(const uint8_t *one, const uint8_t *other)
{
	unsigned ones = dnssec_name_labels(one), others = dnssec_name_labels(other);
	unsigned common = ones < others ? ones : others;

	one = dnssec_name_up(one, ones - common);
	other = dnssec_name_up(other, others - common);
	while (!dnssec_name_same(one, other)) {
		one = dnssec_name_up(one, 1);
		other = dnssec_name_up(other, 1);
		common--;
	}
	return common;
}

bool dnssec_name_is_wildcard(const uint8_t *name)
{
	return name[0] == 1 && name[1] == '*';
}

bool dnssec_name_wildcard(const uint8_t *name, uint8_t *wildcard)
{
	size_t size = dnssec_name_size(name);

	if (size + 2 > DNS_NAME_WIRE)
		return false;
	wildcard[0] = 1;
	wildcard[1] = '*';
	memcpy(wildcard + 2, name, size);
	return true;
}
