/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rewriting a frame to a punt frame (saa_punt.h), in XDP.
 */
#ifndef PUNT_FRAME_H
#define PUNT_FRAME_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <linux/saa_parse.h>

/*
 * Make the frame a punt frame: the MAC addresses and the VID of @arg, in the
 * tag that it has or in a new one before its EtherType. 0, or -1 without
 * room for a tag.
 */
static __always_inline int punt_frame(struct xdp_md *ctx,
				      const struct saa_xdp_steer *arg,
				      __u16 l3_off)
{
	/* dmac and smac follow each other here as in the frame */
	const __u8 *macs = (__u8 *)arg +
			   __builtin_offsetof(struct saa_xdp_steer, dmac);
	__u8 *p, *end;
	__u32 tag;

	if (l3_off == SAA_ETH_HLEN && bpf_xdp_adjust_head(ctx, -SAA_VLAN_HLEN))
		return -1;
	p = (__u8 *)(long)ctx->data;
	end = (__u8 *)(long)ctx->data_end;
	if (p + SAA_ETH_HLEN + SAA_VLAN_HLEN > end)
		return -1;	/* cannot be, but the verifier wants to know */
	saa_copy4(p, macs);
	saa_copy4(p + 4, macs + 4);
	saa_copy4(p + 8, macs + 8);
	tag = bpf_htonl((__u32)SAA_ETH_P_8021Q << 16 | arg->vid);
	saa_copy4(p + 12, (__u8 *)&tag);
	return 0;
}

#endif /* PUNT_FRAME_H */
