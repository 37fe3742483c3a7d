/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting a frame into a Geneve packet (RFC 8926, saa_punt.h), in XDP.
 */
#ifndef PUNT_GENEVE_H
#define PUNT_GENEVE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <linux/saa_parse.h>

#define PROTO_TCP	6
#define PROTO_UDP	17
#define UDP_HLEN	8
#define GENEVE_HLEN	8
#define GENEVE_CRITICAL	0x40
#define ETH_P_TEB	0x6558

/* What is between the outer IP header and the packet. */
#define TUNNEL_HLEN	(UDP_HLEN + GENEVE_HLEN + \
			 sizeof(struct saa_geneve_opt) + SAA_ETH_HLEN)
#define HEADERS_MAX	(SAA_ETH_HLEN + SAA_IPV6_HLEN + TUNNEL_HLEN)

static __always_inline void put16(__u8 *p, __u16 v)
{
	*(__u16 *)p = bpf_htons(v);
}

static __always_inline void put32(__u8 *p, __u32 v)
{
	*(__u32 *)p = bpf_htonl(v);
}

/* DSCP and ECN of the IP packet at @p, which has 20 bytes. */
static __always_inline __u8 dsfield_of(const __u8 *p)
{
	return *p >> 4 == 4 ? p[1] : (__u8)(*p << 4 | p[1] >> 4);
}

/*
 * The UDP source port, by the flow: addresses, and ports where they follow the
 * fixed header and each fragment would have them. The range for dynamic ports.
 */
static __always_inline __u16 source_port(const struct saa_flow *flow,
					 const __u8 *p, const __u8 *end)
{
	const __u32 *a = (const __u32 *)flow->src;
	__u8 hlen = SAA_IPV6_HLEN, proto = p[6];
	__u32 h = 0;
	int i;

	if (*p >> 4 == 4) {
		h = (a[0] * 0x9e3779b1 ^ a[4]) * 0x9e3779b1;
		hlen = SAA_IP_HLEN;
		proto = *p == 0x45 && !((p[6] & 0x3f) | p[7]) ? p[9] : 0;
	} else {
		for (i = 0; i < 8; i++)
			h = (h ^ a[i]) * 0x9e3779b1;
	}
	if ((proto == PROTO_TCP || proto == PROTO_UDP) && p + hlen + 4 <= end)
		h = (h ^ *(const __u32 *)(p + hlen)) * 0x9e3779b1;
	return 0xc000 | h >> 18;
}

static __always_inline void put_ipv4(__u8 *p, const struct saa_xdp_steer *arg,
				     __u8 dsfield, __u16 len)
{
	__u32 sum = 0;
	int i;

	p[0] = 0x45;
	p[1] = dsfield;
	put16(p + 2, SAA_IP_HLEN + len);
	put32(p + 4, bpf_get_prandom_u32() & 0xffff0000);	/* no DF */
	p[8] = arg->ttl;
	p[9] = PROTO_UDP;
	put16(p + 10, 0);
	saa_copy4(p + 12, arg->src);
	saa_copy4(p + 16, arg->dst);
	for (i = 0; i < SAA_IP_HLEN; i += 2)
		sum += *(__u16 *)(p + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	*(__u16 *)(p + 10) = ~sum;
}

static __always_inline void put_ipv6(__u8 *p, const struct saa_xdp_steer *arg,
				     __u8 dsfield, __u16 len)
{
	put32(p, 6U << 28 | (__u32)dsfield << 20);
	put16(p + 4, len);
	p[6] = PROTO_UDP;
	p[7] = arg->ttl;
	saa_copy16(p + 8, arg->src);
	saa_copy16(p + 24, arg->dst);
}

static __always_inline void put_macs(__u8 *p, const __u8 *macs, __u16 proto)
{
	saa_copy4(p, macs);
	saa_copy4(p + 4, macs + 4);
	saa_copy4(p + 8, macs + 8);
	put16(p + 12, proto);
}

/* UDP and Geneve header, option, and the Ethernet header of the frame. */
static __always_inline void put_tunnel(__u8 *p, const struct saa_xdp_steer *arg,
				       __u16 sport, __u16 len)
{
	const __u8 *opt = (const __u8 *)&arg->opt;

	put16(p, sport);
	put16(p + 2, arg->udp_port);
	put16(p + 4, len);
	put16(p + 6, 0);	/* no checksum */
	p += UDP_HLEN;
	put32(p, (__u32)(sizeof(arg->opt) / 4) << 24 |
		 GENEVE_CRITICAL << 16 | ETH_P_TEB);
	put32(p + 4, arg->vni << 8);
	p += GENEVE_HLEN;
	saa_copy4(p, opt);
	saa_copy4(p + 4, opt + 4);
	saa_copy4(p + 8, opt + 8);
	p += sizeof(arg->opt);
	/* dmac and smac follow each other here as in the frame */
	put_macs(p, (const __u8 *)arg +
		    __builtin_offsetof(struct saa_xdp_steer, dmac),
		 arg->flow.family == SAA_AF_INET ? SAA_ETH_P_IP :
						   SAA_ETH_P_IPV6);
}

/* Put the frame, whose IP packet is at @l3_off, into a packet as told; 0 or -1. */
static __always_inline int punt_geneve(struct xdp_md *ctx,
				       const struct saa_xdp_steer *arg,
				       __u16 l3_off)
{
	__u8 *p = (__u8 *)(long)ctx->data + l3_off;
	__u8 *end = (__u8 *)(long)ctx->data_end;
	__u16 ip_hlen = arg->family == SAA_AF_INET ? SAA_IP_HLEN :
						     SAA_IPV6_HLEN;
	__u16 len = TUNNEL_HLEN + arg->l3_len, sport;
	__u8 dsfield;

	if (p + SAA_IP_HLEN > end)
		return -1;	/* cannot be, as below */
	dsfield = dsfield_of(p);
	sport = source_port(&arg->flow, p, end);
	if (bpf_xdp_adjust_head(ctx, (int)l3_off - SAA_ETH_HLEN - ip_hlen -
				     (int)TUNNEL_HLEN))
		return -1;
	p = (__u8 *)(long)ctx->data;
	end = (__u8 *)(long)ctx->data_end;
	if (p + HEADERS_MAX > end)
		return -1;
	if (arg->family == SAA_AF_INET) {
		put_macs(p, arg->outer_dmac, SAA_ETH_P_IP);
		put_ipv4(p + SAA_ETH_HLEN, arg, dsfield, len);
		put_tunnel(p + SAA_ETH_HLEN + SAA_IP_HLEN, arg, sport, len);
	} else {
		put_macs(p, arg->outer_dmac, SAA_ETH_P_IPV6);
		put_ipv6(p + SAA_ETH_HLEN, arg, dsfield, len);
		put_tunnel(p + SAA_ETH_HLEN + SAA_IPV6_HLEN, arg, sport, len);
	}
	return 0;
}

#endif /* PUNT_GENEVE_H */
