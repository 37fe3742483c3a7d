// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random frames for the parser test: well-formed ones of every kind that the
 * parser tells apart, made wrong here and there, then mutated and cut off.
 */
#include <string.h>

#include "parse_test.h"

/* splitmix64 */
uint32_t random_u32(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z ^ z >> 31) >> 32;
}

static unsigned int below(struct rng *rng, unsigned int limit)
{
	return random_u32(rng) % limit;
}

static int percent(struct rng *rng, unsigned int p)
{
	return below(rng, 100) < p;
}

static void fill(struct rng *rng, uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = random_u32(rng);
}

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

#define PICK(rng, array) \
	((array)[below((rng), sizeof(array) / sizeof((array)[0]))])

static void address4(struct rng *rng, uint8_t *a)
{
	static const uint8_t edge[][2] = {
		{ 0, 0 }, { 0, 1 }, { 1, 0 }, { 126, 255 }, { 127, 0 },
		{ 128, 0 }, { 169, 253 }, { 169, 254 }, { 169, 255 },
		{ 168, 254 }, { 170, 254 }, { 223, 255 }, { 224, 0 },
		{ 239, 255 }, { 240, 0 }, { 255, 255 }, { 10, 0 },
	};
	const uint8_t *e;

	fill(rng, a, 4);
	if (percent(rng, 15)) {
		e = PICK(rng, edge);
		memcpy(a, e, 2);
	} else {
		a[0] = 1 + below(rng, 126);
	}
}

static void address6(struct rng *rng, uint8_t *a)
{
	static const uint8_t edge[][2] = {
		{ 0xfe, 0x80 }, { 0xfe, 0xbf }, { 0xfe, 0x7f }, { 0xfe, 0xc0 },
		{ 0xff, 0x00 }, { 0xff, 0x02 }, { 0xfd, 0x80 }, { 0x00, 0x64 },
	};
	const uint8_t *e;

	fill(rng, a, 16);
	if (percent(rng, 85)) {
		a[0] = 0x20;
		a[1] = 0x01;
	} else if (percent(rng, 50)) {
		e = PICK(rng, edge);
		memcpy(a, e, 2);
	} else {
		/* ::, or one bit in it */
		memset(a, 0, 16);
		if (percent(rng, 60))
			a[below(rng, 16)] = 1 << below(rng, 8);
		else if (percent(rng, 50))
			a[15] = 1;
	}
}

static size_t ipv4(struct rng *rng, uint8_t *p, int depth);
static size_t ipv6(struct rng *rng, uint8_t *p, int depth);

/* An ICMP message of either kind, with a quote that is mostly right. */
static size_t icmp(struct rng *rng, uint8_t *p, int depth, int v6)
{
	static const uint8_t types4[] = { 0, 3, 3, 4, 5, 8, 11, 11, 12, 13 };
	static const uint8_t types6[] = { 1, 2, 3, 4, 0, 127, 128, 129, 135 };
	size_t len = 8;

	fill(rng, p, 8);
	if (percent(rng, 95))
		p[0] = v6 ? PICK(rng, types6) : PICK(rng, types4);
	if (depth < 2 && percent(rng, 90)) {
		if (percent(rng, 4))
			v6 = !v6;
		len += v6 ? ipv6(rng, p + 8, depth + 1) :
			    ipv4(rng, p + 8, depth + 1);
	} else {
		len += below(rng, 60);
		fill(rng, p + 8, len - 8);
	}
	if (percent(rng, 15))
		len = below(rng, len + 1);
	return len;
}

static size_t payload(struct rng *rng, uint8_t *p, int depth, int protocol)
{
	size_t len;

	if (protocol == 1 || protocol == 58)
		return icmp(rng, p, depth, protocol == 58);
	len = below(rng, 40);
	fill(rng, p, len);
	return len;
}

static size_t ipv4(struct rng *rng, uint8_t *p, int depth)
{
	static const uint8_t protocols[] = { 1, 1, 1, 1, 6, 17, 58, 50, 132 };
	size_t header = 20, len;

	fill(rng, p, 60);
	if (percent(rng, 30))
		header += 4 * below(rng, 11);
	p[0] = 0x40 | header / 4;
	if (percent(rng, 4))
		p[0] = 0x40 | below(rng, 16);
	if (percent(rng, 2))
		p[0] = random_u32(rng);
	p[9] = percent(rng, 98) ? PICK(rng, protocols) : random_u32(rng);
	put16(p + 6, 0);
	if (percent(rng, 30))
		p[6] = 0x40;
	if (percent(rng, 10))
		p[6] |= 0x20;
	if (percent(rng, 10))
		p[6 + below(rng, 2)] |= 1 << below(rng, 8);
	address4(rng, p + 12);
	address4(rng, p + 16);
	len = header + payload(rng, p + header, depth, p[9]);
	put16(p + 2, len);
	if (percent(rng, 3))
		put16(p + 2, 0);
	else if (percent(rng, 4))
		put16(p + 2, header - 4 + below(rng, 40));
	else if (percent(rng, 2))
		put16(p + 2, random_u32(rng));
	return len;
}

static size_t ipv6(struct rng *rng, uint8_t *p, int depth)
{
	static const uint8_t ext[] = { 0, 43, 60, 44, 51 };
	static const uint8_t last[] = { 58, 58, 58, 58, 1, 6, 17, 50, 59, 135 };
	uint8_t *next = p + 6, *q = p + 40;
	unsigned int i, count = 0;
	size_t len;

	fill(rng, p, 40);
	p[0] = 0x60 | (p[0] & 0x0f);
	if (percent(rng, 2))
		p[0] = random_u32(rng);
	address6(rng, p + 8);
	address6(rng, p + 24);
	/* at times more than anybody looks at: short ones, for which there is room */
	if (percent(rng, 50))
		count = 1 + below(rng, percent(rng, 10) ? 28 : 8);
	for (i = 0; i < count; i++) {
		*next = PICK(rng, ext);
		fill(rng, q, 8);
		if (*next == 44) {
			/* length: reserved, ignored */
			len = 8;
			if (percent(rng, 80))
				put16(q + 2, below(rng, 8));
			else if (percent(rng, 50))
				put16(q + 2, 1 << below(rng, 16));
		} else {
			q[1] = count > 8 ? 0 : below(rng, 3);
			len = *next == 51 ? q[1] * 4 + 8 : q[1] * 8 + 8;
			fill(rng, q + 2, len - 2);
			if (percent(rng, 3))
				q[1] = random_u32(rng);
		}
		next = q;
		q += len;
	}
	*next = percent(rng, 98) ? PICK(rng, last) : random_u32(rng);
	q += payload(rng, q, depth, *next);
	len = q - p;
	put16(p + 4, len - 40);
	if (percent(rng, 3))
		put16(p + 4, 0);
	else if (percent(rng, 6))
		put16(p + 4, below(rng, len + 10));
	else if (percent(rng, 2))
		put16(p + 4, random_u32(rng));
	return len;
}

size_t random_packet(struct rng *rng, uint8_t *buf)
{
	static const unsigned int others[] = { 0x0806, 0x88b5, 0x88cc, 60 };
	int v6 = percent(rng, 50);
	size_t len = 12;
	unsigned int i, tags;

	fill(rng, buf, 12);
	buf[0] &= ~1;
	if (percent(rng, 5))
		buf[0] |= 1;
	tags = percent(rng, 30) + percent(rng, 8);
	for (i = 0; i < tags; i++) {
		put16(buf + len, percent(rng, 10) ? 0x88a8 : 0x8100);
		fill(rng, buf + len + 2, 2);
		if (percent(rng, 15))
			put16(buf + len + 2, random_u32(rng) & 0xf000);
		len += 4;
	}
	put16(buf + len, v6 ? 0x86dd : 0x0800);
	if (percent(rng, 3))
		put16(buf + len, v6 ? 0x0800 : 0x86dd);
	else if (percent(rng, 3))
		put16(buf + len, PICK(rng, others));
	len += 2;
	len += v6 ? ipv6(rng, buf + len, 0) : ipv4(rng, buf + len, 0);
	if (percent(rng, 15)) {
		i = below(rng, 46);
		fill(rng, buf + len, i);
		len += i;
	}
	if (percent(rng, 15))
		for (i = 1 + below(rng, 4); i; i--)
			buf[below(rng, len)] = random_u32(rng);
	if (percent(rng, 25))
		len = below(rng, len + 1);
	return len;
}
