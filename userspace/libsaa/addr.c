// SPDX-License-Identifier: GPL-2.0-or-later
/* IP addresses of either family. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "util.h"

unsigned int saa_addr_len(const struct saa_addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

int saa_addr_cmp(const struct saa_addr *a, const struct saa_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, saa_addr_len(a));
}

bool saa_addr_parse(const char *s, struct saa_addr *a)
{
	*a = (struct saa_addr){ 0 };
	a->family = strchr(s, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(a->family, s, a->bytes) == 1)
		return true;
	a->family = 0;
	return false;
}

const char *saa_addr_format(const struct saa_addr *a,
			    char buf[SAA_ADDR_STRLEN])
{
	if (!a->family ||
	    !inet_ntop(a->family, a->bytes, buf, INET6_ADDRSTRLEN))
		strcpy(buf, "any");
	return buf;
}

/* Bit @i, counted from the most significant one. */
static bool bit(const struct saa_addr *a, unsigned int i)
{
	return a->bytes[i / 8] >> (7 - i % 8) & 1;
}

static void set_bit(struct saa_addr *a, unsigned int i)
{
	a->bytes[i / 8] |= 1 << (7 - i % 8);
}

const char *saa_prefix_parse(const char *s, struct saa_addr *a, uint8_t *len)
{
	const char *slash = strchr(s, '/');
	unsigned long n;
	unsigned int i;
	char *head;
	bool ok;

	head = slash ? saa_strndup(s, slash - s) : saa_strdup(s);
	ok = saa_addr_parse(head, a);
	free(head);
	if (!ok)
		return "is not an IPv4 or IPv6 prefix";
	n = saa_addr_len(a) * 8;
	if (slash && !saa_parse_uint(slash + 1, n, &n))
		return a->family == AF_INET ?
			"has a prefix length that is not 0 to 32" :
			"has a prefix length that is not 0 to 128";
	*len = n;
	for (i = n; i < saa_addr_len(a) * 8; i++)
		if (bit(a, i))
			return "has bits set beyond its prefix length; clear them";
	return NULL;
}

const char *saa_prefix_format(const struct saa_addr *a, unsigned int len,
			      char buf[SAA_ADDR_STRLEN])
{
	if (saa_addr_format(a, buf) && len != saa_addr_len(a) * 8)
		sprintf(buf + strlen(buf), "/%u", len);
	return buf;
}

bool saa_prefix_has(const struct saa_addr *prefix, unsigned int len,
		    const struct saa_addr *a)
{
	unsigned int i;

	if (prefix->family != a->family)
		return false;
	for (i = 0; i < len; i++)
		if (bit(prefix, i) != bit(a, i))
			return false;
	return true;
}

const char *saa_range_parse(const char *s, struct saa_addr *first,
			    struct saa_addr *last)
{
	const char *dash = strchr(s, '-');
	unsigned int i;
	uint8_t len;
	char *head;
	bool ok;

	if (!dash) {
		const char *wrong = saa_prefix_parse(s, first, &len);

		if (wrong)
			return strchr(s, '/') ? wrong :
				"is not an address, a range A-B or a prefix";
		*last = *first;
		for (i = len; i < saa_addr_len(last) * 8; i++)
			set_bit(last, i);
		return NULL;
	}
	head = saa_strndup(s, dash - s);
	ok = saa_addr_parse(head, first) && saa_addr_parse(dash + 1, last);
	free(head);
	if (!ok)
		return "is not an address, a range A-B or a prefix";
	if (first->family != last->family)
		return "mixes IPv4 and IPv6";
	if (saa_addr_cmp(first, last) > 0)
		return "has its first address above the last; exchange them";
	return NULL;
}

const char *saa_range_never(const struct saa_addr *first,
			    const struct saa_addr *last)
{
	static const char *const never[] = {
		"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3",
		"::/127", "fe80::/10", "ff00::/8",
	};
	struct saa_addr from, to;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(never); i++) {
		if (!saa_range_parse(never[i], &from, &to) &&
		    first->family == from.family &&
		    saa_addr_cmp(first, &to) <= 0 &&
		    saa_addr_cmp(&from, last) <= 0)
			return never[i];
	}
	return NULL;
}

const char *saa_range_format(const struct saa_addr *first,
			     const struct saa_addr *last,
			     char buf[SAA_ADDR_STRLEN])
{
	char end[SAA_ADDR_STRLEN];

	saa_addr_format(first, buf);
	if (last->family && saa_addr_cmp(first, last)) {
		strcat(buf, "-");
		strcat(buf, saa_addr_format(last, end));
	}
	return buf;
}

bool saa_range_meets(const struct saa_addr *first, const struct saa_addr *last,
		     const struct saa_addr *prefix, unsigned int len)
{
	if (!first->family || first->family != prefix->family)
		return false;
	return saa_prefix_has(prefix, len, first) ||
	       (saa_addr_cmp(first, prefix) <= 0 &&
		saa_addr_cmp(prefix, last) <= 0);
}

unsigned int saa_range_next_prefix(struct saa_addr *first,
				   const struct saa_addr *last, bool *done)
{
	unsigned int bits = saa_addr_len(first) * 8, len = bits;
	struct saa_addr end = *first, try = *first;
	int i;

	/* Grow while aligned and while the end stays within the range. */
	while (len > 0 && !bit(first, len - 1)) {
		set_bit(&try, len - 1);
		if (saa_addr_cmp(&try, last) > 0)
			break;
		end = try;
		len--;
	}
	*done = !saa_addr_cmp(&end, last);
	*first = end;
	for (i = saa_addr_len(first) - 1; i >= 0 && !++first->bytes[i]; i--)
		;
	return len;
}
