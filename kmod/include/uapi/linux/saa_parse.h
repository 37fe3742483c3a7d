/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The bounded parser: finds the addresses that a packet is steered by, between
 * data and data_end. One definition for the module, the XDP program (include
 * bpf_helpers.h first) and userspace. Reads bytes only, so it needs neither
 * alignment nor byte order helpers; keeps no state. At the end, for the module
 * only: the options of a Geneve packet.
 *
 * A packet is steered by its own addresses, except an ICMP error, which is
 * steered by those of the packet that it quotes, exchanged: the error goes
 * against that packet, so it then looks like any packet of the flow that goes
 * the error's way (RFC 792; RFC 4443, 2.1: types 0 to 127).
 *
 * What is malformed beyond the fixed IP header (a quote that does not fit, is
 * of another IP version or has no valid header length, an extension header
 * that is longer than the payload) is steered by the packet's own addresses:
 * wherever it goes, the stack there refuses it.
 */
#ifndef _UAPI_LINUX_SAA_PARSE_H
#define _UAPI_LINUX_SAA_PARSE_H

#include <linux/types.h>
#include <linux/stddef.h>
#include <linux/saa_punt.h>

/**
 * enum saa_parse - what a packet is
 * @SAA_PARSE_FLOW: can be steered; the addresses were found
 * @SAA_PARSE_PASS: not IP, or of a kind that is never steered
 * @SAA_PARSE_SHORT: the headers continue after data_end; get more, or pass it
 */
enum saa_parse {
	SAA_PARSE_FLOW,
	SAA_PARSE_PASS,
	SAA_PARSE_SHORT,
};

/* In numbers, since no one header has them in all three worlds. */
#define SAA_AF_INET		2
#define SAA_AF_INET6		10

#define SAA_ETH_HLEN		14
#define SAA_VLAN_HLEN		4
#define SAA_ETH_P_IP		0x0800
#define SAA_ETH_P_IPV6		0x86dd
#define SAA_ETH_P_8021Q		0x8100

#define SAA_IP_HLEN		20
#define SAA_IPV6_HLEN		40
#define SAA_ICMP_HLEN		8

/*
 * Extension headers looked at for an ICMPv6 error behind them: as many as BPF
 * can, and in the module, which gets the packets with more.
 */
#define SAA_IPV6_EXT_MAX	6
#define SAA_IPV6_EXT_FAR	24

/* Protocols and extension headers, as IANA numbers them. */
enum {
	SAA_PROTO_HOPOPTS	= 0,
	SAA_PROTO_ICMP		= 1,
	SAA_PROTO_ROUTING	= 43,
	SAA_PROTO_FRAGMENT	= 44,
	SAA_PROTO_AH		= 51,
	SAA_PROTO_ICMPV6	= 58,
	SAA_PROTO_DSTOPTS	= 60,
};

/*
 * Copy an address. The compiler for BPF would copy unaligned data byte by
 * byte; the verifier takes words where the CPU does.
 */
static __always_inline void saa_copy4(__u8 *to, const __u8 *from)
{
#ifdef __bpf__
	*(__u32 *)to = *(const __u32 *)from;
#else
	__builtin_memcpy(to, from, 4);
#endif
}

static __always_inline void saa_copy16(__u8 *to, const __u8 *from)
{
#ifdef __bpf__
	saa_copy4(to, from);
	saa_copy4(to + 4, from + 4);
	saa_copy4(to + 8, from + 8);
	saa_copy4(to + 12, from + 12);
#else
	__builtin_memcpy(to, from, 16);
#endif
}

/*
 * Not of one host beyond the link: 0/8, 127/8, 169.254/16, multicast, class E
 * and the limited broadcast.
 */
static __always_inline int saa_never4(const __u8 *a)
{
	return a[0] == 0 || a[0] == 127 || a[0] >= 224 ||
	       (a[0] == 169 && a[1] == 254);
}

/* Likewise ::, ::1, fe80::/10 and multicast. */
static __always_inline int saa_never6(const __u8 *a)
{
	if (a[0])
		return a[0] == 0xff || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
	return !(a[1] | a[2] | a[3] | a[4] | a[5] | a[6] | a[7] | a[8] | a[9] |
		 a[10] | a[11] | a[12] | a[13] | a[14] | (a[15] & 0xfe));
}

/* ICMP types that quote a packet: RFC 792 without echo and the like. */
static __always_inline int saa_icmp_error(__u8 type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/**
 * saa_parse_ipv4() - addresses that an IPv4 packet is steered by
 * @data: its header
 * @data_end: end of the readable bytes
 * @flow: filled in with SAA_PARSE_FLOW, else undefined
 *
 * Needs the first 20 bytes; of ICMP also the options and 8 bytes behind them,
 * and of an error with room for a quote 20 more. A fragment other than the first
 * is steered by its own addresses.
 *
 * A total length of 0 is what the stack itself writes into packets above
 * 64 KiB (BIG TCP); all other lengths must hold the header.
 *
 * Return: an enum saa_parse.
 */
static __always_inline int saa_parse_ipv4(const void *data,
					  const void *data_end,
					  struct saa_flow *flow)
{
	const __u8 *end = (const __u8 *)data_end;
	const __u8 *p = (const __u8 *)data;
	const __u8 *src, *dst, *q;
	__u8 unattributed = 0;
	unsigned int hlen, len;

	if (p + SAA_IP_HLEN > end)
		return SAA_PARSE_SHORT;
	hlen = (p[0] & 0x0f) * 4;
	len = p[2] << 8 | p[3];
	if (p[0] >> 4 != 4 || hlen < SAA_IP_HLEN || (len && len < hlen))
		return SAA_PARSE_PASS;
	src = p + 12;
	dst = p + 16;
	if (saa_never4(dst))
		return SAA_PARSE_PASS;
	saa_copy4(flow->local, dst);

	if (p[9] == SAA_PROTO_ICMP && !((p[6] & 0x1f) | p[7]) &&
	    len >= hlen + SAA_ICMP_HLEN) {
		q = p + hlen;
		if (q + SAA_ICMP_HLEN > end)
			return SAA_PARSE_SHORT;
		if (saa_icmp_error(q[0])) {
			unattributed = 1;
			if (len < hlen + SAA_ICMP_HLEN + SAA_IP_HLEN)
				goto own;
			if (q + SAA_ICMP_HLEN + SAA_IP_HLEN > end)
				return SAA_PARSE_SHORT;
			if (q[8] >> 4 != 4 || (q[8] & 0x0f) < 5)
				goto own;
			unattributed = 0;
			src = q + SAA_ICMP_HLEN + 16;
			dst = q + SAA_ICMP_HLEN + 12;
			if (saa_never4(q + SAA_ICMP_HLEN + 12))
				return SAA_PARSE_PASS;
		}
	}
own:
	if (saa_never4(src))
		return SAA_PARSE_PASS;

	saa_copy4(flow->src, src);
	saa_copy4(flow->dst, dst);
	flow->family = SAA_AF_INET;
	flow->unattributed = unattributed;
	flow->reserved[0] = 0;
	flow->reserved[1] = 0;
	return SAA_PARSE_FLOW;
}

static __always_inline int saa_ipv6_ext(__u8 next)
{
	return next == SAA_PROTO_HOPOPTS || next == SAA_PROTO_ROUTING ||
	       next == SAA_PROTO_DSTOPTS || next == SAA_PROTO_FRAGMENT ||
	       next == SAA_PROTO_AH;
}

/*
 * If the packet at @p is an ICMPv6 error, behind up to @max extension headers
 * (RFC 8200, 4; AH: RFC 4302), point @src and @dst to the addresses in its quote,
 * exchanged; set @unattributed if there is none, or if more headers precede what
 * would tell. Returns SAA_PARSE_FLOW or SAA_PARSE_SHORT.
 */
static __always_inline int saa_icmpv6_quote(const __u8 *p, const __u8 *end,
					    unsigned int max,
					    const __u8 **src, const __u8 **dst,
					    __u8 *unattributed)
{
	unsigned int left = p[4] << 8 | p[5];
	const __u8 *q = p + SAA_IPV6_HLEN;
	unsigned int i, len;
	__u8 next = p[6];

	if (!left)	/* above 64 KiB: a jumbogram, or BIG TCP */
		return SAA_PARSE_FLOW;
	for (i = 0; i < max && next != SAA_PROTO_ICMPV6; i++) {
		if (!saa_ipv6_ext(next))
			return SAA_PARSE_FLOW;
		if (left < 8)
			goto unattributed;
		if (q + 8 > end)
			return SAA_PARSE_SHORT;
		if (next == SAA_PROTO_FRAGMENT) {
			if (q[2] | (q[3] & 0xf8))
				return SAA_PARSE_FLOW;
			len = 8;
		} else if (next == SAA_PROTO_AH) {
			len = q[1] * 4 + 8;
		} else {
			len = q[1] * 8 + 8;
		}
		if (len > left)
			goto unattributed;
		next = q[0];
		left -= len;
		q += len;
	}
	if (next != SAA_PROTO_ICMPV6) {
		if (!saa_ipv6_ext(next))
			return SAA_PARSE_FLOW;
		goto unattributed;
	}
	if (left < SAA_ICMP_HLEN)
		return SAA_PARSE_FLOW;
	if (q + SAA_ICMP_HLEN > end)
		return SAA_PARSE_SHORT;
	if (q[0] >= 128)
		return SAA_PARSE_FLOW;
	if (left < SAA_ICMP_HLEN + SAA_IPV6_HLEN)
		goto unattributed;
	if (q + SAA_ICMP_HLEN + SAA_IPV6_HLEN > end)
		return SAA_PARSE_SHORT;
	if (q[8] >> 4 != 6)
		goto unattributed;
	*src = q + SAA_ICMP_HLEN + 24;
	*dst = q + SAA_ICMP_HLEN + 8;
	return SAA_PARSE_FLOW;

unattributed:
	*unattributed = 1;
	return SAA_PARSE_FLOW;
}

/**
 * saa_parse_ipv6() - addresses that an IPv6 packet is steered by
 * @data: its header
 * @data_end: end of the readable bytes
 * @max: extension headers to look at
 * @flow: filled in with SAA_PARSE_FLOW, else undefined
 *
 * Needs the first 40 bytes and the extension headers that are known here; of
 * ICMPv6 also 8 bytes, and of an error with room for a quote 40 more. A fragment
 * other than the first is steered by its own addresses, and so is what has more
 * extension headers than are looked at.
 *
 * Return: an enum saa_parse.
 */
static __always_inline int saa_parse_ipv6(const void *data,
					  const void *data_end,
					  unsigned int max,
					  struct saa_flow *flow)
{
	const __u8 *end = (const __u8 *)data_end;
	const __u8 *p = (const __u8 *)data;
	const __u8 *src, *dst;
	__u8 unattributed = 0;

	if (p + SAA_IPV6_HLEN > end)
		return SAA_PARSE_SHORT;
	if (p[0] >> 4 != 6)
		return SAA_PARSE_PASS;
	src = p + 8;
	dst = p + 24;
	if (saa_never6(dst))
		return SAA_PARSE_PASS;
	saa_copy16(flow->local, dst);

	if (saa_icmpv6_quote(p, end, max, &src, &dst, &unattributed) ==
	    SAA_PARSE_SHORT)
		return SAA_PARSE_SHORT;
	if (saa_never6(src) || saa_never6(dst))
		return SAA_PARSE_PASS;

	saa_copy16(flow->src, src);
	saa_copy16(flow->dst, dst);
	flow->family = SAA_AF_INET6;
	flow->unattributed = unattributed;
	flow->reserved[0] = 0;
	flow->reserved[1] = 0;
	return SAA_PARSE_FLOW;
}

/**
 * saa_parse_ip() - addresses that an IP packet is steered by
 * @data: the IP header
 * @data_end: end of the readable bytes
 * @ethertype: 0x0800 or 0x86dd in host byte order; anything else is not IP
 * @flow: filled in with SAA_PARSE_FLOW, else undefined
 *
 * Never steered, by its own destination or by an address that would steer it:
 * multicast, broadcast, loopback, link-local, unspecified.
 *
 * Return: an enum saa_parse.
 */
static __always_inline int saa_parse_ip(const void *data, const void *data_end,
					__u16 ethertype, struct saa_flow *flow)
{
	if (ethertype == SAA_ETH_P_IP)
		return saa_parse_ipv4(data, data_end, flow);
	if (ethertype == SAA_ETH_P_IPV6)
		return saa_parse_ipv6(data, data_end, SAA_IPV6_EXT_MAX, flow);
	return SAA_PARSE_PASS;
}

/**
 * saa_parse_eth() - addresses that an Ethernet frame is steered by
 * @data: the destination MAC address
 * @data_end: end of the readable bytes
 * @flow: filled in with SAA_PARSE_FLOW, else undefined
 * @vlan: filled in with SAA_PARSE_FLOW: the VID, 0 if untagged or only
 *	priority-tagged
 * @l3_off: filled in with SAA_PARSE_FLOW: bytes before the IP header, 14 or 18
 *
 * One 802.1Q tag at most; frames with more, and those to a group of hosts, are
 * passed.
 *
 * Return: an enum saa_parse.
 */
static __always_inline int saa_parse_eth(const void *data, const void *data_end,
					 struct saa_flow *flow, __u16 *vlan,
					 __u16 *l3_off)
{
	const __u8 *end = (const __u8 *)data_end;
	const __u8 *p = (const __u8 *)data;
	__u16 ethertype;

	if (p + SAA_ETH_HLEN > end)
		return SAA_PARSE_SHORT;
	if (p[0] & 1)
		return SAA_PARSE_PASS;
	ethertype = (__u16)(p[12] << 8 | p[13]);
	*vlan = 0;
	*l3_off = SAA_ETH_HLEN;
	if (ethertype == SAA_ETH_P_8021Q) {
		if (p + SAA_ETH_HLEN + SAA_VLAN_HLEN > end)
			return SAA_PARSE_SHORT;
		*vlan = (__u16)((p[14] & 0x0f) << 8 | p[15]);
		*l3_off = SAA_ETH_HLEN + SAA_VLAN_HLEN;
		ethertype = (__u16)(p[16] << 8 | p[17]);
	}
	return saa_parse_ip(p + *l3_off, data_end, ethertype, flow);
}

/**
 * enum saa_options - what the options of a Geneve packet are
 * @SAA_OPTIONS_OURS: one struct saa_geneve_opt, and no other
 * @SAA_OPTIONS_MISSING: none
 * @SAA_OPTIONS_MALFORMED: not whole; or ours is not right, or there twice
 * @SAA_OPTIONS_CRITICAL: of others, who want it understood
 * @SAA_OPTIONS_FOREIGN: of others
 */
enum saa_options {
	SAA_OPTIONS_OURS,
	SAA_OPTIONS_MISSING,
	SAA_OPTIONS_MALFORMED,
	SAA_OPTIONS_CRITICAL,
	SAA_OPTIONS_FOREIGN,
};

/**
 * saa_parse_options() - find our option among those of a Geneve packet
 * @data: the first option
 * @data_end: end of the last one
 * @found: filled in with SAA_OPTIONS_OURS, else undefined
 *
 * Return: an enum saa_options, by what is wrong first.
 */
static __always_inline enum saa_options
saa_parse_options(const void *data, const void *data_end,
		  const struct saa_geneve_opt **found)
{
	const __u8 *end = (const __u8 *)data_end;
	const __u8 *p = (const __u8 *)data;
	const struct saa_geneve_opt *opt;
	int n = 0;

	while (p < end) {
		opt = (const struct saa_geneve_opt *)p;
		/* The header of an option is 4 bytes, as is its unit. */
		if (p + 4 > end || p + 4 + 4 * (p[3] & 0x1f) > end)
			return SAA_OPTIONS_MALFORMED;
		p += 4 + 4 * (p[3] & 0x1f);
		if ((opt->class[0] << 8 | opt->class[1]) != SAA_GENEVE_CLASS ||
		    opt->type != SAA_GENEVE_TYPE)
			return opt->type & 0x80 ? SAA_OPTIONS_CRITICAL :
						  SAA_OPTIONS_FOREIGN;
		if (n++ || opt->words != SAA_GENEVE_WORDS ||
		    opt->version != SAA_PUNT_VERSION ||
		    opt->flags & ~SAA_GENEVE_FLAGS)
			return SAA_OPTIONS_MALFORMED;
		*found = opt;
	}
	return n ? SAA_OPTIONS_OURS : SAA_OPTIONS_MISSING;
}

#endif /* _UAPI_LINUX_SAA_PARSE_H */
