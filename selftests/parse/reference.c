// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The slow reference that the parser is compared with, written from the RFCs'
 * figures (791, 792, 8200, 4302, 4443): fields are taken bit by bit from an
 * offset in the frame, every length is a number, prefixes are text. It shares
 * no code with saa_parse.h and must not include it.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "parse_test.h"

struct frame {
	const uint8_t *byte;
	size_t len;
};

/* @count bits, @bit bits behind byte @at, numbered as in the figures */
static unsigned int field(const struct frame *f, size_t at, unsigned int bit,
			  unsigned int count)
{
	unsigned int value = 0;

	for (unsigned int i = bit; i < bit + count; i++)
		value = value * 2 +
			((f->byte[at + i / 8] & (0x80 >> i % 8)) != 0);
	return value;
}

static bool have(const struct frame *f, size_t at, size_t count)
{
	return at + count <= f->len;
}

static bool in_prefix(int af, const uint8_t *addr, const char *prefix,
		      unsigned int plen)
{
	uint8_t net[16];

	inet_pton(af, prefix, net);
	for (unsigned int i = 0; i < plen; i++)
		if ((addr[i / 8] ^ net[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

static bool never_steered(int af, const uint8_t *addr)
{
	static const struct {
		int af;
		const char *prefix;
		unsigned int plen;
	} never[] = {
		{ AF_INET, "0.0.0.0", 8 },
		{ AF_INET, "127.0.0.0", 8 },
		{ AF_INET, "169.254.0.0", 16 },
		{ AF_INET, "224.0.0.0", 4 },
		{ AF_INET, "240.0.0.0", 4 },
		{ AF_INET6, "::", 128 },
		{ AF_INET6, "::1", 128 },
		{ AF_INET6, "fe80::", 10 },
		{ AF_INET6, "ff00::", 8 },
	};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (never[i].af == af &&
		    in_prefix(af, addr, never[i].prefix, never[i].plen))
			return true;
	return false;
}

static struct result stop(enum verdict verdict, enum class *why, enum class c)
{
	struct result r = { .verdict = verdict };

	*why = c;
	return r;
}

/* Fill in a flow from the addresses at these places in the frame. */
static struct result flow(const struct frame *f, unsigned int family,
			  size_t src, size_t dst, size_t local)
{
	struct result r = { .verdict = V_FLOW, .family = family };
	size_t len = family == 4 ? 4 : 16;

	memcpy(r.src, f->byte + src, len);
	memcpy(r.dst, f->byte + dst, len);
	memcpy(r.local, f->byte + local, len);
	return r;
}

static struct result ipv4(const struct frame *f, size_t ip, enum class *why)
{
	unsigned int header, total, protocol, offset, type;
	bool big, error, quote, none;
	struct result r;
	size_t icmp, inner;

	if (!have(f, ip, 20))
		return stop(V_SHORT, why, C_V4_SHORT);
	header = field(f, ip, 4, 4) * 4;
	total = field(f, ip, 16, 16);
	offset = field(f, ip, 51, 13);
	protocol = field(f, ip, 72, 8);
	big = total == 0;
	if (field(f, ip, 0, 4) != 4 || header < 20 || (total < header && !big))
		return stop(V_PASS, why, C_V4_BAD);
	if (never_steered(AF_INET, f->byte + ip + 16))
		return stop(V_PASS, why, C_V4_NEVER);

	quote = false;
	none = false;
	icmp = ip + header;
	inner = icmp + 8;
	if (protocol == 1 && offset == 0 && !big && total - header >= 8) {
		if (!have(f, icmp, 8))
			return stop(V_SHORT, why, C_V4_QUOTE_SHORT);
		type = field(f, icmp, 0, 8);
		/* unreachable, quench, redirect, time exceeded, parameter */
		error = type == 3 || type == 4 || type == 5 || type == 11 ||
			type == 12;
		if (error && total - header >= 8 + 20) {
			if (!have(f, inner, 20))
				return stop(V_SHORT, why, C_V4_QUOTE_SHORT);
			quote = field(f, inner, 0, 4) == 4 &&
				field(f, inner, 4, 4) * 4 >= 20;
		}
		none = error && !quote;
	}
	if (!quote) {
		if (never_steered(AF_INET, f->byte + ip + 12))
			return stop(V_PASS, why, C_V4_NEVER);
		*why = none ? C_V4_NO_QUOTE : C_V4_PLAIN;
		r = flow(f, 4, ip + 12, ip + 16, ip + 16);
		r.unattributed = none;
		return r;
	}
	if (never_steered(AF_INET, f->byte + inner + 12) ||
	    never_steered(AF_INET, f->byte + inner + 16))
		return stop(V_PASS, why, C_V4_QUOTE_NEVER);
	if (field(f, inner, 50, 1) || field(f, inner, 51, 13))
		*why = C_V4_QUOTE_FRAGMENT;
	else if (field(f, inner, 4, 4) > 5)
		*why = C_V4_QUOTE_OPTIONS;
	else if (field(f, inner, 72, 8) == 1)
		*why = C_V4_QUOTE_ERROR;
	else
		*why = C_V4_QUOTE;
	return flow(f, 4, inner + 16, inner + 12, ip + 16);
}

enum walk {
	WALK_PLAIN, WALK_TOO_MANY, WALK_CUT, WALK_FRAGMENT, WALK_SHORT,
	WALK_NO_QUOTE, WALK_QUOTE,
};

/* Bytes of an extension header, 0 if it is none of those known here. */
static size_t extension_len(unsigned int type, unsigned int len_field)
{
	switch (type) {
	case 0:		/* hop-by-hop */
	case 43:	/* routing */
	case 60:	/* destination options: 8-octet units, not the first */
		return (1 + len_field) * 8;
	case 44:	/* fragment */
		return 8;
	case 51:	/* AH: 4-octet units minus 2 */
		return (2 + len_field) * 4;
	default:
		return 0;
	}
}

/* From the first header behind the IPv6 header to what an error quotes. */
static enum walk walk(const struct frame *f, size_t ip, unsigned int ext_max,
		      size_t *inner, unsigned int *seen)
{
	size_t payload_end = ip + 40 + field(f, ip, 32, 16);
	unsigned int type = field(f, ip, 48, 8);
	size_t at = ip + 40, len;

	if (field(f, ip, 32, 16) == 0)	/* a jumbogram */
		return WALK_PLAIN;
	for (*seen = 0; type != 58; ++*seen) {
		if (extension_len(type, 0) == 0)
			return WALK_PLAIN;
		if (*seen == ext_max)
			return WALK_TOO_MANY;
		if (at + 8 > payload_end)
			return WALK_CUT;
		if (!have(f, at, 8))
			return WALK_SHORT;
		if (type == 44 && field(f, at, 16, 13) != 0)
			return WALK_FRAGMENT;
		len = extension_len(type, field(f, at, 8, 8));
		if (at + len > payload_end)
			return WALK_CUT;
		type = field(f, at, 0, 8);
		at += len;
	}
	if (at + 8 > payload_end)
		return WALK_PLAIN;
	if (!have(f, at, 8))
		return WALK_SHORT;
	/* the high-order bit of the type is 0 in errors */
	if (field(f, at, 0, 1) != 0)
		return WALK_PLAIN;
	*inner = at + 8;
	if (*inner + 40 > payload_end)
		return WALK_NO_QUOTE;
	if (!have(f, *inner, 40))
		return WALK_SHORT;
	return field(f, *inner, 0, 4) == 6 ? WALK_QUOTE : WALK_NO_QUOTE;
}

static struct result ipv6(const struct frame *f, size_t ip,
			  unsigned int ext_max, enum class *why)
{
	unsigned int extensions, quoted;
	struct result r;
	size_t inner;

	if (!have(f, ip, 40))
		return stop(V_SHORT, why, C_V6_SHORT);
	if (field(f, ip, 0, 4) != 6)
		return stop(V_PASS, why, C_V6_BAD);
	if (never_steered(AF_INET6, f->byte + ip + 24))
		return stop(V_PASS, why, C_V6_NEVER);

	*why = C_V6_PLAIN;
	switch (walk(f, ip, ext_max, &inner, &extensions)) {
	case WALK_SHORT:
		return stop(V_SHORT, why, C_V6_EXT_SHORT);
	case WALK_TOO_MANY:
		*why = C_V6_TOO_MANY;
		break;
	case WALK_CUT:
		*why = C_V6_EXT_CUT;
		break;
	case WALK_NO_QUOTE:
		*why = C_V6_NO_QUOTE;
		break;
	case WALK_FRAGMENT:
		*why = C_V6_FRAGMENT;
		break;
	case WALK_PLAIN:
		break;
	case WALK_QUOTE:
		if (never_steered(AF_INET6, f->byte + inner + 8) ||
		    never_steered(AF_INET6, f->byte + inner + 24))
			return stop(V_PASS, why, C_V6_QUOTE_NEVER);
		quoted = field(f, inner, 48, 8);
		*why = extensions ? C_V6_EXT_QUOTE :
		       quoted == 44 ? C_V6_QUOTE_FRAGMENT :
		       extension_len(quoted, 0) ? C_V6_QUOTE_EXT :
		       quoted == 58 ? C_V6_QUOTE_ERROR : C_V6_QUOTE;
		return flow(f, 6, inner + 24, inner + 8, ip + 24);
	}
	if (never_steered(AF_INET6, f->byte + ip + 8))
		return stop(V_PASS, why, C_V6_NEVER);
	r = flow(f, 6, ip + 8, ip + 24, ip + 24);
	r.unattributed = *why == C_V6_TOO_MANY || *why == C_V6_EXT_CUT ||
			 *why == C_V6_NO_QUOTE;
	return r;
}

struct result reference(const uint8_t *frame, size_t len, unsigned int ext_max,
			enum class *why)
{
	struct frame f = { .byte = frame, .len = len };
	unsigned int ethertype, vlan = 0;
	struct result r;
	size_t ip = 14;

	if (!have(&f, 0, 14))
		return stop(V_SHORT, why, C_ETH_SHORT);
	if (field(&f, 0, 7, 1))
		return stop(V_PASS, why, C_ETH_GROUP);
	ethertype = field(&f, 12, 0, 16);
	if (ethertype == 0x8100) {
		if (!have(&f, 14, 4))
			return stop(V_SHORT, why, C_ETH_SHORT);
		vlan = field(&f, 14, 4, 12);
		ethertype = field(&f, 16, 0, 16);
		ip = 18;
	}
	if (ethertype == 0x0800)
		r = ipv4(&f, ip, why);
	else if (ethertype == 0x86dd)
		r = ipv6(&f, ip, ext_max, why);
	else
		return stop(V_PASS, why,
			    ethertype == 0x8100 || ethertype == 0x88a8 ?
			    C_TWO_TAGS : C_NOT_IP);
	r.vlan = vlan;
	r.l3_off = ip;
	return r;
}
