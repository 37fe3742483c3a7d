// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel sends, in replies and notifications, has to be what the specification says. */
#include <linux/netlink.h>
#include <stdio.h>

#include "fuzz.h"

static char why[200];

static const struct attr *find(const struct set *set, unsigned int type)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (set->attrs[i].type == type)
			return &set->attrs[i];
	return NULL;
}

static uint64_t value(const uint8_t *p, unsigned int len)
{
	uint64_t v = 0;

	memcpy(&v, p, len);
	return v;
}

static const char *wrong(const struct attr *attr, const char *what)
{
	snprintf(why, sizeof(why), "%s.%s: %s", attr->set, attr->name, what);
	return why;
}

static const char *check_value(const struct attr *attr, const uint8_t *p, unsigned int len)
{
	unsigned int size = 0;
	uint64_t v;

	switch (attr->kind) {
	case K_FLAG:
		return len ? wrong(attr, "a flag with a value") : NULL;
	case K_STRING:
		if (!len || p[len - 1] || strnlen((const char *)p, len) != len - 1)
			return wrong(attr, "not a string");
		return attr->max_len && len - 1 > attr->max_len ? wrong(attr, "too long") : NULL;
	case K_BINARY:
		if ((attr->exact_len && len != attr->exact_len) || (attr->max_len && len > attr->max_len) ||
		    len < attr->min_len)
			return wrong(attr, "wrong length");
		return NULL;
	case K_U8: size = 1; break;
	case K_U16: size = 2; break;
	case K_U32: size = 4; break;
	case K_U64: size = 8; break;
	default: size = len == 8 ? 8 : 4;
	}
	if (len != size)
		return wrong(attr, "wrong length");
	v = value(p, len);
	if (v < attr->min || (attr->has_max && v > attr->max) || (attr->mask && v & ~attr->mask))
		return wrong(attr, "out of range");
	return NULL;
}

static const char *check_set(const struct set *set, const uint8_t *p, size_t left, uint32_t allowed, bool secrets,
			     bool top)
{
	const char *bad;
	uint32_t seen = 0;

	while (left) {
		const struct nlattr *nla = (const struct nlattr *)p;
		const struct attr *attr;
		size_t step;

		if (left < NLA_HDRLEN || nla->nla_len < NLA_HDRLEN || nla->nla_len > left) {
			snprintf(why, sizeof(why), "%s: attributes do not fit", set->name);
			return why;
		}
		attr = find(set, nla->nla_type & NLA_TYPE_MASK);
		if (!attr || (top && !(allowed & 1u << attr->type))) {
			snprintf(why, sizeof(why), "%s: unexpected attribute %u", set->name, nla->nla_type);
			return why;
		}
		if (seen & 1u << attr->type && !attr->multi)
			return wrong(attr, "twice");
		if (attr->secret && !secrets)
			return wrong(attr, "secret");
		seen |= 1u << attr->type;
		if (attr->kind == K_NEST)
			bad = check_set(attr->nest, p + NLA_HDRLEN, nla->nla_len - NLA_HDRLEN, 0, secrets,
					false);
		else
			bad = check_value(attr, p + NLA_HDRLEN, nla->nla_len - NLA_HDRLEN);
		if (bad)
			return bad;
		step = NLA_ALIGN(nla->nla_len);
		if (step > left)
			step = left;
		p += step;
		left -= step;
	}
	if (top && !seen)
		return "nothing in it";
	return NULL;
}

const char *reply_check(const void *attrs, size_t len, uint32_t allowed, bool secrets)
{
	return check_set(top_set, attrs, len, allowed, secrets, true);
}
