// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP program: steering before the stack sees the packet.
 *
 * It owns no state. It finds the addresses (saa_parse.h), asks the module
 * (kfunc saa_xdp_steer: the same decision as the module's own hook), and
 * switches what another SR owns to the punt switch as a punt frame
 * (saa_punt.h). Everything that it cannot do it passes, unchanged: the module
 * then does it.
 *
 * Frames in one buffer only: at an MTU above about 3.5 KB drivers refuse to
 * attach it, and the module steers alone.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <linux/saa_parse.h>

char _license[] SEC("license") = "GPL";

extern int saa_xdp_steer(struct xdp_md *ctx, struct saa_xdp_steer *arg,
			 __u32 arg__sz) __ksym;

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

SEC("xdp")
int saa_xdp(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct saa_xdp_steer arg = {};
	__u16 vlan, l3_off;

	if (saa_parse_eth(data, data_end, &arg.flow, &vlan, &l3_off) !=
	    SAA_PARSE_FLOW)
		return XDP_PASS;
	arg.vlan = vlan;
	arg.l3_len = data_end - data - l3_off;

	switch (saa_xdp_steer(ctx, &arg, sizeof(arg))) {
	case SAA_XDP_PUNT:
		if (punt_frame(ctx, &arg, l3_off))
			return XDP_PASS;
		return bpf_redirect(arg.ifindex, 0);
	case SAA_XDP_DROP:
		return XDP_DROP;
	default:
		return XDP_PASS;
	}
}
